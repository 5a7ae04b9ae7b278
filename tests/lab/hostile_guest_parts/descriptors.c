// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: descriptors that come along where nothing should, or where one of
 * another kind should.
 *
 * The sender closes its own copy, so that whoever throws it away is the last to
 * close it: of a file of FUSE or CUSE that waits for the file's server.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/hostile_parts/never.h"
#include "tests/lab/shared/process.h"

#define END_MS 3000

/* Where in a connection a descriptor comes */
enum place {
	WITH_HELLO,
	WITH_REQ,
	WITH_REQ_SHARING, /* where one could come with an OBJ */
	IN_A_HEADER,
	WITH_DATA,
	WITH_OBJECT, /* the place for one; of another kind */
	PLACES,
};

/*
 * Return: whether it could be sent: since Linux 6.16 a process can say that it takes
 * none (SO_PASSRIGHTS)
 */
static bool send_there(struct peer *peer, enum place place, const int *fds,
		       size_t count)
{
	const struct vms_header hello = { .type = VMS_HELLO };
	const struct vms_hello welcome = honest_hello(FEATURES_PLAIN, "pat");
	const struct vms_header req = { .type = VMS_REQ, .tag = 1 };
	const struct vms_header data = { .type = VMS_DATA };
	const struct vms_obj obj = { .addr = 5, .kind = VMS_OBJ_MEMFD };
	uint8_t body[sizeof(struct vms_hello)] = { 0 };
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	switch (place) {
	case WITH_HELLO:
		wire_put_hello(&writer, &welcome);
		return peer_frame_with(peer, &hello, body, sizeof(body), fds,
				       count);
	case WITH_REQ:
	case WITH_REQ_SHARING:
		return peer_frame_with(peer, &req, body, 8, fds, count);
	case IN_A_HEADER:
		peer_put(&req, body);
		return peer_bytes(peer, body, 13) &&
		       peer_bytes_with(peer, body + 13, 10, fds, count) &&
		       peer_bytes(peer, body + 23, 9) &&
		       peer_bytes(peer, body, 8);
	case WITH_DATA:
		return peer_frame_with(peer, &data, body, 64, fds, count);
	case WITH_OBJECT:
		return peer_object(peer, &obj, fds, count);
	case PLACES:
		break;
	}
	return false;
}

static bool begin_there(struct peer *peer, enum place place)
{
	uint64_t features = FEATURES_PLAIN;

	if (place == WITH_OBJECT || place == WITH_REQ_SHARING) {
		if (!scene.share)
			return false;
		features = VMS_FEATURES;
	}
	if (place == WITH_HELLO) {
		peer_connect(peer, scene.address);
		return true;
	}
	errno = EPROTO;
	if (!honest_connect(peer, features, "pat"))
		fatal("HELLO");
	return true;
}

/* struct lot - What is sent: @count copies of what @open gives */
struct lot {
	int (*open)(const struct peer *peer);
	size_t count;
};

/* Return: whether hostd ended the connection, or was never given any */
static bool is_refused(enum place place, const struct lot *lot)
{
	int fds[PEER_FDS_MAX];
	const char *text;
	struct peer peer;
	bool sent;
	size_t i;

	begin_there(&peer, place);
	for (i = 0; i < lot->count; i++)
		fds[i] = lot->open(&peer);
	sent = send_there(&peer, place, fds, lot->count);
	for (i = 0; i < lot->count; i++)
		close(fds[i]);
	text = sent ? peer_end(&peer, END_MS) : "closed";
	peer_close(&peer);
	return !strcmp(text, GUEST_ENDED) || !strcmp(text, "closed");
}

static const char *everywhere(const struct lot *lot)
{
	unsigned int refused = 0;
	unsigned int count = 0;
	enum place place;

	for (place = 0; place < PLACES; place++) {
		if ((place == WITH_OBJECT || place == WITH_REQ_SHARING) &&
		    !scene.share)
			continue;
		count++;
		refused += is_refused(place, lot);
	}
	return attack_says("%sended, in %u of %u places",
			   refused == count ? "all " : "", refused, count);
}

static int open_node(const struct peer *peer)
{
	int fd = open(scene.node, O_RDWR | O_CLOEXEC);

	(void)peer;
	if (fd < 0)
		fatal(scene.node);
	return fd;
}

/* Of guestd's own node: it goes when guestd has answered. */
const char *descriptors_node(void)
{
	static const struct lot lot = { open_node, 1 };

	return everywhere(&lot);
}

static int open_socket(const struct peer *peer)
{
	return dup(peer->fd);
}

/* Of the connection that it comes with */
const char *descriptors_socket(void)
{
	static const struct lot lot = { open_socket, 1 };

	return everywhere(&lot);
}

static int open_null(const struct peer *peer)
{
	(void)peer;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

const char *descriptors_null(void)
{
	static const struct lot lot = { open_null, 1 };

	return everywhere(&lot);
}

/* 1 TiB, which can shrink to nothing */
static int open_huge(const struct peer *peer)
{
	(void)peer;
	return peer_memory((off_t)1 << 40, 0);
}

const char *descriptors_huge(void)
{
	static const struct lot lot = { open_huge, 1 };

	return everywhere(&lot);
}

/* As many as a message can have */
const char *descriptors_many(void)
{
	static const struct lot lot = { open_null, PEER_FDS_MAX };

	return everywhere(&lot);
}

/* ---- a file system of the guest's own --------------------------------------------------- */

static int open_page(const struct peer *peer)
{
	(void)peer;
	never_answer(true);
	return never_open();
}

static const char *everywhere_mounted(const struct lot *lot)
{
	const char *text;

	never_mount();
	text = everywhere(lot);
	never_unmount();
	return text;
}

const char *descriptors_fuse(void)
{
	static const struct lot lot = { open_page, 1 };

	return everywhere_mounted(&lot);
}

static int open_dead_page(const struct peer *peer)
{
	int fd = open_page(peer);

	never_answer(false);
	return fd;
}

/* Nobody answers when it is closed. */
const char *descriptors_dead_fuse(void)
{
	static const struct lot lot = { open_dead_page, 1 };

	return everywhere_mounted(&lot);
}
