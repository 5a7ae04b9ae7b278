// SPDX-License-Identifier: BSD-3-Clause
/*
 * unplug NODE CAMERA PORT LINK: what programs see when their USB camera is pulled
 * out while they do something, and after it was plugged in again.
 *
 *	NODE	the camera's: the native one, or ours
 *	CAMERA	process id of tests/lab/uvc.c, in PORT of vhci_hcd
 *	LINK	what udev would make of its node
 *
 * One line per fact, to be compared with those of another node.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/uvc.h"

#define FRAMES_MAX 200 /* that may come before an error */
#define LATE_MS    4000
#define CONTROL    V4L2_CID_BRIGHTNESS

static struct uvc camera;

/* ---- facts ------------------------------------------------------------------- */

static void polled(const char *what, int fd, int events, int ms)
{
	fact(what, events_name(node_poll(fd, events, ms)));
}

/* Everything that a program may try with a file whose camera has gone. */
static void dead(int fd)
{
	struct v4l2_capability capability;
	struct v4l2_format format;
	struct v4l2_fmtdesc description = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};

	/* First: without buffers, IN is an error before it has heard of its end. */
	polled("gone, poll nothing", fd, 0, LATE_MS);
	polled("gone, poll IN", fd, POLLIN, LATE_MS);
	polled("gone, poll PRI", fd, POLLPRI, LATE_MS);
	fact("gone, QUERYCAP",
	     result_name(ioctl(fd, VIDIOC_QUERYCAP, &capability)));
	fact("gone, G_FMT", result_name(node_get_format(fd, &format)));
	fact("gone, ENUM_FMT",
	     result_name(ioctl(fd, VIDIOC_ENUM_FMT, &description)));
	fact("gone, S_CTRL", result_name(node_set_control(fd, CONTROL, 3)));
	fact("gone, REQBUFS",
	     result_name(node_buffers(fd, 2, V4L2_MEMORY_MMAP)));
	fact("gone, QBUF", result_name(node_queue(fd, 0)));
	fact("gone, DQBUF", result_name(node_dequeue(fd)));
	fact("gone, DQEVENT", result_name(node_dequeue_event(fd)));
	fact("gone, STREAMOFF", result_name(node_stream(fd, false)));
	fact("gone, read", result_name(node_read(fd)));
	fact("gone, unknown", result_name(ioctl(fd, _IO('V', 99))));
}

