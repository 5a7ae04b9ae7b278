// SPDX-License-Identifier: BSD-3-Clause
/*
 * radio RECEIVER TRANSMITTER: what vivid's two radio nodes do with read(), write()
 * and poll(), whose data are RDS blocks of 3 bytes.
 *
 * One line per fact, to be compared with those of other nodes.  vivid makes a
 * block every 22 ms, keeps the last 228, and has none far from a station; its
 * poll() says IN all the time.  How many blocks a call has depends on the time,
 * so that is no fact.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/radio_parts/tests.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/radio.h"

#define CYCLE (57 * 4)         /* blocks that vivid keeps */
#define GROUP 4                /* blocks */
#define OTHER (97 * RADIO_MHZ) /* where the transmitter is meanwhile */
#define TRIES 2000

static const char *transmitter;

/* RDS by blocks, or by controls, each node its own */
static void use_controls(const char *path, bool yes)
{
	radio_set(path, "RDS Rx I/O Mode", yes);
	radio_set(transmitter, "RDS Tx I/O Mode", yes);
}

/* Until there is nothing more. */
static ssize_t drain(int fd)
{
	uint8_t bytes[CYCLE * RADIO_BLOCK];
	ssize_t ret = 0;
	unsigned int i;

	for (i = 0; i < TRIES && ret >= 0; i++)
		ret = read(fd, bytes, sizeof(bytes));
	return ret;
}

static void polled(const char *what, int fd, int events)
{
	fact(what, events_name(node_poll(fd, events, NOTHING_MS)));
}

/* ---- read ---------------------------------------------------------------------- */

static void test_sizes(const char *path)
{
	static const size_t sizes[] = { 0,  1,    2,     3,      4,     5,
					11, 4096, 65536, 131072, 300000 };
	int fd = radio_open(path, 0, RADIO_STATION);
	uint8_t *bytes = calloc(1, 300000);
	char what[32];
	ssize_t ret;
	size_t i;

	if (!bytes)
		fatal("calloc");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(what, sizeof(what), "of %zu", sizes[i]);
		ret = read(fd, bytes, sizes[i]);
		fact(what, radio_blocks(ret));
		snprintf(what, sizeof(what), "of %zu, fits", sizes[i]);
		fact(what, ret <= (ssize_t)sizes[i] ? "yes" : "no");
	}
	fact("to nowhere",
	     radio_blocks(syscall(SYS_read, fd, NULL, RADIO_BLOCK)));
	fact("after that", radio_read(fd));
	free(bytes);
	close(fd);
}

static void test_nonblock(const char *path)
{
	int fd = radio_open(path, O_NONBLOCK, RADIO_STATION);
	int flags = fcntl(fd, F_GETFL);

	fact("drained", radio_blocks(drain(fd)));
	/* It counts as it is at the call. */
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	fact("blocking", radio_read(fd));
	fcntl(fd, F_SETFL, flags);
	fact("drained", radio_blocks(drain(fd)));
	radio_tune(fd, RADIO_NO_STATION);
	fact("no station", radio_read(fd));
	close(fd);
}

/* Whoever reads first has the decoder until it closes. */
static void test_owner(const char *path)
{
	int fd = radio_open(path, 0, RADIO_STATION);
	int other = node_open(path, 0);

	fact("first", radio_read(fd));
	fact("second", radio_read(other));
	fact("first", radio_read(fd));
	fact("second, G_TUNER",
	     result_name(ioctl(other, VIDIOC_G_TUNER,
			       &(struct v4l2_tuner){ .index = 0 })));
	close(fd);
	fact("second, alone", radio_read(other));
	close(other);
}

static void test_wrong_way(const char *path)
{
	int fd = radio_open(path, 0, RADIO_STATION);
	int out = node_open(transmitter, 0);

	fact("write to a receiver",
	     radio_blocks(write(fd, "abc", RADIO_BLOCK)));
	fact("read from a transmitter", radio_read(out));
	close(out);
	out = open(path, O_WRONLY);
	fact("O_WRONLY", out < 0 ? error_name(errno) : "0");
	fact("read, O_WRONLY", radio_read(out));
	close(out);
	close(fd);
}

/* ---- poll --------------------------------------------------------------------------- */

