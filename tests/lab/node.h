/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A V4L2 capture node, and the processes that use it, for the lab's programs
 * that compare how two nodes behave.
 *
 * In a header because each of those programs is one file.  What a program needs
 * for its test and does not get ends it, with one line on stderr.
 */
#ifndef TESTS_LAB_NODE_H
#define TESTS_LAB_NODE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/videodev2.h>

#define NODE_BUFFERS 4

static inline _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void pause_ms(long ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	nanosleep(&time, NULL);
}

static inline long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* What a call has returned, in words: "0", or errno's name */
static inline const char *error_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "0";
	static char number[16];

	if (name)
		return name;
	snprintf(number, sizeof(number), "errno %d", error);
	return number;
}

static inline const char *result_name(long result)
{
	return error_name(result < 0 ? errno : 0);
}

/* "IN|PRI", "0" */
static inline const char *events_name(int revents)
{
	static const struct {
		int bit;
		const char *name;
	} bits[] = {
		{ POLLIN, "IN" },   { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLNVAL, "NVAL" },
	};
	static char text[64];
	size_t i;

	text[0] = 0;
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (!(revents & bits[i].bit))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, bits[i].name);
	}
	return text[0] ? text : "0";
}

/* ---- the node ------------------------------------------------------------- */

static inline int node_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | flags);

	if (fd < 0)
		fatal(path);
	return fd;
}

static inline int node_buffers(int fd, unsigned int count, uint32_t memory)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory,
	};

	return ioctl(fd, VIDIOC_REQBUFS, &request);
}

static inline int node_queue(int fd, unsigned int index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	return ioctl(fd, VIDIOC_QBUF, &buffer);
}

static inline int node_queue_all(int fd)
{
	unsigned int i;

	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_queue(fd, i) < 0)
			return -1;
	return 0;
}

/* Return: the buffer's index, or -1 */
static inline int node_dequeue(int fd)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(fd, VIDIOC_DQBUF, &buffer) < 0)
		return -1;
	return (int)buffer.index;
}

static inline int node_stream(int fd, bool on)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return ioctl(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

/* NODE_BUFFERS buffers and streaming; what is queued is the caller's matter */
static inline void node_start(int fd)
{
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP) < 0)
		fatal("REQBUFS");
	if (node_stream(fd, true) < 0)
		fatal("STREAMON");
}

/* Asks the host, through us: not one of those that guestd answers. */
static inline int node_get_format(int fd, struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return ioctl(fd, VIDIOC_G_FMT, format);
}

static inline int node_set_control(int fd, uint32_t id, int value)
{
	struct v4l2_control control = { .id = id, .value = value };

	return ioctl(fd, VIDIOC_S_CTRL, &control);
}

static inline int node_get_control(int fd, uint32_t id)
{
	struct v4l2_control control = { .id = id };

	return ioctl(fd, VIDIOC_G_CTRL, &control) < 0 ? -1 : control.value;
}

/* Another value, so that whoever has subscribed gets an event. */
static inline void node_change_control(int fd, uint32_t id)
{
	if (node_set_control(fd, id, !node_get_control(fd, id)) < 0)
		fatal("S_CTRL");
}

static inline int node_subscribe(int fd, uint32_t id)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = id,
	};

	return ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

static inline int node_dequeue_event(int fd)
{
	struct v4l2_event event;

	return ioctl(fd, VIDIOC_DQEVENT, &event);
}

static inline int node_poll(int fd, int events, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)events };

	return poll(&pollfd, 1, ms) < 0 ? -1 : pollfd.revents;
}

/* ---- processes ------------------------------------------------------------ */

/* Memory that children share */
static inline void *shared_memory(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fatal("mmap");
	return memory;
}

/* A child that does not outlive us */
static inline pid_t fork_child(void)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fatal("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

/* Return: R, S, D, T, Z, ... or 0 if there is no such process */
static inline char process_state(pid_t pid)
{
	char path[64];
	char state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state;
}

/* Does it sleep in system call @nr? */
static inline bool process_sleeps(pid_t pid, long nr)
{
	char path[64];
	FILE *file;
	long found = -1;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%ld", &found) != 1)
		found = -1;
	fclose(file);
	return found == nr;
}

/* Return: whether the child has ended within @ms */
static inline bool process_ends(pid_t pid, long ms, int *status)
{
	long end = now_ms() + ms;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (now_ms() >= end)
			return false;
		pause_ms(2);
	}
	return true;
}

#endif
