// SPDX-License-Identifier: BSD-3-Clause
/*
 * failures NODE: what is left of a vivid capture node after its driver has
 * failed, which vivid does on demand (its controls "Inject ..." and
 * "Disconnect").
 *
 * One line per fact, to be compared with those of another node.  A call that
 * fails is followed by the words of its argument that it has changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define FRAMES_MAX 200 /* that may come before an error */
#define LATE_MS    4000

/* ---- vivid's controls -------------------------------------------------------- */

/* Through a file of its own: vivid undoes Disconnect when the last one closes. */
static int push(const char *path, const char *button)
{
	int fd = node_open(path, O_NONBLOCK);
	int ret = node_set_control(fd, node_find_control(fd, button), 1);

	close(fd);
	return ret;
}

/* ---- facts ------------------------------------------------------------------- */

/* Return: what ioctl(2) does */
static int call(const char *what, int fd, unsigned long cmd, void *arg)
{
	uint32_t before[64];
	uint32_t after[64];
	char text[512];
	size_t words = _IOC_SIZE(cmd) / sizeof(before[0]);
	size_t len;
	size_t i;
	int ret;

	memcpy(before, arg, words * sizeof(before[0]));
	ret = ioctl(fd, cmd, arg);
	memcpy(after, arg, words * sizeof(after[0]));
	len = (size_t)snprintf(text, sizeof(text), "%s", result_name(ret));
	for (i = 0; ret && i < words && len < sizeof(text); i++)
		if (before[i] != after[i])
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						", %zu: %x > %x", i * 4,
						before[i], after[i]);
	fact(what, text);
	return ret;
}

static struct v4l2_buffer buffer_arg(unsigned int index)
{
	return (struct v4l2_buffer){
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.bytesused = 5,
		.sequence = 77,
		.field = V4L2_FIELD_BOTTOM,
		.length = 9,
	};
}

static void queue(const char *what, int fd, unsigned int index)
{
	struct v4l2_buffer buffer = buffer_arg(index);

	call(what, fd, VIDIOC_QBUF, &buffer);
}

static void prepare(const char *what, int fd, unsigned int index)
{
	struct v4l2_buffer buffer = buffer_arg(index);

	call(what, fd, VIDIOC_PREPARE_BUF, &buffer);
}

static void query(const char *what, int fd, unsigned int index)
{
	struct v4l2_buffer buffer = buffer_arg(index);
	char text[64];

	if (call(what, fd, VIDIOC_QUERYBUF, &buffer))
		return;
	snprintf(text, sizeof(text), "flags %x, bytesused %u", buffer.flags,
		 buffer.bytesused);
	fact(what, text);
}

static void buffers(const char *what, int fd, unsigned int count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.capabilities = 0x55,
	};

	call(what, fd, VIDIOC_REQBUFS, &request);
}

static void create(const char *what, int fd, unsigned int count,
		   uint32_t memory)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_create_buffers arg = { .count = count, .memory = memory };
	char text[64];

	if (ioctl(fd, VIDIOC_G_FMT, &format))
		fatal("G_FMT");
	arg.format = format;
	if (call(what, fd, VIDIOC_CREATE_BUFS, &arg))
		return;
	snprintf(text, sizeof(text), "%u from %u", arg.count, arg.index);
	fact(what, text);
}

static void stream(const char *what, int fd, bool on)
{
	fact(what, result_name(node_stream(fd, on)));
}

static void polled(const char *what, int fd, int events, int ms)
{
	fact(what, events_name(node_poll(fd, events, ms)));
}

/* Frames that were finished in time do not count. */
static void dequeue_until_error(const char *what, int fd)
{
	unsigned int i;
	int index = 0;

	for (i = 0; i < FRAMES_MAX && index >= 0; i++) {
		index = node_dequeue(fd);
		if (index >= 0)
			node_queue(fd, (unsigned int)index);
	}
	fact(what, result_name(index));
}

static void read_until_error(const char *what, int fd)
{
	unsigned int i;
	ssize_t ret = 0;

	for (i = 0; i < FRAMES_MAX && ret >= 0; i++)
		ret = node_read(fd);
	fact(what, result_name(ret));
}

/* ---- a queue that is given up -------------------------------------------------- */

