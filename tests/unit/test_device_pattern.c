/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test pattern camera, through the interface that every kind has.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "common/options.h"
#include "hostd/device_pattern.h"
#include "hostd/frames.h"

#define CAPTURE     V4L2_BUF_TYPE_VIDEO_CAPTURE
#define BUFFERS_MAX 8

static const struct device_ops *const ops = &device_pattern_ops;

/* One camera and two files, new for each test; small and fast. */
static struct device device;
static struct device_file *file, *other;
static struct device_map maps[BUFFERS_MAX];
static unsigned int mapped;

static void camera(const char *target)
{
	device = (struct device){ .ops = ops, .name = "cam" };
	strncpy(device.target, target, sizeof(device.target) - 1);
	assert_int_equal(ops->open(&device, -1, &file), 0);
	assert_int_equal(ops->open(&device, -1, &other), 0);
}

static int setup(void **state)
{
	(void)state;

	camera("160x120,fps=1000");
	return 0;
}

static int teardown(void **state)
{
	(void)state;

	while (mapped > 0)
		ops->unmap(file, &maps[--mapped]);
	if (file)
		ops->close(file);
	if (other)
		ops->close(other);
	return 0;
}

static void again(const char *target)
{
	teardown(NULL);
	camera(target);
}

static int run(struct device_file *who, uint32_t cmd, void *arg)
{
	const struct ioctl_desc *desc = ioctl_lookup(cmd);

	assert_non_null(desc);
	return ops->ioctl(who, desc, arg);
}

static struct v4l2_requestbuffers request(uint32_t count)
{
	return (struct v4l2_requestbuffers){
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};
}

static int enqueue(uint32_t index)
{
	struct v4l2_buffer buffer = {
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};

	return run(file, VIDIOC_QBUF, &buffer);
}

static int stream(struct device_file *who, bool on)
{
	uint32_t type = CAPTURE;

	return run(who, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

static void allocate(uint32_t count)
{
	struct v4l2_requestbuffers arg = request(count);

	assert_int_equal(run(file, VIDIOC_REQBUFS, &arg), 0);
	assert_int_equal(arg.count, count);
	while (mapped < count) {
		struct v4l2_buffer buffer = { .type = CAPTURE,
					      .index = mapped };

		assert_int_equal(run(file, VIDIOC_QUERYBUF, &buffer), 0);
		assert_int_equal(ops->map(file, buffer.m.offset, buffer.length,
					  &maps[mapped]),
				 0);
		mapped++;
	}
}

static void start(uint32_t count)
{
	uint32_t i;

	allocate(count);
	for (i = 0; i < count; i++)
		assert_int_equal(enqueue(i), 0);
	assert_int_equal(stream(file, true), 0);
}

static bool readable(struct device_file *who, unsigned int wanted, int wait_ms)
{
	struct pollfd watched = { .events = POLLIN };

	assert_int_equal(ops->poll(who, wanted, &watched.fd), EPOLLIN);
	return poll(&watched, 1, wait_ms) == 1;
}

static void rest(long milliseconds)
{
	struct timespec time = { .tv_nsec = milliseconds * 1000000 };

	nanosleep(&time, NULL);
}

/* Wait for a frame and look at it. */
static struct v4l2_buffer collect(void)
{
	struct v4l2_buffer buffer = { .type = CAPTURE };
	uint64_t tick = 0;
	int ret;

	do {
		assert_true(readable(file, DEVICE_CAPTURE, 1000));
		ret = ops->collect_buffer(file, &buffer);
	} while (ret == -EAGAIN);

	assert_int_equal(ret, 0);
	assert_true(buffer.index < mapped);
	assert_int_equal(
		frames_check(maps[buffer.index].bytes, buffer.bytesused, &tick),
		0);
	assert_int_equal(tick, (uint64_t)buffer.sequence + 1);
	return buffer;
}

static unsigned int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void every_operation_answers(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE };
	struct v4l2_event event;
	struct device_map map;
	char why[OPTIONS_WHY_LEN];
	int fd = 42;

	(void)state;

	assert_string_equal(ops->name, "pattern");
	assert_int_equal(ops->check("", why), 0);
	assert_null(ops->open_node);
	assert_ptr_equal(file->device, &device);
	assert_int_equal(ops->map(file, 0, 4096, &map), -EINVAL);
	assert_int_equal(ops->poll(file, 0, &fd), 0);
	assert_int_equal(ops->poll(file, DEVICE_OUTPUT, &fd), 0);
	assert_int_equal(fd, 42);
	assert_int_equal(ops->poll(file, DEVICE_EVENT, &fd), EPOLLIN);
	assert_int_not_equal(fd, 42);
	assert_int_equal(ops->collect_buffer(file, &buffer), -EINVAL);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);
	assert_null(ops->set_blocking);
}

