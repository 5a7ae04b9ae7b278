// SPDX-License-Identifier: BSD-3-Clause
/*
 * nonblock NODE: a capture node that is switched to O_NONBLOCK and back, in use.
 *
 * One line per fact, `TEST, WHAT: RESULT', to be compared with those of another
 * node.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define CONTROL V4L2_CID_BRIGHTNESS

static const char *wait_dequeue(int fd)
{
	return result_name(node_dequeue(fd));
}

static const char *wait_event(int fd)
{
	return result_name(node_dequeue_event(fd));
}

static void set_nonblock(int fd, bool on)
{
	if (fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0) < 0)
		fatal("F_SETFL");
}

static void test_nonblock(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);
	struct waiter waiter;
	int on = 1;
	int off = 0;

	node_start(fd);
	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	set_nonblock(fd, true);
	fact("F_SETFL, DQBUF", result_name(node_dequeue(fd)));
	fact("F_SETFL, DQEVENT", result_name(node_dequeue_event(fd)));
	set_nonblock(fd, false);
	waiter_start(&waiter, fd, SYS_ioctl, wait_dequeue);
	fact("cleared, DQBUF waits", waiter_waits(&waiter) ? "yes" : "no");
	set_nonblock(fd, true);
	pause_ms(100);
	fact("set while it waits", waiter_waits(&waiter) ? "yes" : "no");
	fact("a second DQBUF", result_name(node_dequeue(fd)));
	set_nonblock(fd, false);
	fact("QBUF", result_name(node_queue_all(fd)));
	fact("who waited", waiter_end(&waiter));
	fact("STREAMOFF", result_name(node_stream(fd, false)));
	fact("STREAMON", result_name(node_stream(fd, true)));

	if (ioctl(fd, FIONBIO, &on) < 0)
		fatal("FIONBIO");
	fact("FIONBIO, DQBUF", result_name(node_dequeue(fd)));
	fact("FIONBIO, DQEVENT", result_name(node_dequeue_event(fd)));
	if (ioctl(fd, FIONBIO, &off) < 0)
		fatal("FIONBIO");
	waiter_start(&waiter, fd, SYS_ioctl, wait_event);
	fact("cleared, DQEVENT waits", waiter_waits(&waiter) ? "yes" : "no");
	node_change_control(other, CONTROL);
	fact("who waited", waiter_end(&waiter));
	close(fd);
	close(other);
}

static void test_nonblock_open(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	struct waiter waiter;

	node_start(fd);
	fact("DQBUF", result_name(node_dequeue(fd)));
	set_nonblock(fd, false);
	waiter_start(&waiter, fd, SYS_ioctl, wait_dequeue);
	fact("cleared, DQBUF waits", waiter_waits(&waiter) ? "yes" : "no");
	fact("STREAMOFF", result_name(node_stream(fd, false)));
	fact("who waited", waiter_end(&waiter));
	close(fd);
}

/* A frame per second, so that there is none when we look. */
static void test_nonblock_read(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	int other = node_open(path, 0);

	node_set_fps(fd, 1);
	fact("first", node_read(fd) > 0 ? "a frame" : result_name(-1));
	fact("poll", events_name(node_poll(fd, POLLIN, 4000)));
	fact("then", node_read(fd) > 0 ? "a frame" : result_name(-1));
	fact("and again", node_read(fd) > 0 ? "a frame" : result_name(-1));
	set_nonblock(fd, false);
	fact("cleared", node_read(fd) > 0 ? "a frame" : result_name(-1));
	set_nonblock(fd, true);
	fact("set", node_read(fd) > 0 ? "a frame" : result_name(-1));
	close(fd);
	node_set_fps(other, 30);
	close(other);
}

static const struct facts_test tests[] = {
	{ "O_NONBLOCK", test_nonblock },
	{ "open with O_NONBLOCK", test_nonblock_open },
	{ "read with O_NONBLOCK", test_nonblock_read },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		return facts_run(tests, sizeof(tests) / sizeof(tests[0]),
				 argv[1]);
	fprintf(stderr, "usage: nonblock NODE\n");
	return 2;
}
