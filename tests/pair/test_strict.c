// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd --strict: of a host's device a camera is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/wire.h"
#include "guestd/strict.h"
#include "tests/lying_host.h"

#define FOURCC(name) V4L2_PIX_FMT_##name
#define NEXT         ((uint32_t)V4L2_CTRL_FLAG_NEXT_CTRL)

static const uint32_t host_formats[] = { FOURCC(GREY), FOURCC(RGB24),
					 FOURCC(H264), FOURCC(YUYV),
					 FOURCC(RGB24) };
#define HOST_FORMATS (sizeof(host_formats) / sizeof(host_formats[0]))

/* Of a TV, of nobody's, and of a codec among those of a camera */
static const uint32_t host_controls[] = {
	V4L2_CID_BRIGHTNESS,    V4L2_CID_MPEG_VIDEO_BITRATE,
	V4L2_CID_EXPOSURE_AUTO, V4L2_CID_FM_RX_CLASS,
	V4L2_CID_TEST_PATTERN,
};
#define HOST_CONTROLS (sizeof(host_controls) / sizeof(host_controls[0]))

static uint32_t current; /* format of the host's device */

static void fail_with(struct lying_answer *answer, uint32_t error)
{
	memcpy(answer->bytes, &error, sizeof(error));
	answer->len = sizeof(struct virtio_media_resp);
}

static void enum_format(struct lying_answer *answer)
{
	struct v4l2_fmtdesc format;

	memcpy(&format, lying_argument(answer), sizeof(format));
	if (format.index >= HOST_FORMATS) {
		fail_with(answer, EINVAL);
		return;
	}
	format.pixelformat = host_formats[format.index];
	memcpy(lying_argument(answer), &format, sizeof(format));
}

static void tell_format(struct lying_answer *answer, bool set)
{
	struct v4l2_format format;

	memcpy(&format, lying_argument(answer), sizeof(format));
	if (set)
		current = format.fmt.pix.pixelformat;
	format.fmt.pix.width = 32;
	format.fmt.pix.height = 32;
	format.fmt.pix.pixelformat = current;
	format.fmt.pix.bytesperline = 128;
	format.fmt.pix.sizeimage = 4096;
	memcpy(lying_argument(answer), &format, sizeof(format));
}

static void query_control(struct lying_answer *answer)
{
	struct v4l2_queryctrl control;
	uint32_t id;
	size_t i;

	memcpy(&control, lying_argument(answer), sizeof(control));
	id = control.id & V4L2_CTRL_ID_MASK;
	for (i = 0; i < HOST_CONTROLS; i++)
		if (control.id & NEXT ? host_controls[i] > id
				      : host_controls[i] == id)
			break;
	if (i == HOST_CONTROLS) {
		fail_with(answer, EINVAL);
		return;
	}
	control.id = host_controls[i];
	control.type = V4L2_CTRL_TYPE_INTEGER;
	memcpy(lying_argument(answer), &control, sizeof(control));
}

static void camera(struct lying_answer *answer)
{
	if (lying_is(answer, VIDIOC_ENUM_FMT))
		enum_format(answer);
	else if (lying_is(answer, VIDIOC_G_FMT))
		tell_format(answer, false);
	else if (lying_is(answer, VIDIOC_S_FMT) ||
		 lying_is(answer, VIDIOC_TRY_FMT))
		tell_format(answer, true);
	else if (lying_is(answer, VIDIOC_QUERYCTRL))
		query_control(answer);
}

static void more_than_a_camera(struct vms_hello_ack *ack)
{
	const uint32_t more = V4L2_CAP_TUNER | V4L2_CAP_VIDEO_OVERLAY |
			      V4L2_CAP_VBI_CAPTURE | V4L2_CAP_AUDIO;

	ack->features &= ~VMS_FEATURES_FD;
	ack->capability.device_caps |= more;
	ack->capability.capabilities |= more;
}

static void no_camera(struct vms_hello_ack *ack)
{
	ack->features &= ~VMS_FEATURES_FD;
	ack->capability.device_caps |= V4L2_CAP_VIDEO_OUTPUT;
	ack->capability.capabilities |= V4L2_CAP_VIDEO_OUTPUT;
}

static int setup(void **state)
{
	int ret = lying_init(state);

	harness.config.strict = true;
	harness.config.mask = strict_mask;
	harness.config.link.no_fds = true;
	return ret;
}

static void start(void)
{
	lying.hello = more_than_a_camera;
	lying.lie = camera;
	current = FOURCC(YUYV);
	lying_start(PROFILE_CHOICE_STREAM);
	harness_open(&lying.file);
}

static int call(uint32_t cmd, void *arg)
{
	return front_ioctl(&lying.file, cmd, arg);
}

static void what_is_no_camera_is_refused(void **state)
{
	(void)state;
	lying.hello = no_camera;
	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(harness.fatals, 1);
	assert_int_equal(harness.ups, 0);
}

