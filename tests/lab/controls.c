// SPDX-License-Identifier: BSD-3-Clause
/*
 * controls NODE: everything about the controls of a V4L2 node: what they are, what
 * they do with values that fit and with those that do not, and which events say so.
 *
 * One line per fact, to be compared with those of another node.  In the end each
 * has its default value again.
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

#define PAYLOAD_MAX (64 << 10)
#define LATE_MS     4000
#define TEXT_LEN    512

/* Its events end those of another control. */
#define SENTINEL V4L2_CID_BRIGHTNESS

static uint8_t payload[PAYLOAD_MAX];

/* ---- facts ------------------------------------------------------------------- */

static void about(const struct v4l2_query_ext_ctrl *query, const char *what,
		  const char *text)
{
	char name[80];

	snprintf(name, sizeof(name), "%s, %s", query->name, what);
	fact(name, text);
}

static uint32_t checksum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	while (len--)
		sum = sum * 31 + *at++;
	return sum;
}

static bool has_payload(const struct v4l2_query_ext_ctrl *query)
{
	return query->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD;
}

static bool is_64(const struct v4l2_query_ext_ctrl *query)
{
	return query->type == V4L2_CTRL_TYPE_INTEGER64;
}

/* What G, S and TRY have left of it */
static void about_call(const struct v4l2_query_ext_ctrl *query,
		       const char *what, int ret,
		       const struct v4l2_ext_controls *array)
{
	const struct v4l2_ext_control *control = array->controls;
	char text[TEXT_LEN];
	int len;

	len = snprintf(text, sizeof(text), "%s, error_idx %u, size %u",
		       result_name(ret), array->error_idx, control->size);
	if (has_payload(query))
		snprintf(text + len, sizeof(text) - (size_t)len, ", sum %x",
			 checksum(payload, sizeof(payload)));
	else if (!(query->flags & V4L2_CTRL_FLAG_VOLATILE))
		snprintf(text + len, sizeof(text) - (size_t)len, ", value %lld",
			 is_64(query) ? (long long)control->value64
				      : control->value);
	about(query, what, text);
}

static void call(const char *what, int fd, unsigned long cmd, uint32_t which,
		 const struct v4l2_query_ext_ctrl *query, int64_t value,
		 size_t size)
{
	struct v4l2_ext_control control = { .id = query->id };
	struct v4l2_ext_controls array = {
		.which = which,
		.count = 1,
		.controls = &control,
	};
	int ret;

	if (has_payload(query)) {
		control.size = (uint32_t)size;
		control.ptr = payload;
	} else if (is_64(query)) {
		control.value64 = value;
	} else {
		control.value = (int32_t)value;
	}
	ret = ioctl(fd, cmd, &array);
	about_call(query, what, ret, &array);
}

static void get(const char *what, int fd,
		const struct v4l2_query_ext_ctrl *query, size_t size)
{
	memset(payload, 0xee, sizeof(payload));
	call(what, fd, VIDIOC_G_EXT_CTRLS, V4L2_CTRL_WHICH_CUR_VAL, query, 0,
	     size);
}

/* Twice, once to try; with the payload as it is. */
static void set(const char *what, int fd,
		const struct v4l2_query_ext_ctrl *query, int64_t value,
		size_t size)
{
	char name[64];

	snprintf(name, sizeof(name), "try %s", what);
	call(name, fd, VIDIOC_TRY_EXT_CTRLS, V4L2_CTRL_WHICH_CUR_VAL, query,
	     value, size);
	snprintf(name, sizeof(name), "set %s", what);
	call(name, fd, VIDIOC_S_EXT_CTRLS, V4L2_CTRL_WHICH_CUR_VAL, query,
	     value, size);
	get("then", fd, query, query->elems * query->elem_size);
}

/* ---- all of them ------------------------------------------------------------- */

/* @run: called with each control, the compound ones, too */
static void
for_each(int fd, void (*run)(int fd, const struct v4l2_query_ext_ctrl *query))
{
	uint32_t next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	struct v4l2_query_ext_ctrl query = { .id = next };

	while (!ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &query)) {
		run(fd, &query);
		query.id |= next;
	}
	fact("the last", result_name(-1));
}

