// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pump of a kind whose collecting sleeps: its owner's worker fetches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device.h"
#include "tests/pump_rig.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

static int setup(void **state)
{
	int ret = pump_rig_setup(state);
	struct pump_rig *rig = *state;

	rig->ops.collect_sleeps = true;
	return ret;
}

static void what_must_be_fetched_is_not_taken_on_the_loop(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 2);
	rig->pump.subscribed = true;
	fake_finish(CAPTURE, 0, 1, 0);
	fake_finish(CAPTURE, 1, 1, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->readies, 1);
	assert_int_equal(rig->out.count, 0);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_EVENT);

	assert_true(pump_fetch_begin(&rig->pump));
	pump_fetch(&rig->pump);
	assert_int_equal(rig->out.count, 0);
	/* Events do not wait for it. */
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	pump_fetch_end(&rig->pump);
	assert_int_equal(rig->out.count, 2);

	pump_rig_run(rig);
	assert_int_equal(rig->readies, 2);
	assert_true(pump_fetch_begin(&rig->pump));
	pump_fetch(&rig->pump);
	pump_fetch_end(&rig->pump);
	assert_int_equal(rig->out.count, 3);
	assert_int_equal(rig->losses, 0);
}

static void every_direction_is_fetched_from(void **state)
{
	struct pump_rig *rig = *state;
	struct virtio_media_event_dqbuf event;

	pump_rig_stream(rig, CAPTURE, 1);
	pump_rig_stream(rig, OUTPUT, 1);
	fake_finish(OUTPUT, 0, 1, 0);
	pump_rig_run(rig);
	assert_true(pump_fetch_begin(&rig->pump));
	pump_fetch(&rig->pump);
	pump_fetch_end(&rig->pump);
	assert_int_equal(rig->out.count, 1);
	memcpy(&event, rig->out.items[0].bytes, sizeof(event));
	assert_int_equal(event.buffer.type, OUTPUT);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_CAPTURE);
}

/* STREAMOFF, or a command for which the pump is suspended, came first. */
static void nothing_is_fetched_if_a_command_came_between(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 1);
	fake_finish(CAPTURE, 0, 1, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->readies, 1);
	pump_suspend(&rig->pump);
	assert_false(pump_fetch_begin(&rig->pump));
	pump_resume(&rig->pump);
	assert_true(pump_fetch_begin(&rig->pump));
	buffers_stopped(&rig->buffers, buffers_queue(&rig->buffers, CAPTURE));
	assert_false(pump_fetch_begin(&rig->pump));
	assert_false(pump_fetch_begin(&rig->pump));
	assert_int_equal(pump_rig_wanted(rig), 0);
	assert_int_equal(rig->out.count, 0);
}

/* Readable, and then nothing: a frame that could not be converted. */
static void a_fetch_may_find_nothing(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 1);
	fake_finish(CAPTURE, 0, 1, 0);
	pump_rig_run(rig);
	assert_true(pump_fetch_begin(&rig->pump));
	rig->pump.fetched.buffer.type = CAPTURE;
	rig->pump.fetched.result = -EAGAIN;
	pump_fetch_end(&rig->pump);
	assert_int_equal(rig->out.count, 0);
	assert_int_equal(rig->losses, 0);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_CAPTURE);
	pump_rig_run(rig);
	assert_int_equal(rig->readies, 2);
}

static void a_device_that_is_gone_is_told_once_if_fetched(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 1);
	fake_unplug();
	pump_rig_run(rig);
	assert_int_equal(rig->readies, 1);
	assert_true(pump_fetch_begin(&rig->pump));
	pump_fetch(&rig->pump);
	pump_fetch_end(&rig->pump);
	assert_int_equal(rig->losses, 1);
	assert_int_equal(rig->lost_with, -ENODEV);
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 1);
	assert_false(pump_fetch_begin(&rig->pump));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, setup, pump_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_must_be_fetched_is_not_taken_on_the_loop),
		TEST(every_direction_is_fetched_from),
		TEST(nothing_is_fetched_if_a_command_came_between),
		TEST(a_fetch_may_find_nothing),
		TEST(a_device_that_is_gone_is_told_once_if_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
