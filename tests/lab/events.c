// SPDX-License-Identifier: BSD-3-Clause
/*
 * events NODE: the events of a vivid capture node: who gets them, when they are
 * merged, changes of ranges and of the source, which are refused, who waits.
 *
 * One line per fact, to be compared with those of another node.  What
 * events say of each control is in tests/lab/controls.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define INITIAL   V4L2_EVENT_SUB_FL_SEND_INITIAL
#define FEEDBACK  V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK
#define COME_MS   1000 /* in which an event comes, if one comes */
#define TEXT_LEN  512
#define SECOND_NS 1000000000

static uint64_t begun; /* events are younger */

static int unsubscribe(int fd, uint32_t type, uint32_t id)
{
	struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	return ioctl(fd, VIDIOC_UNSUBSCRIBE_EVENT, &subscription);
}

/* What it shows that is the same twice */
static void describe(const struct v4l2_event *event, char *text)
{
	const struct v4l2_event_ctrl *ctrl = &event->u.ctrl;
	uint64_t ns = (uint64_t)event->timestamp.tv_sec * SECOND_NS +
		      (uint64_t)event->timestamp.tv_nsec;
	size_t len = (size_t)snprintf(
		text, TEXT_LEN, "type %u id %x sequence %u pending %u%s",
		event->type, event->id, event->sequence, event->pending,
		ns < begun || ns > now_ns() ? " at another time" : "");
	size_t i;

	for (i = 0; i < 8; i++)
		if (event->reserved[i])
			len += (size_t)snprintf(text + len, TEXT_LEN - len,
						" reserved %zu", i);
	if (event->type == V4L2_EVENT_SOURCE_CHANGE)
		snprintf(text + len, TEXT_LEN - len, " changes %x",
			 event->u.src_change.changes);
	if (event->type != V4L2_EVENT_CTRL)
		return;
	len += (size_t)snprintf(text + len, TEXT_LEN - len,
				" changes %x kind %u flags %x %d..%d/%d (%d)",
				ctrl->changes, ctrl->type, ctrl->flags,
				ctrl->minimum, ctrl->maximum, ctrl->step,
				ctrl->default_value);
	/* A volatile one is read from the "hardware", and never the same. */
	if (ctrl->flags & V4L2_CTRL_FLAG_VOLATILE)
		return;
	if (ctrl->type == V4L2_CTRL_TYPE_INTEGER64)
		snprintf(text + len, TEXT_LEN - len, " = %lld",
			 (long long)ctrl->value64);
	else
		snprintf(text + len, TEXT_LEN - len, " = %d", ctrl->value);
}

/* The next event.  Return: whether there was one */
static bool next(const char *what, int fd)
{
	struct v4l2_event event;
	char text[TEXT_LEN];

	memset(&event, 0xee, sizeof(event));
	if (ioctl(fd, VIDIOC_DQEVENT, &event) < 0) {
		fact(what, result_name(-1));
		return false;
	}
	describe(&event, text);
	fact(what, text);
	return true;
}

/* All that come until none does for a moment */
static void all(const char *what, int fd)
{
	do
		node_poll(fd, POLLPRI, COME_MS / 4);
	while (next(what, fd));
}

static void wait_pri(const char *what, int fd)
{
	fact(what, events_name(node_poll(fd, POLLPRI, COME_MS)));
}

static void subscribe(const char *what, int fd, uint32_t type, uint32_t id,
		      uint32_t flags)
{
	fact(what, result_name(node_subscribe_event(fd, type, id, flags)));
}

/* Files of the same node: who subscribes, and who changes things */
static void open_two(const char *path, int *fd, int *other)
{
	*fd = node_open(path, O_NONBLOCK);
	*other = node_open(path, O_NONBLOCK);
	begun = now_ns();
}

/* ---- tests ---------------------------------------------------------------------- */

static void own_changes(const char *path)
{
	int other;
	int fd;

	open_two(path, &fd, &other);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS, 0);
	subscribe("feedback", other, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS,
		  FEEDBACK);
	node_set_control(fd, V4L2_CID_BRIGHTNESS, 1);
	all("own", fd);
	all("others'", other);
	node_set_control(other, V4L2_CID_BRIGHTNESS, 2);
	all("others'", fd);
	all("own with feedback", other);
	/* The same value is no change. */
	node_set_control(other, V4L2_CID_BRIGHTNESS, 2);
	all("no change", fd);
	subscribe("again, with feedback", fd, V4L2_EVENT_CTRL,
		  V4L2_CID_BRIGHTNESS, FEEDBACK | INITIAL);
	node_set_control(fd, V4L2_CID_BRIGHTNESS, 128);
	all("is as it was", fd);
}