static void an_open_takes_no_descriptor(void **state)
{
	struct device_file *third;

	(void)state;

	assert_int_equal(ops->open(&device, 0, &third), -EINVAL);
}

static void every_ioctl_is_known_or_enotty_whatever_its_argument(void **state)
{
	const struct ioctl_desc *desc;
	uint8_t arg[IOCTL_ARG_MAX];
	unsigned int known = 0;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		int ret;

		memset(arg, 0, sizeof(arg));
		ret = ops->ioctl(file, desc, arg);
		assert_true(ret == 0 || ret == -ENOTTY || ret == -EINVAL ||
			    ret == -EACCES);
		known += ret != -ENOTTY;

		/* Pointers of an argument are always good ones. */
		if (desc->nested == IOCTL_NESTED_CONTROLS)
			continue;
		memset(arg, 0xff, sizeof(arg));
		ret = ops->ioctl(file, desc, arg);
		assert_true(ret == 0 || ret == -ENOTTY || ret == -EINVAL ||
			    ret == -EACCES);
	}
	assert_int_equal(known, 31);
}

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
		assert_int_equal(run(file, absent[i], arg), -ENOTTY);
}

static void it_says_what_it_is(void **state)
{
	struct v4l2_capability capability;

	(void)state;

	memset(&capability, 0xff, sizeof(capability));
	assert_int_equal(run(file, VIDIOC_QUERYCAP, &capability), 0);
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
	struct v4l2_format format = { .type = CAPTURE };
	struct v4l2_streamparm parm = { .type = CAPTURE };

	(void)state;

	again("size=400x300,fps=25");
	assert_int_equal(run(file, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 400);
	assert_int_equal(format.fmt.pix.height, 300);
	assert_int_equal(format.fmt.pix.pixelformat, V4L2_PIX_FMT_YUYV);
	assert_int_equal(format.fmt.pix.field, V4L2_FIELD_NONE);
	assert_int_equal(format.fmt.pix.bytesperline, 800);
	assert_int_equal(format.fmt.pix.sizeimage, 240000);
	assert_int_equal(format.fmt.pix.priv, V4L2_PIX_FMT_PRIV_MAGIC);
	assert_int_equal(run(file, VIDIOC_G_PARM, &parm), 0);
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

	again("400x300,fps=25");
	for (size.index = 0; !run(file, VIDIOC_ENUM_FRAMESIZES, &size);
	     size.index++)
		assert_int_equal(size.type, V4L2_FRMSIZE_TYPE_DISCRETE);
	assert_int_equal(size.index, 7);
	for (interval.index = 0;
	     !run(file, VIDIOC_ENUM_FRAMEINTERVALS, &interval);
	     interval.index++)
		assert_int_equal(interval.type, V4L2_FRMIVAL_TYPE_DISCRETE);
	assert_int_equal(interval.index, 4);

	again("640x480,fps=30");
	size.index = 5;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMESIZES, &size), 0);
	size.index = 6;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMESIZES, &size), -EINVAL);
	interval.index = 0;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMEINTERVALS, &interval),
			 -EINVAL); /* 400x300 */
	interval.width = 640;
	interval.height = 480;
	interval.index = 2;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMEINTERVALS, &interval), 0);
	interval.index = 3;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMEINTERVALS, &interval),
			 -EINVAL);
	size.index = 0;
	size.pixel_format = V4L2_PIX_FMT_NV12;
	assert_int_equal(run(file, VIDIOC_ENUM_FRAMESIZES, &size), -EINVAL);
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
		format.type = CAPTURE;
		format.fmt.pix.width = wishes[i][0];
		format.fmt.pix.height = wishes[i][1];
		assert_int_equal(run(file, VIDIOC_TRY_FMT, &format), 0);
		assert_int_equal(format.fmt.pix.width, wishes[i][2]);
		assert_int_equal(format.fmt.pix.height, wishes[i][3]);
		assert_int_equal(format.fmt.pix.pixelformat, V4L2_PIX_FMT_YUYV);
	}

	format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	assert_int_equal(run(file, VIDIOC_TRY_FMT, &format), -EINVAL);
	assert_int_equal(run(file, VIDIOC_S_FMT, &format), -EINVAL);
	assert_int_equal(run(file, VIDIOC_G_FMT, &format), -EINVAL);
}

