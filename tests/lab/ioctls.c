// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctls NODE: the ioctls whose arguments differ between 32-bit and 64-bit programs,
 * but for buffers, which ioctls_buffers has.
 *
 * One line per call, `TEST, WHAT: RESULT BYTES', to be compared with those of
 * another node.  Arguments are full of 0x5a where they need not be something else,
 * so that the bytes also tell what is not written.  Before that only what differs
 * by nature becomes zero: addresses, times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

#define TYPES  16
#define INPUTS 5

static int fd;

/* A call, and its argument as it comes back */
static int call(const char *what, unsigned long cmd, void *arg, size_t len)
{
	int ret = ioctl(fd, cmd, arg);

	fact_bytes(what, result_name(ret), arg, len);
	return ret;
}

static const char *numbered(const char *what, unsigned int number)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s %u", what, number);
	return text;
}

/* ---- formats --------------------------------------------------------------- */

static bool is_window(uint32_t type)
{
	return type == V4L2_BUF_TYPE_VIDEO_OVERLAY ||
	       type == V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY;
}

/* Without clips: those are not for our nodes. */
static void fill_format(struct v4l2_format *format, uint32_t type)
{
	memset(format, 0x5a, sizeof(*format));
	format->type = type;
	if (!is_window(type))
		return;
	format->fmt.win.clips = NULL;
	format->fmt.win.clipcount = 0;
	format->fmt.win.bitmap = NULL;
}

static void test_formats(const char *path)
{
	struct v4l2_format format;
	struct v4l2_format tried;
	uint32_t type;

	fd = node_open(path, 0);
	for (type = 0; type < TYPES; type++) {
		fill_format(&format, type);
		call(numbered("G_FMT", type), VIDIOC_G_FMT, &format,
		     sizeof(format));
		fill_format(&tried, type);
		call(numbered("TRY_FMT", type), VIDIOC_TRY_FMT, &tried,
		     sizeof(tried));
		call(numbered("S_FMT", type), VIDIOC_S_FMT, &format,
		     sizeof(format));
	}
	fill_format(&format, V4L2_BUF_TYPE_VIDEO_OVERLAY);
	format.fmt.win.clipcount = 2049;
	call("TRY_FMT, 2049 clips", VIDIOC_TRY_FMT, &format, sizeof(format));
	fact("G_FMT, no address",
	     result_name(ioctl(fd, VIDIOC_G_FMT, (void *)8)));
}

/*
 * A number has the size of an argument in it: whose sizes has a node?  The bytes
 * are in test_formats.
 */
static void test_sizes(const char *path)
{
	static const unsigned long calls[] = {
		_IOWR('V', 4, char[204]),  _IOWR('V', 4, char[208]),
		_IOWR('V', 9, char[68]),   _IOWR('V', 9, char[76]),
		_IOWR('V', 9, char[80]),   _IOWR('V', 9, char[88]),
		_IOR('V', 10, char[44]),   _IOR('V', 10, char[48]),
		_IOWR('V', 26, char[76]),  _IOWR('V', 26, char[80]),
		_IOWR('V', 71, char[24]),  _IOWR('V', 71, char[32]),
		_IOR('V', 89, char[120]),  _IOR('V', 89, char[128]),
		_IOR('V', 89, char[136]),  _IOWR('V', 92, char[248]),
		_IOWR('V', 92, char[256]), _IOWR('V', 4, char[205]),
	};
	uint32_t words[64];
	size_t i;

	fd = node_open(path, O_NONBLOCK);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		memset(words, 0, sizeof(words));
		if (_IOC_NR(calls[i]) == 4)
			words[0] = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		fact(numbered("number", (unsigned int)calls[i]),
		     result_name(ioctl(fd, calls[i], words)));
	}
}

/* ---- inputs, standards, EDID ------------------------------------------------- */

static void walk_standards(void)
{
	struct v4l2_standard standard;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret; i++) {
		memset(&standard, 0x5a, sizeof(standard));
		standard.index = i;
		ret = call(numbered("ENUMSTD", i), VIDIOC_ENUMSTD, &standard,
			   sizeof(standard));
	}
}

static void walk_edid(uint32_t pad)
{
	static uint8_t blocks[257 * 128];
	struct v4l2_edid edid;
	uint32_t count;

	for (count = 0; count < 3; count++) {
		memset(blocks, 0x5a, sizeof(blocks));
		memset(&edid, 0, sizeof(edid));
		edid.pad = pad;
		edid.blocks = count;
		edid.edid = blocks;
		call(numbered("G_EDID", count), VIDIOC_G_EDID, &edid,
		     offsetof(struct v4l2_edid, edid));
		fact("G_EDID, address",
		     edid.edid == blocks ? "the same" : "another");
		fact_bytes("G_EDID, blocks", "", blocks, 2 * 128 + 1);
	}
	edid.start_block = 0;
	call("S_EDID", VIDIOC_S_EDID, &edid, offsetof(struct v4l2_edid, edid));
	edid.blocks = 256;
	call("S_EDID 256", VIDIOC_S_EDID, &edid,
	     offsetof(struct v4l2_edid, edid));
	edid.blocks = 257;
	call("S_EDID 257", VIDIOC_S_EDID, &edid,
	     offsetof(struct v4l2_edid, edid));
	edid.blocks = 1;
	edid.edid = (void *)8;
	call("S_EDID, no address", VIDIOC_S_EDID, &edid,
	     offsetof(struct v4l2_edid, edid));
	memset(edid.reserved, 1, sizeof(edid.reserved));
	call("S_EDID, reserved", VIDIOC_S_EDID, &edid,
	     offsetof(struct v4l2_edid, edid));
}

static void test_inputs(const char *path)
{
	struct v4l2_input input;
	unsigned int i;
	int ret = 0;

	fd = node_open(path, 0);
	for (i = 0; !ret && i < INPUTS; i++) {
		memset(&input, 0x5a, sizeof(input));
		input.index = i;
		ret = call(numbered("ENUMINPUT", i), VIDIOC_ENUMINPUT, &input,
			   sizeof(input));
		fact(numbered("S_INPUT", i),
		     result_name(ioctl(fd, VIDIOC_S_INPUT, &i)));
		walk_standards();
		walk_edid(i);
	}
	i = 0;
	ioctl(fd, VIDIOC_S_INPUT, &i);
}

/* ---- frame buffer -------------------------------------------------------------- */

/*
 * Our nodes have no address and no clipping (usermedia(7)), and say so: only the
 * rest is compared.
 */
static void test_framebuffer(const char *path)
{
	struct v4l2_framebuffer framebuffer;
	struct v4l2_framebuffer sent;

	fd = node_open(path, 0);
	memset(&framebuffer, 0x5a, sizeof(framebuffer));
	if (ioctl(fd, VIDIOC_G_FBUF, &framebuffer) == 0) {
		framebuffer.base = NULL;
		framebuffer.capability &=
			~(uint32_t)(V4L2_FBUF_CAP_LIST_CLIPPING |
				    V4L2_FBUF_CAP_BITMAP_CLIPPING);
	}
	fact_bytes("G_FBUF", error_name(errno), &framebuffer,
		   sizeof(framebuffer));
	memset(&framebuffer, 0x5a, sizeof(framebuffer));
	sent = framebuffer;
	fact("S_FBUF",
	     ioctl(fd, VIDIOC_S_FBUF, &framebuffer) < 0 ? "fails" : "works");
	fact("S_FBUF, argument", memcmp(&framebuffer, &sent, sizeof(sent))
					 ? "another"
					 : "the same");
}

/* ---- controls -------------------------------------------------------------------- */

static uint8_t payload[1 << 16];

/* What a control without payload has in its union, and what others have there:
 * an address, and garbage behind it if addresses are shorter. */
static void set_value(struct v4l2_ext_control *control, uint32_t size)
{
	memset(control, 0x5a, sizeof(*control));
	control->size = size;
	control->reserved2[0] = 0;
	if (size)
		control->ptr = payload;
}

static void show_control(const char *what, unsigned long cmd,
			 struct v4l2_ext_control *control, bool has_payload)
{
	struct v4l2_ext_controls controls;
	int ret;

	memset(&controls, 0, sizeof(controls));
	controls.count = 1;
	/* What cannot be read is found before anybody looks at error_idx. */
	controls.error_idx = has_payload && control->ptr != payload ? 0 : 77;
	controls.controls = control;
	ret = ioctl(fd, cmd, &controls);
	fact("controls", controls.controls == control ? "the same" : "another");
	controls.controls = NULL;
	fact_bytes(what, result_name(ret), &controls, sizeof(controls));
	if (has_payload) {
		fact("address",
		     control->ptr == payload ? "the same" : "another");
		control->ptr = NULL;
	}
	fact_bytes("control", "", control, sizeof(*control));
	if (has_payload) {
		fact_bytes("payload", "", payload, 4096);
		control->ptr = payload;
	}
}

static void walk_control(const struct v4l2_query_ext_ctrl *info)
{
	bool has_payload = info->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD;
	uint32_t size = has_payload ? info->elems * info->elem_size : 0;
	struct v4l2_ext_control control;

	if (size > sizeof(payload))
		return;
	memset(payload, 0x5a, sizeof(payload));
	set_value(&control, size);
	control.id = info->id;
	show_control(numbered("G_EXT_CTRLS", info->id), VIDIOC_G_EXT_CTRLS,
		     &control, has_payload);
	show_control(numbered("TRY_EXT_CTRLS", info->id), VIDIOC_TRY_EXT_CTRLS,
		     &control, has_payload);
	show_control(numbered("S_EXT_CTRLS", info->id), VIDIOC_S_EXT_CTRLS,
		     &control, has_payload);
	if (!has_payload)
		return;
	set_value(&control, 1);
	control.id = info->id;
	show_control(numbered("G_EXT_CTRLS too short", info->id),
		     VIDIOC_G_EXT_CTRLS, &control, true);
	set_value(&control, size);
	control.id = info->id;
	control.ptr = (void *)8;
	show_control(numbered("G_EXT_CTRLS no address", info->id),
		     VIDIOC_G_EXT_CTRLS, &control, true);
}

static void test_controls(const char *path)
{
	const uint32_t skip = V4L2_CTRL_FLAG_VOLATILE |
			      V4L2_CTRL_FLAG_WRITE_ONLY |
			      V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
	struct v4l2_query_ext_ctrl info;
	uint32_t id = 0;

	fd = node_open(path, 0);
	for (;;) {
		memset(&info, 0, sizeof(info));
		info.id = id | V4L2_CTRL_FLAG_NEXT_CTRL |
			  V4L2_CTRL_FLAG_NEXT_COMPOUND;
		if (ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &info) < 0)
			break;
		id = info.id;
		if (!(info.flags & skip) &&
		    info.type != V4L2_CTRL_TYPE_CTRL_CLASS)
			walk_control(&info);
	}
	fact("the last", error_name(errno));
}

static void test_many_controls(const char *path)
{
	struct v4l2_ext_control list[3];
	struct v4l2_ext_controls controls = {
		.count = 3,
		.error_idx = 77,
		.controls = list,
	};

	fd = node_open(path, 0);
	memset(list, 0, sizeof(list));
	list[0].id = V4L2_CID_BRIGHTNESS;
	list[1].id = V4L2_CID_CONTRAST;
	list[2].id = 0x12345;
	fact("G_EXT_CTRLS",
	     result_name(ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls)));
	fact_bytes("error_idx", "", &controls.error_idx, 4);
	fact_bytes("controls", "", list, sizeof(list));
	fact("TRY_EXT_CTRLS",
	     result_name(ioctl(fd, VIDIOC_TRY_EXT_CTRLS, &controls)));
	fact_bytes("error_idx", "", &controls.error_idx, 4);
	controls.count = 2;
	fact("G_EXT_CTRLS",
	     result_name(ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls)));
	fact_bytes("controls", "", list, sizeof(list));
	controls.count = 1025;
	fact("1025", result_name(ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls)));
	controls.count = 2;
	controls.controls = (void *)8;
	fact("no address",
	     result_name(ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls)));
}

/* ---- events ---------------------------------------------------------------------- */

static void dequeue_event(const char *what)
{
	struct v4l2_event event;
	int ret;

	memset(&event, 0x5a, sizeof(event));
	ret = ioctl(fd, VIDIOC_DQEVENT, &event);
	if (!ret) {
		fact_time(event.timestamp.tv_sec,
			  event.timestamp.tv_nsec / 1000000);
		memset(&event.timestamp, 0, sizeof(event.timestamp));
	}
	fact_bytes(what, result_name(ret), &event, sizeof(event));
}

static void test_events(const char *path)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
		.flags = V4L2_EVENT_SUB_FL_SEND_INITIAL |
			 V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK,
	};
	int value;

	fd = node_open(path, O_NONBLOCK);
	value = node_get_control(fd, V4L2_CID_BRIGHTNESS);
	fact("SUBSCRIBE_EVENT",
	     result_name(ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription)));
	dequeue_event("DQEVENT, initial");
	fact("S_CTRL",
	     result_name(node_set_control(fd, V4L2_CID_BRIGHTNESS, value + 1)));
	dequeue_event("DQEVENT");
	node_set_control(fd, V4L2_CID_BRIGHTNESS, value);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "formats", test_formats },
		{ "sizes", test_sizes },
		{ "inputs", test_inputs },
		{ "framebuffer", test_framebuffer },
		{ "controls", test_controls },
		{ "many controls", test_many_controls },
		{ "events", test_events },
	};

	if (argc == 2)
		return facts_run(tests, sizeof(tests) / sizeof(tests[0]),
				 argv[1]);
	fprintf(stderr, "usage: ioctls NODE\n");
	return 2;
}
