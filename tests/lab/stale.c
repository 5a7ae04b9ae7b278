// SPDX-License-Identifier: BSD-3-Clause
/*
 * stale NATIVE NODE ROUNDS: how long a node of ours may say of a control what was true
 * before a program of the host changed it, beside how long its event takes.
 *
 * NATIVE and NODE are the same vivid device. V4L2_CID_AUTOGAIN makes V4L2_CID_GAIN
 * inactive, and the event of that is of the latter. After each change NODE is asked,
 * and asked for the event, in turns, until both have come.
 *
 * One line: medians and 99th percentiles in microseconds since the change was made; how
 * often NODE was asked; and how often it said the old when the event had come.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define ROUNDS_MAX  10000
#define PATIENCE_NS 2000000000ULL

/* Of one change, in microseconds */
struct delays {
	double *seen;
	double *told;
};

static unsigned long questions;
static unsigned int stale;

static bool is_inactive(int fd)
{
	struct v4l2_queryctrl query = { .id = V4L2_CID_GAIN };

	questions++;
	if (ioctl(fd, VIDIOC_QUERYCTRL, &query))
		fatal("QUERYCTRL");
	return query.flags & V4L2_CTRL_FLAG_INACTIVE;
}

/* Return: whether an event has come that says so */
static bool was_told(int fd, bool inactive)
{
	struct v4l2_event event;

	while (ioctl(fd, VIDIOC_DQEVENT, &event) == 0)
		if (!(event.u.ctrl.flags & V4L2_CTRL_FLAG_INACTIVE) ==
		    !inactive)
			return true;
	if (errno != ENOENT)
		fatal("DQEVENT");
	return false;
}

static double since_us(uint64_t begun)
{
	return (double)(now_ns() - begun) / 1e3;
}

static void change(int native, int fd, bool inactive, struct delays *delays)
{
	uint64_t begun;
	bool seen = false;
	bool told = false;

	if (node_set_control(native, V4L2_CID_AUTOGAIN, inactive))
		fatal("S_CTRL");
	begun = now_ns();
	while (!seen || !told) {
		if (!told && was_told(fd, inactive)) {
			told = true;
			*delays->told = since_us(begun);
			if (is_inactive(fd) != inactive)
				stale++;
		}
		if (!seen && is_inactive(fd) == inactive) {
			seen = true;
			*delays->seen = since_us(begun);
		}
		if (now_ns() - begun > PATIENCE_NS) {
			errno = ETIME;
			fatal(told ? "the answer" : "the event");
		}
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_delays(const char *name, double *us, unsigned int count)
{
	qsort(us, count, sizeof(*us), compare);
	printf("%s_p50=%.0f %s_p99=%.0f ", name, us[count / 2], name,
	       us[count - 1 - count / 100]);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	double *seen, *told;
	unsigned int i;
	int native, fd;

	if (!rounds || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: stale NATIVE NODE ROUNDS\n");
		return 2;
	}
	native = node_open(argv[1], 0);
	fd = node_open(argv[2], O_NONBLOCK);
	if (node_set_control(native, V4L2_CID_AUTOGAIN, 0) ||
	    node_subscribe(fd, V4L2_CID_GAIN))
		fatal("no control that others make inactive");
	is_inactive(fd);
	questions = 0;
	seen = zeroed(rounds * sizeof(*seen));
	told = zeroed(rounds * sizeof(*told));
	for (i = 0; i < rounds; i++)
		change(native, fd, !(i % 2),
		       &(struct delays){ &seen[i], &told[i] });
	print_delays("seen", seen, (unsigned int)rounds);
	print_delays("told", told, (unsigned int)rounds);
	printf("questions=%lu stale=%u\n", questions, stale);
	free(seen);
	free(told);
	close(fd);
	close(native);
	return 0;
}
