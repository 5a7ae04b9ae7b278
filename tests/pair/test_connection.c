// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd goes and comes back; the device behind it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/streamer.h"

#define GONE (EPOLLERR | EPOLLHUP | EPOLLPRI)

static struct front_file file;
static struct front_file other;
static struct stream_buffer buffer;
static struct front_call call;
static struct front_call call2;

static void open_and_stream(void)
{
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);
}

/* Rule: R9 */
static void whoever_waits_hears_that_hostd_is_gone(void **state)
{
	struct v4l2_event event;

	(void)state;
	open_and_stream();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	front_begin_ioctl(&call2, &file, VIDIOC_DQEVENT, &event);
	harness_settle();
	assert_false(front_done(&call));
	assert_false(front_done(&call2));
	file.wakes = 0;
	harness_host_leaves();
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	assert_int_equal(front_wait(&harness.front, &call2), -ENODEV);
	assert_true(file.wakes > 0);
	stream_expect_dead(&file);
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(harness.fatals, 0);
}

static void calls_on_the_wire_end_with_the_connection(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	open_and_stream();
	fake_sleep(VIDIOC_S_FMT);
	front_begin_ioctl(&call, &file, VIDIOC_S_FMT, &format);
	harness_asleep();
	/* It comes back when guest_destroy() sends it a signal. */
	fake_wake();
	harness_host_leaves();
	assert_true(front_done(&call));
	assert_true(call.result == -ENODEV || call.result == -ENOTTY);
	stream_expect_dead(&file);
	assert_int_equal(front_close(&file), 0);
}

static void reads_that_wait_end_with_the_connection(void **state)
{
	uint8_t bytes[64];

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	front_begin_read(&call, &file, bytes, sizeof(bytes), 0);
	harness_settle();
	harness_host_leaves();
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	stream_expect_dead(&file);
	assert_int_equal(front_close(&file), 0);
}

/* The connection goes at any moment of any conversation. */
static void it_may_go_at_any_moment(void **state)
{
	uint8_t bytes[64];
	unsigned int rounds;
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	for (rounds = 0; rounds < 14; rounds++) {
		front_begin_open(&harness.front, &call, &file, O_RDWR);
		if (rounds > 3)
			front_wait(&harness.front, &call);
		for (i = 0; i < rounds && file.session; i++) {
			if (i == 0)
				front_begin_read(&call2, &file, bytes,
						 sizeof(bytes), 0);
			front_run(&harness.front);
		}
		harness_host_leaves();
		front_wait(&harness.front, &call);
		if (file.session) {
			if (call2.request)
				front_wait(&harness.front, &call2);
			assert_int_equal(front_close(&file), 0);
		}
		assert_int_equal(harness.device->window.count, 0);
		harness_host_returns();
		assert_true(harness.device->ready);
	}
}

static void while_hostd_is_away_nothing_opens(void **state)
{
	(void)state;
	open_and_stream();
	harness_host_leaves();
	assert_int_equal(front_open(&harness.front, &other, O_RDWR), -ENODEV);
	harness_pass_ms(5000);
	assert_int_equal(front_open(&harness.front, &other, O_RDWR), -ENODEV);
	assert_int_equal(harness.fatals, 0);
	assert_int_equal(front_close(&file), 0);
}

/* 20, 40, 80, 160, 300, 300 ms */
static void guestd_tries_again_soon_and_then_less_often(void **state)
{
	(void)state;
	open_and_stream();
	harness_host_leaves();
	harness_pass_ms(1000);
	assert_in_range(harness.accepts, 5, 7);
	harness_pass_ms(6000);
	assert_in_range(harness.accepts, 20, 28);
	assert_int_equal(front_close(&file), 0);
	/* Once it was there, it is soon looked for again. */
	harness_host_returns();
	harness_host_leaves();
	harness.accepts = 0;
	harness_pass_ms(1000);
	assert_in_range(harness.accepts, 5, 7);
}

