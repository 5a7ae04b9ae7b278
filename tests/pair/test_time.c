// SPDX-License-Identifier: BSD-3-Clause
/*
 * What time applications are told, when host and guest have clocks of their own
 * that drift and jump, and messages take between 0.2 and 5 ms there and back.
 *
 * Every frame and every event is compared with what the guest's clock said when
 * it happened: it must not be more than a millisecond off, from the first one on,
 * and after a jump again after five seconds at most; and never be earlier than
 * the one before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/clockdomain.h"
#include "guestd/hostlink_parts.h"
#include "tests/timed_app.h"

/* Everything again, from no daemons on, for each of many. */
static void again(void)
{
	assert_int_equal(front_close(&timed_app.file), 0);
	assert_int_equal(two_clocks_teardown(NULL), 0);
	assert_int_equal(two_clocks_setup(NULL), 0);
}

/* Rule: B19 */
static void ten_minutes_of_drift_are_followed(void **state)
{
	static const int rates[] = { 200, -200 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * TIMED_ROADS; i++) {
		timed_begin(&timed_roads[i / 2], rates[i % 2], i);
		timed_live(10 * MINUTE, 4);
		assert_true(timed_app.frames.told > 2000);
		assert_true(timed_app.events.told > 400);
		timed_report("10 minutes", &timed_roads[i / 2], rates[i % 2]);
		again();
	}
	timed_begin(&timed_roads[0], 0, 1);
	assert_int_equal(front_close(&timed_app.file), 0);
}

/* Whatever the dice say: the first frame and the first event are good, too. */
static void the_first_frame_is_in_time(void **state)
{
	unsigned int seed;
	uint64_t worst = 0;

	(void)state;
	timed_begin(&timed_roads[0], 200, 0);
	for (seed = 0; seed < 10 * TIMED_ROADS; seed++) {
		again();
		timed_begin(&timed_roads[seed % TIMED_ROADS],
			    seed % 2 ? 200 : -200, seed);
		worst = timed_app.frames.worst > worst ? timed_app.frames.worst
						       : worst;
		worst = timed_app.events.worst > worst ? timed_app.events.worst
						       : worst;
	}
	print_message("first frames: %u us off at most\n",
		      (unsigned int)(worst / 1000));
	assert_int_equal(front_close(&timed_app.file), 0);
}

/* Nobody asks while nothing is open, so what was known is worth nothing. */
static void the_first_frame_after_a_long_rest_is_in_time(void **state)
{
	unsigned int i;

	(void)state;
	timed_begin(&timed_roads[0], 200, 3);
	for (i = 0; i < 20; i++) {
		timed_live(5 * SECOND, 10);
		assert_int_equal(front_close(&timed_app.file), 0);
		two_clocks_run(two_clocks_roll(SECOND, 60 * MINUTE));
		if (i % 4 == 3)
			two_clocks_set(&two_clocks.guest, (int64_t)SECOND);
		two_clocks.delay = timed_roads[i % TIMED_ROADS].delay;
		timed_open();
	}
	assert_int_equal(front_close(&timed_app.file), 0);
}

static void nobody_wakes_up_while_nothing_is_open(void **state)
{
	uint64_t asked;

	(void)state;
	timed_begin(&timed_roads[0], 100, 1);
	timed_live(SECOND, 10);
	assert_int_equal(front_close(&timed_app.file), 0);
	two_clocks_run(SECOND);
	asked = harness.device->link->asked_ns;
	two_clocks_run(10 * MINUTE);
	assert_true(harness.device->link->asked_ns == asked);
	assert_false(loop_timer_armed(harness.device->link->timer));
}

/* One of both goes a second forward. */
static void a_clock_that_is_set_is_found_out(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4 * TIMED_ROADS; i++) {
		int ppm = i % 2 ? 200 : -200;

		timed_begin(&timed_roads[i / 4], ppm, i);
		timed_live(20 * SECOND, 15);
		two_clocks_set(i & 2 ? &two_clocks.guest : &two_clocks.host,
			       (int64_t)SECOND);
		timed_forgive();
		timed_live(20 * SECOND, 15);
		timed_report(i & 2 ? "guest set" : "host set",
			     &timed_roads[i / 4], ppm);
		again();
	}
	timed_begin(&timed_roads[0], 0, 1);
	assert_int_equal(front_close(&timed_app.file), 0);
}

static void suspend_and_resume(struct two_clocks_one *machine, const char *what)
{
	static const uint64_t pauses[] = { SECOND, 90 * MS, MINUTE };
	unsigned int i;

	for (i = 0; i < 3 * TIMED_ROADS; i++) {
		const struct timed_road *road = &timed_roads[i % TIMED_ROADS];
		int ppm = i % 2 ? 200 : -200;

		timed_begin(road, ppm, i);
		timed_live(12 * SECOND, 15);
		two_clocks_suspend(machine);
		timed_app.forgiven = UINT64_MAX;
		timed_live(pauses[i / TIMED_ROADS], 15);
		two_clocks_resume(machine);
		timed_forgive();
		timed_live(12 * SECOND, 15);
		timed_report(what, road, ppm);
		again();
	}
	timed_begin(&timed_roads[0], 0, 1);
	assert_int_equal(front_close(&timed_app.file), 0);
}

