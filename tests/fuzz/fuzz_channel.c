// SPDX-License-Identifier: BSD-3-Clause
/*
 * A channel whose peer sends whatever the fuzzer likes.
 *
 * The first two bytes say how the others, a stream, are cut into pieces, and
 * after which pieces time passes.  The owner answers REQs as hostd does, keeps
 * planes for DATA as guestd does, and does on request (the low bits of a REQ's
 * arg) everything else that a channel can be asked.
 *
 * What comes back to the peer must be whole frames; what was lent must come back
 * exactly once; nothing may be told after closed().
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/wire.h"
#include "tests/fds.h"
#include "tests/simulated.h"

#define PARTIAL_MS 1000
#define PLANES     4
#define PLANE_LEN  (128u << 10)
#define LOANS      16
#define LOAN_LEN   (150u << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the arg of a REQ asks the owner to do, besides the RESP. */
enum wish {
	WISH_NOTHING,
	WISH_LEND,
	WISH_CANCEL,
	WISH_PAUSE,
	WISH_FORGET,
	WISH_LIMITS,
	WISH_GOAWAY,
	WISH_DESTROY,
	WISH_COUNT,
};

/**
 * struct owner - Both ends and what was lent
 * @loans:	Not NULL: is lent; freed when it is done
 * @in:		What came back to the peer and is not a whole frame
 * @in_len:	Bytes of it
 */
struct owner {
	struct loop *loop;
	struct channel *channel;
	int peer;
	uint64_t now;
	bool told_closed;
	unsigned int window;
	uint8_t *planes[PLANES];
	void *loans[LOANS];
	uint8_t in[sizeof(struct vms_header) + VMS_MAX_CTRL];
	size_t in_len;
	unsigned int attach; /* descriptors to go with what is fed next */
};

static void expect(bool condition)
{
	if (!condition)
		abort();
}

static void owner_destroy_channel(struct owner *owner)
{
	struct channel *channel = owner->channel;

	owner->channel = NULL;
	channel_destroy(channel);
}

static void owner_done(void *data)
{
	void **loan = data;

	expect(*loan != NULL);
	free(*loan);
	*loan = NULL;
}

static void owner_lend(struct owner *owner, uint32_t arg)
{
	const struct vms_header evt = { .type = VMS_EVT };
	uint8_t section[sizeof(struct virtio_media_event_error)] = { 0 };
	size_t len = (size_t)arg * 977 % LOAN_LEN + 1;
	void **loan = &owner->loans[arg % LOANS];

	if (*loan)
		return;
	*loan = calloc(1, len);
	if (!*loan)
		return;
	if (channel_send_data(owner->channel, &owner->planes[arg % PLANES],
			      *loan, len, (uint64_t)arg * 8, arg, owner_done,
			      loan) < 0)
		owner_done(loan);
	channel_send_behind(owner->channel, &owner->planes[arg % PLANES], &evt,
			    section, sizeof(section));
}

static void owner_forget(struct owner *owner, uint32_t arg)
{
	uint8_t **plane = &owner->planes[arg % PLANES];

	if (*plane) {
		channel_forget_data(owner->channel, *plane, PLANE_LEN);
		free(*plane);
		*plane = NULL;
	} else {
		*plane = calloc(1, PLANE_LEN);
	}
}

static void owner_grant(struct owner *owner, uint32_t arg)
{
	switch ((enum wish)(arg % WISH_COUNT)) {
	case WISH_NOTHING:
	case WISH_COUNT:
		break;
	case WISH_LEND:
		owner_lend(owner, arg / WISH_COUNT);
		break;
	case WISH_CANCEL:
		channel_cancel(owner->channel,
			       &owner->planes[arg / WISH_COUNT % PLANES]);
		break;
	case WISH_PAUSE:
		channel_pause(owner->channel, true);
		break;
	case WISH_FORGET:
		owner_forget(owner, arg / WISH_COUNT);
		break;
	case WISH_LIMITS:
		channel_set_limits(owner->channel, arg, arg);
		break;
	case WISH_GOAWAY:
		channel_goaway(owner->channel, EIO, VMS_GOAWAY_DEVICE);
		break;
	case WISH_DESTROY:
		owner_destroy_channel(owner);
		break;
	}
}

