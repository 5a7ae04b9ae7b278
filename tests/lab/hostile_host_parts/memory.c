// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: addresses, contents and memory.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/rights.h"
#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/hostile_host_parts/listen.h"
#include "tests/lab/hostile_parts/never.h"
#include "tests/lab/shared/process.h"

#define HUGE ((off_t)1 << 40)

static void change_mmap(struct answer *answer, uint64_t addr, uint64_t len)
{
	struct virtio_media_resp_mmap resp;

	memcpy(&resp, answer->bytes, sizeof(resp));
	resp.driver_addr = addr;
	resp.len = len;
	memcpy(answer->bytes, &resp, sizeof(resp));
}

static void lie_about_address(struct host *host, struct answer *answer)
{
	static const uint64_t addrs[] = {
		1,          4095,
		1ull << 40, (1ull << 40) - 4096,
		UINT64_MAX, UINT64_MAX - 4095,
		1ull << 63,
	};

	(void)host;
	if (answer->cmd == VIRTIO_MEDIA_CMD_MMAP)
		change_mmap(answer, addrs[app_lie], HOST_PLANE);
}

const char *memory_addresses(void)
{
	return app_each(lie_about_address, 7, APP_REQBUFS, "REQBUFS: EIO");
}

/* All planes in one place, or each a page behind the other */
static void overlap(struct host *host, struct answer *answer)
{
	if (answer->cmd == VIRTIO_MEDIA_CMD_MMAP)
		change_mmap(answer, app_lie ? host->mapped * 4096ull : 4096,
			    HOST_PLANE);
}

const char *memory_overlapping(void)
{
	return app_each(overlap, 2, APP_REQBUFS, "REQBUFS: EIO");
}

static void lie_about_len(struct host *host, struct answer *answer)
{
	static const uint64_t lens[] = {
		0, 1, HOST_PLANE - 1, HOST_PLANE + 1, 1ull << 31, UINT64_MAX
	};

	if (answer->cmd == VIRTIO_MEDIA_CMD_MMAP)
		change_mmap(answer, host->addrs[0], lens[app_lie]);
}

const char *memory_lengths(void)
{
	return app_each(lie_about_len, 6, APP_REQBUFS, "REQBUFS: EIO");
}

/* Contents outside of planes, over their ends, of another generation */
const char *memory_elsewhere(void)
{
	struct host host;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	host_data(&host, 0, 0, 4096);
	host_data(&host, (1ull << 40) - 4096, 0, VMS_MAX_CHUNK);
	host_data(&host, INT64_MAX & ~7ull, 0, 4096);
	host_data(&host, host.addrs[0] + HOST_PLANE - 8, 0, 64);
	host_data(&host, host.addrs[0], 0, VMS_MAX_CHUNK);
	host_data(&host, host.addrs[0], 1, 4096);
	host_data(&host, host.addrs[0], UINT32_MAX, 4096);
	return app_result_true(&host);
}

/* Contents for a buffer that is finished already: the application may look at it. */
const char *memory_finished(void)
{
	struct virtio_media_event_dqbuf event;
	struct host host;

	host_start(&host);
	if (!app_streaming(&host, APP_TWICE))
		return app_text();
	event = host_buffer(&host, 0);
	host_send_buffer(&host, &event);
	host_data(&host, host.addrs[0], 0, 4096);
	event = host_buffer(&host, 1);
	host_send_buffer(&host, &event);
	host_data(&host, host.addrs[0], 0, 4096);
	return app_result(&host);
}

/* ---- memory itself ---------------------------------------------------------------------- */

/* Though nobody has asked for it, or agreed on it */
const char *memory_unasked(void)
{
	int fd = peer_memory(HOST_PLANE, F_SEAL_SHRINK);
	unsigned int left = 0;
	struct host host;

	host_start(&host);
	host_object(&host, 4096, HOST_PLANE, VMS_OBJ_MEMFD, &fd, 1);
	left += strcmp(host_end(&host), "still there") != 0;
	host_start_sharing(&host);
	host_object(&host, 4096, HOST_PLANE, VMS_OBJ_MEMFD, &fd, 1);
	/* For one who asks it may be on its way, but for nobody there is no second. */
	host_object(&host, 4096, HOST_PLANE, VMS_OBJ_MEMFD, &fd, 1);
	left += strcmp(host_end(&host), "still there") != 0;
	return attack_says("left %u of 2 times", left);
}

#define ITSELF (-2) /* a descriptor: of the connection that it comes with */

