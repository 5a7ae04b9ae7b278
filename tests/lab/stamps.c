// SPDX-License-Identifier: BSD-3-Clause
/*
 * stamps NODE: are the times of frames and events those of this program's clock?
 *
 * An event comes about between the call that changes a control and DQEVENT; so
 * its time must lie between what CLOCK_MONOTONIC says before the one and after
 * the other, a millisecond more or less.  A frame's must lie between STREAMON and
 * DQBUF, or up to a frame later, because vivid says when a frame ends as soon as it
 * has begun; and for some of them shortly before that.
 *
 * It prints one line for each kind:
 *
 *	events=50 outside=0 by_us=0 took_us=1520
 *	frames=50 outside=0 backwards=0 nearest_us=930
 *
 * by_us is how far outside at most, took_us how long the shortest span was that
 * they were in, nearest_us how long before DQBUF a frame was taken, at least.
 * Exit status: 1 if any is outside or goes backwards.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define EVENTS     50
#define FRAMES     50
#define FPS        25
#define PERIOD_NS  (1000000000 / FPS)
#define BOUND_NS   1000000
#define NEAREST_NS 100000000 /* a slow machine that emulates another */

static int outside(int64_t from, int64_t at, int64_t to, int64_t *by)
{
	int64_t early = from - BOUND_NS - at;
	int64_t late = at - to - BOUND_NS;

	if (early > *by)
		*by = early;
	if (late > *by)
		*by = late;
	return early > 0 || late > 0;
}

/* Whoever changes a control hears nothing of it, so that is @other. */
static int look_at_events(int fd, int other)
{
	struct v4l2_event event;
	int64_t shortest = INT64_MAX;
	int64_t before;
	int64_t after;
	int64_t by = 0;
	int wrong = 0;
	int i;

	if (node_subscribe(fd, V4L2_CID_BRIGHTNESS) < 0)
		fatal("SUBSCRIBE_EVENT");
	for (i = 0; i < EVENTS; i++) {
		before = (int64_t)now_ns();
		if (node_set_control(other, V4L2_CID_BRIGHTNESS, i) < 0)
			fatal("S_CTRL");
		if (ioctl(fd, VIDIOC_DQEVENT, &event) < 0)
			fatal("DQEVENT");
		after = (int64_t)now_ns();
		wrong += outside(before,
				 event.timestamp.tv_sec * 1000000000LL +
					 event.timestamp.tv_nsec,
				 after, &by);
		if (after - before < shortest)
			shortest = after - before;
	}
	printf("events=%d outside=%d by_us=%" PRId64 " took_us=%" PRId64 "\n",
	       EVENTS, wrong, by / 1000, shortest / 1000);
	return wrong;
}

static int look_at_frames(int fd)
{
	size_t len = node_frame_len(fd);
	struct v4l2_buffer buffer;
	int64_t nearest = INT64_MAX;
	int64_t begun;
	int64_t last = 0;
	int64_t by = 0;
	int backwards = 0;
	int wrong = 0;
	unsigned int i;

	node_set_fps(fd, FPS);
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_USERPTR) < 0)
		fatal("REQBUFS");
	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_queue_pointer(fd, i, malloc(len), len) < 0)
			fatal("QBUF");
	begun = (int64_t)now_ns();
	if (node_stream(fd, true) < 0)
		fatal("STREAMON");
	for (i = 0; i < FRAMES; i++) {
		int64_t now;
		int64_t at;

		buffer = (struct v4l2_buffer){
			.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
			.memory = V4L2_MEMORY_USERPTR,
		};
		if (ioctl(fd, VIDIOC_DQBUF, &buffer) < 0)
			fatal("DQBUF");
		now = (int64_t)now_ns();
		at = buffer.timestamp.tv_sec * 1000000000LL +
		     buffer.timestamp.tv_usec * 1000LL;
		wrong += outside(begun, at, now + PERIOD_NS, &by);
		backwards += at <= last;
		last = at;
		if (now - at < nearest)
			nearest = now - at;
		if (ioctl(fd, VIDIOC_QBUF, &buffer) < 0)
			fatal("QBUF");
	}
	printf("frames=%d outside=%d backwards=%d nearest_us=%" PRId64 "\n",
	       FRAMES, wrong, backwards, nearest / 1000);
	return wrong + backwards + (nearest > NEAREST_NS);
}

int main(int argc, char **argv)
{
	int other;
	int wrong;
	int fd;

	if (argc != 2)
		fatal("usage: stamps NODE");
	fd = node_open(argv[1], 0);
	other = node_open(argv[1], 0);
	wrong = look_at_events(fd, other);
	wrong += look_at_frames(fd);
	return wrong != 0;
}