/* A line in the log each time: 300 ms apart in the end, too. */
static void a_host_that_comes_only_to_go_is_asked_less_often(void **state)
{
	unsigned int ms;

	(void)state;
	open_and_stream();
	harness_host_leaves();
	harness.hosting = true;
	for (ms = 0; ms < 3000; ms += 10) {
		if (harness.device->ready) {
			guest_destroy(harness.guest);
			harness.guest = NULL;
		}
		harness_pass_ms(10);
	}
	assert_in_range(harness.accepts, 8, 16);
	assert_int_equal(front_close(&file), 0);
}

/* Three times a second, for ever, if it likes. */
static void a_host_that_comes_only_to_go_fills_no_log(void **state)
{
	unsigned int ms;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	for (ms = 0; ms < 6000; ms += 10) {
		if (harness.device->ready) {
			guest_destroy(harness.guest);
			harness.guest = NULL;
		}
		harness_pass_ms(10);
	}
	assert_true(harness.accepts > 2 * LOG_RATE_MAX);
	assert_int_equal(harness_times_said("connection lost") +
				 harness_times_said("connected again"),
			 LOG_RATE_MAX);
}

/* Rule: B17 */
static void when_it_is_back_new_files_open_and_old_ones_stay_dead(void **state)
{
	(void)state;
	harness.config.node = "video3";
	open_and_stream();
	harness_host_leaves();
	harness_host_returns();
	assert_int_equal(harness.ups, 1);
	harness_expect_said("/dev/video3: unix:@usermedia-harness-");
	harness_expect_said(": connection lost: hostd left: trying again");
	harness_expect_said(": connected again");

	harness_open(&other);
	stream_expect_dead(&file);
	stream_start(&other, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 8, 0);
	assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), 0);
	stream_expect_dead(&file);
	/* The old one's close is no business of the new connection. */
	assert_int_equal(front_close(&file), 0);
	fake_finish(CAPTURE, 1, 8, 0);
	assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&other), 0);
}