static void describe_menu(int fd, const struct v4l2_query_ext_ctrl *query)
{
	struct v4l2_querymenu menu = { .id = query->id };
	char what[32];
	char text[TEXT_LEN];
	int64_t i;
	int ret;

	for (i = query->minimum; i <= query->maximum + 1; i++) {
		menu.index = (uint32_t)i;
		ret = ioctl(fd, VIDIOC_QUERYMENU, &menu);
		if (query->type == V4L2_CTRL_TYPE_MENU)
			snprintf(text, sizeof(text), "%s, %s", result_name(ret),
				 ret ? "" : (const char *)menu.name);
		else
			snprintf(text, sizeof(text), "%s, %lld",
				 result_name(ret),
				 ret ? 0 : (long long)menu.value);
		snprintf(what, sizeof(what), "menu %lld", (long long)i);
		about(query, what, text);
	}
}

static void describe(int fd, const struct v4l2_query_ext_ctrl *query)
{
	struct v4l2_queryctrl old = { .id = query->id };
	char text[TEXT_LEN];
	int ret;

	snprintf(text, sizeof(text),
		 "%x, type %u, %lld to %lld by %llu, default %lld, flags %x, "
		 "%u elements of %u, %u dimensions %u %u %u %u",
		 query->id, query->type, (long long)query->minimum,
		 (long long)query->maximum, (unsigned long long)query->step,
		 (long long)query->default_value, query->flags, query->elems,
		 query->elem_size, query->nr_of_dims, query->dims[0],
		 query->dims[1], query->dims[2], query->dims[3]);
	about(query, "is", text);
	ret = ioctl(fd, VIDIOC_QUERYCTRL, &old);
	snprintf(text, sizeof(text), "%s, %s, %d to %d by %d, %d, %x",
		 result_name(ret), (const char *)old.name, old.minimum,
		 old.maximum, old.step, old.default_value, old.flags);
	about(query, "QUERYCTRL", text);
	if (query->type == V4L2_CTRL_TYPE_MENU ||
	    query->type == V4L2_CTRL_TYPE_INTEGER_MENU)
		describe_menu(fd, query);
}

static void test_describe(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	for_each(fd, describe);
	close(fd);
}

/* ---- values -------------------------------------------------------------------- */

/* Buttons do what nobody can undo. */
static bool settable(const struct v4l2_query_ext_ctrl *query)
{
	return query->type != V4L2_CTRL_TYPE_CTRL_CLASS &&
	       query->type != V4L2_CTRL_TYPE_BUTTON;
}

static void fill(const struct v4l2_query_ext_ctrl *query, uint32_t seed)
{
	size_t i;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(seed + i * 7);
	if (query->type == V4L2_CTRL_TYPE_STRING) {
		memset(payload, 'a' + (int)(seed % 26), sizeof(payload));
		payload[query->minimum + seed % 2] = 0;
	}
}

static void set_payload(int fd, const struct v4l2_query_ext_ctrl *query)
{
	size_t size = query->elems * query->elem_size;

	get("with no room", fd, query, 0);
	get("with half the room", fd, query, size / 2);
	get("with more room", fd, query, size + 8);
	fill(query, 0);
	set("a pattern", fd, query, 0, size);
	fill(query, 1);
	set("another", fd, query, 0, size);
	fill(query, 2);
	set("with less", fd, query, 0, size - 1);
	fill(query, 3);
	set("with more", fd, query, 0, size + 1);
	fill(query, 4);
	set("nothing", fd, query, 0, 0);
	memset(payload, 0, sizeof(payload));
	set("zeros", fd, query, 0, size);
	memset(payload, 0xff, sizeof(payload));
	set("ones", fd, query, 0, size);
}

static void set_value(int fd, const struct v4l2_query_ext_ctrl *query)
{
	set("the least", fd, query, query->minimum, 0);
	set("the most", fd, query, query->maximum, 0);
	set("less", fd, query, query->minimum - 1, 0);
	set("more", fd, query, query->maximum + 1, 0);
	set("a step and a half", fd, query,
	    query->minimum + (int64_t)(query->step + query->step / 2), 0);
	set("with a size", fd, query, query->default_value, 99);
}

static void restore(int fd, const struct v4l2_query_ext_ctrl *query)
{
	size_t size = query->elems * query->elem_size;

	memset(payload, 0, sizeof(payload));
	call("default", fd, VIDIOC_G_EXT_CTRLS, V4L2_CTRL_WHICH_DEF_VAL, query,
	     0, size);
	call("back", fd, VIDIOC_S_EXT_CTRLS, V4L2_CTRL_WHICH_CUR_VAL, query,
	     query->default_value, size);
}