static void the_rest_of_it_is_not_there(void **state)
{
	static const uint32_t gone[] = {
		VIDIOC_G_TUNER,     VIDIOC_G_FREQUENCY,
		VIDIOC_G_AUDIO,     VIDIOC_ENUMOUTPUT,
		VIDIOC_G_FBUF,      VIDIOC_G_EDID,
		VIDIOC_G_ENC_INDEX, VIDIOC_DECODER_CMD,
		VIDIOC_G_STD,       VIDIOC_G_DV_TIMINGS,
		VIDIOC_OVERLAY,     VIDIOC_G_SLICED_VBI_CAP,
	};
	struct v4l2_capability capability;
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VBI_CAPTURE };
	uint8_t arg[4096] = { 0 };
	size_t i;

	(void)state;
	start();
	assert_int_equal(call(VIDIOC_QUERYCAP, &capability), 0);
	assert_int_equal(capability.device_caps,
			 V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);
	assert_int_equal(capability.capabilities, V4L2_CAP_VIDEO_CAPTURE |
							  V4L2_CAP_STREAMING |
							  V4L2_CAP_DEVICE_CAPS);
	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		memset(arg, 0, sizeof(arg));
		assert_int_equal(call(gone[i], arg), -ENOTTY);
	}
	assert_int_equal(call(VIDIOC_G_FMT, &format), -EINVAL);
	assert_int_equal(stream_reqbufs(&lying.file, V4L2_BUF_TYPE_VBI_CAPTURE,
					V4L2_MEMORY_MMAP, 2),
			 -EINVAL);
	assert_int_equal(
		stream_reqbufs(&lying.file, CAPTURE, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(front_close(&lying.file), 0);
}

static void only_some_formats_are_listed(void **state)
{
	struct v4l2_fmtdesc format = { .type = CAPTURE };

	(void)state;
	start();
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), 0);
	assert_int_equal(format.index, 0);
	assert_int_equal(format.pixelformat, FOURCC(RGB24));
	format.index = 1;
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), 0);
	assert_int_equal(format.index, 1);
	assert_int_equal(format.pixelformat, FOURCC(YUYV));
	format.index = 2;
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), -EINVAL);
	/* The host was asked once. */
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_ENUM_FMT)],
			 HOST_FORMATS + 1);
	assert_int_equal(front_close(&lying.file), 0);
}

