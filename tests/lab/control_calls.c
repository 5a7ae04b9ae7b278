// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every control of a V4L2 node: what it is, and reading, trying and setting it in
 * right and in wrong ways, with every word that comes back.
 *
 *	control_calls NODE [near]
 *
 * near: all memory is there, for guestd says less about what is not where the kernel
 * copies (usermedia(7)).  Values that the driver changes by itself are not shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/show.h"

#define CONTROLS_MAX 200
#define PAYLOAD_MAX  (1u << 18)
#define WHICH_MIN    0x0f020000u /* newer than some kernels */
#define WHICH_MAX    0x0f030000u

static int fd;
static struct v4l2_query_ext_ctrl infos[CONTROLS_MAX];
static unsigned int info_count;
static struct v4l2_ext_controls *controls;
static struct v4l2_ext_control *list;
static uint8_t *payload;
static bool near;

static bool has_payload(const struct v4l2_query_ext_ctrl *info)
{
	return info->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD;
}

/* Whoever looks twice may see two values. */
static bool restless(const struct v4l2_query_ext_ctrl *info)
{
	return info->flags & V4L2_CTRL_FLAG_VOLATILE;
}

static uint32_t size_of(const struct v4l2_query_ext_ctrl *info)
{
	return has_payload(info) ? info->elems * info->elem_size : 0;
}

static void learn(void)
{
	struct v4l2_query_ext_ctrl info = { 0 };

	info_count = 0;
	do {
		info.id |=
			V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
		if (ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &info))
			return;
		infos[info_count++] = info;
	} while (info_count < CONTROLS_MAX);
	fatal("too many controls");
}

static void begin(const char *path)
{
	fd = node_open(path, O_NONBLOCK);
	controls = show_memory(sizeof(*controls));
	list = show_memory(CONTROLS_MAX * sizeof(*list));
	payload = show_memory(PAYLOAD_MAX);
	learn();
}

/* One control or more, from list. */
static int call(const char *what, unsigned long cmd, uint32_t which,
		uint32_t count)
{
	char text[96];
	int ret;

	show_fill(controls, sizeof(*controls));
	controls->which = which;
	controls->count = count;
	controls->request_fd = 0;
	controls->controls = list;
	snprintf(text, sizeof(text), "%x %s", list[0].id, what);
	ret = show_call(text, fd, cmd, controls);
	if (count <= CONTROLS_MAX)
		show_bytes(text, list, count * sizeof(*list));
	return ret;
}

static void prepare(const struct v4l2_query_ext_ctrl *info, uint32_t size)
{
	show_fill(list, sizeof(*list));
	memset(list[0].reserved2, 0, sizeof(list[0].reserved2));
	list[0].id = info->id;
	list[0].size = size;
	list[0].value64 = 0;
	if (has_payload(info))
		list[0].ptr = payload;
}

/* ---- what there is ------------------------------------------------------------- */

static void queries(const char *path)
{
	struct v4l2_query_ext_ctrl info;
	struct v4l2_querymenu menu;
	struct v4l2_queryctrl old;
	unsigned int i;
	int64_t at;

	begin(path);
	for (i = 0; i < info_count; i++) {
		show_fill(&info, sizeof(info));
		info.id = infos[i].id;
		show_call("QUERY_EXT_CTRL", fd, VIDIOC_QUERY_EXT_CTRL, &info);
		show_fill(&old, sizeof(old));
		old.id = infos[i].id;
		show_call("QUERYCTRL", fd, VIDIOC_QUERYCTRL, &old);
		for (at = -1; at <= 20; at++) {
			show_fill(&menu, sizeof(menu));
			menu.id = infos[i].id;
			menu.index = (uint32_t)at;
			if (show_call("QUERYMENU", fd, VIDIOC_QUERYMENU,
				      &menu) &&
			    at > 1)
				break;
		}
	}
	for (i = 0; i < 3; i++) {
		show_fill(&old, sizeof(old));
		old.id = (i + 1) << 30;
		show_call("QUERYCTRL next", fd, VIDIOC_QUERYCTRL, &old);
	}
}