static void a_format_belongs_to_the_camera_and_stays(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;

	format.fmt.pix.width = 320;
	format.fmt.pix.height = 240;
	assert_int_equal(run(file, VIDIOC_S_FMT, &format), 0);
	format = (struct v4l2_format){ .type = CAPTURE };
	assert_int_equal(run(other, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 320);

	ops->close(file);
	ops->close(other);
	assert_int_equal(ops->open(&device, -1, &file), 0);
	assert_int_equal(ops->open(&device, -1, &other), 0);
	format = (struct v4l2_format){ .type = CAPTURE };
	assert_int_equal(run(file, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.width, 320);
}

static void a_format_is_fixed_while_there_are_buffers(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;

	allocate(1);
	assert_int_equal(run(other, VIDIOC_S_FMT, &format), -EBUSY);
	assert_int_equal(run(other, VIDIOC_TRY_FMT, &format), 0);
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
		struct v4l2_streamparm parm = { .type = CAPTURE };
		struct v4l2_fract *interval = &parm.parm.capture.timeperframe;

		interval->numerator = wishes[i][0];
		interval->denominator = wishes[i][1];
		assert_int_equal(run(file, VIDIOC_S_PARM, &parm), 0);
		assert_int_equal(interval->numerator, 1);
		assert_int_equal(interval->denominator, wishes[i][2]);
		assert_int_equal(parm.parm.capture.capability,
				 V4L2_CAP_TIMEPERFRAME);
	}
}

static void the_rate_is_fixed_while_it_streams(void **state)
{
	struct v4l2_streamparm parm = { .type = CAPTURE };

	(void)state;

	start(1);
	assert_int_equal(run(other, VIDIOC_S_PARM, &parm), -EBUSY);
	assert_int_equal(stream(file, false), 0);
	assert_int_equal(run(other, VIDIOC_S_PARM, &parm), 0);
}

static void it_has_one_input(void **state)
{
	struct v4l2_input input = { .index = 0 };
	uint32_t index = 7;

	(void)state;

	assert_int_equal(run(file, VIDIOC_ENUMINPUT, &input), 0);
	assert_string_equal((char *)input.name, "Camera 0");
	assert_int_equal(input.type, V4L2_INPUT_TYPE_CAMERA);
	input.index = 1;
	assert_int_equal(run(file, VIDIOC_ENUMINPUT, &input), -EINVAL);
	assert_int_equal(run(file, VIDIOC_S_INPUT, &index), -EINVAL);
	assert_int_equal(run(file, VIDIOC_G_INPUT, &index), 0);
	assert_int_equal(index, 0);
	assert_int_equal(run(file, VIDIOC_S_INPUT, &index), 0);
}

static void a_lower_priority_changes_nothing(void **state)
{
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_format format = { .type = CAPTURE };
	uint32_t priority = 0;

	(void)state;

	assert_int_equal(run(file, VIDIOC_G_PRIORITY, &priority), 0);
	assert_int_equal(priority, V4L2_PRIORITY_DEFAULT);
	priority = V4L2_PRIORITY_UNSET;
	assert_int_equal(run(file, VIDIOC_S_PRIORITY, &priority), -EINVAL);
	priority = V4L2_PRIORITY_RECORD + 1;
	assert_int_equal(run(file, VIDIOC_S_PRIORITY, &priority), -EINVAL);

	priority = V4L2_PRIORITY_RECORD;
	assert_int_equal(run(file, VIDIOC_S_PRIORITY, &priority), 0);
	assert_int_equal(run(other, VIDIOC_G_PRIORITY, &priority), 0);
	assert_int_equal(priority, V4L2_PRIORITY_RECORD);
	assert_int_equal(run(other, VIDIOC_S_FMT, &format), -EBUSY);
	assert_int_equal(run(other, VIDIOC_S_CTRL, &control), -EBUSY);
	assert_int_equal(stream(other, true), -EBUSY);
	assert_int_equal(run(other, VIDIOC_G_FMT, &format), 0);
	assert_int_equal(run(other, VIDIOC_G_CTRL, &control), 0);

	/* It goes with the file. */
	ops->close(file);
	file = NULL;
	assert_int_equal(run(other, VIDIOC_S_FMT, &format), 0);
}

static void controls_are_listed_by_id(void **state)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct v4l2_query_ext_ctrl extended = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_querymenu menu = { .id = V4L2_CID_BRIGHTNESS };

	(void)state;

	assert_int_equal(run(file, VIDIOC_QUERYCTRL, &query), 0);
	assert_int_equal(query.id, V4L2_CID_USER_CLASS);
	assert_int_equal(query.type, V4L2_CTRL_TYPE_CTRL_CLASS);
	query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	assert_int_equal(run(file, VIDIOC_QUERYCTRL, &query), 0);
	assert_int_equal(query.id, V4L2_CID_BRIGHTNESS);
	assert_string_equal((char *)query.name, "Brightness");
	assert_int_equal(query.maximum, 255);
	query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	assert_int_equal(run(file, VIDIOC_QUERYCTRL, &query), -EINVAL);
	query.id = V4L2_CTRL_FLAG_NEXT_COMPOUND;
	assert_int_equal(run(file, VIDIOC_QUERYCTRL, &query), -EINVAL);
	query.id = V4L2_CID_CONTRAST;
	assert_int_equal(run(file, VIDIOC_QUERYCTRL, &query), -EINVAL);

	assert_int_equal(run(file, VIDIOC_QUERY_EXT_CTRL, &extended), 0);
	assert_int_equal(extended.elem_size, 4);
	assert_int_equal(extended.elems, 1);
	assert_int_equal(extended.nr_of_dims, 0);
	assert_int_equal(extended.default_value, 128);
	assert_int_equal(run(file, VIDIOC_QUERYMENU, &menu), -EINVAL);
}

