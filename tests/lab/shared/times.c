// SPDX-License-Identifier: BSD-3-Clause
/*
 * How long the calls of one client take while others do what they do.
 */
#include "tests/lab/shared/times.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define ROUNDS    100
#define CONTROL   V4L2_CID_BRIGHTNESS
#define WAIT_MS   10000
#define DELAY_MAX 1000 /* ms; what is not stuck takes less, on any machine */

static long now_us(void)
{
	return (long)(now_ns() / 1000);
}

static int compare(const void *left, const void *right)
{
	const long *a = left;
	const long *b = right;

	return (*a > *b) - (*a < *b);
}

/* One of each: answered by guestd, by the host, with the helper's aid */
static int some_calls(int fd)
{
	struct v4l2_ext_control control = { .id = CONTROL };
	struct v4l2_capability capability;
	struct v4l2_format format;

	if (ioctl(fd, VIDIOC_QUERYCAP, &capability) < 0 ||
	    node_get_format(fd, &format) < 0 ||
	    node_get_array(fd, &control) < 0)
		return -1;
	return node_poll(fd, POLLPRI, 0) < 0 ? -1 : 0;
}

static void measure_here(const char *path, struct times *times)
{
	long us[ROUNDS];
	long begun = now_us();
	int fd = node_open(path, 0);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (some_calls(fd) < 0)
			times->error = errno;
		us[i] = now_us() - begun;
		begun = now_us();
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	times->median_us = us[ROUNDS / 2];
	times->longest_us = us[ROUNDS - 1];
}

void times_measure(const char *path, uid_t uid, struct times *times)
{
	struct times *shared = shared_memory(sizeof(*shared));
	long begun = now_ms();
	int status;
	pid_t pid = fork_child();

	if (pid == 0) {
		become(uid);
		measure_here(path, shared);
		_exit(0);
	}
	if (!process_ends(pid, WAIT_MS, &status)) {
		shared->error = ETIME;
		shared->longest_us = (now_ms() - begun) * 1000;
	} else if (status) {
		shared->error = EIO;
	}
	*times = *shared;
	munmap(shared, sizeof(*shared));
}

/* Waiting for who is stuck would take for ever, sharing a machine may not. */
bool times_delayed(const struct times *times, const struct times *before)
{
	return times->median_us > 5 * before->median_us + 5000 ||
	       times->longest_us > DELAY_MAX * 1000L;
}
