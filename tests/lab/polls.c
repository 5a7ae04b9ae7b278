// SPDX-License-Identifier: BSD-3-Clause
/*
 * polls NODE: what poll(), select() and epoll say of a capture node.
 *
 * One line per fact, `TEST, WHAT: RESULT', to be compared with those of another
 * node.  Nothing depends on how fast frames come: either no buffer is queued, or
 * all are full, or it is waited for long enough.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define CONTROL V4L2_CID_BRIGHTNESS
#define SOON_MS 100  /* what does not happen */
#define LATE_MS 4000 /* what does */

static void fact_poll(const char *what, int fd, int events, int ms)
{
	fact(what, events_name(node_poll(fd, events, ms)));
}

static void dequeue_all(int fd)
{
	unsigned int i;

	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_dequeue(fd) < 0)
			fatal("DQBUF");
}

/* ---- poll ------------------------------------------------------------------ */

static void test_poll(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	fact_poll("nothing asked", fd, 0, 0);
	fact_poll("no buffers, PRI", fd, POLLPRI, 0);
	fact_poll("no buffers, OUT", fd, POLLOUT, SOON_MS);
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP) < 0)
		fatal("REQBUFS");
	fact_poll("buffers, IN", fd, POLLIN, 0);
	fact_poll("buffers, RDNORM", fd, POLLRDNORM, 0);
	fact_poll("buffers, OUT", fd, POLLOUT, SOON_MS);
	fact_poll("buffers, PRI", fd, POLLPRI, 0);
	fact("queue", result_name(node_queue(fd, 0)));
	fact_poll("one queued, IN", fd, POLLIN, 0);
	fact("stream", result_name(node_stream(fd, true)));
	fact("queue", result_name(node_queue(fd, 1)));
	fact("queue", result_name(node_queue(fd, 2)));
	fact("queue", result_name(node_queue(fd, 3)));
	fact_poll("streaming, IN", fd, POLLIN, LATE_MS);
	node_wait_done(fd, NODE_BUFFERS);
	fact_poll("all full, IN", fd, POLLIN, 0);
	fact_poll("all full, IN and OUT and PRI", fd,
		  POLLIN | POLLOUT | POLLPRI, 0);
	fact_poll("all full, OUT", fd, POLLOUT, 0);
	dequeue_all(fd);
	fact_poll("none queued, IN", fd, POLLIN, SOON_MS);
	fact("stop", result_name(node_stream(fd, false)));
	fact_poll("stopped, IN", fd, POLLIN, 0);
	fact("stream", result_name(node_stream(fd, true)));
	fact_poll("streaming again, none queued, IN", fd, POLLIN, SOON_MS);
	fact("stop", result_name(node_stream(fd, false)));
	fact("free", result_name(node_buffers(fd, 0, V4L2_MEMORY_MMAP)));
	fact_poll("no buffers, PRI", fd, POLLPRI, 0);
	close(fd);
}

/* With no buffers, poll() starts vb2's file I/O. */
static void test_poll_read(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	struct v4l2_format format;

	fact_poll("IN", fd, POLLIN, LATE_MS);
	fact("read", node_read(fd) > 0 ? "a frame" : result_name(-1));
	fact("REQBUFS", result_name(node_buffers(fd, 2, V4L2_MEMORY_MMAP)));
	fact("REQBUFS of none",
	     result_name(node_buffers(fd, 0, V4L2_MEMORY_MMAP)));
	fact("QBUF", result_name(node_queue(fd, 0)));
	fact("DQBUF", result_name(node_dequeue(fd)));
	fact("STREAMON", result_name(node_stream(fd, true)));
	fact("STREAMOFF", result_name(node_stream(fd, false)));
	fact("G_FMT", result_name(node_get_format(fd, &format)));
	fact("S_FMT", result_name(ioctl(fd, VIDIOC_S_FMT, &format)));
	fact_poll("IN again", fd, POLLIN, LATE_MS);
	fact("read again", node_read(fd) > 0 ? "a frame" : result_name(-1));
	close(fd);
}

static void test_events(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);

	fact("subscribe", result_name(node_subscribe(fd, CONTROL)));
	fact_poll("none, PRI", fd, POLLPRI, SOON_MS);
	node_change_control(other, CONTROL);
	fact_poll("one, PRI", fd, POLLPRI, LATE_MS);
	fact_poll("one, nothing asked", fd, 0, 0);
	fact_poll("one, PRI, other file", other, POLLPRI, 0);
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP) < 0)
		fatal("REQBUFS");
	fact_poll("one, IN and PRI", fd, POLLIN | POLLPRI, 0);
	fact("dequeue", result_name(node_dequeue_event(fd)));
	fact_poll("taken, PRI", fd, POLLPRI, 0);
	close(fd);
	close(other);
}

static const char *wait_in(int fd)
{
	return events_name(node_poll(fd, POLLIN, LATE_MS));
}

static const char *wait_pri(int fd)
{
	return events_name(node_poll(fd, POLLPRI, LATE_MS));
}

/* Who waits already when it happens */
static void test_wake(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);
	struct waiter waiters[3];
	int i;

	node_start_queued(fd);
	node_wait_done(fd, NODE_BUFFERS);
	dequeue_all(fd);
	for (i = 0; i < 3; i++)
		waiter_start(&waiters[i], fd, SYS_poll, wait_in);
	if (node_queue_all(fd) < 0)
		fatal("QBUF");
	for (i = 0; i < 3; i++)
		fact("three wait, a frame comes", waiter_end(&waiters[i]));
	node_wait_done(fd, NODE_BUFFERS);
	dequeue_all(fd);
	waiter_start(&waiters[0], fd, SYS_poll, wait_in);
	fact("the stream stops", result_name(node_stream(fd, false)));
	fact("the stream stops", waiter_end(&waiters[0]));
	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	waiter_start(&waiters[0], fd, SYS_poll, wait_pri);
	node_change_control(other, CONTROL);
	fact("an event comes", waiter_end(&waiters[0]));
	close(fd);
	close(other);
}