/* A call that asks about its caller while the connection is another one. */
static void a_dead_files_questions_lead_nowhere(void **state)
{
	struct v4l2_hw_freq_seek seek = { .type = V4L2_TUNER_RADIO };

	(void)state;
	open_and_stream();
	harness.helper.silent = true;
	front_begin_ioctl(&call, &file, VIDIOC_S_HW_FREQ_SEEK, &seek);
	harness_settle();
	assert_false(front_done(&call));
	harness_host_leaves();
	harness_host_returns();
	harness_open(&other);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	assert_int_equal(fake_count(VIDIOC_S_HW_FREQ_SEEK), 0);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

static void another_device_is_the_end(void **state)
{
	(void)state;
	open_and_stream();
	assert_int_equal(front_close(&file), 0);
	harness_host_leaves();
	snprintf(fake.bus_info, sizeof(fake.bus_info), "platform:another");
	harness_host_returns();
	assert_int_equal(harness.fatals, 1);
	assert_non_null(strstr(harness.fatal, "another device, \"Fake\" at "
					      "platform:another instead of "
					      "\"Fake\" at platform:fake"));
	/* It was asked for by name. */
	assert_null(strstr(harness.fatal, "--remote"));
	assert_int_equal(front_open(&harness.front, &file, O_RDWR), -ENODEV);
}

/* vivid's radio: whether RDS is read is one of its controls. */
static void a_device_that_is_read_no_more_is_the_same(void **state)
{
	struct v4l2_capability capability;

	(void)state;
	fake.caps |= V4L2_CAP_READWRITE;
	open_and_stream();
	assert_int_equal(front_close(&file), 0);
	harness_host_leaves();
	fake.caps &= ~(uint32_t)V4L2_CAP_READWRITE;
	harness_host_returns();
	assert_int_equal(harness.fatals, 0);
	harness_open(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	assert_int_equal(capability.device_caps, fake.caps);
	assert_int_equal(front_close(&file), 0);
}

static void the_first_device_may_need_a_name_now(void **state)
{
	(void)state;
	harness_connect("", PROFILE_CHOICE_STREAM);
	harness_host_leaves();
	harness.devices.devices[0] = harness.devices.devices[1];
	harness_host_returns();
	assert_int_equal(harness.fatals, 1);
	assert_non_null(strstr(harness.fatal, "or use --remote"));
}

static void another_direction_is_the_end(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness_host_leaves();
	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	harness_host_returns();
	assert_int_equal(harness.fatals, 1);
}

/* ---- the device goes ------------------------------------------------------ */

/*
 * As after STREAMOFF, which vb2_video_unregister_device() does.
 *
 * Rule: R9, R12, B26
 */
static void a_stream_hears_that_its_device_is_gone(void **state)
{
	struct v4l2_event event;

	(void)state;
	open_and_stream();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	front_begin_ioctl(&call2, &file, VIDIOC_DQEVENT, &event);
	harness_settle();
	file.wakes = 0;
	fake_unplug();
	assert_int_equal(front_wait(&harness.front, &call), -EINVAL);
	assert_int_equal(front_wait(&harness.front, &call2), -ENODEV);
	assert_true(file.wakes > 0);
	stream_expect_dead(&file);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_open(&harness.front, &file, O_RDWR), -ENODEV);
	assert_true(harness.device->ready);
}

/* Nothing streams, nobody has subscribed: its end is what there is to hear. */
static void a_file_that_does_nothing_hears_that_the_device_is_gone(void **state)
{
	(void)state;
	harness_open_fake(&file);
	harness_open(&other);
	harness_settle();
	file.wakes = 0;
	other.wakes = 0;
	fake_unplug();
	harness_settle();
	assert_true(file.wakes > 0);
	assert_true(other.wakes > 0);
	assert_int_equal(front_poll(&file, 0), GONE);
	stream_expect_dead(&other);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

static void who_calls_hears_that_the_device_is_gone(void **state)
{
	uint32_t priority;

	(void)state;
	harness_open_fake(&file);
	harness_open(&other);
	fake_unplug();
	assert_int_equal(front_ioctl(&file, VIDIOC_G_PRIORITY, &priority),
			 -ENODEV);
	assert_int_equal(front_poll(&file, EPOLLIN), GONE);
	assert_int_equal(front_ioctl(&other, VIDIOC_G_PRIORITY, &priority),
			 -ENODEV);
	assert_int_equal(front_poll(&other, EPOLLIN), GONE);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
	harness_settle();
	assert_int_equal(fake.file_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(whoever_waits_hears_that_hostd_is_gone),
		HARNESS_TEST(calls_on_the_wire_end_with_the_connection),
		HARNESS_TEST(reads_that_wait_end_with_the_connection),
		HARNESS_TEST(it_may_go_at_any_moment),
		HARNESS_TEST(while_hostd_is_away_nothing_opens),
		HARNESS_TEST(guestd_tries_again_soon_and_then_less_often),
		HARNESS_TEST(a_host_that_comes_only_to_go_is_asked_less_often),
		HARNESS_TEST(a_host_that_comes_only_to_go_fills_no_log),
		HARNESS_TEST(
			when_it_is_back_new_files_open_and_old_ones_stay_dead),
		HARNESS_TEST(a_dead_files_questions_lead_nowhere),
		HARNESS_TEST(another_device_is_the_end),
		HARNESS_TEST(a_device_that_is_read_no_more_is_the_same),
		HARNESS_TEST(the_first_device_may_need_a_name_now),
		HARNESS_TEST(another_direction_is_the_end),
		HARNESS_TEST(a_stream_hears_that_its_device_is_gone),
		HARNESS_TEST(
			a_file_that_does_nothing_hears_that_the_device_is_gone),
		HARNESS_TEST(who_calls_hears_that_the_device_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
