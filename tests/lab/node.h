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
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
	static _Thread_local char number[16];

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
	static _Thread_local char text[64];
	size_t len = 0;
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (revents & bits[i].bit)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%s%s", len ? "|" : "",
						bits[i].name);
	return len ? text : "0";
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

static inline void node_start_queued(int fd)
{
	node_start(fd);
	if (node_queue_all(fd) < 0)
		fatal("QBUF");
}

/* Return: V4L2_BUF_FLAG_* of a buffer */
static inline uint32_t node_flags(int fd, unsigned int index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal("QUERYBUF");
	return buffer.flags;
}

/* Until the first @count buffers are full: then no frame is under way. */
static inline void node_wait_done(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		while (!(node_flags(fd, i) & V4L2_BUF_FLAG_DONE))
			pause_ms(2);
}

static inline void node_set_fps(int fd, unsigned int fps)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, fps },
	};

	if (ioctl(fd, VIDIOC_S_PARM, &parm) < 0)
		fatal("S_PARM");
}

/* A whole frame.  Return: its length, or -1 */
static inline ssize_t node_read(int fd)
{
	static char frame[4 << 20];

	return read(fd, frame, sizeof(frame));
}

/* Asks the host, through us: not one of those that guestd answers. */
static inline int node_get_format(int fd, struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return ioctl(fd, VIDIOC_G_FMT, format);
}

/* Bytes of a frame */
static inline size_t node_frame_len(int fd)
{
	struct v4l2_format format;

	if (node_get_format(fd, &format) < 0)
		fatal("G_FMT");
	return format.fmt.pix.sizeimage;
}

static inline int node_queue_pointer(int fd, unsigned int index, void *memory,
				     size_t len)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_USERPTR,
		.m.userptr = (unsigned long)memory,
		.length = (uint32_t)len,
	};

	return ioctl(fd, VIDIOC_QBUF, &buffer);
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

/* Return: the first line of a file of /proc/@pid, "" if there is none */
static inline const char *process_line(pid_t pid, const char *name)
{
	static _Thread_local char line[1024];
	char path[64];
	FILE *file;

	line[0] = 0;
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return line;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	return line;
}

/* Return: R, S, D, T, Z, ... or 0 if there is no such process */
static inline char process_state(pid_t pid)
{
	const char *name_end = strrchr(process_line(pid, "stat"), ')');

	if (!name_end || !name_end[1])
		return 0;
	return name_end[2];
}

/* Does it sleep in system call @nr? */
static inline bool process_sleeps(pid_t pid, long nr)
{
	const char *line = process_line(pid, "syscall");

	return line[0] >= '0' && line[0] <= '9' && strtol(line, NULL, 10) == nr;
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

/* ---- threads that wait ------------------------------------------------------ */

/**
 * struct waiter - A thread that makes one call
 * @number:	Of the system call
 * @run:	Makes it.  Return: in words
 */
struct waiter {
	pthread_t thread;
	int fd;
	long number;
	const char *(*run)(int fd);
	atomic_int tid;
	char result[64];
};

static inline void *waiter_main(void *data)
{
	struct waiter *waiter = data;

	atomic_store(&waiter->tid, gettid());
	snprintf(waiter->result, sizeof(waiter->result), "%s",
		 waiter->run(waiter->fd));
	return NULL;
}

/* It waits, and whoever looks at it has looked. */
static inline void waiter_start(struct waiter *waiter, int fd, long number,
				const char *(*run)(int fd))
{
	long end = now_ms() + 5000;

	memset(waiter, 0, sizeof(*waiter));
	waiter->fd = fd;
	waiter->number = number;
	waiter->run = run;
	errno = pthread_create(&waiter->thread, NULL, waiter_main, waiter);
	if (errno)
		fatal("pthread_create");
	while (!atomic_load(&waiter->tid) ||
	       !process_sleeps(atomic_load(&waiter->tid), number))
		if (now_ms() > end)
			break;
	pause_ms(100);
}

static inline bool waiter_waits(const struct waiter *waiter)
{
	return process_sleeps(atomic_load(&waiter->tid), waiter->number);
}

/* Return: what it said, in a moment */
static inline const char *waiter_end(struct waiter *waiter)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 5;
	if (pthread_timedjoin_np(waiter->thread, NULL, &end))
		return "hangs";
	return waiter->result;
}

/* ---- facts ------------------------------------------------------------------ */

/**
 * struct node_test - A function that prints facts, in a process of its own
 */
struct node_test {
	const char *name;
	void (*run)(const char *path);
};

#define NODE_TEST_SECONDS 20

static const char *fact_test;

static inline void fact(const char *what, const char *result)
{
	printf("%s, %s: %s\n", fact_test, what, result);
}

static inline int node_run_tests(const struct node_test *tests, size_t count,
				 const char *path)
{
	int status;
	size_t i;
	pid_t pid;

	for (i = 0; i < count; i++) {
		fact_test = tests[i].name;
		pid = fork_child();
		if (pid == 0) {
			alarm(NODE_TEST_SECONDS);
			tests[i].run(path);
			exit(0);
		}
		if (waitpid(pid, &status, 0) < 0)
			fatal("waitpid");
		if (WIFSIGNALED(status))
			fact("the end", strsignal(WTERMSIG(status)));
		else if (WEXITSTATUS(status))
			fact("the end", "exit status not 0");
	}
	return 0;
}

#endif