/* The queue belongs to the node: who does not own it sees it all the same. */
static void test_other_file(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, O_NONBLOCK);

	node_start_queued(fd);
	node_wait_done(fd, NODE_BUFFERS);
	fact_poll("all full, IN", other, POLLIN, 0);
	fact("DQBUF", result_name(node_dequeue(other)));
	fact("read", result_name(node_read(other)));
	dequeue_all(fd);
	fact_poll("none queued, IN", other, POLLIN, SOON_MS);
	fact("stop", result_name(node_stream(fd, false)));
	fact_poll("stopped, IN", other, POLLIN, 0);
	close(fd);
	fact("REQBUFS after close",
	     result_name(node_buffers(other, 2, V4L2_MEMORY_MMAP)));
	close(other);
}

/* ---- select ------------------------------------------------------------------ */

static void test_select(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);

	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	node_start_queued(fd);
	node_wait_done(fd, NODE_BUFFERS);
	fact_select("all full", fd, LATE_MS);
	dequeue_all(fd);
	fact_select("none queued", fd, SOON_MS);
	node_change_control(other, CONTROL);
	fact_select("an event", fd, LATE_MS);
	fact("dequeue", result_name(node_dequeue_event(fd)));
	node_stream(fd, false);
	fact_select("stopped", fd, 0);
	close(fd);
	close(other);
}

/* ---- epoll ------------------------------------------------------------------- */

static void fact_epoll(const char *what, int epoll, int ms)
{
	struct epoll_event event = { 0 };
	int count = epoll_wait(epoll, &event, 1, ms);

	fact(what, count < 0 ? result_name(-1)
			     : events_name(count ? (int)event.events : 0));
}

static void epoll_set(int epoll, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	if (epoll_ctl(epoll, operation, fd, &event) < 0)
		fatal("epoll_ctl");
}

static void test_level(const char *path)
{
	int fd = node_open(path, 0);
	int epoll = epoll_create1(0);

	node_start_queued(fd);
	epoll_set(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
	fact_epoll("a frame", epoll, LATE_MS);
	node_wait_done(fd, NODE_BUFFERS);
	fact_epoll("all full", epoll, 0);
	fact_epoll("all full, again", epoll, 0);
	dequeue_all(fd);
	fact_epoll("none queued", epoll, SOON_MS);
	fact("queue", result_name(node_queue(fd, 0)));
	fact_epoll("one more frame", epoll, LATE_MS);
	fact("stop", result_name(node_stream(fd, false)));
	fact_epoll("stopped", epoll, 0);
	close(fd);
	close(epoll);
}

/* A frame per second, so that none comes while we look. */
static void test_edge(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);
	int epoll = epoll_create1(0);

	node_set_fps(fd, 1);
	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	node_start(fd);
	node_queue(fd, 0);
	node_queue(fd, 1);
	node_wait_done(fd, 2);
	epoll_set(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLPRI | EPOLLET);
	fact_epoll("two full", epoll, LATE_MS);
	fact_epoll("two full, again", epoll, SOON_MS);
	fact("dequeue", result_name(node_dequeue(fd)));
	fact_epoll("one full", epoll, SOON_MS);
	fact("queue", result_name(node_queue(fd, 0)));
	fact_epoll("one full, one queued", epoll, SOON_MS);
	fact_epoll("one more frame", epoll, LATE_MS);
	fact_epoll("one more frame, again", epoll, SOON_MS);
	node_change_control(other, CONTROL);
	fact_epoll("an event", epoll, LATE_MS);
	fact_epoll("an event, again", epoll, SOON_MS);
	fact("stop", result_name(node_stream(fd, false)));
	fact_epoll("stopped", epoll, SOON_MS);
	node_set_fps(other, 30);
	close(fd);
	close(other);
	close(epoll);
}

static void test_oneshot(const char *path)
{
	int fd = node_open(path, 0);
	int epoll = epoll_create1(0);
	int outer = epoll_create1(0);

	node_start_queued(fd);
	node_wait_done(fd, NODE_BUFFERS);
	epoll_set(outer, EPOLL_CTL_ADD, epoll, EPOLLIN);
	epoll_set(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT);
	fact_epoll("nested", outer, LATE_MS);
	fact_epoll("all full", epoll, LATE_MS);
	fact_epoll("all full, again", epoll, SOON_MS);
	fact_epoll("nested, again", outer, SOON_MS);
	epoll_set(epoll, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT);
	fact_epoll("set again", epoll, LATE_MS);
	dequeue_all(fd);
	epoll_set(epoll, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT);
	fact_epoll("none queued", epoll, SOON_MS);
	fact("queue", result_name(node_queue_all(fd)));
	fact_epoll("a frame", epoll, LATE_MS);
	fact_epoll("a frame, again", epoll, SOON_MS);
	close(fd);
	close(epoll);
	close(outer);
}

static const struct facts_test tests[] = {
	{ "poll", test_poll },
	{ "poll before read", test_poll_read },
	{ "poll for events", test_events },
	{ "poll and wait", test_wake },
	{ "poll of another file", test_other_file },
	{ "select", test_select },
	{ "epoll", test_level },
	{ "epoll ET", test_edge },
	{ "epoll ONESHOT", test_oneshot },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		return facts_run(tests, sizeof(tests) / sizeof(tests[0]),
				 argv[1]);
	fprintf(stderr, "usage: polls NODE\n");
	return 2;
}
