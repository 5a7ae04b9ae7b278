// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames for software devices: when they are due.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "hostd/frames.h"

#define MILLISECOND 1000000ull

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 * MILLISECOND +
	       (uint64_t)time.tv_nsec;
}

static bool readable(int fd, int wait_ms)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	return poll(&watched, 1, wait_ms) == 1;
}

static void a_clock_that_is_stopped_never_ticks(void **state)
{
	struct frames_clock clock;
	uint64_t time_ns;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	assert_int_equal(frames_clock_take(&clock, &time_ns), 0);
	assert_false(readable(clock.fd, 5));

	assert_int_equal(frames_clock_start(&clock, 0, 1), -EINVAL);
	assert_int_equal(frames_clock_start(&clock, 1, 0), -EINVAL);
	assert_int_equal(frames_clock_start(&clock, 1, 1000), 0);
	frames_clock_stop(&clock);
	assert_false(readable(clock.fd, 5));
	assert_int_equal(frames_clock_take(&clock, &time_ns), 0);
	assert_int_equal(frames_clock_due(&clock, 1), 0);
	frames_clock_finish(&clock);
}

static void the_first_tick_is_due_one_period_after_the_start(void **state)
{
	struct frames_clock clock;
	uint64_t time_ns = 42;
	uint64_t tick;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	assert_int_equal(frames_clock_start(&clock, 1, 100), 0);
	tick = frames_clock_take(&clock, &time_ns);
	if (now() < clock.start_ns + 10 * MILLISECOND) {
		assert_int_equal(tick, 0);
		assert_int_equal(time_ns, 42);
	}

	assert_true(readable(clock.fd, 1000));
	assert_true(now() >= clock.start_ns + 10 * MILLISECOND);
	tick = frames_clock_take(&clock, &time_ns);
	assert_true(tick >= 1);
	assert_int_equal(time_ns, clock.start_ns + tick * 10 * MILLISECOND);
	frames_clock_finish(&clock);
}

static void a_clock_does_not_drift(void **state)
{
	struct frames_clock clock;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	assert_int_equal(frames_clock_start(&clock, 1, 30), 0);

	/* A day at 30 Hz, to the nanosecond; thirds are rounded up. */
	assert_int_equal(frames_clock_due(&clock, 30 * 86400) - clock.start_ns,
			 86400ull * 1000 * MILLISECOND);
	assert_int_equal(frames_clock_due(&clock, 1) - clock.start_ns,
			 33333334);
	assert_int_equal(frames_clock_due(&clock, 3) - clock.start_ns,
			 100 * MILLISECOND);

	assert_int_equal(frames_clock_start(&clock, 1001, 30000), 0);
	assert_int_equal(frames_clock_due(&clock, 30000) - clock.start_ns,
			 1001ull * 1000 * MILLISECOND);
	frames_clock_finish(&clock);
}

static void ticks_that_nobody_took_are_passed_over(void **state)
{
	struct frames_clock clock;
	struct timespec rest = { .tv_nsec = 10 * MILLISECOND };
	uint64_t first, second, time_ns;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	assert_int_equal(frames_clock_start(&clock, 1, 1000), 0);
	nanosleep(&rest, NULL);
	first = frames_clock_take(&clock, &time_ns);
	assert_true(first >= 10);
	assert_int_equal(clock.tick, first);

	assert_true(readable(clock.fd, 1000));
	second = frames_clock_take(&clock, &time_ns);
	assert_true(second > first);
	frames_clock_finish(&clock);
}

static void the_descriptor_can_be_told_when_to_wake(void **state)
{
	struct frames_clock clock;
	uint64_t time_ns;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	frames_clock_wake(&clock, FRAMES_WAKE_NOW);
	assert_true(readable(clock.fd, 1000));
	frames_clock_wake(&clock, FRAMES_WAKE_TICK); /* it is stopped */
	assert_false(readable(clock.fd, 5));

	assert_int_equal(frames_clock_start(&clock, 1, 1000), 0);
	frames_clock_wake(&clock, FRAMES_WAKE_NEVER);
	assert_false(readable(clock.fd, 5));
	frames_clock_wake(&clock, FRAMES_WAKE_TICK);
	assert_true(readable(clock.fd, 1000));
	assert_true(frames_clock_take(&clock, &time_ns) > 0);
	frames_clock_finish(&clock);
}

static void told_the_same_again_the_descriptor_is_not_set(void **state)
{
	struct frames_clock clock;
	uint64_t ticks;

	(void)state;

	assert_int_equal(frames_clock_init(&clock), 0);
	frames_clock_wake(&clock, FRAMES_WAKE_NOW);
	assert_true(readable(clock.fd, 1000));
	frames_clock_wake(&clock, FRAMES_WAKE_NOW);
	assert_true(readable(clock.fd, 0));

	/* Nobody but a test reads it; only being set makes it readable again. */
	assert_int_equal(read(clock.fd, &ticks, sizeof(ticks)), sizeof(ticks));
	frames_clock_wake(&clock, FRAMES_WAKE_NOW);
	assert_false(readable(clock.fd, 5));
	frames_clock_wake(&clock, FRAMES_WAKE_NEVER);
	frames_clock_wake(&clock, FRAMES_WAKE_NOW);
	assert_true(readable(clock.fd, 1000));
	frames_clock_finish(&clock);
}

static void finishing_a_clock_twice_or_never_begun_is_harmless(void **state)
{
	struct frames_clock clock = { 0 };

	(void)state;

	frames_clock_finish(NULL);
	frames_clock_finish(&clock);
	assert_int_equal(frames_clock_init(&clock), 0);
	frames_clock_finish(&clock);
	frames_clock_finish(&clock);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_stopped_never_ticks),
		cmocka_unit_test(
			the_first_tick_is_due_one_period_after_the_start),
		cmocka_unit_test(a_clock_does_not_drift),
		cmocka_unit_test(ticks_that_nobody_took_are_passed_over),
		cmocka_unit_test(the_descriptor_can_be_told_when_to_wake),
		cmocka_unit_test(told_the_same_again_the_descriptor_is_not_set),
		cmocka_unit_test(
			finishing_a_clock_twice_or_never_begun_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