static void a_control_keeps_its_nearest_value(void **state)
{
	static const int32_t wishes[][2] = {
		{ 7, 7 },     { -1, 0 },        { 256, 255 },
		{ 255, 255 }, { INT32_MIN, 0 }, { INT32_MAX, 255 },
	};
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	size_t i;

	(void)state;

	assert_int_equal(run(file, VIDIOC_G_CTRL, &control), 0);
	assert_int_equal(control.value, 128);
	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		control.value = wishes[i][0];
		assert_int_equal(run(file, VIDIOC_S_CTRL, &control), 0);
		assert_int_equal(control.value, wishes[i][1]);
		assert_int_equal(run(other, VIDIOC_G_CTRL, &control), 0);
		assert_int_equal(control.value, wishes[i][1]);
	}

	control.id = V4L2_CID_CONTRAST;
	assert_int_equal(run(file, VIDIOC_G_CTRL, &control), -EINVAL);
	assert_int_equal(run(file, VIDIOC_S_CTRL, &control), -EINVAL);
	control.id = V4L2_CID_USER_CLASS;
	assert_int_equal(run(file, VIDIOC_G_CTRL, &control), -EACCES);
	assert_int_equal(run(file, VIDIOC_S_CTRL, &control), -EACCES);
}

static void extended_controls_say_which_one_was_wrong(void **state)
{
	struct v4l2_ext_control controls[2] = {
		{ .id = V4L2_CID_BRIGHTNESS, .value = 300 },
		{ .id = V4L2_CID_CONTRAST },
	};
	struct v4l2_ext_controls list = { .count = 2, .controls = controls };
	struct v4l2_control now = { .id = V4L2_CID_BRIGHTNESS };

	(void)state;

	assert_int_equal(run(file, VIDIOC_TRY_EXT_CTRLS, &list), -EINVAL);
	assert_int_equal(list.error_idx, 1);
	assert_int_equal(run(file, VIDIOC_S_EXT_CTRLS, &list), -EINVAL);
	assert_int_equal(list.error_idx, 2);
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), -EINVAL);
	assert_int_equal(list.error_idx, 2);

	controls[1].id = V4L2_CID_USER_CLASS;
	assert_int_equal(run(file, VIDIOC_TRY_EXT_CTRLS, &list), -EACCES);
	assert_int_equal(list.error_idx, 1);
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), -EACCES);
	assert_int_equal(list.error_idx, 2);

	list.count = 1;
	assert_int_equal(run(file, VIDIOC_TRY_EXT_CTRLS, &list), 0);
	assert_int_equal(controls[0].value, 255);
	assert_int_equal(run(file, VIDIOC_G_CTRL, &now), 0);
	assert_int_equal(now.value, 128);

	assert_int_equal(run(file, VIDIOC_S_EXT_CTRLS, &list), 0);
	controls[0].value = 0;
	list.which = V4L2_CTRL_CLASS_USER;
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), 0);
	assert_int_equal(controls[0].value, 255);
	list.which = V4L2_CTRL_WHICH_DEF_VAL;
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), 0);
	assert_int_equal(controls[0].value, 128);
	assert_int_equal(run(file, VIDIOC_S_EXT_CTRLS, &list), -EINVAL);
	list.which = V4L2_CTRL_CLASS_CAMERA;
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), -EINVAL);
	list.which = V4L2_CTRL_WHICH_REQUEST_VAL;
	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), -EINVAL);
}

