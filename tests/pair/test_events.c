// SPDX-License-Identifier: BSD-3-Clause
/*
 * V4L2 events, from the device to DQEVENT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/streamer.h"

static struct front_file file;
static struct front_file other;
static struct v4l2_event event;
static struct front_call call;

/* Until everything that the device has is in guestd. */
static void deliver(void)
{
	harness_settle();
	stream_barrier(&file);
}

static void an_event_arrives(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 77, 0), 0);
	fake_event(V4L2_EVENT_CTRL, 77, V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_CTRL);
	assert_int_equal(event.id, 77);
	assert_int_equal(event.u.ctrl.changes, V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(event.pending, 0);
	assert_int_equal(event.sequence, 0);
	assert_int_equal(event.reserved[0], 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R5 */
static void an_initial_event_is_there_when_subscribe_returns(void **state)
{
	(void)state;
	fake.initial = true;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 5,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.id, 5);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_close(&file), 0);
}

static void the_pattern_has_initial_events_too(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_connect("pattern", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL,
					  V4L2_CID_BRIGHTNESS,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.id, V4L2_CID_BRIGHTNESS);
	assert_int_equal(front_close(&file), 0);
}

static void who_waits_for_an_event_gets_it(void **state)
{
	struct v4l2_event second;
	struct front_call another;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0), 0);
	front_begin_ioctl(&call, &file, VIDIOC_DQEVENT, &event);
	front_begin_ioctl(&another, &file, VIDIOC_DQEVENT, &second);
	harness_settle();
	assert_false(front_done(&call));
	assert_int_equal(front_state(&call), REQUEST_PARKED);
	fake_event(V4L2_EVENT_CTRL, 1, 1);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_false(front_done(&another));
	fake_event(V4L2_EVENT_CTRL, 1, 2);
	assert_int_equal(front_wait(&harness.front, &another), 0);
	assert_int_equal(second.sequence, 1);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_restarts_who_waits_for_an_event(void **state)
{
	(void)state;
	harness_open_fake(&file);
	front_begin_ioctl(&call, &file, VIDIOC_DQEVENT, &event);
	harness_settle();
	front_interrupt(&call);
	assert_int_equal(call.reply, FRONT_REPLY_RESTART);
	assert_int_equal(front_close(&file), 0);
}

static void what_was_not_subscribed_does_not_come(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	fake_event(V4L2_EVENT_CTRL, 1, 1);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	/* What waited before is not for this subscription, but another's. */
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 2, 0), 0);
	fake_event(V4L2_EVENT_CTRL, 3, 1);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(front_close(&file), 0);
}

static void who_unsubscribes_loses_what_waits(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0), 0);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	fake_event(V4L2_EVENT_CTRL, 1, 1);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_CTRL, 1), 0);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_EOS);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);

	assert_int_equal(stream_unsubscribe(&file, V4L2_EVENT_ALL, 0), 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_close(&file), 0);
}

static void a_subscription_that_fails_is_none(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -EINVAL, 1);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0),
			 -EINVAL);
	fake_event(V4L2_EVENT_CTRL, 1, 1);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	/* Twice is once, and a failure then takes nothing away. */
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -EINVAL, 1);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0),
			 -EINVAL);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_close(&file), 0);
}

/* v4l2-dev.c determine_valid_ioctls() */
static void a_driver_without_events_has_no_dqevent(void **state)
{
	unsigned int i;

	(void)state;
	harness_open_fake(&file);
	fake_fail(VIDIOC_UNSUBSCRIBE_EVENT, -ENOTTY, 1);
	for (i = 0; i < 2; i++)
		assert_int_equal(stream_dqevent(&file, &event), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_UNSUBSCRIBE_EVENT), 1);
	assert_int_equal(front_close(&file), 0);
}

static void with_events_there_is_one_question_for_all_files(void **state)
{
	(void)state;
	harness_open_fake(&file);
	harness_open(&other);
	harness.helper.nonblock = 1;
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(stream_dqevent(&other, &event), -ENOENT);
	assert_int_equal(fake_count(VIDIOC_UNSUBSCRIBE_EVENT), 1);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

static void events_that_nobody_fetches_are_merged(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_CTRL, 1, 0), 0);
	fake_event(V4L2_EVENT_CTRL, 1, V4L2_EVENT_CTRL_CH_VALUE);
	fake_event(V4L2_EVENT_CTRL, 1, V4L2_EVENT_CTRL_CH_RANGE);
	deliver();
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.u.ctrl.changes,
			 V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_RANGE);
	assert_int_equal(event.sequence, 1);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_close(&file), 0);
}

static void each_file_has_its_own_events(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	harness_open(&other);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	assert_int_equal(stream_subscribe(&other, V4L2_EVENT_CTRL, 9, 0), 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_event(V4L2_EVENT_CTRL, 9, 1);
	deliver();
	stream_barrier(&other);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_EOS);
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(stream_dqevent(&other, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_CTRL);
	assert_int_equal(stream_dqevent(&other, &event), -ENOENT);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static void events_come_while_a_call_sleeps(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	fake_sleep(VIDIOC_S_FMT);
	front_begin_ioctl(&call, &file, VIDIOC_S_FMT, &format);
	harness_asleep();
	fake_event(V4L2_EVENT_EOS, 0, 0);
	assert_int_equal(stream_dqevent(&file, &event), 0);
	assert_false(front_done(&call));
	fake_wake();
	front_wait(&harness.front, &call);
	assert_int_equal(front_close(&file), 0);
}

static void a_storm_of_events_is_survived(void **state)
{
	unsigned int i;

	(void)state;
	harness.helper.nonblock = 1;
	harness_open_fake(&file);
	assert_int_equal(stream_subscribe(&file, V4L2_EVENT_EOS, 0, 0), 0);
	for (i = 0; i < FAKE_EVENTS; i++)
		fake_event(V4L2_EVENT_EOS, 0, 0);
	deliver();
	assert_int_equal(file.session->events.pending, EVENTS_DEPTH);
	for (i = EVENTS_DEPTH; i; i--) {
		assert_int_equal(stream_dqevent(&file, &event), 0);
		assert_int_equal(event.pending, i - 1);
		assert_int_equal(event.sequence, FAKE_EVENTS - i);
	}
	assert_int_equal(stream_dqevent(&file, &event), -ENOENT);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(an_event_arrives),
		HARNESS_TEST(an_initial_event_is_there_when_subscribe_returns),
		HARNESS_TEST(the_pattern_has_initial_events_too),
		HARNESS_TEST(who_waits_for_an_event_gets_it),
		HARNESS_TEST(a_signal_restarts_who_waits_for_an_event),
		HARNESS_TEST(what_was_not_subscribed_does_not_come),
		HARNESS_TEST(who_unsubscribes_loses_what_waits),
		HARNESS_TEST(a_subscription_that_fails_is_none),
		HARNESS_TEST(a_driver_without_events_has_no_dqevent),
		HARNESS_TEST(with_events_there_is_one_question_for_all_files),
		HARNESS_TEST(events_that_nobody_fetches_are_merged),
		HARNESS_TEST(each_file_has_its_own_events),
		HARNESS_TEST(events_come_while_a_call_sleeps),
		HARNESS_TEST(a_storm_of_events_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
