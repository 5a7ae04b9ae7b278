// SPDX-License-Identifier: BSD-3-Clause
/*
 * The test pattern camera: parameters, formats, rates, inputs, priorities.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/options.h"
#include "hostd/device_pattern.h"
#include "tests/camera.h"

static const struct device_ops *const ops = &device_pattern_ops;

static void what_a_camera_has_not_is_enotty(void **state)
{
	static const uint32_t absent[] = {
		VIDIOC_G_FBUF,       VIDIOC_OVERLAY,     VIDIOC_EXPBUF,
		VIDIOC_G_STD,        VIDIOC_ENUMSTD,     VIDIOC_G_TUNER,
		VIDIOC_G_AUDIO,      VIDIOC_G_OUTPUT,    VIDIOC_CROPCAP,
		VIDIOC_G_CROP,       VIDIOC_G_SELECTION, VIDIOC_LOG_STATUS,
		VIDIOC_G_DV_TIMINGS, VIDIOC_ENCODER_CMD, VIDIOC_REMOVE_BUFS,
	};
	uint8_t arg[IOCTL_ARG_MAX] = { 0 };
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		assert_int_equal(camera_ioctl(camera.file, absent[i], arg),
				 -ENOTTY);
}

static void it_says_what_it_is(void **state)
{
	struct v4l2_capability capability;

	(void)state;

	memset(&capability, 0xff, sizeof(capability));
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_QUERYCAP, &capability), 0);
	assert_string_equal((char *)capability.driver, "usermedia");
	assert_string_equal((char *)capability.card, "usermedia pattern");
	assert_string_equal((char *)capability.bus_info,
			    "platform:pattern-cam");
	assert_int_equal(capability.device_caps,
			 V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
				 V4L2_CAP_EXT_PIX_FORMAT);
	assert_int_equal(capability.capabilities,
			 capability.device_caps | V4L2_CAP_DEVICE_CAPS);
	assert_int_equal(capability.reserved[0], 0);
}

static void parameters_are_checked(void **state)
{
	static const char *const good[] = {
		"",
		"640x480",
		"size=640x480",
		"fps=30",
		"static",
		"16x16",
		"8192x4320",
		"fps=1000",
		"640x480,",
		"fps=1",
		"320x240,fps=60,static",
	};
	static const char *const bad[] = {
		"641x480", "640x",           "640x480x",       "640",
		"14x16",   "16x15",          "8194x16",        "16x4321",
		"fps=0",   "fps=1001",       "fps=",           "fps=30/1",
		"fps=-1",  "color=red",      "staticc",        "stati",
		"size=",   "static=1",       " 640x480",       ",",
		"640X480", "fps=30,size",    "format=YUYV",    "fps=1e3",
		"0x10",    "99999999999x16", "fps=4294967326",
	};
	char why[OPTIONS_WHY_LEN];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(ops->check(good[i], why), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why[0] = '\0';
		if (ops->check(bad[i], why) != -EINVAL)
			fail_msg("\"%s\" is no good", bad[i]);
		assert_string_not_equal(why, "");
	}
	ops->check("color=red", why);
	assert_non_null(strstr(why, "color=red"));
}

static void the_configured_size_and_rate_are_what_it_starts_with(void **state)
{
	struct v4l2_format format = { .type = CAMERA_CAPTURE };
	struct v4l2_streamparm parm = { .type = CAMERA_CAPTURE };

	(void)state;

	camera_again("size=400x300,fps=25");
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 400);
	assert_int_equal(format.fmt.pix.height, 300);
	assert_int_equal(format.fmt.pix.pixelformat, V4L2_PIX_FMT_YUYV);
	assert_int_equal(format.fmt.pix.field, V4L2_FIELD_NONE);
	assert_int_equal(format.fmt.pix.bytesperline, 800);
	assert_int_equal(format.fmt.pix.sizeimage, 240000);
	assert_int_equal(format.fmt.pix.priv, V4L2_PIX_FMT_PRIV_MAGIC);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_PARM, &parm), 0);
	assert_int_equal(parm.parm.capture.timeperframe.numerator, 1);
	assert_int_equal(parm.parm.capture.timeperframe.denominator, 25);
	assert_int_equal(parm.parm.capture.readbuffers, 0);
}

static void sizes_and_rates_are_listed_once_each(void **state)
{
	struct v4l2_frmsizeenum size = { .pixel_format = V4L2_PIX_FMT_YUYV };
	struct v4l2_frmivalenum interval = {
		.pixel_format = V4L2_PIX_FMT_YUYV,
		.width = 400,
		.height = 300,
	};

	(void)state;

	camera_again("400x300,fps=25");
	for (size.index = 0;
	     !camera_ioctl(camera.file, VIDIOC_ENUM_FRAMESIZES, &size);
	     size.index++)
		assert_int_equal(size.type, V4L2_FRMSIZE_TYPE_DISCRETE);
	assert_int_equal(size.index, 7);
	for (interval.index = 0;
	     !camera_ioctl(camera.file, VIDIOC_ENUM_FRAMEINTERVALS, &interval);
	     interval.index++)
		assert_int_equal(interval.type, V4L2_FRMIVAL_TYPE_DISCRETE);
	assert_int_equal(interval.index, 4);

	camera_again("640x480,fps=30");
	size.index = 5;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_ENUM_FRAMESIZES, &size), 0);
	size.index = 6;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_ENUM_FRAMESIZES, &size),
		-EINVAL);
	interval.index = 0;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_ENUM_FRAMEINTERVALS,
				      &interval),
			 -EINVAL); /* 400x300 */
	interval.width = 640;
	interval.height = 480;
	interval.index = 2;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_ENUM_FRAMEINTERVALS,
				      &interval),
			 0);
	interval.index = 3;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_ENUM_FRAMEINTERVALS,
				      &interval),
			 -EINVAL);
	size.index = 0;
	size.pixel_format = V4L2_PIX_FMT_NV12;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_ENUM_FRAMESIZES, &size),
		-EINVAL);
}