/* The camera goes on for as long as it has buffers. */
static void a_guest_that_was_suspended_finds_its_time(void **state)
{
	(void)state;
	suspend_and_resume(&two_clocks.guest, "guest suspended");
}

static void a_host_that_was_suspended_is_followed(void **state)
{
	(void)state;
	suspend_and_resume(&two_clocks.host, "host suspended");
}

/* Copied from an output buffer it is the application's own. */
static void times_that_are_not_the_hosts_are_left_alone(void **state)
{
	static const uint32_t flags[] = { V4L2_BUF_FLAG_TIMESTAMP_COPY,
					  V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN };
	struct stream_buffer buffer;
	uint64_t host;
	uint64_t told;
	unsigned int i;

	(void)state;
	timed_begin(&timed_roads[0], 200, 1);
	stream_barrier(&timed_app.file);
	for (i = 0; i < 2; i++) {
		fake.time_flag = flags[i];
		host = two_clocks_host();
		fake_finish(CAPTURE, i, 8, 0);
		assert_int_equal(
			stream_dqbuf(&timed_app.file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.flags &
					 V4L2_BUF_FLAG_TIMESTAMP_MASK,
				 flags[i]);
		told = (uint64_t)buffer.v4l2.timestamp.tv_sec * SECOND +
		       (uint64_t)buffer.v4l2.timestamp.tv_usec * 1000;
		assert_int_equal(told, host / 1000 * 1000);
	}
	assert_int_equal(front_close(&timed_app.file), 0);
}

static void with_one_clock_nothing_is_translated(void **state)
{
	struct stream_buffer buffer;
	uint64_t host;

	(void)state;
	harness.config.link.clock_domain = clockdomain();
	two_clocks_connect();
	harness_open(&timed_app.file);
	stream_start(&timed_app.file, CAPTURE, TIMED_BUFFERS);
	host = two_clocks_host();
	fake_finish(CAPTURE, 0, 8, 0);
	assert_int_equal(stream_dqbuf(&timed_app.file, CAPTURE, &buffer), 0);
	assert_int_equal((uint64_t)buffer.v4l2.timestamp.tv_sec * SECOND +
				 (uint64_t)buffer.v4l2.timestamp.tv_usec * 1000,
			 host / 1000 * 1000);
	assert_false(loop_timer_armed(harness.device->link->timer));
	assert_int_equal(front_close(&timed_app.file), 0);
}

/* Its clock is not known well enough when OPEN is answered. */
static uint64_t slow(enum delay_direction direction)
{
	(void)direction;
	return 5 * MS;
}

static void hold_open(struct front_call *call)
{
	two_clocks.delay = slow;
	two_clocks_connect();
	front_begin_open(&harness.front, call, &timed_app.file, O_RDWR);
	while (!harness.device->link->held)
		two_clocks_run(MS);
	assert_int_equal(fake.file_count, 1);
	assert_false(front_done(call));
}

static void an_open_that_waits_for_the_time_can_be_given_up(void **state)
{
	struct front_call call;

	(void)state;
	hold_open(&call);
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	assert_int_equal(front_wait(&harness.front, &call), -EINTR);
	assert_null(harness.device->link->held);
	two_clocks_run(SECOND);
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(harness.device->link->sessions, 0);
	assert_false(loop_timer_armed(harness.device->link->timer));
}

static void an_open_that_waits_for_the_time_ends_with_the_host(void **state)
{
	struct front_call call;

	(void)state;
	hold_open(&call);
	guest_destroy(harness.guest);
	harness.guest = NULL;
	delay_line_finish(&two_clocks.line);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
}

/* So slow that it never gets good: open() does not wait for ever. */
static uint64_t far_away(enum delay_direction direction)
{
	return direction == DELAY_TO_HOST ? 20 * MS : 40 * MS;
}

static void a_connection_that_is_too_slow_is_used_all_the_same(void **state)
{
	uint64_t before;

	(void)state;
	two_clocks.delay = far_away;
	two_clocks_connect();
	before = two_clocks.now;
	harness_open(&timed_app.file);
	assert_true(two_clocks.now - before < 600 * MS);
	assert_int_equal(front_close(&timed_app.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO_CLOCKS_TEST(ten_minutes_of_drift_are_followed),
		TWO_CLOCKS_TEST(the_first_frame_is_in_time),
		TWO_CLOCKS_TEST(the_first_frame_after_a_long_rest_is_in_time),
		TWO_CLOCKS_TEST(nobody_wakes_up_while_nothing_is_open),
		TWO_CLOCKS_TEST(a_clock_that_is_set_is_found_out),
		TWO_CLOCKS_TEST(a_guest_that_was_suspended_finds_its_time),
		TWO_CLOCKS_TEST(a_host_that_was_suspended_is_followed),
		TWO_CLOCKS_TEST(times_that_are_not_the_hosts_are_left_alone),
		TWO_CLOCKS_TEST(with_one_clock_nothing_is_translated),
		TWO_CLOCKS_TEST(
			an_open_that_waits_for_the_time_can_be_given_up),
		TWO_CLOCKS_TEST(
			an_open_that_waits_for_the_time_ends_with_the_host),
		TWO_CLOCKS_TEST(
			a_connection_that_is_too_slow_is_used_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