/* A descriptor that was announced must be there, and goes back. */
static int owner_obj(struct owner *owner, uint16_t flags)
{
	const struct vms_header header = { .type = VMS_OBJ,
					   .flags = VMS_FLAG_FD };
	const uint8_t body[sizeof(struct vms_obj)] = { 0 };
	int fd = channel_take_fd(owner->channel);

	expect((fd >= 0) == !!(flags & VMS_FLAG_FD));
	if (fd < 0)
		return 0;
	return channel_send_fd(owner->channel, &header, body, sizeof(body), fd);
}

static int owner_frame(void *data, const struct channel_frame *frame)
{
	struct owner *owner = data;
	struct vms_header resp = { .type = VMS_RESP, .tag = frame->header.tag };
	uint8_t body[256] = { 0 };
	size_t len = frame->header.slen % sizeof(body);
	uint8_t sum = 0;
	size_t i;

	expect(!owner->told_closed && owner->channel);

	/* Every byte must be there. */
	for (i = 0; i < frame->header.slen; i++)
		sum ^= frame->section[i];
	for (i = 0; i < frame->aux_len; i++)
		sum ^= frame->aux[i];
	body[0] = sum;

	if (frame->header.type == VMS_OBJ)
		return owner_obj(owner, frame->header.flags);
	if (frame->header.type == VMS_GOAWAY)
		return -ECONNRESET;
	if (frame->header.type != VMS_REQ)
		return 0;
	if (channel_send(owner->channel, &resp, body, len) < 0)
		return -ENOMEM;
	if (channel_queued(owner->channel) > CHANNEL_HIGH)
		channel_pause(owner->channel, true);
	owner_grant(owner, frame->header.arg);
	return 0;
}

static void *owner_data_begin(void *data, const struct vms_header *header)
{
	struct owner *owner = data;
	uint8_t *plane = owner->planes[header->arg % PLANES];

	expect(!owner->told_closed && owner->channel);
	if (header->off > PLANE_LEN || header->slen > PLANE_LEN - header->off)
		return NULL;
	return plane ? plane + header->off : NULL;
}

static int owner_data_end(void *data, const struct vms_header *header)
{
	struct owner *owner = data;
	const uint8_t *plane = owner->planes[header->arg % PLANES];

	expect(!owner->told_closed && owner->channel && plane);
	return plane[header->off] == 0xff ? -EIO : 0;
}

static void owner_closed(void *data, int error)
{
	struct owner *owner = data;

	expect(!owner->told_closed && error <= 0);
	owner->told_closed = true;
	if (error != -EIO)
		owner_destroy_channel(owner);
}

static void owner_drained(void *data)
{
	struct owner *owner = data;

	expect(!owner->told_closed);
	channel_pause(owner->channel, false);
}

static const struct channel_ops owner_ops = {
	.frame = owner_frame,
	.data_begin = owner_data_begin,
	.data_end = owner_data_end,
	.closed = owner_closed,
	.drained = owner_drained,
};

/* Return: bytes of a whole frame at @bytes, 0: not all of it is there */
static size_t peer_check_frame(const uint8_t *bytes, size_t len)
{
	struct vms_header header;

	if (len < sizeof(header))
		return 0;
	expect(wire_get_header(bytes, VMS_MAX_CTRL, VMS_MAX_CHUNK, &header) ==
	       0);
	return len - sizeof(header) < header.len ? 0
						 : sizeof(header) + header.len;
}

/* Return: was there anything? */
static bool peer_read(struct owner *owner)
{
	size_t at, len;
	bool any = false;
	ssize_t n;

	for (;;) {
		n = recv(owner->peer, owner->in + owner->in_len,
			 sizeof(owner->in) - owner->in_len, 0);
		if (n <= 0)
			return any;
		any = true;
		owner->in_len += (size_t)n;

		at = 0;
		while ((len = peer_check_frame(owner->in + at,
					       owner->in_len - at)))
			at += len;
		memmove(owner->in, owner->in + at, owner->in_len - at);
		owner->in_len -= at;
	}
}

static void run(struct owner *owner)
{
	while (loop_run_once(owner->loop, 0) > 0)
		;
}

static void pass_time(struct owner *owner)
{
	uint64_t until = owner->now + 700 * LOOP_MS;

	while (owner->now < until)
		loop_run_once(owner->loop, 700);
	run(owner);
}

