// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd --strict: what a camera is, and has, as guestd(8) says it.
 */
#include "guestd/strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CAMERA (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING)

static bool is_camera(uint32_t device_caps)
{
	struct v4l2_capability capability = { .device_caps = device_caps };

	return !strict_mask(&capability);
}

static void a_camera_has_one_queue_of_frames(void **state)
{
	static const uint32_t too_much[] = {
		V4L2_CAP_VIDEO_OUTPUT, V4L2_CAP_VIDEO_OUTPUT_MPLANE,
		V4L2_CAP_VIDEO_M2M,    V4L2_CAP_VIDEO_M2M_MPLANE,
		V4L2_CAP_TOUCH,        V4L2_CAP_META_CAPTURE,
		V4L2_CAP_SDR_CAPTURE,
	};
	size_t i;

	(void)state;
	assert_true(is_camera(CAMERA));
	assert_true(
		is_camera(V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING));
	assert_false(is_camera(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_READWRITE));
	assert_false(is_camera(V4L2_CAP_VBI_CAPTURE | V4L2_CAP_STREAMING));
	assert_false(is_camera(V4L2_CAP_RADIO | V4L2_CAP_TUNER));
	for (i = 0; i < sizeof(too_much) / sizeof(too_much[0]); i++)
		assert_false(is_camera(CAMERA | too_much[i]));
}

static void it_has_five_formats(void **state)
{
	static const uint32_t formats[] = {
		V4L2_PIX_FMT_NV12,  V4L2_PIX_FMT_YUYV,  V4L2_PIX_FMT_MJPEG,
		V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24,
	};
	static const uint32_t others[] = {
		0,
		V4L2_PIX_FMT_GREY,
		V4L2_PIX_FMT_H264,
		V4L2_PIX_FMT_NV21,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		assert_true(strict_has_format(formats[i]));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(strict_has_format(others[i]));
}

static void it_has_controls_of_two_classes(void **state)
{
	(void)state;
	assert_true(strict_has_control(V4L2_CID_BRIGHTNESS));
	assert_true(strict_has_control(V4L2_CID_EXPOSURE_AUTO));
	assert_false(strict_has_control(V4L2_CID_MPEG_VIDEO_BITRATE));
	assert_false(strict_has_control(V4L2_CID_FLASH_LED_MODE));
	assert_false(strict_has_control(V4L2_CID_TEST_PATTERN));
	assert_false(strict_has_control(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_camera_has_one_queue_of_frames),
		cmocka_unit_test(it_has_five_formats),
		cmocka_unit_test(it_has_controls_of_two_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
