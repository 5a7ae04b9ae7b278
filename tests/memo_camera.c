// SPDX-License-Identifier: BSD-3-Clause
/*
 * The fake device as a USB camera with long lists.
 */
#include "tests/memo_camera.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/stats.h"
#include "tests/fake_device_ioctls.h"

#define NEXT (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

struct memo_camera memo_camera;

static const uint32_t formats[] = { V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG,
				    V4L2_PIX_FMT_H264 };
static const unsigned int rates[] = { 30, 24, 20, 15, 10, 7, 5 };

/* By id, the last only if there is one more. */
static const uint32_t ids[] = {
	V4L2_CID_USER_CLASS,
	V4L2_CID_BRIGHTNESS,
	V4L2_CID_CONTRAST,
	V4L2_CID_SATURATION,
	V4L2_CID_AUTO_WHITE_BALANCE,
	V4L2_CID_GAIN,
	V4L2_CID_POWER_LINE_FREQUENCY,
	V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	V4L2_CID_SHARPNESS,
	V4L2_CID_BACKLIGHT_COMPENSATION,
	V4L2_CID_CAMERA_CLASS,
	V4L2_CID_EXPOSURE_AUTO,
	V4L2_CID_EXPOSURE_ABSOLUTE,
	V4L2_CID_EXPOSURE_AUTO_PRIORITY,
	V4L2_CID_PAN_ABSOLUTE,
	V4L2_CID_TILT_ABSOLUTE,
	V4L2_CID_FOCUS_ABSOLUTE,
	V4L2_CID_FOCUS_AUTO,
	V4L2_CID_ZOOM_ABSOLUTE,
	V4L2_CID_PRIVACY,
	V4L2_CID_IRIS_ABSOLUTE + 0x100,
};

/* ---- the camera -------------------------------------------------------- */

static int enum_fmt(void *arg)
{
	struct v4l2_fmtdesc *format = arg;
	uint32_t index = format->index;

	memo_camera.asked++;
	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || index > 2)
		return -EINVAL;
	*format = (struct v4l2_fmtdesc){
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.pixelformat = formats[index],
		.description = "Format",
	};
	return 0;
}

static bool has_format(uint32_t format)
{
	return format == formats[0] || format == formats[1] ||
	       format == formats[2];
}

static int enum_sizes(void *arg)
{
	struct v4l2_frmsizeenum *size = arg;
	uint32_t index = size->index;
	uint32_t format = size->pixel_format;

	if (!has_format(format) || index >= memo_camera.sizes)
		return -EINVAL;
	*size = (struct v4l2_frmsizeenum){
		.index = index,
		.pixel_format = format,
		.type = V4L2_FRMSIZE_TYPE_DISCRETE,
		.discrete = { 160 * (index + 1), 120 * (index + 1) },
	};
	return 0;
}

static int enum_intervals(void *arg)
{
	struct v4l2_frmivalenum *interval = arg;
	struct v4l2_frmivalenum asked = *interval;

	if (!has_format(asked.pixel_format) || asked.width % 160 ||
	    asked.height * 4 != asked.width * 3 || asked.index > 6)
		return -EINVAL;
	*interval = (struct v4l2_frmivalenum){
		.index = asked.index,
		.pixel_format = asked.pixel_format,
		.width = asked.width,
		.height = asked.height,
		.type = V4L2_FRMIVAL_TYPE_DISCRETE,
		.discrete = { 1, rates[asked.index] },
	};
	return 0;
}

static int enum_input(void *arg)
{
	struct v4l2_input *input = arg;

	if (input->index)
		return -EINVAL;
	*input = (struct v4l2_input){
		.name = "Camera 1",
		.type = V4L2_INPUT_TYPE_CAMERA,
	};
	return 0;
}

static uint32_t find(uint32_t id)
{
	size_t count = sizeof(ids) / sizeof(ids[0]) - !memo_camera.more;
	bool next = id & NEXT;
	size_t i;

	id &= V4L2_CTRL_ID_MASK;
	for (i = 0; i < count; i++)
		if (next ? ids[i] > id : ids[i] == id)
			return ids[i];
	return 0;
}

static bool is_menu(uint32_t id)
{
	return id == V4L2_CID_EXPOSURE_AUTO ||
	       id == V4L2_CID_POWER_LINE_FREQUENCY;
}

static uint32_t type_of(uint32_t id)
{
	if (id == V4L2_CID_USER_CLASS || id == V4L2_CID_CAMERA_CLASS)
		return V4L2_CTRL_TYPE_CTRL_CLASS;
	return is_menu(id) ? V4L2_CTRL_TYPE_MENU : V4L2_CTRL_TYPE_INTEGER;
}