static void plug_in(const char *path, int old)
{
	struct v4l2_format format;
	int fd;

	uvc_plug(&camera);
	fact("plugged in, the old file, G_FMT",
	     result_name(node_get_format(old, &format)));
	fd = node_open(path, 0);
	node_start_queued(fd);
	fact("plugged in, frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	fact("close the old file", result_name(close(old)));
	fact("plugged in, frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	close(fd);
}

/* ---- while it streams ---------------------------------------------------------- */

/* Frames that were finished in time do not count, nor do those with an error. */
static const char *run_until_error(int fd)
{
	unsigned int i;
	int index = 0;

	for (i = 0; i < FRAMES_MAX && index >= 0; i++) {
		index = node_dequeue(fd);
		if (index >= 0 && node_queue(fd, (unsigned int)index) < 0)
			index = -1;
	}
	/* Which of the two calls is under way then differs from run to run. */
	if (index < 0 && (errno == EINVAL || errno == ENODEV))
		return "EINVAL or ENODEV";
	return result_name(index);
}

static void test_streaming(const char *path)
{
	struct waiter waiter;
	int fd = node_open(path, 0);

	node_start_queued(fd);
	waiter_start(&waiter, fd, SYS_ioctl, run_until_error);
	uvc_pull(&camera);
	fact("DQBUF and QBUF", waiter_end(&waiter));
	dead(fd);
	plug_in(path, fd);
}

static const char *run_dequeue(int fd)
{
	return result_name(node_dequeue(fd));
}

/* Somebody sleeps, and nothing comes; others wait on the same file. */
static void asleep(const char *path, long number, const char *(*run)(int fd))
{
	struct waiter waiter;
	int fd = node_open(path, 0);

	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	node_start_queued(fd);
	fact("frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	uvc_quiet(&camera);
	/* Those that were on their way; one buffer at least stays queued. */
	while (node_poll(fd, POLLIN, 200) & POLLIN)
		if (node_queue(fd, (unsigned int)node_dequeue(fd)) < 0)
			fatal("QBUF");
	waiter_start(&waiter, fd, number, run);
	fact("nothing comes", waiter_waits(&waiter) ? "waits" : "does not");
	uvc_pull(&camera);
	fact("the call", waiter_end(&waiter));
	dead(fd);
	plug_in(path, fd);
}

static void test_dqbuf(const char *path)
{
	asleep(path, SYS_ioctl, run_dequeue);
}

static const char *run_poll(int fd)
{
	return events_name(node_poll(fd, POLLIN, -1));
}

static void test_poll(const char *path)
{
	asleep(path, SYS_poll, run_poll);
}

static const char *run_poll_event(int fd)
{
	return events_name(node_poll(fd, POLLPRI, -1));
}

static void test_poll_event(const char *path)
{
	asleep(path, SYS_poll, run_poll_event);
}

static const char *run_select(int fd)
{
	static _Thread_local char text[32];
	fd_set read_set, except_set;
	int ret;

	FD_ZERO(&read_set);
	FD_SET(fd, &read_set);
	except_set = read_set;
	ret = select(fd + 1, &read_set, NULL, &except_set, NULL);
	if (ret < 0)
		return result_name(ret);
	snprintf(text, sizeof(text), "%d:%s%s", ret,
		 FD_ISSET(fd, &read_set) ? " read" : "",
		 FD_ISSET(fd, &except_set) ? " except" : "");
	return text;
}

static void test_select(const char *path)
{
	asleep(path, SYS_pselect6, run_select);
}

static const char *run_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int ret = epoll;

	if (epoll >= 0) {
		ret = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		if (!ret)
			ret = epoll_wait(epoll, &event, 1, -1);
		close(epoll);
	}
	return ret < 0 ? result_name(ret) : events_name((int)event.events);
}

static void test_epoll(const char *path)
{
	asleep(path, SYS_epoll_wait, run_epoll);
}

/* ---- while it does not ----------------------------------------------------------- */

/* Two files that have asked for nothing: how do they hear of it? */
static void test_idle(const char *path)
{
	struct waiter waiter;
	int fd = node_open(path, O_NONBLOCK);
	int other = node_open(path, O_NONBLOCK);

	fact("read", result_name(node_read(fd)));
	waiter_start(&waiter, fd, SYS_poll, run_poll_event);
	fact("nothing comes", waiter_waits(&waiter) ? "waits" : "does not");
	uvc_pull(&camera);
	fact("poll PRI", waiter_end(&waiter));
	dead(fd);
	polled("another, poll nothing", other, 0, LATE_MS);
	close(other);
	plug_in(path, fd);
}

/* The first that it hears is the error of a call. */
static void test_ask(const char *path)
{
	struct v4l2_format format;
	int fd = node_open(path, O_NONBLOCK);

	uvc_pull(&camera);
	fact("G_FMT", result_name(node_get_format(fd, &format)));
	dead(fd);
	plug_in(path, fd);
}

static void test_buffers(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP);
	fact("queue all", result_name(node_queue_all(fd)));
	uvc_pull(&camera);
	dead(fd);
	plug_in(path, fd);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "streaming", test_streaming },
		{ "DQBUF", test_dqbuf },
		{ "poll", test_poll },
		{ "poll for events", test_poll_event },
		{ "select", test_select },
		{ "epoll", test_epoll },
		{ "idle", test_idle },
		{ "asked", test_ask },
		{ "buffers", test_buffers },
	};

	if (argc != 5) {
		fprintf(stderr, "usage: unplug NODE CAMERA PORT LINK\n");
		return 2;
	}
	camera = (struct uvc){
		.pid = (pid_t)strtol(argv[2], NULL, 10),
		.port = (unsigned int)strtoul(argv[3], NULL, 10),
		.link = argv[4],
	};
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