static void the_nearest_size_is_given_for_any(void **state)
{
	static const uint32_t wishes[][4] = {
		{ 0, 0, 160, 120 },
		{ 639, 481, 640, 480 },
		{ 1900, 1000, 1920, 1080 },
		{ UINT32_MAX, UINT32_MAX, 3840, 2160 },
	};
	struct v4l2_format format;
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		memset(&format, 0xff, sizeof(format));
		format.type = CAMERA_CAPTURE;
		format.fmt.pix.width = wishes[i][0];
		format.fmt.pix.height = wishes[i][1];
		assert_int_equal(
			camera_ioctl(camera.file, VIDIOC_TRY_FMT, &format), 0);
		assert_int_equal(format.fmt.pix.width, wishes[i][2]);
		assert_int_equal(format.fmt.pix.height, wishes[i][3]);
		assert_int_equal(format.fmt.pix.pixelformat, V4L2_PIX_FMT_YUYV);
	}

	format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_TRY_FMT, &format),
			 -EINVAL);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_FMT, &format),
			 -EINVAL);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_FMT, &format),
			 -EINVAL);
}

static void a_format_belongs_to_the_camera_and_stays(void **state)
{
	struct v4l2_format format = { .type = CAMERA_CAPTURE };

	(void)state;

	format.fmt.pix.width = 320;
	format.fmt.pix.height = 240;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_FMT, &format), 0);
	format = (struct v4l2_format){ .type = CAMERA_CAPTURE };
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 320);

	ops->close(camera.file);
	ops->close(camera.other);
	assert_int_equal(ops->open(&camera.device, -1, &camera.file), 0);
	assert_int_equal(ops->open(&camera.device, -1, &camera.other), 0);
	format = (struct v4l2_format){ .type = CAMERA_CAPTURE };
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 320);
}

static void a_format_is_fixed_while_there_are_buffers(void **state)
{
	struct v4l2_format format = { .type = CAMERA_CAPTURE };

	(void)state;

	camera_allocate(1);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_FMT, &format),
			 -EBUSY);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_TRY_FMT, &format),
			 0);
}

