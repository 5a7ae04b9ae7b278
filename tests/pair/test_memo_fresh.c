// SPDX-License-Identifier: BSD-3-Clause
/*
 * What hostd tells before it is asked is never older than what a program knows, nor,
 * but for the time of an event, than what others do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device_ioctls.h"
#include "tests/memo_camera.h"
#include "tests/memo_look.h"
#include "tests/streamer.h"

#define INACTIVE V4L2_CTRL_FLAG_INACTIVE

static struct front_file file;
static struct front_file other;

static void expect_same(struct memo_look a, struct memo_look b)
{
	assert_int_equal(a.questions, b.questions);
	assert_true(a.seen == b.seen);
}

static int set_exposure(struct front_file *of, int32_t value)
{
	struct v4l2_control control = {
		.id = V4L2_CID_EXPOSURE_AUTO,
		.value = value,
	};

	return front_ioctl(of, VIDIOC_S_CTRL, &control);
}

/* All has been seen, and the round trips for it are counted. */
static void connect_and_look(void)
{
	memo_camera_connect(&file);
	memo_look_all(&file);
	memo_camera_trips();
}

/* ---- never stale ------------------------------------------------------- */

static void a_program_sees_what_it_has_changed(void **state)
{
	unsigned int i;

	(void)state;
	connect_and_look();
	/* No event helps here. */
	memo_camera.silent = true;
	for (i = 0; i < 3; i++) {
		assert_int_equal(set_exposure(&file, V4L2_EXPOSURE_MANUAL), 0);
		assert_int_equal(memo_look_flags(&file), 0);
		assert_int_equal(set_exposure(&file, V4L2_EXPOSURE_AUTO), 0);
		assert_int_equal(memo_look_flags(&file), INACTIVE);
		expect_same(memo_look_all(&file), memo_look_all(NULL));
	}
	assert_int_equal(front_close(&file), 0);
}

static void so_it_does_if_that_failed(void **state)
{
	uint32_t input = 3;

	(void)state;
	connect_and_look();
	memo_camera.silent = true;
	memo_camera_change(false);
	assert_int_equal(memo_look_flags(&file), INACTIVE);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_INPUT, &input), -EINVAL);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&file), 0);
}

static void another_program_of_the_guest_sees_it_too(void **state)
{
	(void)state;
	connect_and_look();
	harness_open(&other);
	memo_camera.silent = true;
	assert_int_equal(set_exposure(&other, V4L2_EXPOSURE_MANUAL), 0);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static void everybody_sees_what_the_device_has_an_event_for(void **state)
{
	(void)state;
	connect_and_look();
	assert_int_equal(memo_look_flags(&file), INACTIVE);
	memo_camera_change(false);
	harness_settle();
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(memo_camera_trips(), 1);
	expect_same(memo_look_controls(&file), memo_look_controls(NULL));
	assert_int_equal(memo_camera_trips(), 0);
	memo_camera_change(true);
	harness_settle();
	expect_same(memo_look_controls(&file), memo_look_controls(NULL));
	/* Formats are none of its business. */
	memo_camera_trips();
	memo_look_formats(&file);
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_close(&file), 0);
}

/* hostd's monitor may hear of it later than the file that the event was for. */
static void who_has_the_event_sees_what_it_is_about(void **state)
{
	struct v4l2_event event = {
		.type = V4L2_EVENT_CTRL,
		.id = MEMO_CAMERA_TIME,
		.u.ctrl.changes = V4L2_EVENT_CTRL_CH_FLAGS,
	};

	(void)state;
	connect_and_look();
	assert_int_equal(
		stream_subscribe(&file, V4L2_EVENT_CTRL, MEMO_CAMERA_TIME, 0),
		0);
	memo_camera.silent = true;
	memo_camera_change(false);
	pthread_mutex_lock(&fake.lock);
	fake_add_event(fake.files[0], &event);
	pthread_mutex_unlock(&fake.lock);
	harness_settle();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Then each question is asked for itself, and is answered as it is. */
static void what_changes_often_is_told_a_few_times_in_a_row(void **state)
{
	unsigned int asked = 0;
	unsigned int i;

	(void)state;
	connect_and_look();
	for (i = 0; i < 10; i++) {
		memo_camera_change(i % 2);
		harness_settle();
		assert_int_equal(memo_look_flags(&file), i % 2 ? INACTIVE : 0);
		memo_camera_trips();
		memo_look_flags(&file);
		asked += memo_camera_trips();
	}
	/* Once when it was looked at first. */
	assert_int_equal(asked, 10 - 3);
	harness_pass_ms(250);
	memo_look_flags(&file);
	memo_camera_trips();
	memo_look_flags(&file);
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_close(&file), 0);
}

