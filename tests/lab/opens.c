// SPDX-License-Identifier: BSD-3-Clause
/*
 * opens NODE: open files of a capture node: copied, inherited, passed on, shared
 * by threads, many at once.
 *
 * One line per fact, `TEST, WHAT: RESULT', to be compared with those of another
 * node.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/rights.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define CONTROL V4L2_CID_BRIGHTNESS
#define MANY    20

/* Who does not own the queue gets EBUSY. */
static const char *try_buffers(const char *path)
{
	int fd = node_open(path, 0);
	const char *result = result_name(node_buffers(fd, 2, V4L2_MEMORY_MMAP));

	close(fd);
	return result;
}

static void fact_frame(const char *what, int fd)
{
	int index = node_dequeue(fd);

	fact(what, index < 0
			   ? result_name(-1)
			   : result_name(node_queue(fd, (unsigned int)index)));
}

/* ---- copies ---------------------------------------------------------------- */

static void test_dup(const char *path)
{
	int fd = node_open(path, 0);
	int copy = dup(fd);

	node_start_queued(fd);
	fact_frame("through the copy", copy);
	close(fd);
	fact_frame("the first is closed", copy);
	fact("it is still busy", try_buffers(path));
	close(copy);
	fact("all are closed", try_buffers(path));
}

static void wait_child(pid_t pid)
{
	int status;

	if (!process_ends(pid, 5000, &status))
		fact("the child", "hangs");
}

/* What a pipe is for here: waiting until its other end is closed. */
static void make_gate(int gate[2])
{
	if (pipe(gate) < 0)
		fatal("pipe");
}

static void pass_gate(int gate[2])
{
	char byte;

	close(gate[1]);
	while (read(gate[0], &byte, 1) > 0)
		;
	close(gate[0]);
}

static void open_gate(int gate[2])
{
	fflush(stdout);
	close(gate[0]);
	close(gate[1]);
}

static void test_fork(const char *path)
{
	int fd = node_open(path, 0);
	int mine[2];
	int theirs[2];
	pid_t pid;

	node_start_queued(fd);
	make_gate(mine);
	make_gate(theirs);
	pid = fork_child();
	if (pid == 0) {
		fact_frame("in the child", fd);
		close(fd);
		fd = node_open(path, 0);
		fact("the child's own", result_name(node_dequeue(fd)));
		open_gate(theirs);
		pass_gate(mine);
		exit(0);
	}
	pass_gate(theirs);
	fact_frame("in the parent", fd);
	open_gate(mine);
	wait_child(pid);
	fact_frame("in the parent, later", fd);

	make_gate(mine);
	pid = fork_child();
	if (pid == 0) {
		pass_gate(mine);
		fact_frame("in the child alone", fd);
		exit(0);
	}
	close(fd);
	fact("it is still busy", try_buffers(path));
	open_gate(mine);
	wait_child(pid);
	fact("all are closed", try_buffers(path));
}

/* ---- passing on -------------------------------------------------------------- */

static void send_fd(int socket, int fd)
{
	if (rights_send(socket, "x", 1, fd, 0) != 1)
		fatal("sendmsg");
}

static int receive_fd(int socket)
{
	char byte;
	int fd;

	if (rights_receive(socket, &byte, 1, &fd, 0) != 1 || fd < 0)
		fatal("recvmsg");
	return fd;
}

static void test_pass(const char *path)
{
	int fd;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		fatal("socketpair");
	/* Before the file is there, so that nothing is inherited. */
	pid = fork_child();
	if (pid == 0) {
		close(ends[0]);
		fd = receive_fd(ends[1]);
		fact_frame("by who got it", fd);
		send_fd(ends[1], fd);
		close(fd);
		exit(0);
	}
	fd = node_open(path, 0);
	node_start_queued(fd);
	send_fd(ends[0], fd);
	close(fd);
	wait_child(pid);
	fact("nobody but a socket has it", try_buffers(path));
	fd = receive_fd(ends[0]);
	fact_frame("back again", fd);
	send_fd(ends[0], fd);
	close(fd);
	close(ends[0]);
	close(ends[1]); /* the last one is in its queue */
	fact("all are closed", try_buffers(path));
}

/* ---- threads ----------------------------------------------------------------- */

static const char *wait_dequeue(int fd)
{
	return result_name(node_dequeue(fd));
}

static const char *wait_event(int fd)
{
	return result_name(node_dequeue_event(fd));
}