static void the_nearest_rate_is_given_and_the_own_one_for_none(void **state)
{
	static const uint32_t wishes[][3] = {
		{ 1, 15, 15 },
		{ 1, 16, 15 },
		{ 10, 300, 30 },
		{ 1001, 30000, 30 },
		{ 1, 59, 60 },
		{ 1, 5000, 1000 },
		{ 1, 1, 15 },
		{ UINT32_MAX, 1, 15 },
		{ 1, UINT32_MAX, 1000 },
		{ 0, 0, 1000 },
		{ 0, 30, 1000 },
		{ 1, 0, 1000 },
	};
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct v4l2_streamparm parm = { .type = CAMERA_CAPTURE };
		struct v4l2_fract *interval = &parm.parm.capture.timeperframe;

		interval->numerator = wishes[i][0];
		interval->denominator = wishes[i][1];
		assert_int_equal(
			camera_ioctl(camera.file, VIDIOC_S_PARM, &parm), 0);
		assert_int_equal(interval->numerator, 1);
		assert_int_equal(interval->denominator, wishes[i][2]);
		assert_int_equal(parm.parm.capture.capability,
				 V4L2_CAP_TIMEPERFRAME);
	}
}

static void the_rate_is_fixed_while_it_streams(void **state)
{
	struct v4l2_streamparm parm = { .type = CAMERA_CAPTURE };

	(void)state;

	camera_start(1);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_PARM, &parm),
			 -EBUSY);
	assert_int_equal(camera_stream(camera.file, false), 0);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_PARM, &parm), 0);
}

static void it_has_one_input(void **state)
{
	struct v4l2_input input = { .index = 0 };
	uint32_t index = 7;

	(void)state;

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_ENUMINPUT, &input),
			 0);
	assert_string_equal((char *)input.name, "Camera 0");
	assert_int_equal(input.type, V4L2_INPUT_TYPE_CAMERA);
	input.index = 1;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_ENUMINPUT, &input),
			 -EINVAL);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_INPUT, &index),
			 -EINVAL);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_INPUT, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_INPUT, &index), 0);
}

static void a_lower_priority_changes_nothing(void **state)
{
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_format format = { .type = CAMERA_CAPTURE };
	uint32_t priority = 0;

	(void)state;

	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_G_PRIORITY, &priority), 0);
	assert_int_equal(priority, V4L2_PRIORITY_DEFAULT);
	priority = V4L2_PRIORITY_UNSET;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_S_PRIORITY, &priority),
		-EINVAL);
	priority = V4L2_PRIORITY_RECORD + 1;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_S_PRIORITY, &priority),
		-EINVAL);

	priority = V4L2_PRIORITY_RECORD;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_S_PRIORITY, &priority), 0);
	assert_int_equal(
		camera_ioctl(camera.other, VIDIOC_G_PRIORITY, &priority), 0);
	assert_int_equal(priority, V4L2_PRIORITY_RECORD);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_FMT, &format),
			 -EBUSY);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_CTRL, &control),
			 -EBUSY);
	assert_int_equal(camera_stream(camera.other, true), -EBUSY);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_G_CTRL, &control),
			 0);

	/* It goes with the camera.file. */
	ops->close(camera.file);
	camera.file = NULL;
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_S_FMT, &format), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, camera_setup, camera_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_camera_has_not_is_enotty),
		TEST(it_says_what_it_is),
		TEST(parameters_are_checked),
		TEST(the_configured_size_and_rate_are_what_it_starts_with),
		TEST(sizes_and_rates_are_listed_once_each),
		TEST(the_nearest_size_is_given_for_any),
		TEST(a_format_belongs_to_the_camera_and_stays),
		TEST(a_format_is_fixed_while_there_are_buffers),
		TEST(the_nearest_rate_is_given_and_the_own_one_for_none),
		TEST(the_rate_is_fixed_while_it_streams),
		TEST(it_has_one_input),
		TEST(a_lower_priority_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