/* An event that has come to hostd but not to its loop */
static void nothing_is_told_that_an_event_has_made_wrong(void **state)
{
	struct front_call call;
	struct v4l2_queryctrl query = { .id = MEMO_CAMERA_TIME };

	(void)state;
	memo_camera_connect(&file);
	memo_look_flags(&file);
	assert_int_equal(set_exposure(&file, V4L2_EXPOSURE_AUTO), 0);
	fake_sleep(VIDIOC_QUERYMENU);
	front_begin_ioctl(&call, &file, VIDIOC_QUERYCTRL, &query);
	harness_asleep();
	/* The flag was asked for before, the menu comes after it. */
	memo_camera_change(false);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	memo_camera_trips();
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(memo_camera_trips(), 1);
	expect_same(memo_look_controls(&file), memo_look_controls(NULL));
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_close(&file), 0);
}

static fake_fn answer_now;
static bool slowly;

/* The answer is there, but takes its time. */
static int answer_slowly(void *arg)
{
	int ret = answer_now(arg);

	if (slowly) {
		slowly = false;
		fake_sleep_now();
	}
	return ret;
}

static void an_answer_from_before_a_change_is_not_remembered(void **state)
{
	struct v4l2_queryctrl query = {
		.id = V4L2_CID_EXPOSURE_AUTO | V4L2_CTRL_FLAG_NEXT_CTRL |
		      V4L2_CTRL_FLAG_NEXT_COMPOUND,
	};
	struct v4l2_queryctrl again = query;
	struct front_call call;

	(void)state;
	connect_and_look();
	harness_open(&other);
	memo_camera.silent = true;
	answer_now = fake.rows[_IOC_NR(VIDIOC_QUERYCTRL)].fn;
	fake_on(VIDIOC_QUERYCTRL, answer_slowly);
	slowly = true;
	front_begin_ioctl(&call, &file, VIDIOC_QUERYCTRL, &query);
	harness_asleep();
	assert_int_equal(set_exposure(&other, V4L2_EXPOSURE_MANUAL), 0);
	assert_int_equal(memo_look_flags(&other), 0);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(query.id, MEMO_CAMERA_TIME);
	assert_int_equal(query.flags, INACTIVE);
	assert_int_equal(front_ioctl(&other, VIDIOC_QUERYCTRL, &again), 0);
	assert_int_equal(again.flags, 0);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static int queue_and_grab(void *arg)
{
	memo_camera.automatic = false;
	return fake_default(VIDIOC_QBUF, arg);
}

static void a_buffer_that_begins_a_stream_does_so_too(void **state)
{
	(void)state;
	connect_and_look();
	memo_camera.silent = true;
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(memo_look_flags(&file), INACTIVE);
	fake_on(VIDIOC_QBUF, queue_and_grab);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&file), 0);
}

static void what_begins_a_stream_ends_it(void **state)
{
	struct stream_buffer buffer;

	(void)state;
	connect_and_look();
	stream_start(&file, CAPTURE, 2);
	memo_look_all(&file);
	memo_camera_trips();
	memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 0);
	/* A frame does not. */
	fake_finish(CAPTURE, 0, 16, 0);
	harness_settle();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	memo_camera_trips();
	memo_look_all(&file);
	assert_int_equal(memo_camera_trips(), 0);
	assert_int_equal(front_close(&file), 0);
}