static void an_empty_list_of_controls_asks_for_the_class(void **state)
{
	struct v4l2_ext_controls list = { .count = 0 };

	(void)state;

	assert_int_equal(run(file, VIDIOC_G_EXT_CTRLS, &list), 0);
	list.which = V4L2_CTRL_CLASS_USER;
	assert_int_equal(run(file, VIDIOC_TRY_EXT_CTRLS, &list), 0);
	list.which = V4L2_CTRL_CLASS_CAMERA;
	assert_int_equal(run(file, VIDIOC_S_EXT_CTRLS, &list), -EINVAL);
}

static int subscribe(struct device_file *who, uint32_t id, uint32_t flags)
{
	struct v4l2_event_subscription arg = {
		.type = V4L2_EVENT_CTRL,
		.id = id,
		.flags = flags,
	};

	return run(who, VIDIOC_SUBSCRIBE_EVENT, &arg);
}

static void set(struct device_file *who, int32_t value)
{
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS,
					.value = value };

	assert_int_equal(run(who, VIDIOC_S_CTRL, &control), 0);
}

static void a_change_is_told_to_the_others_who_asked(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS, 0), 0);
	assert_false(readable(file, DEVICE_EVENT, 0));
	set(file, 1);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);

	set(other, 2);
	assert_true(readable(file, DEVICE_EVENT, 1000));
	assert_int_equal(ops->collect_event(file, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_CTRL);
	assert_int_equal(event.id, V4L2_CID_BRIGHTNESS);
	assert_int_equal(event.u.ctrl.changes, V4L2_EVENT_CTRL_CH_VALUE);
	assert_int_equal(event.u.ctrl.value, 2);
	assert_int_equal(event.u.ctrl.maximum, 255);
	assert_int_equal(event.pending, 0);
	assert_int_equal(event.sequence, 1);
	assert_true(event.timestamp.tv_sec > 0);
	assert_false(readable(file, DEVICE_EVENT, 0));
	assert_int_equal(ops->collect_event(other, &event), -ENOENT);

	/* Nothing changed. */
	set(other, 2);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);
}