/* ---- reading ---------------------------------------------------------------------- */

static void get(const struct v4l2_query_ext_ctrl *info, const char *what,
		uint32_t which, uint32_t size)
{
	uint32_t shown = size < 512 ? size : 512;

	prepare(info, size);
	memset(payload, 0x5a, 4096);
	call(what, VIDIOC_G_EXT_CTRLS, which, 1);
	if (has_payload(info) && size)
		show_bytes(what, payload, shown);
}

static void read_one(const struct v4l2_query_ext_ctrl *info)
{
	uint32_t size = size_of(info);
	struct v4l2_control old = { .id = info->id };

	show_call("G_CTRL", fd, VIDIOC_G_CTRL, &old);
	get(info, "read", 0, size);
	get(info, "read, its class", V4L2_CTRL_ID2WHICH(info->id), size);
	get(info, "read, another class", V4L2_CTRL_CLASS_JPEG, size);
	get(info, "read the default", V4L2_CTRL_WHICH_DEF_VAL, size);
	get(info, "read of a request", V4L2_CTRL_WHICH_REQUEST_VAL, size);
	get(info, "read the least", WHICH_MIN, size);
	get(info, "read the most", WHICH_MAX, size);
	get(info, "read of no class", 1, size);
	get(info, "read, private", V4L2_CID_PRIVATE_BASE, size);
	get(info, "read with no size", 0, 0);
	get(info, "read with size 1", 0, 1);
	get(info, "read with 3 more", 0, size + 3);
	get(info, "read with much more", 0, size + 4000);
	get(info, "read with a giant", 0, 0x7fffffff);
	if (near)
		return;
	prepare(info, size);
	list[0].ptr = (void *)8;
	call("read to nowhere", VIDIOC_G_EXT_CTRLS, 0, 1);
	prepare(info, 0);
	list[0].ptr = (void *)8;
	call("read nothing to nowhere", VIDIOC_G_EXT_CTRLS, 0, 1);
	prepare(info, 1);
	list[0].ptr = (void *)8;
	call("read too little to nowhere", VIDIOC_G_EXT_CTRLS, 0, 1);
}

static void reads(const char *path)
{
	unsigned int i;

	begin(path);
	for (i = 0; i < info_count; i++)
		if (!restless(&infos[i]))
			read_one(&infos[i]);
}

/* ---- writing ------------------------------------------------------------------------ */

static void set(const struct v4l2_query_ext_ctrl *info, const char *what,
		unsigned long cmd, uint32_t which, int64_t value)
{
	prepare(info, 0);
	if (info->type == V4L2_CTRL_TYPE_INTEGER64)
		list[0].value64 = value;
	else
		list[0].value = (int32_t)value;
	list[0].size = 99; /* is ignored */
	call(what, cmd, which, 1);
}

static void write_number(const struct v4l2_query_ext_ctrl *info)
{
	static const unsigned long cmds[] = { VIDIOC_TRY_EXT_CTRLS,
					      VIDIOC_S_EXT_CTRLS };
	struct v4l2_control old = { .id = info->id };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		set(info, "least", cmds[i], 0, info->minimum);
		set(info, "less", cmds[i], 0, info->minimum - 1);
		set(info, "most", cmds[i], 0, info->maximum);
		set(info, "more", cmds[i], 0, info->maximum + 1);
		set(info, "default", cmds[i], 0, info->default_value);
		set(info, "to the default", cmds[i], V4L2_CTRL_WHICH_DEF_VAL,
		    info->default_value);
		set(info, "to the most", cmds[i], WHICH_MAX, info->maximum);
		set(info, "in a request", cmds[i], V4L2_CTRL_WHICH_REQUEST_VAL,
		    info->default_value);
		set(info, "another class", cmds[i], V4L2_CTRL_CLASS_JPEG,
		    info->default_value);
	}
	old.value = (int32_t)info->maximum;
	show_call("S_CTRL", fd, VIDIOC_S_CTRL, &old);
	old.value = (int32_t)info->default_value;
	show_call("S_CTRL default", fd, VIDIOC_S_CTRL, &old);
}