/* While a call is on its way that may change it, nothing is learnt. */
static void what_is_told_meanwhile_does_not_count(void **state)
{
	struct v4l2_control control = {
		.id = V4L2_CID_EXPOSURE_AUTO,
		.value = V4L2_EXPOSURE_MANUAL,
	};
	struct front_call call;

	(void)state;
	connect_and_look();
	harness_open(&other);
	memo_camera.silent = true;
	fake_sleep(VIDIOC_S_CTRL);
	front_begin_ioctl(&call, &file, VIDIOC_S_CTRL, &control);
	harness_asleep();
	assert_int_equal(memo_look_flags(&other), INACTIVE);
	memo_look_all(&other);
	memo_camera_trips();
	assert_int_equal(memo_look_flags(&other), INACTIVE);
	assert_int_equal(memo_camera_trips(), 1);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(memo_look_flags(&other), 0);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

/* ---- when files are opened, and when the device goes ------------------- */

static void a_list_that_has_changed_is_seen_by_who_opens_it(void **state)
{
	struct memo_look look;

	(void)state;
	connect_and_look();
	memo_camera.more = true;
	harness_open(&other);
	look = memo_look_controls(&other);
	expect_same(look, memo_look_controls(NULL));
	memo_camera.sizes--;
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
	harness_open(&file);
	expect_same(memo_look_all(&file), memo_look_all(NULL));
	assert_int_equal(front_close(&file), 0);
}

static void nobody_watches_when_no_file_is_open(void **state)
{
	(void)state;
	memo_camera_connect(&file);
	memo_look_formats(&file);
	assert_int_equal(fake.file_count, 1);
	memo_look_controls(&file);
	assert_int_equal(fake.file_count, 2);
	harness_open(&other);
	assert_int_equal(fake.file_count, 3);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(fake.file_count, 2);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(fake.file_count, 0);
	/* Nobody hears of it, but it is seen. */
	memo_camera_change(false);
	harness_open(&file);
	assert_int_equal(fake.file_count, 2);
	assert_int_equal(memo_look_flags(&file), 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_device_that_went_is_not_remembered(void **state)
{
	struct v4l2_queryctrl query = { .id = V4L2_CID_GAIN };

	(void)state;
	connect_and_look();
	fake_unplug();
	harness_settle();
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCTRL, &query), -ENODEV);
	fake.gone = false;
	memo_camera.sizes = 3;
	harness_open(&other);
	expect_same(memo_look_all(&other), memo_look_all(NULL));
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static void another_connection_remembers_nothing(void **state)
{
	(void)state;
	connect_and_look();
	harness_host_leaves();
	front_close(&file);
	memo_camera.sizes = 3;
	harness_host_returns();
	harness_open(&file);
	expect_same(memo_look_all(&file), memo_look_all(NULL));
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMO_CAMERA_TEST(a_program_sees_what_it_has_changed),
		MEMO_CAMERA_TEST(so_it_does_if_that_failed),
		MEMO_CAMERA_TEST(another_program_of_the_guest_sees_it_too),
		MEMO_CAMERA_TEST(
			everybody_sees_what_the_device_has_an_event_for),
		MEMO_CAMERA_TEST(who_has_the_event_sees_what_it_is_about),
		MEMO_CAMERA_TEST(
			what_changes_often_is_told_a_few_times_in_a_row),
		MEMO_CAMERA_TEST(nothing_is_told_that_an_event_has_made_wrong),
		MEMO_CAMERA_TEST(
			an_answer_from_before_a_change_is_not_remembered),
		MEMO_CAMERA_TEST(a_buffer_that_begins_a_stream_does_so_too),
		MEMO_CAMERA_TEST(what_begins_a_stream_ends_it),
		MEMO_CAMERA_TEST(what_is_told_meanwhile_does_not_count),
		MEMO_CAMERA_TEST(
			a_list_that_has_changed_is_seen_by_who_opens_it),
		MEMO_CAMERA_TEST(nobody_watches_when_no_file_is_open),
		MEMO_CAMERA_TEST(a_device_that_went_is_not_remembered),
		MEMO_CAMERA_TEST(another_connection_remembers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
