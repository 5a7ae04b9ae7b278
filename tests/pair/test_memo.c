// SPDX-License-Identifier: BSD-3-Clause
/*
 * What hostd tells before it is asked: how many round trips it saves, and what it keeps
 * to itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/stats.h"
#include "tests/memo_camera.h"
#include "tests/memo_look.h"

static struct front_file file;

static void expect_same(struct memo_look a, struct memo_look b)
{
	assert_int_equal(a.questions, b.questions);
	assert_true(a.seen == b.seen);
}

/* All has been seen, and the round trips for it are counted. */
static void connect_and_look(void)
{
	memo_camera_connect(&file);
	memo_look_all(&file);
	memo_camera_trips();
}

/* ---- round trips ------------------------------------------------------- */

static void a_camera_with_long_lists_takes_three_round_trips(void **state)
{
	struct memo_look look;

	(void)state;
	memo_camera_connect(&file);
	look = memo_look_all(&file);
	assert_int_equal(look.questions, 573);
	assert_int_equal(memo_camera_trips(), 3);
	expect_same(look, memo_look_all(NULL));
	assert_int_equal(front_close(&file), 0);
}

static void the_second_look_takes_none(void **state)
{
	struct memo_look first, second;

	(void)state;
	memo_camera_connect(&file);
	first = memo_look_all(&file);
	memo_camera_trips();
	second = memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 0);
	expect_same(first, second);
	assert_int_equal(front_close(&file), 0);
}

/* OPEN and CLOSE are all that it takes. */
static void nor_does_that_of_the_next_program(void **state)
{
	(void)state;
	connect_and_look();
	assert_int_equal(front_close(&file), 0);
	harness_open(&file);
	assert_int_equal(memo_camera_trips(), 2);
	expect_same(memo_look_all(&file), memo_look_all(NULL));
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_close(&file), 0);
}

static void what_hostd_does_not_ask_is_asked_once(void **state)
{
	struct v4l2_queryctrl query = { .id = V4L2_CID_HUE };
	struct v4l2_fmtdesc format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.mbus_code = 7,
	};

	(void)state;
	connect_and_look();
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), -EINVAL);
	assert_int_equal(memo_camera_trips(), 1);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), -EINVAL);
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_ENUM_FMT, &format), 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_ENUM_FMT, &format), 0);
	format.mbus_code = 7;
	assert_int_equal(front_ioctl(&file, VIDIOC_ENUM_FMT, &format), 0);
	assert_int_equal(memo_camera_trips(), 2);
	assert_int_equal(front_close(&file), 0);
}

/* As much as there is room for, and the rest when it is asked. */
static void a_list_without_end_is_told_in_part(void **state)
{
	struct v4l2_frmsizeenum size = { .pixel_format = V4L2_PIX_FMT_YUYV };
	unsigned int trips;

	(void)state;
	memo_camera.sizes = 100000;
	memo_camera_connect(&file);
	for (size.index = 0; size.index < 1000; size.index++)
		assert_int_equal(
			front_ioctl(&file, VIDIOC_ENUM_FRAMESIZES, &size), 0);
	trips = memo_camera_trips();
	assert_in_range(trips, 1000 - VMS_MEMO_ENTRIES_MAX / 8, 999);
	assert_int_equal(stats_get(STATS_LIES), 0);
	assert_int_equal(front_close(&file), 0);
}

static void values_are_always_asked_for(void **state)
{
	struct v4l2_control control = { .id = FAKE_CID_SCALAR };
	unsigned int i;

	(void)state;
	connect_and_look();
	for (i = 0; i < 3; i++)
		front_ioctl(&file, VIDIOC_G_CTRL, &control);
	assert_int_equal(memo_camera_trips(), 3);
	assert_int_equal(front_close(&file), 0);
}

static void errors_of_the_moment_are_not_remembered(void **state)
{
	struct v4l2_queryctrl query = { .id = V4L2_CID_GAIN };

	(void)state;
	memo_camera_connect(&file);
	fake_fail(VIDIOC_QUERYCTRL, -EIO, 1000);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), -EIO);
	fake_fail(VIDIOC_QUERYCTRL, 0, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), 0);
	assert_int_equal(front_close(&file), 0);
}

/* ---- what is not remembered -------------------------------------------- */

static void expect_forgotten(uint32_t classes)
{
	struct memo_look look;

	memo_look_all(&file);
	memo_camera_trips();
	look = memo_look_formats(&file);
	assert_int_equal(memo_camera_trips(),
			 classes & VMS_MEMO_FORMATS ? look.questions : 0);
	look = memo_look_controls(&file);
	assert_int_equal(memo_camera_trips(),
			 classes & VMS_MEMO_CONTROLS ? look.questions : 0);
	assert_int_equal(front_close(&file), 0);
}