static void test_poll(const char *path)
{
	struct v4l2_event_subscription all = { .type = V4L2_EVENT_CTRL,
					       .id = V4L2_CID_AUDIO_MUTE };
	int fd = radio_open(path, O_NONBLOCK, RADIO_NO_STATION);

	polled("no station, IN", fd, POLLIN);
	polled("OUT", fd, POLLOUT);
	polled("PRI", fd, POLLPRI);
	polled("nothing", fd, 0);
	fact("subscribe", result_name(ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &all)));
	radio_set(path, "Mute", 0);
	radio_set(path, "Mute", 1);
	polled("a control changes, PRI", fd, POLLPRI);
	polled("IN and PRI", fd, POLLIN | POLLPRI);
	fact("DQEVENT", result_name(node_dequeue_event(fd)));
	radio_tune(fd, RADIO_STATION);
	polled("a station, IN", fd, POLLIN);
	polled("RDNORM", fd, POLLRDNORM);
	close(fd);
	fd = node_open(transmitter, O_NONBLOCK);
	polled("transmitter, OUT", fd, POLLOUT);
	polled("transmitter, IN", fd, POLLIN);
	polled("transmitter, IN and OUT", fd, POLLIN | POLLOUT);
	close(fd);
}

static void test_select(const char *path)
{
	int fd = radio_open(path, O_NONBLOCK, RADIO_STATION);

	fact_select("of all three", fd, 0);
	close(fd);
}

static void waited(const char *what, int epoll)
{
	struct epoll_event event = { 0 };
	int ret = epoll_wait(epoll, &event, 1, NOTHING_MS);

	fact(what, ret > 0 ? events_name((int)event.events) : "nothing");
}

static void test_epoll(const char *path)
{
	struct epoll_event level = { .events = EPOLLIN };
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	int fd = radio_open(path, O_NONBLOCK, RADIO_STATION);
	int epoll = epoll_create1(0);

	fact("add", result_name(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &level)));
	waited("level", epoll);
	waited("level, again", epoll);
	fact("drained", radio_blocks(drain(fd)));
	waited("level, drained", epoll);
	fact("edge", result_name(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &edge)));
	waited("edge", epoll);
	waited("edge, again", epoll);
	close(epoll);
	close(fd);

	/* Its first poll(): what is there already is there once. */
	fd = radio_open(path, O_NONBLOCK, RADIO_STATION);
	epoll = epoll_create1(0);
	fact("add, edge",
	     result_name(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &edge)));
	waited("edge", epoll);
	waited("edge, again", epoll);
	close(epoll);
	close(fd);
}

/* ---- write --------------------------------------------------------------------------- */

static void enable_rds(int fd, bool on)
{
	struct v4l2_modulator modulator = {
		.txsubchans =
			V4L2_TUNER_SUB_STEREO | (on ? V4L2_TUNER_SUB_RDS : 0),
	};

	if (ioctl(fd, VIDIOC_S_MODULATOR, &modulator))
		fatal("S_MODULATOR");
}

static void test_write(const char *path)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 11, 4096 };
	static uint8_t bytes[CYCLE * RADIO_BLOCK];
	int fd = radio_open(transmitter, 0, OTHER);
	int other = node_open(transmitter, 0);
	struct waiter waiter;
	char what[32];
	ssize_t ret;
	size_t i;

	(void)path;
	enable_rds(fd, true);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(what, sizeof(what), "of %zu", sizes[i]);
		fact(what, radio_blocks(write(fd, bytes, sizes[i])));
	}
	fact("another", radio_write(other));
	fact("from nowhere",
	     radio_blocks(syscall(SYS_write, fd, NULL, RADIO_BLOCK)));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (i = 0, ret = 0; i < TRIES && ret >= 0; i++)
		ret = write(fd, bytes, sizeof(bytes));
	fact("full", radio_blocks(ret));
	fcntl(fd, F_SETFL, 0);
	fact("blocking", radio_write(fd));
	enable_rds(other, false);
	waiter_start(&waiter, fd, SYS_write, radio_write);
	fact("without RDS", waiter_waits(&waiter) ? "waits" : "does not");
	enable_rds(other, true);
	fact("with RDS", waiter_end(&waiter));
	close(fd);
	fact("another, alone", radio_write(other));
	close(other);
}