static uint32_t flags_of(uint32_t id)
{
	return id == MEMO_CAMERA_TIME && memo_camera.automatic
		       ? V4L2_CTRL_FLAG_INACTIVE
		       : 0;
}

static int query_ext(void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;
	uint32_t id = find(query->id);

	if (!id)
		return -EINVAL;
	*query = (struct v4l2_query_ext_ctrl){
		.id = id,
		.type = type_of(id),
		.name = "Control",
		.maximum = is_menu(id) ? 3 : 255,
		.step = 1,
		.flags = flags_of(id),
		.elem_size = 4,
		.elems = 1,
	};
	return 0;
}

static int query_old(void *arg)
{
	struct v4l2_queryctrl *query = arg;
	uint32_t id = find(query->id);

	if (!id)
		return -EINVAL;
	*query = (struct v4l2_queryctrl){
		.id = id,
		.type = type_of(id),
		.name = "Control",
		.maximum = is_menu(id) ? 3 : 255,
		.step = 1,
		.flags = flags_of(id),
	};
	return 0;
}

static int query_menu(void *arg)
{
	struct v4l2_querymenu *menu = arg;
	struct v4l2_querymenu item = { .id = menu->id, .index = menu->index };

	memo_camera.asked++;
	/* There are holes in menus. */
	if (!is_menu(item.id) || item.index > 3 || item.index == 2)
		return -EINVAL;
	snprintf((char *)item.name, sizeof(item.name), "Item %u", item.index);
	*menu = item;
	return 0;
}

/* With the device's lock held. */
static void set_automatic(bool automatic)
{
	struct v4l2_event event = {
		.type = V4L2_EVENT_CTRL,
		.id = MEMO_CAMERA_TIME,
		.u.ctrl.changes = V4L2_EVENT_CTRL_CH_FLAGS,
	};
	unsigned int i;

	if (memo_camera.automatic == automatic)
		return;
	memo_camera.automatic = automatic;
	for (i = 0; i < fake.file_count && !memo_camera.silent; i++)
		fake_add_event(fake.files[i], &event);
}

static int set_control(void *arg)
{
	const struct v4l2_control *control = arg;

	if (control->id == V4L2_CID_EXPOSURE_AUTO)
		set_automatic(control->value != V4L2_EXPOSURE_MANUAL);
	return find(control->id) ? 0 : -EINVAL;
}

static int refuse(void *arg)
{
	(void)arg;
	return -EINVAL;
}

static int subscribe(void *arg)
{
	return memo_camera.deaf ? -EINVAL
				: fake_default(VIDIOC_SUBSCRIBE_EVENT, arg);
}

static uint32_t lasting(const struct v4l2_capability *capability)
{
	(void)capability;
	return memo_camera.lasting;
}

int memo_camera_setup(void **state)
{
	int ret = harness_setup(state);

	memo_camera = (struct memo_camera){
		.lasting = VMS_MEMO_ALL,
		.automatic = true,
		.sizes = MEMO_CAMERA_SIZES,
	};
	fake.unrecorded = true;
	fake.kernel_events = true;
	fake_on(VIDIOC_ENUM_FMT, enum_fmt);
	fake_on(VIDIOC_ENUM_FRAMESIZES, enum_sizes);
	fake_on(VIDIOC_ENUM_FRAMEINTERVALS, enum_intervals);
	fake_on(VIDIOC_ENUMINPUT, enum_input);
	fake_on(VIDIOC_QUERYCTRL, query_old);
	fake_on(VIDIOC_QUERY_EXT_CTRL, query_ext);
	fake_on(VIDIOC_QUERYMENU, query_menu);
	fake_on(VIDIOC_S_CTRL, set_control);
	fake_on(VIDIOC_S_INPUT, refuse);
	fake_on(VIDIOC_SUBSCRIBE_EVENT, subscribe);
	return ret;
}

void memo_camera_connect(struct front_file *file)
{
	static struct device_ops ops;

	ops = fake_device_ops;
	ops.lasting = lasting;
	harness.devices.devices[1].ops = &ops;
	harness_open_fake(file);
	memo_camera_trips();
}

void memo_camera_change(bool automatic)
{
	pthread_mutex_lock(&fake.lock);
	set_automatic(automatic);
	pthread_mutex_unlock(&fake.lock);
}

unsigned int memo_camera_trips(void)
{
	static uint64_t before;
	uint64_t trips = stats_get(STATS_REQUESTS) - before;

	before += trips;
	return (unsigned int)trips;
}
