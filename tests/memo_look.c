// SPDX-License-Identifier: BSD-3-Clause
/*
 * A program that looks at all that a device can do.
 */
#include "tests/memo_look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/memo_camera.h"

#define NEXT (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

static int call_device(uint32_t cmd, void *arg)
{
	int ret;

	pthread_mutex_lock(&fake.lock);
	ret = fake.rows[_IOC_NR(cmd)].fn ? fake.rows[_IOC_NR(cmd)].fn(arg)
					 : -ENOTTY;
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static int ask(struct memo_look *look, struct front_file *file, uint32_t cmd,
	       void *arg)
{
	const uint8_t *bytes = arg;
	int ret = file ? front_ioctl(file, cmd, arg) : call_device(cmd, arg);
	size_t i;

	look->questions++;
	look->seen = (look->seen ^ (uint32_t)ret) * 1099511628211ull;
	for (i = 0; !ret && i < _IOC_SIZE(cmd); i++)
		look->seen = (look->seen ^ bytes[i]) * 1099511628211ull;
	return ret;
}

static void look_at_intervals(struct memo_look *look, struct front_file *file,
			      const struct v4l2_frmsizeenum *size)
{
	struct v4l2_frmivalenum interval = {
		.pixel_format = size->pixel_format,
		.width = size->discrete.width,
		.height = size->discrete.height,
	};

	/* As programs do: with the last answer still in it. */
	while (!ask(look, file, VIDIOC_ENUM_FRAMEINTERVALS, &interval))
		interval.index++;
}

static void look_at_sizes(struct memo_look *look, struct front_file *file,
			  uint32_t format)
{
	struct v4l2_frmsizeenum size = { .pixel_format = format };

	for (; !ask(look, file, VIDIOC_ENUM_FRAMESIZES, &size); size.index++)
		look_at_intervals(look, file, &size);
}

struct memo_look memo_look_formats(struct front_file *file)
{
	struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct memo_look look = { 0 };

	for (; !ask(&look, file, VIDIOC_ENUM_FMT, &format); format.index++)
		look_at_sizes(&look, file, format.pixelformat);
	return look;
}

static void look_at_menu(struct memo_look *look, struct front_file *file,
			 const struct v4l2_query_ext_ctrl *control)
{
	struct v4l2_querymenu item = { .id = control->id };
	int64_t i;

	for (i = control->minimum; i <= control->maximum; i++) {
		item.index = (uint32_t)i;
		ask(look, file, VIDIOC_QUERYMENU, &item);
	}
}

struct memo_look memo_look_controls(struct front_file *file)
{
	struct v4l2_query_ext_ctrl control = { .id = NEXT };
	struct v4l2_queryctrl old = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct memo_look look = { 0 };

	while (!ask(&look, file, VIDIOC_QUERY_EXT_CTRL, &control)) {
		if (control.type == V4L2_CTRL_TYPE_MENU)
			look_at_menu(&look, file, &control);
		control.id |= NEXT;
	}
	while (!ask(&look, file, VIDIOC_QUERYCTRL, &old))
		old.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	return look;
}

static struct memo_look look_at_inputs(struct front_file *file)
{
	struct v4l2_input input = { 0 };
	struct v4l2_standard standard = { 0 };
	struct memo_look look = { 0 };

	while (!ask(&look, file, VIDIOC_ENUMINPUT, &input))
		input.index++;
	ask(&look, file, VIDIOC_ENUMSTD, &standard);
	return look;
}

struct memo_look memo_look_all(struct front_file *file)
{
	struct memo_look all = look_at_inputs(file);
	struct memo_look look = memo_look_formats(file);

	all.questions += look.questions;
	all.seen ^= look.seen * 3;
	look = memo_look_controls(file);
	all.questions += look.questions;
	all.seen ^= look.seen * 5;
	return all;
}

uint32_t memo_look_flags(struct front_file *file)
{
	struct v4l2_queryctrl query = { .id = MEMO_CAMERA_TIME };

	assert_int_equal(front_ioctl(file, VIDIOC_QUERYCTRL, &query), 0);
	return query.flags;
}