static void resume(struct owner *owner)
{
	if (owner->channel)
		channel_pause(owner->channel, false);
	run(owner);
}

/* With a descriptor, if it is time for one. */
static ssize_t feed_once(struct owner *owner, const uint8_t *data, size_t size)
{
	ssize_t ret =
		fds_send(owner->peer, data, size, STDIN_FILENO, owner->attach);

	/* EPERM, from Linux 6.16 on: not accepted */
	if (ret > 0 || errno == EPERM)
		owner->attach = 0;
	return ret < 0 && errno == EPERM
		       ? send(owner->peer, data, size, MSG_NOSIGNAL)
		       : ret;
}

static void feed(struct owner *owner, const uint8_t *data, size_t size)
{
	ssize_t n;

	while (size && !owner->told_closed) {
		n = feed_once(owner, data, size);
		if (n >= 0) {
			data += n;
			size -= (size_t)n;
			run(owner);
		} else if (errno == EAGAIN) {
			/* It is paused, waits for us, or is leaving. */
			peer_read(owner);
			resume(owner);
			pass_time(owner);
		} else {
			return;
		}
	}
}

/* What happens between two pieces of the stream. */
static void happen(struct owner *owner, unsigned int what)
{
	switch (what % 64) {
	case 0:
		pass_time(owner);
		break;
	case 1:
		if (owner->channel)
			owner_forget(owner, what / 64);
		break;
	case 2:
	case 3:
	case 4:
		resume(owner);
		break;
	case 5:
		if (owner->channel)
			channel_cancel(owner->channel,
				       &owner->planes[what / 64 % PLANES]);
		break;
	case 7:
		owner->attach = 1;
		break;
	case 8:
		owner->attach = what / 64 % 8 ? 1 : 2;
		break;
	case 6:
		shutdown(owner->peer, SHUT_RD);
		break;
	default:
		if (what % 8 == 0)
			peer_read(owner);
	}
}

static void feed_in_pieces(struct owner *owner, const uint8_t *data,
			   size_t size)
{
	uint32_t cuts = data[0] | (uint32_t)data[1] << 8;
	size_t at, len;

	for (at = 2; at < size; at += len) {
		cuts = cuts * 1103515245u + 12345u;
		/* Mostly some bytes, sometimes many. */
		len = (cuts >> 16) % (cuts >> 28 ? 97 : 70000) + 1;
		if (data[0] == 0xff)
			len = 1;
		if (!data[0] || len > size - at)
			len = size - at;
		feed(owner, data + at, len);
		happen(owner, cuts >> 8);
	}
}

static void owner_init(struct owner *owner)
{
	int small = 8192;
	int fds[2];
	int i;

	owner->in_len = 0;
	owner->told_closed = false;
	owner->attach = 0;
	expect(loop_create(&owner->loop) == 0);
	simulated_time(owner->loop, &owner->now);
	expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	owner->peer = fds[1];
	expect(channel_create(owner->loop, fds[0], PARTIAL_MS, &owner_ops,
			      owner, &owner->channel) == 0);
	for (i = 0; i < PLANES; i++)
		owner->planes[i] = i % 2 ? NULL : calloc(1, PLANE_LEN);
}

static void owner_finish(struct owner *owner)
{
	int i;

	owner_destroy_channel(owner);
	peer_read(owner);
	close(owner->peer);
	loop_destroy(owner->loop);
	for (i = 0; i < PLANES; i++)
		free(owner->planes[i]);
	for (i = 0; i < LOANS; i++)
		expect(!owner->loans[i]);
}

static bool takes_all(int fd)
{
	return fd >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct owner owner;

	if (size < 2)
		return 0;

	owner_init(&owner);
	/* The first frame of a stream that is for this brings one. */
	if (data[1] & 4) {
		channel_accept_fds(owner.channel, takes_all);
		owner.attach = 1;
	}
	feed_in_pieces(&owner, data, size);
	/* Every other one leaves first. */
	if (data[1] % 2)
		shutdown(owner.peer, SHUT_WR);
	resume(&owner);
	while (data[1] & 2 && peer_read(&owner))
		run(&owner);
	pass_time(&owner);
	pass_time(&owner);
	owner_finish(&owner);
	return 0;
}