/* A station of our own: what is written to one node is read from the other. */
static void test_loop(const char *path)
{
	static const uint8_t wanted[GROUP * RADIO_BLOCK] = {
		0x12, 0x34, 0, 0x56, 0x78, 1, 0x9a, 0xbc, 2, 0xde, 0xf0, 3,
	};
	uint8_t cycle[CYCLE * RADIO_BLOCK];
	uint8_t block[RADIO_BLOCK];
	int out = radio_open(transmitter, 0, OTHER);
	int in = radio_open(path, 0, OTHER);
	long end = now_ms() + LATE_MS * 2;
	unsigned int found = 0;
	size_t i;

	enable_rds(out, true);
	for (i = 0; i < sizeof(cycle); i++)
		cycle[i] = wanted[i % sizeof(wanted)];
	while (found < GROUP && now_ms() < end) {
		/* Block by block in time, until they have gone round. */
		if (write(out, cycle, sizeof(wanted)) < 0 ||
		    read(in, block, RADIO_BLOCK) != RADIO_BLOCK)
			break;
		for (i = 0; i < GROUP; i++)
			if (!memcmp(block, wanted + i * RADIO_BLOCK, 2))
				found++;
	}
	fact("what was written comes", found >= GROUP ? "yes" : "no");
	close(in);
	close(out);
}

/* ---- other ends -------------------------------------------------------------------- */

static void test_controls(const char *path)
{
	int fd = radio_open(path, 0, RADIO_STATION);
	int other = node_open(transmitter, 0);

	use_controls(path, true);
	fact("read", radio_read(fd));
	fact("write", radio_write(other));
	use_controls(path, false);
	close(other);
	fact("read, blocks", radio_read(fd));
	close(fd);
}

/* There are none, but planes are looked at first (video_usercopy()). */
static void test_buffers(const char *path)
{
	static const uint32_t cmds[] = { VIDIOC_QUERYBUF, VIDIOC_QBUF,
					 VIDIOC_DQBUF, VIDIOC_PREPARE_BUF };
	struct v4l2_plane planes[1] = { 0 };
	struct v4l2_buffer buffer;
	int fd = node_open(path, O_NONBLOCK);
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		memset(&buffer, 0, sizeof(buffer));
		buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
		buffer.length = 1;
		buffer.m.planes = planes;
		fact("a plane", result_name(ioctl(fd, cmds[i], &buffer)));
		buffer.m.planes = (void *)8;
		fact("no plane", result_name(ioctl(fd, cmds[i], &buffer)));
		buffer.length = VIDEO_MAX_PLANES + 1;
		fact("9 planes", result_name(ioctl(fd, cmds[i], &buffer)));
	}
	close(fd);
}

/* Through a file of its own, which is gone, too. */
static void unplug(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	fact("Disconnect",
	     result_name(node_set_control(
		     fd, node_find_control(fd, "Disconnect"), 1)));
	close(fd);
}

static void test_disconnect(const char *path)
{
	int fd = radio_open(path, O_NONBLOCK, RADIO_STATION);
	int idle = node_open(path, O_NONBLOCK);

	fact("read", radio_read(fd));
	polled("idle, IN", idle, POLLIN);
	unplug(path);
	fact("read", radio_read(fd));
	fact("write", radio_write(fd));
	fcntl(fd, F_SETFL, 0);
	fact("read, blocking", radio_read(fd));
	polled("IN", fd, POLLIN);
	polled("PRI", fd, POLLPRI);
	polled("idle, IN", idle, POLLIN);
	fact("G_TUNER", result_name(ioctl(fd, VIDIOC_G_TUNER,
					  &(struct v4l2_tuner){ .index = 0 })));
	close(idle);
	close(fd);
	fd = radio_open(path, 0, RADIO_STATION);
	fact("plugged in", radio_read(fd));
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "sizes", test_sizes },
		{ "nonblock", test_nonblock },
		{ "owner", test_owner },
		{ "wrong way", test_wrong_way },
		{ "wait", test_wait },
		{ "seek", test_seek },
		{ "close", test_close },
		{ "signal", test_signal },
		{ "kill", test_kill },
		{ "poll", test_poll },
		{ "select", test_select },
		{ "epoll", test_epoll },
		{ "write", test_write },
		{ "loop", test_loop },
		{ "controls", test_controls },
		{ "buffers", test_buffers },
		{ "disconnect", test_disconnect },
	};
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: radio RECEIVER TRANSMITTER\n");
		return 2;
	}
	transmitter = argv[2];
	use_controls(argv[1], false);
	fd = radio_open(transmitter, O_NONBLOCK, OTHER);
	close(fd);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
