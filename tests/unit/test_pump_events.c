// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pump: which events are handed on, and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/fake_device.h"
#include "tests/pump_rig.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE

/* D16 */
static void events_come_to_who_subscribed(void **state)
{
	struct pump_rig *rig = *state;
	struct virtio_media_event_event event;

	fake_event(V4L2_EVENT_EOS, 7, 0);
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 0);
	rig->pump.subscribed = true;
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	memcpy(&event, rig->out.items[0].bytes, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_EVENT);
	assert_int_equal(event.session_id, PUMP_RIG_SESSION);
	assert_int_equal(event.v4l2.type, V4L2_EVENT_EOS);
	assert_int_equal(event.v4l2.id, 7);
	assert_null(rig->out.items[0].key);
}

/* Rule: B24 */
static void events_wait_while_too_much_waits_to_be_sent(void **state)
{
	struct pump_rig *rig = *state;

	rig->pump.subscribed = true;
	rig->out.congested = true;
	pump_update(&rig->pump);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 0);
	rig->out.congested = false;
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
}

static void events_can_be_had_at_once(void **state)
{
	struct pump_rig *rig = *state;

	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_events(&rig->pump);
	assert_int_equal(rig->out.count, 2);
}

/* SEND_INITIAL's is the last of them, and must be had before RESP. */
static void however_many_wait_all_of_them_are_had(void **state)
{
	struct pump_rig *rig = *state;
	unsigned int i;

	rig->out.congested = true;
	for (i = 0; i < FAKE_EVENTS; i++)
		fake_event(V4L2_EVENT_CTRL, i, 0);
	pump_events(&rig->pump);
	assert_int_equal(rig->out.count, FAKE_EVENTS);
}

/*
 * While buffers come, and as a queue that has failed says so for ever.
 *
 * Rule: B24
 */
static void who_is_congested_gets_buffers_but_no_events(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 2);
	rig->pump.subscribed = true;
	rig->out.congested = true;
	pump_update(&rig->pump);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_finish(CAPTURE, 0, 1, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	assert_non_null(rig->out.items[0].key);
	rig->out.congested = false;
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 2);
	assert_null(rig->out.items[1].key);
}

/* They were there first: EOS and the buffer that is LAST */
static void events_come_before_the_buffers_that_they_are_about(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 2);
	rig->pump.subscribed = true;
	pump_update(&rig->pump);
	fake_finish(CAPTURE, 0, 1, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_finish(CAPTURE, 1, 0, V4L2_BUF_FLAG_LAST);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 3);
	assert_null(rig->out.items[0].key);
	assert_non_null(rig->out.items[1].key);
	assert_non_null(rig->out.items[2].key);
}

static void a_storm_of_events_is_taken_in_pieces(void **state)
{
	struct pump_rig *rig = *state;
	unsigned int i;

	rig->pump.subscribed = true;
	for (i = 0; i < 100; i++)
		fake_event(V4L2_EVENT_EOS, i, 0);
	pump_update(&rig->pump);
	assert_int_equal(loop_run_once(rig->loop, 0), 1);
	assert_true(rig->out.count < 100);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 100);
}

static void while_it_is_suspended_nothing_is_taken(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 1);
	rig->pump.subscribed = true;
	pump_suspend(&rig->pump);
	fake_finish(CAPTURE, 0, 1, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_update(&rig->pump);
	pump_events(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 0);
	pump_resume(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 2);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, pump_rig_setup, pump_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_to_who_subscribed),
		TEST(events_wait_while_too_much_waits_to_be_sent),
		TEST(events_can_be_had_at_once),
		TEST(however_many_wait_all_of_them_are_had),
		TEST(who_is_congested_gets_buffers_but_no_events),
		TEST(events_come_before_the_buffers_that_they_are_about),
		TEST(a_storm_of_events_is_taken_in_pieces),
		TEST(while_it_is_suspended_nothing_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