static void merges(const char *path)
{
	int other;
	int fd;
	int i;

	open_two(path, &fd, &other);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS, 0);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_CONTRAST, 0);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_GAIN, INITIAL);
	for (i = 1; i <= 5; i++)
		node_set_control(other, V4L2_CID_BRIGHTNESS, i);
	node_set_control(other, V4L2_CID_CONTRAST, 7);
	node_set_control(other, V4L2_CID_BRIGHTNESS, 6);
	/* Others than that: flags of the gain, a range of the brightness */
	node_set_control(other, V4L2_CID_AUTOGAIN, 0);
	node_set_control(other, V4L2_CID_AUTOGAIN, 1);
	pause_ms(COME_MS / 4);
	wait_pri("poll", fd);
	all("merged", fd);
	wait_pri("poll", fd);
	node_set_control(other, V4L2_CID_BRIGHTNESS, 128);
	node_set_control(other, V4L2_CID_CONTRAST, 128);
	wait_pri("poll", fd);
	fact("unsubscribe", result_name(unsubscribe(fd, V4L2_EVENT_CTRL,
						    V4L2_CID_BRIGHTNESS)));
	all("the other", fd);
	node_set_control(other, V4L2_CID_CONTRAST, 127);
	wait_pri("poll", fd);
	fact("unsubscribe all",
	     result_name(unsubscribe(fd, V4L2_EVENT_ALL, 0)));
	fact("poll", events_name(node_poll(fd, POLLPRI, 0)));
	all("nothing", fd);
	node_set_control(other, V4L2_CID_CONTRAST, 128);
}

static void ranges(const char *path)
{
	int other;
	int input;
	int fd;

	open_two(path, &fd, &other);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS, 0);
	for (input = 3; input >= 0; input--) {
		fact("S_INPUT",
		     result_name(ioctl(other, VIDIOC_S_INPUT, &input)));
		all("range", fd);
	}
}

static void sources(const char *path)
{
	uint32_t standard;
	uint32_t timings;
	uint32_t id;
	int other;
	int fd;

	open_two(path, &fd, &other);
	standard = node_find_control(fd, "Standard Signal Mode");
	timings = node_find_control(fd, "DV Timings Signal Mode");
	for (id = 0; id < 5; id++)
		subscribe("subscribe", fd, V4L2_EVENT_SOURCE_CHANGE, id,
			  INITIAL);
	all("initially", fd);
	node_set_control(other, standard, 1);
	all("no signal", fd);
	node_set_control(other, timings, 1);
	node_set_control(other, timings, 0);
	node_set_control(other, timings, 1);
	pause_ms(COME_MS / 4);
	all("three times", fd);
	unsubscribe(fd, V4L2_EVENT_SOURCE_CHANGE, 1);
	node_set_control(other, standard, 0);
	node_set_control(other, timings, 0);
	all("all but one", fd);
}

static void refusals(const char *path)
{
	static const uint32_t types[] = {
		V4L2_EVENT_ALL,
		V4L2_EVENT_VSYNC,
		V4L2_EVENT_EOS,
		V4L2_EVENT_FRAME_SYNC,
		V4L2_EVENT_MOTION_DET,
		V4L2_EVENT_MOTION_DET + 1,
		0x7fffffff,
		V4L2_EVENT_PRIVATE_START,
		0xffffffff,
	};
	char what[32];
	size_t i;
	int other;
	int fd;

	open_two(path, &fd, &other);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(what, sizeof(what), "type %x", types[i]);
		subscribe(what, fd, types[i], 0, 0);
		fact(what, result_name(unsubscribe(fd, types[i], 0)));
	}
	subscribe("no control", fd, V4L2_EVENT_CTRL, 0, INITIAL);
	subscribe("no control", fd, V4L2_EVENT_CTRL, 12345, INITIAL);
	subscribe("next control", fd, V4L2_EVENT_CTRL, V4L2_CTRL_FLAG_NEXT_CTRL,
		  INITIAL);
	subscribe("flags", fd, V4L2_EVENT_CTRL, V4L2_CID_CONTRAST, 0xfffffffc);
	node_set_control(other, V4L2_CID_CONTRAST, 5);
	all("flags", fd);
	node_set_control(other, V4L2_CID_CONTRAST, 128);
	fact("other's", result_name(node_dequeue_event(other)));
}

static void changes_later(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	pause_ms(COME_MS / 2);
	node_set_control(fd, V4L2_CID_CONTRAST, 9);
	/* Or they may become one, if nobody has taken the first before. */
	pause_ms(COME_MS / 2);
	node_set_control(fd, V4L2_CID_CONTRAST, 128);
	exit(0);
}

static void waiting(const char *path)
{
	int other;
	int fd;

	open_two(path, &fd, &other);
	close(fd);
	fd = node_open(path, 0);
	subscribe("subscribe", fd, V4L2_EVENT_CTRL, V4L2_CID_CONTRAST, 0);
	if (fork_child() == 0)
		changes_later(path);
	next("waited for", fd);
	wait_pri("poll", fd);
	next("the second one", fd);
	fact("poll", events_name(node_poll(fd, POLLPRI, 0)));
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "own changes", own_changes }, { "merges", merges },
		{ "ranges", ranges },           { "sources", sources },
		{ "refusals", refusals },       { "waiting", waiting },
	};

	if (argc != 2)
		fatal("usage: events NODE");
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