static void feedback_and_the_first_value_come_if_asked_for(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS,
				   V4L2_EVENT_SUB_FL_SEND_INITIAL |
					   V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK),
			 0);
	assert_int_equal(ops->collect_event(file, &event), 0);
	assert_int_equal(event.u.ctrl.changes,
			 V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(event.u.ctrl.value, 128);
	set(file, 3);
	assert_int_equal(ops->collect_event(file, &event), 0);
	assert_int_equal(event.u.ctrl.value, 3);
}

static void a_newer_event_replaces_the_one_that_waits(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS,
				   V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	set(other, 4);
	set(other, 5);
	assert_int_equal(ops->collect_event(file, &event), 0);
	assert_int_equal(event.u.ctrl.value, 5);
	assert_int_equal(event.u.ctrl.changes,
			 V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(event.sequence, 3);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);
}

static void only_events_of_its_controls_can_be_subscribed(void **state)
{
	struct v4l2_event_subscription arg = { .type = V4L2_EVENT_EOS };
	struct v4l2_event event;

	(void)state;

	assert_int_equal(run(file, VIDIOC_SUBSCRIBE_EVENT, &arg), -EINVAL);
	arg.type = V4L2_EVENT_ALL;
	assert_int_equal(run(file, VIDIOC_SUBSCRIBE_EVENT, &arg), -EINVAL);
	assert_int_equal(subscribe(file, V4L2_CID_CONTRAST, 0), -EINVAL);
	assert_int_equal(subscribe(file, V4L2_CID_USER_CLASS,
				   V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);
}

static void who_unsubscribes_hears_no_more(void **state)
{
	struct v4l2_event_subscription arg = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
	};
	struct v4l2_event event;

	(void)state;

	assert_int_equal(run(file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS, 0), 0);
	set(other, 6);
	assert_int_equal(run(file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	assert_false(readable(file, DEVICE_EVENT, 0));
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);

	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS, 0), 0);
	arg.type = V4L2_EVENT_ALL;
	assert_int_equal(run(file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	set(other, 7);
	assert_int_equal(ops->collect_event(file, &event), -ENOENT);
}

static void frames_come_in_order_and_whole(void **state)
{
	uint32_t sequence = 0;
	uint64_t before = 0;
	int i;

	(void)state;

	start(8);
	for (i = 0; i < 100; i++) {
		struct v4l2_buffer buffer = collect();
		uint64_t time_us = (uint64_t)buffer.timestamp.tv_sec * 1000000 +
				   (uint64_t)buffer.timestamp.tv_usec;

		assert_int_equal(buffer.bytesused, 160 * 120 * 2);
		assert_int_equal(buffer.field, V4L2_FIELD_NONE);
		assert_int_equal(buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
				 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
		assert_true(buffer.flags & V4L2_BUF_FLAG_MAPPED);
		if (i > 0) {
			uint64_t ticks = buffer.sequence - sequence;

			assert_true(ticks >= 1);
			assert_in_range(time_us - before, ticks * 1000 - 1,
					ticks * 1000 + 1);
		}
		sequence = buffer.sequence;
		before = time_us;
		assert_int_equal(enqueue(buffer.index), 0);
	}
}

static void
queued_buffers_lose_no_tick_however_late_they_are_collected(void **state)
{
	uint32_t i;

	(void)state;

	start(8);
	rest(30);
	for (i = 0; i < 8; i++) {
		struct v4l2_buffer buffer = collect();

		assert_int_equal(buffer.sequence, i);
		assert_int_equal(buffer.index, i);
	}
}

static void a_tick_without_a_buffer_is_a_gap(void **state)
{
	struct v4l2_buffer buffer;

	(void)state;

	start(1);
	buffer = collect();
	assert_int_equal(buffer.sequence, 0);
	rest(20);
	assert_int_equal(enqueue(0), 0);
	buffer = collect();
	assert_true(buffer.sequence >= 20);
}

static void a_buffer_gets_no_tick_from_before_it_was_queued(void **state)
{
	struct timespec now;
	struct v4l2_buffer buffer;
	int64_t queued_us;

	(void)state;

	allocate(1);
	assert_int_equal(stream(file, true), 0);
	rest(5);
	clock_gettime(CLOCK_MONOTONIC, &now);
	queued_us = now.tv_sec * 1000000 + now.tv_nsec / 1000;
	assert_int_equal(enqueue(0), 0);
	buffer = collect();
	assert_true(buffer.timestamp.tv_sec * 1000000 +
			    buffer.timestamp.tv_usec >=
		    queued_us);
}

static void every_stream_counts_from_its_start(void **state)
{
	(void)state;

	start(2);
	rest(5);
	collect();
	assert_int_equal(stream(file, false), 0);
	assert_int_equal(enqueue(0), 0);
	assert_int_equal(stream(file, true), 0);
	assert_int_equal(collect().sequence, 0);
}

static void a_static_picture_does_not_move(void **state)
{
	struct v4l2_buffer buffer;
	uint8_t *copy;

	(void)state;

	again("160x120,fps=1000,static");
	start(1);
	buffer = collect();
	copy = malloc(buffer.bytesused);
	assert_non_null(copy);
	memcpy(copy, maps[0].bytes, buffer.bytesused);
	assert_int_equal(enqueue(0), 0);
	buffer = collect();
	assert_memory_equal(copy + 16, (uint8_t *)maps[0].bytes + 16,
			    buffer.bytesused - 24);
	free(copy);
}

static void the_descriptor_rests_while_there_is_nothing_to_do(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE };
	int fd, same;

	(void)state;

	assert_false(readable(file, DEVICE_CAPTURE | DEVICE_EVENT, 5));
	start(2);
	assert_true(readable(file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->poll(file, DEVICE_CAPTURE, &fd), EPOLLIN);

	/* Frames are there, but nobody asks for frames. */
	assert_int_equal(ops->poll(file, 0, &same), 0);
	assert_false(readable(file, DEVICE_EVENT, 5));

	/* Both are done: readable until both are collected. */
	rest(5);
	assert_true(readable(file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->collect_buffer(file, &buffer), 0);
	assert_true(readable(file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->collect_buffer(file, &buffer), 0);

	/* Ticks go on without a buffer, and wake nobody. */
	assert_int_equal(ops->collect_buffer(file, &buffer), -EAGAIN);
	assert_false(readable(file, DEVICE_CAPTURE, 5));
	assert_int_equal(enqueue(0), 0);
	assert_true(readable(file, DEVICE_CAPTURE, 1000));

	assert_int_equal(stream(file, false), 0);
	assert_false(readable(file, DEVICE_CAPTURE, 5));
	assert_int_equal(ops->collect_buffer(file, &buffer), -EINVAL);
	assert_int_equal(ops->poll(file, DEVICE_EVENT, &same), EPOLLIN);
	assert_int_equal(fd, same);
}

static void
who_asks_about_a_buffer_does_not_hide_it_from_the_owner(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE };

	(void)state;

	start(1);
	assert_int_equal(ops->poll(file, DEVICE_CAPTURE, &(int){ 0 }), EPOLLIN);
	rest(5);
	assert_int_equal(run(other, VIDIOC_QUERYBUF, &buffer), 0);
	assert_true(buffer.flags & V4L2_BUF_FLAG_DONE);
	assert_true(readable(file, DEVICE_CAPTURE, 1000));
	assert_int_equal(collect().sequence, 0);
}

static void the_queue_belongs_to_who_allocated_it(void **state)
{
	struct v4l2_requestbuffers arg = request(2);
	struct v4l2_buffer buffer = { .type = CAPTURE };

	(void)state;

	start(2);
	assert_int_equal(run(other, VIDIOC_REQBUFS, &arg), -EBUSY);
	assert_int_equal(stream(other, true), -EBUSY);
	assert_int_equal(stream(other, false), -EBUSY);
	assert_int_equal(ops->collect_buffer(other, &buffer), -EBUSY);
	assert_false(readable(other, DEVICE_CAPTURE, 5));
	assert_int_equal(run(other, VIDIOC_QUERYBUF, &buffer), 0);

	/* The close of the owner frees it, maps or no maps. */
	while (mapped > 1)
		ops->unmap(file, &maps[--mapped]);
	ops->close(file);
	memset(maps[0].bytes, 1, maps[0].len);
	ops->unmap(file, &maps[--mapped]);
	file = other;
	other = NULL;
	start(2);
	assert_int_equal(collect().sequence, 0);
}

static void buffers_hold_a_frame_at_least(void **state)
{
	struct v4l2_create_buffers arg = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};

	(void)state;

	arg.format.fmt.pix.sizeimage = 160 * 120 * 2 - 1;
	assert_int_equal(run(file, VIDIOC_CREATE_BUFS, &arg), -EINVAL);
	arg.format.fmt.pix.sizeimage++;
	assert_int_equal(run(file, VIDIOC_CREATE_BUFS, &arg), 0);
	arg.format.type = V4L2_BUF_TYPE_META_CAPTURE;
	assert_int_equal(run(file, VIDIOC_CREATE_BUFS, &arg), -EINVAL);
}

static void a_closed_camera_holds_no_descriptor(void **state)
{
	unsigned int before;

	(void)state;

	teardown(NULL);
	before = open_descriptors();
	camera("160x120,fps=1000");
	start(4);
	collect();
	teardown(NULL);
	assert_int_equal(open_descriptors(), before);
	camera("160x120");
}

/* What a worker thread may do while the loop collects. */
static void *disturb(void *data)
{
	const bool *stop = data;
	int32_t value = 0;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		struct v4l2_buffer buffer = { .type = CAPTURE };
		struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS,
						.value = value++ % 256 };

		ops->ioctl(other, ioctl_lookup(VIDIOC_S_CTRL), &control);
		ops->ioctl(other, ioctl_lookup(VIDIOC_QUERYBUF), &buffer);
	}
	return NULL;
}