/**
 * struct offer - What comes before the RESP to MMAP
 * @fd:		Or ITSELF
 * @count:	So often in one OBJ
 * @times:	So many OBJs
 * @leaves:	@fd is closed behind it: guestd is the last one who has it
 */
struct offer {
	int fd;
	uint32_t kind;
	size_t count;
	uint64_t len;
	unsigned int times;
	bool leaves;
};

static struct offer offer;

static void offer_memory(struct host *host, struct answer *answer)
{
	uint64_t addr = host->addrs[(host->mapped - 1) % 64];
	int fds[PEER_FDS_MAX];
	unsigned int i;

	if (answer->cmd != VIRTIO_MEDIA_CMD_MMAP)
		return;
	for (i = 0; i < offer.count; i++)
		fds[i] = offer.fd == ITSELF ? host->peer.fd : offer.fd;
	for (i = 0; i < offer.times; i++)
		host_object(host, addr, offer.len, offer.kind, fds,
			    offer.count);
	if (offer.leaves && offer.times) {
		close(offer.fd);
		offer.times = 0;
	}
}

static struct offer one_of(int fd, uint32_t kind)
{
	return (struct offer){ .fd = fd,
			       .kind = kind,
			       .count = 1,
			       .len = HOST_PLANE,
			       .times = 1 };
}

/* What the application of a host that has started gets */
static const char *offered(struct host *host)
{
	const char *got;

	host->lie = offer_memory;
	app_start(APP_REQBUFS);
	got = app_result(host);
	if (offer.fd != ITSELF && !offer.leaves)
		close(offer.fd);
	return got;
}

/* Return: whether the application gets no buffers, and guestd lives on */
static bool is_refused(struct offer made)
{
	struct host host;

	offer = made;
	host_start_sharing(&host);
	return !strncmp(offered(&host), "REQBUFS: ", 9);
}

static int good_memory(void)
{
	return peer_memory(HOST_PLANE, F_SEAL_SHRINK);
}

/* Sealed, but not to be written to */
static int read_only(void)
{
	int fd = good_memory();
	char path[64];
	int other;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (other < 0)
		fatal(path);
	close(fd);
	return other;
}

const char *memory_kinds(void)
{
	unsigned int good = 0;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("pipe");
	good += is_refused(
		one_of(open("/dev/null", O_RDWR | O_CLOEXEC), VMS_OBJ_MEMFD));
	good += is_refused(one_of(ends[1], VMS_OBJ_DMABUF));
	good += is_refused(one_of(ITSELF, VMS_OBJ_MEMFD));
	good += is_refused(one_of(ITSELF, VMS_OBJ_DMABUF));
	good += is_refused(one_of(peer_memory(HOST_PLANE, 0), VMS_OBJ_MEMFD));
	good += is_refused(one_of(read_only(), VMS_OBJ_MEMFD));
	good += is_refused(one_of(good_memory(), VMS_OBJ_DMABUF));
	good += is_refused(one_of(good_memory(), 7));
	close(ends[0]);
	return attack_says("%u of 8 refused", good);
}

static bool length_is_refused(off_t size, uint64_t len)
{
	struct offer made =
		one_of(peer_memory(size, F_SEAL_SHRINK), VMS_OBJ_MEMFD);

	made.len = len;
	return is_refused(made);
}

const char *memory_short(void)
{
	unsigned int good = 0;

	good += length_is_refused(0, HOST_PLANE);
	good += length_is_refused(4096, HOST_PLANE);
	good += length_is_refused(HOST_PLANE + 1, HOST_PLANE);
	good += length_is_refused(HOST_PLANE, UINT64_MAX);
	good += length_is_refused(HOST_PLANE, HOST_PLANE * 2);
	return attack_says("%u of 5 refused", good);
}

/* Of which guestd maps a plane, and no more; unsealed it is no memory. */
const char *memory_huge(void)
{
	struct host host;

	if (!is_refused(one_of(peer_memory(HUGE, 0), VMS_OBJ_MEMFD)))
		return "taken without a seal";
	offer = one_of(peer_memory(HUGE, F_SEAL_SHRINK), VMS_OBJ_MEMFD);
	host_start_sharing(&host);
	return offered(&host);
}

/* In one OBJ, in two for one MMAP, and an OBJ without any */
const char *memory_many(void)
{
	static const size_t counts[] = { 2, PEER_FDS_MAX, 1, 0 };
	unsigned int good = 0;
	struct offer made;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		made = one_of(good_memory(), VMS_OBJ_MEMFD);
		made.count = counts[i];
		made.times = counts[i] == 1 ? 2 : 1;
		good += is_refused(made);
	}
	return attack_says("%u of 4 refused", good);
}