static void change(int fd, const struct v4l2_query_ext_ctrl *query)
{
	struct v4l2_control old = { .id = query->id };

	get("get", fd, query, query->elems * query->elem_size);
	if (!settable(query))
		return;
	if (has_payload(query))
		set_payload(fd, query);
	else
		set_value(fd, query);
	about(query, "G_CTRL", result_name(ioctl(fd, VIDIOC_G_CTRL, &old)));
	call("set another's", fd, VIDIOC_S_EXT_CTRLS, V4L2_CTRL_CLASS_JPEG,
	     query, query->default_value, 0);
	restore(fd, query);
}

static void test_values(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);

	for_each(fd, change);
	close(fd);
}

/* ---- events -------------------------------------------------------------------- */

static int subscribe(int fd, uint32_t id, uint32_t flags)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = id,
		.flags = flags,
	};

	return ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

static void unsubscribe(int fd, uint32_t id)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = id,
	};

	ioctl(fd, VIDIOC_UNSUBSCRIBE_EVENT, &subscription);
}

static void about_event(const struct v4l2_query_ext_ctrl *query,
			const char *what, const struct v4l2_event *event)
{
	const struct v4l2_event_ctrl *ctrl = &event->u.ctrl;
	char text[TEXT_LEN];

	snprintf(text, sizeof(text),
		 "pending %u, changes %x, type %u, value %lld, flags %x, "
		 "%d to %d by %d, default %d",
		 event->pending, ctrl->changes, ctrl->type,
		 query->flags & V4L2_CTRL_FLAG_VOLATILE
			 ? 0
			 : (long long)ctrl->value64,
		 ctrl->flags, ctrl->minimum, ctrl->maximum, ctrl->step,
		 ctrl->default_value);
	about(query, what, text);
}

/* Those until the sentinel's, which another file changes now. */
static void collect(const struct v4l2_query_ext_ctrl *query, const char *what,
		    int fd, int other)
{
	struct v4l2_event event;

	node_change_control(other, SENTINEL);
	for (;;) {
		if (!(node_poll(fd, POLLPRI, LATE_MS) & POLLPRI)) {
			about(query, what, "no end");
			return;
		}
		memset(&event, 0, sizeof(event));
		if (ioctl(fd, VIDIOC_DQEVENT, &event)) {
			about(query, what, result_name(-1));
			return;
		}
		if (event.id == SENTINEL)
			return;
		about_event(query, what, &event);
	}
}

static int listener;
static int listener_with_feedback;

static void listen_to(int fd, const struct v4l2_query_ext_ctrl *query)
{
	if (query->id == SENTINEL || !settable(query))
		return;
	about(query, "subscribe",
	      result_name(subscribe(listener, query->id,
				    V4L2_EVENT_SUB_FL_SEND_INITIAL)));
	about(query, "subscribe, with feedback",
	      result_name(subscribe(listener_with_feedback, query->id,
				    V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK)));
	collect(query, "initial", listener, fd);
	fill(query, 5);
	set("by another", fd, query, query->maximum,
	    query->elems * query->elem_size);
	collect(query, "event", listener, fd);
	collect(query, "event, with feedback", listener_with_feedback, fd);
	fill(query, 6);
	set("by itself", listener, query, query->minimum,
	    query->elems * query->elem_size);
	set("by itself, with feedback", listener_with_feedback, query,
	    query->maximum, query->elems * query->elem_size);
	collect(query, "event", listener, fd);
	collect(query, "event, with feedback", listener_with_feedback, fd);
	restore(fd, query);
	unsubscribe(listener, query->id);
	unsubscribe(listener_with_feedback, query->id);
	collect(query, "unsubscribed", listener, fd);
	collect(query, "unsubscribed, with feedback", listener_with_feedback,
		fd);
}

static void test_events(const char *path)
{
	int fd = node_open(path, O_NONBLOCK);
	struct v4l2_query_ext_ctrl sentinel = { .id = SENTINEL };

	listener = node_open(path, O_NONBLOCK);
	listener_with_feedback = node_open(path, O_NONBLOCK);
	if (ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &sentinel)) {
		fact("sentinel", result_name(-1));
		return;
	}
	if (node_subscribe(listener, SENTINEL) < 0 ||
	    node_subscribe(listener_with_feedback, SENTINEL) < 0)
		fatal("SUBSCRIBE_EVENT");
	for_each(fd, listen_to);
	restore(fd, &sentinel);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "describe", test_describe },
		{ "values", test_values },
		{ "events", test_events },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: controls NODE\n");
		return 2;
	}
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