static void test_fatal(const char *path)
{
	int fd = node_open(path, 0);

	node_start_queued(fd);
	fact("frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	push(path, "Inject Fatal Streaming Error");
	dequeue_until_error("dequeue", fd);
	dequeue_until_error("again", fd);
	polled("IN", fd, POLLIN, LATE_MS);
	polled("PRI", fd, POLLPRI, 0);
	queue("queue", fd, 0);
	stream("stream", fd, true);
	stream("stop", fd, false);
	polled("stopped, IN", fd, POLLIN, 0);
	fact("queue all", result_name(node_queue_all(fd)));
	stream("stream", fd, true);
	fact("frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	close(fd);
}

static const char *run_dequeue(int fd)
{
	return result_name(node_dequeue(fd));
}

/* Somebody sleeps in DQBUF, and nothing comes. */
static void test_fatal_sleep(const char *path)
{
	struct waiter waiter;
	int fd = node_open(path, 0);
	uint32_t drops = node_find_control(fd, "Percentage of Dropped Buffers");

	node_set_control(fd, drops, 100);
	node_start_queued(fd);
	waiter_start(&waiter, fd, SYS_ioctl, run_dequeue);
	fact("nothing comes", waiter_waits(&waiter) ? "waits" : "does not");
	push(path, "Inject Fatal Streaming Error");
	fact("dequeue", waiter_end(&waiter));
	node_set_control(fd, drops, 0);
	close(fd);
}

static void test_fatal_read(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);

	fact("read", result_name(node_read(fd) < 0 ? -1 : 0));
	push(path, "Inject Fatal Streaming Error");
	read_until_error("read, then", fd);
	read_until_error("again", fd);
	polled("IN", fd, POLLIN, LATE_MS);
	fact("another", result_name(node_read(other)));
	close(fd);
	fact("another, alone", result_name(node_read(other) < 0 ? -1 : 0));
	close(other);
}

/* ---- calls that fail ------------------------------------------------------------ */

static void test_reqbufs(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	buffers("2", fd, 2);
	queue("queue", fd, 0);
	push(path, "Inject VIDIOC_REQBUFS Error");
	buffers("3, refused", fd, 3);
	query("query", fd, 0);
	queue("queue", fd, 0);
	create("create 2", fd, 2, V4L2_MEMORY_MMAP);
	query("query", fd, 0);
	push(path, "Inject VIDIOC_REQBUFS Error");
	create("create 1, refused", fd, 1, V4L2_MEMORY_MMAP);
	query("query", fd, 1);
	queue("queue", fd, 1);
	create("create nothing", fd, 0, V4L2_MEMORY_MMAP);
	create("create nothing, USERPTR", fd, 0, V4L2_MEMORY_USERPTR);
	create("create 1, USERPTR", fd, 1, V4L2_MEMORY_USERPTR);
	close(fd);
}

static void test_qbuf(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	buffers("2", fd, 2);
	stream("stream", fd, true);
	push(path, "Inject VIDIOC_QBUF Error");
	queue("queue, refused", fd, 0);
	query("query", fd, 0);
	polled("none queued, IN", fd, POLLIN, 0);
	push(path, "Inject VIDIOC_QBUF Error");
	prepare("prepare, refused", fd, 1);
	query("query", fd, 1);
	queue("queue", fd, 0);
	polled("one queued, IN", fd, POLLIN, LATE_MS);
	close(fd);
}

static void test_streamon(const char *path)
{
	int fd = node_open(path, 0);

	buffers("4", fd, 4);
	fact("queue all", result_name(node_queue_all(fd)));
	push(path, "Inject VIDIOC_STREAMON Error");
	stream("stream, refused", fd, true);
	query("query", fd, 0);
	polled("IN", fd, POLLIN, 0);
	stream("stream", fd, true);
	fact("frame", result_name(node_dequeue(fd) < 0 ? -1 : 0));
	close(fd);
}

static void test_read(const char *path)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	int fd = node_open(path, 0);
	int other = node_open(path, 0);

	push(path, "Inject VIDIOC_STREAMON Error");
	fact("refused", result_name(node_read(fd)));
	polled("PRI", fd, POLLPRI, 0);
	fact("G_FMT", result_name(node_get_format(fd, &format)));
	fact("S_FMT", result_name(ioctl(fd, VIDIOC_S_FMT, &format)));
	fact("another", result_name(node_read(other) < 0 ? -1 : 0));
	fact("while another reads", result_name(node_read(fd)));
	close(other);
	fact("alone", result_name(node_read(fd) < 0 ? -1 : 0));
	close(fd);
}

/* ---- a device that is unplugged --------------------------------------------------- */

static void test_disconnect(const char *path)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct timeval late = { .tv_sec = LATE_MS / 1000 };
	int fd = node_open(path, 0);
	fd_set except;

	node_start_queued(fd);
	fact("Disconnect", result_name(push(path, "Disconnect")));
	fact("G_FMT", result_name(node_get_format(fd, &format)));
	dequeue_until_error("dequeue", fd);
	polled("IN and PRI", fd, POLLIN | POLLPRI, LATE_MS);
	polled("PRI", fd, POLLPRI, LATE_MS);
	FD_ZERO(&except);
	FD_SET(fd, &except);
	fact("select, except",
	     select(fd + 1, NULL, NULL, &except, &late) == 1 ? "ready" : "not");
	close(fd);
	fd = node_open(path, 0);
	fact("plugged in, G_FMT", result_name(node_get_format(fd, &format)));
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "fatal", test_fatal },
		{ "fatal, asleep", test_fatal_sleep },
		{ "fatal, read", test_fatal_read },
		{ "REQBUFS", test_reqbufs },
		{ "QBUF", test_qbuf },
		{ "STREAMON", test_streamon },
		{ "read", test_read },
		{ "disconnect", test_disconnect },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: failures NODE\n");
		return 2;
	}
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