static void lists_that_may_change_are_not(void **state)
{
	(void)state;
	memo_camera.lasting = VMS_MEMO_CONTROLS;
	memo_camera_connect(&file);
	expect_forgotten(VMS_MEMO_FORMATS);
}

static void nor_are_controls_of_which_nobody_hears(void **state)
{
	(void)state;
	memo_camera.deaf = true;
	memo_camera_connect(&file);
	expect_forgotten(VMS_MEMO_CONTROLS);
	/* It was tried once, and given up. */
	assert_int_equal(fake.file_count, 0);
}

static int no_such_ioctl(void *arg)
{
	(void)arg;
	return -ENOTTY;
}

/* pvrusb2 up to 6.14: QUERYCTRL alone, and nobody says when a control is another. */
static void nor_are_those_of_an_old_driver(void **state)
{
	(void)state;
	fake_on(VIDIOC_QUERY_EXT_CTRL, no_such_ioctl);
	memo_camera_connect(&file);
	expect_forgotten(VMS_MEMO_CONTROLS);
}

static void nor_is_anything_if_hostd_is_told_so(void **state)
{
	(void)state;
	harness.devices.devices[1].forget = true;
	memo_camera_connect(&file);
	assert_false(harness.device->ack.features & VMS_FEATURE_MEMO);
	expect_forgotten(VMS_MEMO_ALL);
}

static void the_test_pattern_is_remembered(void **state)
{
	struct v4l2_control control = {
		.id = V4L2_CID_BRIGHTNESS,
		.value = 7,
	};

	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	memo_camera_trips();
	memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 3);
	memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_CTRL, &control), 0);
	memo_camera_trips();
	memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 3);
	assert_int_equal(front_close(&file), 0);
}

/* ---- what it costs the host ----------------------------------------------- */

/* Has hostd asked the device since it was last asked here? */
static bool has_asked(void)
{
	bool has;

	pthread_mutex_lock(&fake.lock);
	has = memo_camera.asked;
	memo_camera.asked = 0;
	pthread_mutex_unlock(&fake.lock);
	return has;
}

/* Each would have all questions asked again. */
static void who_opens_again_and_again_is_not_told(void **state)
{
	struct front_file again;
	unsigned int i;

	(void)state;
	connect_and_look();
	for (i = 0; i < 40; i++) {
		has_asked();
		harness_open(&again);
		assert_int_equal(front_close(&again), 0);
		assert_int_equal(has_asked(), i < 32);
	}
	expect_same(memo_look_all(&file), memo_look_all(NULL));
	assert_int_equal(front_close(&file), 0);
}

/* A change while they are being asked is one more reason to ask. */
static void nor_who_changes_what_is_being_asked(void **state)
{
	struct v4l2_control control = { .id = V4L2_CID_EXPOSURE_AUTO };
	struct v4l2_queryctrl query = { .id = MEMO_CAMERA_TIME };
	struct front_call call;
	struct front_file other;
	unsigned int i;

	(void)state;
	memo_camera_connect(&file);
	harness_open(&other);
	for (i = 0; i < 4; i++) {
		fake_sleep(VIDIOC_QUERYMENU);
		front_begin_ioctl(&call, &file, VIDIOC_QUERYCTRL, &query);
		harness_asleep();
		assert_int_equal(front_ioctl(&other, VIDIOC_S_CTRL, &control),
				 0);
		fake_wake();
		assert_int_equal(front_wait(&harness.front, &call), 0);
	}
	has_asked();
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), 0);
	assert_false(has_asked());
	harness_pass_ms(250);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), 0);
	assert_true(has_asked());
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMO_CAMERA_TEST(
			a_camera_with_long_lists_takes_three_round_trips),
		MEMO_CAMERA_TEST(the_second_look_takes_none),
		MEMO_CAMERA_TEST(nor_does_that_of_the_next_program),
		MEMO_CAMERA_TEST(what_hostd_does_not_ask_is_asked_once),
		MEMO_CAMERA_TEST(a_list_without_end_is_told_in_part),
		MEMO_CAMERA_TEST(values_are_always_asked_for),
		MEMO_CAMERA_TEST(errors_of_the_moment_are_not_remembered),
		MEMO_CAMERA_TEST(lists_that_may_change_are_not),
		MEMO_CAMERA_TEST(nor_are_controls_of_which_nobody_hears),
		MEMO_CAMERA_TEST(nor_are_those_of_an_old_driver),
		MEMO_CAMERA_TEST(nor_is_anything_if_hostd_is_told_so),
		MEMO_CAMERA_TEST(the_test_pattern_is_remembered),
		MEMO_CAMERA_TEST(who_opens_again_and_again_is_not_told),
		MEMO_CAMERA_TEST(nor_who_changes_what_is_being_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