static void collecting_and_ioctls_run_at_the_same_time(void **state)
{
	struct v4l2_event event;
	unsigned int events = 0;
	bool stop = false;
	pthread_t worker;
	int i;

	(void)state;

	assert_int_equal(subscribe(file, V4L2_CID_BRIGHTNESS, 0), 0);
	start(4);
	assert_int_equal(pthread_create(&worker, NULL, disturb, &stop), 0);
	for (i = 0; i < 100; i++) {
		struct v4l2_buffer buffer = collect();

		assert_int_equal(enqueue(buffer.index), 0);
		events += ops->collect_event(file, &event) == 0;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(worker, NULL), 0);
	assert_int_not_equal(events, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation_answers),
		TEST(an_open_takes_no_descriptor),
		TEST(every_ioctl_is_known_or_enotty_whatever_its_argument),
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
		TEST(controls_are_listed_by_id),
		TEST(a_control_keeps_its_nearest_value),
		TEST(extended_controls_say_which_one_was_wrong),
		TEST(an_empty_list_of_controls_asks_for_the_class),
		TEST(a_change_is_told_to_the_others_who_asked),
		TEST(feedback_and_the_first_value_come_if_asked_for),
		TEST(a_newer_event_replaces_the_one_that_waits),
		TEST(only_events_of_its_controls_can_be_subscribed),
		TEST(who_unsubscribes_hears_no_more),
		TEST(frames_come_in_order_and_whole),
		TEST(queued_buffers_lose_no_tick_however_late_they_are_collected),
		TEST(a_tick_without_a_buffer_is_a_gap),
		TEST(a_buffer_gets_no_tick_from_before_it_was_queued),
		TEST(every_stream_counts_from_its_start),
		TEST(a_static_picture_does_not_move),
		TEST(the_descriptor_rests_while_there_is_nothing_to_do),
		TEST(who_asks_about_a_buffer_does_not_hide_it_from_the_owner),
		TEST(the_queue_belongs_to_who_allocated_it),
		TEST(buffers_hold_a_frame_at_least),
		TEST(a_closed_camera_holds_no_descriptor),
		TEST(collecting_and_ioctls_run_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