static void test_threads(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);
	struct waiter waiter;
	struct waiter second;

	node_start(fd);
	waiter_start(&waiter, fd, SYS_ioctl, wait_dequeue);
	fact("a second DQBUF", result_name(node_dequeue(fd)));
	fact("REQBUFS", result_name(node_buffers(fd, 2, V4L2_MEMORY_MMAP)));
	fact("DQBUF of another file", result_name(node_dequeue(other)));
	fact("still waiting", waiter_waits(&waiter) ? "yes" : "no");
	fact("STREAMOFF", result_name(node_stream(fd, false)));
	fact("who waited for STREAMOFF", waiter_end(&waiter));

	if (node_stream(fd, true) < 0)
		fatal("STREAMON");
	waiter_start(&waiter, fd, SYS_ioctl, wait_dequeue);
	fact("QBUF", result_name(node_queue_all(fd)));
	fact("who waited for QBUF", waiter_end(&waiter));

	if (node_subscribe(fd, CONTROL) < 0)
		fatal("SUBSCRIBE_EVENT");
	waiter_start(&waiter, fd, SYS_ioctl, wait_event);
	waiter_start(&second, fd, SYS_ioctl, wait_event);
	node_change_control(other, CONTROL);
	node_change_control(other, CONTROL);
	fact("two wait for events", waiter_end(&waiter));
	fact("two wait for events", waiter_end(&second));
	close(fd);
	close(other);
}

/* ---- many ------------------------------------------------------------------------ */

static void test_readers(const char *path)
{
	int fd = node_open(path, 0);
	int other = node_open(path, 0);

	fact("first", node_read(fd) > 0 ? "a frame" : result_name(-1));
	fact("second", node_read(other) > 0 ? "a frame" : result_name(-1));
	fact("REQBUFS of the second", try_buffers(path));
	fact("first again", node_read(fd) > 0 ? "a frame" : result_name(-1));
	close(fd);
	fact("second alone",
	     node_read(other) > 0 ? "a frame" : result_name(-1));
	close(other);
}

static uint32_t mix(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len--)
		sum = (sum ^ *at++) * 16777619u;
	return sum;
}

/* All formats, sizes of the first, controls.  Return: their sum */
static uint32_t enumerate(int fd, unsigned int *calls)
{
	struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_frmsizeenum size = { 0 };
	struct v4l2_queryctrl control = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct v4l2_capability capability;
	struct v4l2_format current;
	uint32_t sum = 2166136261u;

	if (ioctl(fd, VIDIOC_QUERYCAP, &capability) < 0 ||
	    node_get_format(fd, &current) < 0)
		fatal("QUERYCAP, G_FMT");
	sum = mix(sum, capability.card, sizeof(capability.card));
	sum = mix(sum, &current, sizeof(current));
	for (*calls = 2; ioctl(fd, VIDIOC_ENUM_FMT, &format) == 0; ++*calls) {
		sum = mix(sum, &format, sizeof(format));
		if (format.index++ == 0)
			size.pixel_format = format.pixelformat;
	}
	for (; ioctl(fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0; ++*calls) {
		sum = mix(sum, &size, sizeof(size));
		size.index++;
	}
	for (; ioctl(fd, VIDIOC_QUERYCTRL, &control) == 0; ++*calls) {
		sum = mix(sum, &control, sizeof(control));
		control.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	return sum;
}

struct opener {
	pthread_t thread;
	const char *path;
	pthread_barrier_t *all_open;
	char result[64];
};

static void *opener_main(void *data)
{
	struct opener *opener = data;
	unsigned int calls;
	uint32_t sum;
	int fd = node_open(opener->path, 0);

	pthread_barrier_wait(opener->all_open);
	sum = enumerate(fd, &calls);
	snprintf(opener->result, sizeof(opener->result), "%u calls, %08x",
		 calls, sum);
	close(fd);
	return NULL;
}

static void test_many(const char *path)
{
	struct opener openers[MANY];
	pthread_barrier_t all_open;
	int i;

	pthread_barrier_init(&all_open, NULL, MANY);
	for (i = 0; i < MANY; i++) {
		openers[i].path = path;
		openers[i].all_open = &all_open;
		errno = pthread_create(&openers[i].thread, NULL, opener_main,
				       &openers[i]);
		if (errno)
			fatal("pthread_create");
	}
	for (i = 0; i < MANY; i++) {
		pthread_join(openers[i].thread, NULL);
		fact("one of them", openers[i].result);
	}
}

static const struct facts_test tests[] = {
	{ "dup", test_dup },
	{ "fork", test_fork },
	{ "SCM_RIGHTS", test_pass },
	{ "threads", test_threads },
	{ "two that read", test_readers },
	{ "20 opens", test_many },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		return facts_run(tests, sizeof(tests) / sizeof(tests[0]),
				 argv[1]);
	fprintf(stderr, "usage: opens NODE\n");
	return 2;
}