static void put(const struct v4l2_query_ext_ctrl *info, const char *what,
		unsigned long cmd, uint32_t size, int value)
{
	prepare(info, size);
	memset(payload, value, size < PAYLOAD_MAX ? size : PAYLOAD_MAX);
	call(what, cmd, 0, 1);
	show_bytes(what, payload, size < 512 ? size : 512);
}

/* An array of variable length gets one element, whatever it had. */
static void write_back(const struct v4l2_query_ext_ctrl *info, uint32_t size)
{
	if (info->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY) {
		prepare(info, info->elem_size);
		memset(payload, 0, info->elem_size);
	} else {
		prepare(info, size);
		call("read the default", VIDIOC_G_EXT_CTRLS,
		     V4L2_CTRL_WHICH_DEF_VAL, 1);
	}
	call("write the default", VIDIOC_S_EXT_CTRLS, 0, 1);
}

static void write_payload(const struct v4l2_query_ext_ctrl *info)
{
	static const unsigned long cmds[] = { VIDIOC_TRY_EXT_CTRLS,
					      VIDIOC_S_EXT_CTRLS };
	uint32_t size = size_of(info);
	uint32_t room =
		info->nr_of_dims ? info->dims[0] * info->elem_size : size;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		put(info, "write zeroes", cmds[i], size, 0);
		put(info, "write ones", cmds[i], size, 1);
		put(info, "write text", cmds[i], size, 'a');
		put(info, "write wrong ones", cmds[i], size, 0xff);
		put(info, "write nothing", cmds[i], 0, 0);
		put(info, "write one byte", cmds[i], 1, 0);
		put(info, "write one less", cmds[i], size - 1, 1);
		put(info, "write one more", cmds[i], size + 1, 1);
		put(info, "write three more of text", cmds[i], size + 3, 'b');
		put(info, "write an element more", cmds[i],
		    size + info->elem_size, 1);
		put(info, "write all there is room for", cmds[i], room, 1);
		put(info, "write more than that", cmds[i],
		    room + info->elem_size, 1);
		prepare(info, size);
		list[0].ptr = (void *)8;
		/* Which cannot be written natively says so first. */
		if (!near && !(info->flags & V4L2_CTRL_FLAG_READ_ONLY))
			call("write from nowhere", cmds[i], 0, 1);
		prepare(info, 0x7fffffff);
		call("write a giant", cmds[i], 0, 1);
	}
	prepare(info, size);
	if (call("read what was written", VIDIOC_G_EXT_CTRLS, 0, 1) == 0)
		show_bytes("read what was written", payload,
			   size < 512 ? size : 512);
	write_back(info, size);
}

static void writes(const char *path)
{
	unsigned int i;

	begin(path);
	for (i = 0; i < info_count; i++) {
		/* A button is pressed by any value. */
		if (restless(&infos[i]) ||
		    infos[i].type == V4L2_CTRL_TYPE_BUTTON)
			continue;
		if (has_payload(&infos[i]))
			write_payload(&infos[i]);
		else
			write_number(&infos[i]);
	}
}

/* ---- many at once ------------------------------------------------------------------ */