/* ---- files whose server is guestd, or nobody --------------------------------------------- */

static int *node_number; /* in the process that has opened it; 0: not yet */

static bool node_is_open(struct host *host)
{
	(void)host;
	return __atomic_load_n(node_number, __ATOMIC_ACQUIRE) > 0;
}

/* A file of guestd's own node, which another process opens while we answer */
static int open_node(struct host *host)
{
	pid_t pid;
	int process, fd;

	node_number = shared_memory(sizeof(*node_number));
	pid = fork_child();
	if (pid == 0) {
		close_range(3, ~0u, 0);
		__atomic_store_n(node_number, app_open(), __ATOMIC_RELEASE);
		for (;;)
			pause();
	}
	if (!host_serve_until(host, node_is_open))
		fatal(listen_node());
	process = pidfd_open(pid, 0);
	fd = pidfd_getfd(process, *node_number, 0);
	if (fd < 0)
		fatal("pidfd_getfd");
	close(process);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

/* Nothing may be asked of it that guestd would have to answer itself. */
static bool node_is_refused(uint32_t kind)
{
	struct host host;

	host_start_sharing(&host);
	offer = one_of(open_node(&host), kind);
	offer.leaves = true;
	return !strncmp(offered(&host), "REQBUFS: ", 9);
}

/* Whoever closes it last waits for guestd: that must not be guestd. */
static bool guestd_serves(void)
{
	const char *got = app_run(NULL, APP_FORMAT);

	/* With --strict the format that we name is none. */
	return !strcmp(got, "done") || !strncmp(got, "G_FMT: ", 7);
}

/* To one who shares memory and one who does not; @count of them, urgently or not */
static bool node_is_left(bool sharing, size_t count, int flags)
{
	const uint8_t bytes[8] = { 0 };
	int fds[PEER_FDS_MAX];
	struct host host;
	unsigned int i;
	bool left;

	if (sharing)
		host_start_sharing(&host);
	else
		host_start(&host);
	fds[0] = open_node(&host);
	for (i = 1; i < count; i++)
		fds[i] = fds[0];
	if (flags)
		rights_send(host.peer.fd, bytes, 1, fds[0], flags);
	else
		peer_bytes_with(&host.peer, bytes, sizeof(bytes), fds, count);
	close(fds[0]);
	left = strcmp(host_end(&host), "still there") != 0;
	return left && guestd_serves();
}

/* guestd ends a connection in which it is unread. */
static bool unread_node_is_left(void)
{
	const uint8_t bytes[64] = { 0 };
	struct host host;
	int fd;

	host_start_sharing(&host);
	fd = open_node(&host);
	listen_guestd_stops(true);
	peer_bytes(&host.peer, bytes, sizeof(bytes));
	peer_bytes(&host.peer, bytes, sizeof(bytes));
	peer_bytes_with(&host.peer, bytes, sizeof(bytes), &fd, 1);
	close(fd);
	peer_close(&host.peer);
	listen_guestd_stops(false);
	return guestd_serves();
}

const char *memory_node(void)
{
	unsigned int good = 0;

	good += node_is_refused(VMS_OBJ_MEMFD);
	good += node_is_refused(VMS_OBJ_DMABUF);
	good += node_is_left(true, 1, 0);
	good += node_is_left(true, PEER_FDS_MAX, 0);
	good += node_is_left(true, 1, MSG_OOB);
	good += unread_node_is_left();
	return attack_says("%u of 6 refused", good);
}

const char *memory_node_alone(void)
{
	unsigned int good = 0;

	good += node_is_left(false, 1, 0);
	good += node_is_left(false, PEER_FDS_MAX, 0);
	good += node_is_left(false, 1, MSG_OOB);
	return attack_says("%u of 3 refused", good);
}

/*
 * Its server is stopped, and guestd has it last: it never closes such a file, but it
 * ends, when the server is gone.
 */
const char *memory_dead_fuse(void)
{
	static const uint32_t kinds[] = { VMS_OBJ_MEMFD, VMS_OBJ_DMABUF };
	unsigned int good = 0;
	struct offer made;
	unsigned int i;

	never_mount();
	for (i = 0; i < 2; i++) {
		never_answer(true);
		made = one_of(never_open(), kinds[i]);
		made.leaves = true;
		never_answer(false);
		good += is_refused(made);
	}
	never_unmount();
	listen_guestd_ends();
	return attack_says("%u of 2 refused", good);
}