static void another_format_becomes_the_first(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct v4l2_frmsizeenum sizes = { .pixel_format = FOURCC(GREY) };

	(void)state;
	start();
	format.fmt.pix.pixelformat = FOURCC(GREY);
	assert_int_equal(call(VIDIOC_S_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.pixelformat, FOURCC(RGB24));
	format.fmt.pix.pixelformat = FOURCC(YUYV);
	assert_int_equal(call(VIDIOC_S_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.pixelformat, FOURCC(YUYV));
	/* One that is among them in general, but not of this device */
	format.fmt.pix.pixelformat = FOURCC(NV12);
	assert_int_equal(call(VIDIOC_TRY_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.pixelformat, FOURCC(RGB24));
	assert_int_equal(call(VIDIOC_ENUM_FRAMESIZES, &sizes), -EINVAL);
	/* Somebody has set it to another one. */
	current = FOURCC(GREY);
	assert_int_equal(call(VIDIOC_G_FMT, &format), 0);
	assert_int_equal(format.fmt.pix.pixelformat, FOURCC(RGB24));
	assert_int_equal(current, FOURCC(RGB24));
	assert_int_equal(front_close(&lying.file), 0);
}

static void stubborn(struct lying_answer *answer)
{
	camera(answer);
	if (lying_is(answer, VIDIOC_S_FMT) || lying_is(answer, VIDIOC_G_FMT)) {
		current = FOURCC(GREY);
		tell_format(answer, false);
	}
}

static void a_host_that_insists_on_one_has_none(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	start();
	lying.lie = stubborn;
	format.fmt.pix.pixelformat = FOURCC(YUYV);
	assert_int_equal(call(VIDIOC_S_FMT, &format), -EINVAL);
	assert_int_equal(call(VIDIOC_G_FMT, &format), -EINVAL);
	assert_int_equal(front_close(&lying.file), 0);
}

static void nothing_listed(struct lying_answer *answer)
{
	if (lying_is(answer, VIDIOC_ENUM_FMT))
		fail_with(answer, EINVAL);
	else
		camera(answer);
}

/* Or a host tells whatever it likes in G_FMT, and streams that. */
static void a_device_without_any_has_none(void **state)
{
	struct v4l2_fmtdesc listed = { .type = CAPTURE };
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	start();
	lying.lie = nothing_listed;
	current = FOURCC(GREY);
	assert_int_equal(call(VIDIOC_ENUM_FMT, &listed), -EINVAL);
	assert_int_equal(call(VIDIOC_S_FMT, &format), -EINVAL);
	assert_int_equal(call(VIDIOC_G_FMT, &format), -EINVAL);
	assert_int_equal(front_close(&lying.file), 0);
}

static void only_some_controls_are_listed(void **state)
{
	struct v4l2_queryctrl control = { .id = NEXT };
	struct v4l2_control value = { .id = V4L2_CID_MPEG_VIDEO_BITRATE };
	struct v4l2_querymenu menu = { .id = V4L2_CID_MPEG_VIDEO_BITRATE };

	(void)state;
	start();
	assert_int_equal(call(VIDIOC_QUERYCTRL, &control), 0);
	assert_int_equal(control.id, V4L2_CID_BRIGHTNESS);
	control.id |= NEXT;
	assert_int_equal(call(VIDIOC_QUERYCTRL, &control), 0);
	assert_int_equal(control.id, V4L2_CID_EXPOSURE_AUTO);
	control.id |= NEXT;
	assert_int_equal(call(VIDIOC_QUERYCTRL, &control), -EINVAL);
	control.id = V4L2_CID_TEST_PATTERN;
	assert_int_equal(call(VIDIOC_QUERYCTRL, &control), -EINVAL);
	assert_int_equal(call(VIDIOC_G_CTRL, &value), -EINVAL);
	assert_int_equal(call(VIDIOC_S_CTRL, &value), -EINVAL);
	assert_int_equal(call(VIDIOC_QUERYMENU, &menu), -EINVAL);
	value.id = V4L2_CID_BRIGHTNESS;
	assert_int_equal(call(VIDIOC_G_CTRL, &value), 0);
	assert_int_equal(stream_subscribe(&lying.file, V4L2_EVENT_CTRL,
					  V4L2_CID_TEST_PATTERN, 0),
			 -EINVAL);
	assert_int_equal(stream_subscribe(&lying.file, V4L2_EVENT_CTRL,
					  V4L2_CID_BRIGHTNESS, 0),
			 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static uint32_t asked_ids[2];

static void see_controls(struct lying_answer *answer)
{
	struct v4l2_ext_control control;
	size_t i;

	camera(answer);
	if (!lying_is(answer, VIDIOC_S_EXT_CTRLS))
		return;
	for (i = 0; i < 2; i++) {
		memcpy(&control,
		       answer->bytes + sizeof(struct virtio_media_resp) +
			       sizeof(struct v4l2_ext_controls) +
			       i * sizeof(control),
		       sizeof(control));
		asked_ids[i] = control.id;
	}
}

/* It is the host's to say which of them is wrong, and how. */
static void the_host_does_not_hear_of_others(void **state)
{
	static uint8_t payload[8];
	struct v4l2_ext_control list[2] = {
		{ .id = V4L2_CID_BRIGHTNESS, .value = 5 },
		{ .id = V4L2_CID_TEST_PATTERN, .value = 6 },
	};
	struct v4l2_ext_controls controls = {
		.count = 2,
		.controls = list,
	};

	(void)state;
	start();
	lying.lie = see_controls;
	assert_int_equal(call(VIDIOC_S_EXT_CTRLS, &controls), 0);
	assert_int_equal(asked_ids[0], V4L2_CID_BRIGHTNESS);
	assert_int_equal(asked_ids[1], V4L2_CTRL_CLASS_USER | 0xfffe);
	assert_int_equal(list[1].id, V4L2_CID_TEST_PATTERN);
	/* Nor how long such a one is, if a program thinks that it has payload. */
	controls.controls[1].size = sizeof(payload);
	controls.controls[1].p_u8 = payload;
	assert_int_equal(call(VIDIOC_S_EXT_CTRLS, &controls), 0);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_QUERY_EXT_CTRL)], 0);
	controls.which = V4L2_CTRL_CLASS_CODEC;
	controls.count = 0;
	assert_int_equal(call(VIDIOC_G_EXT_CTRLS, &controls), -EINVAL);
	controls.which = V4L2_CTRL_CLASS_CAMERA;
	assert_int_equal(call(VIDIOC_G_EXT_CTRLS, &controls), 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void see_hello(const struct vms_header *header, const uint8_t *section)
{
	struct vms_hello hello;

	if (header->type != VMS_HELLO)
		return;
	assert_int_equal(wire_get_hello(section, header->slen, &hello), 0);
	assert_int_equal(hello.features & VMS_FEATURES_FD, 0);
}

static void no_memory_is_shared(void **state)
{
	(void)state;
	lying.hear = see_hello;
	start();
	assert_int_equal(front_close(&lying.file), 0);
}

#define STRICT_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, setup, lying_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STRICT_TEST(what_is_no_camera_is_refused),
		STRICT_TEST(the_rest_of_it_is_not_there),
		STRICT_TEST(only_some_formats_are_listed),
		STRICT_TEST(another_format_becomes_the_first),
		STRICT_TEST(a_host_that_insists_on_one_has_none),
		STRICT_TEST(a_device_without_any_has_none),
		STRICT_TEST(only_some_controls_are_listed),
		STRICT_TEST(the_host_does_not_hear_of_others),
		STRICT_TEST(no_memory_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