/* All that can be read, from the first on, with @payload for them. */
static unsigned int fill_list(void)
{
	unsigned int count = 0;
	uint8_t *at = payload;
	unsigned int i;

	for (i = 0; i < info_count; i++) {
		if (restless(&infos[i]) ||
		    infos[i].type == V4L2_CTRL_TYPE_BUTTON ||
		    infos[i].type == V4L2_CTRL_TYPE_CTRL_CLASS ||
		    infos[i].flags & (V4L2_CTRL_FLAG_WRITE_ONLY |
				      V4L2_CTRL_FLAG_READ_ONLY |
				      V4L2_CTRL_FLAG_DISABLED))
			continue;
		memset(&list[count], 0, sizeof(list[count]));
		list[count].id = infos[i].id;
		list[count].size = size_of(&infos[i]);
		if (list[count].size)
			list[count].ptr = at;
		else
			list[count].size = 7;
		at += size_of(&infos[i]);
		count++;
	}
	return count;
}

static void all_of(const char *what, unsigned long cmd, unsigned int wrong)
{
	unsigned int count = fill_list();

	if (cmd != VIDIOC_G_EXT_CTRLS)
		call("read before", VIDIOC_G_EXT_CTRLS, 0, count);
	if (wrong < count) {
		list[wrong].id = 0x123456;
		list[wrong].size = 0;
	}
	call(what, cmd, 0, count);
}

static void many(const char *path)
{
	unsigned int count;
	unsigned int i;

	begin(path);
	count = fill_list();
	all_of("read all", VIDIOC_G_EXT_CTRLS, CONTROLS_MAX);
	all_of("write all", VIDIOC_S_EXT_CTRLS, CONTROLS_MAX);
	all_of("try all", VIDIOC_TRY_EXT_CTRLS, CONTROLS_MAX);
	for (i = 0; i < count; i += count / 4 + 1) {
		all_of("read all but one", VIDIOC_G_EXT_CTRLS, i);
		all_of("write all but one", VIDIOC_S_EXT_CTRLS, i);
		all_of("try all but one", VIDIOC_TRY_EXT_CTRLS, i);
	}
	/* One that has too little room, one whose memory is not there. */
	for (i = 0; i < count; i++) {
		fill_list();
		if (!list[i].ptr)
			continue;
		list[i].size = 1;
		call("read all, one too short", VIDIOC_G_EXT_CTRLS, 0, count);
		if (near)
			continue;
		fill_list();
		list[i].ptr = (void *)8;
		call("read all, one to nowhere", VIDIOC_G_EXT_CTRLS, 0, count);
		fill_list();
		call("read all", VIDIOC_G_EXT_CTRLS, 0, count);
		list[i].ptr = (void *)8;
		call("write all, one from nowhere", VIDIOC_S_EXT_CTRLS, 0,
		     count);
		call("try all, one from nowhere", VIDIOC_TRY_EXT_CTRLS, 0,
		     count);
	}
}

static void none(const char *path)
{
	static const unsigned long cmds[] = { VIDIOC_G_EXT_CTRLS,
					      VIDIOC_S_EXT_CTRLS,
					      VIDIOC_TRY_EXT_CTRLS };
	static const uint32_t which[] = {
		0,
		V4L2_CTRL_CLASS_USER,
		V4L2_CTRL_CLASS_CAMERA,
		V4L2_CTRL_CLASS_JPEG,
		V4L2_CTRL_WHICH_DEF_VAL,
		V4L2_CTRL_WHICH_REQUEST_VAL,
		V4L2_CID_PRIVATE_BASE,
		WHICH_MIN,
		0xffffffff,
	};
	unsigned int i;
	unsigned int j;

	begin(path);
	for (i = 0; i < 3; i++)
		for (j = 0; j < sizeof(which) / sizeof(which[0]); j++)
			call("none", cmds[i], which[j], 0);
	for (i = 0; i < 3; i++) {
		call("too many", cmds[i], 0, 1025);
		call("giant", cmds[i], 0, 0xffffffff);
	}
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "queries", queries }, { "reads", reads },   { "many", many },
		{ "none", none },       { "writes", writes },
	};

	if (argc != 2 && argc != 3)
		return 2;
	near = argc == 3;
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
