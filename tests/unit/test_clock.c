// SPDX-License-Identifier: BSD-3-Clause
/*
 * Host time to guest time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/clock.h"

#define US     1000ull
#define MS     (1000 * US)
#define SECOND (1000 * MS)

static struct clock ours;
static struct clock_stream stream;

static int setup(void **state)
{
	(void)state;
	clock_init(&ours, false);
	memset(&stream, 0, sizeof(stream));
	return 0;
}

/* At @now an answer comes that took @there and @back; the host is @ahead. */
static int sample(uint64_t now, int64_t ahead, uint64_t there, uint64_t back)
{
	const struct vms_clock answer = {
		.tx_ns = now - back - there,
		.rx_ns = now - back + (uint64_t)ahead,
		.reply_ns = now - back + (uint64_t)ahead,
	};

	return clock_sample(&ours, &answer, now);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void before_the_first_answer_time_is_as_it_comes(void **state)
{
	(void)state;
	assert_int_equal(clock_to_guest(&ours, 12345), 12345);
	assert_true(clock_error(&ours, 1) == UINT64_MAX);
	assert_int_equal(clock_stamp(&ours, &stream, 12345, 1, 1), 12345);
}

static void one_answer_is_enough(void **state)
{
	(void)state;
	assert_int_equal(sample(1000 * SECOND, (int64_t)(77 * SECOND), MS, MS),
			 0);
	assert_int_equal(clock_to_guest(&ours, 1077 * SECOND), 1000 * SECOND);
	/* It is as good as its round trip was short. */
	assert_int_equal(clock_error(&ours, 1000 * SECOND), MS);
	setup(NULL);
	assert_int_equal(sample(1000 * SECOND, -(int64_t)(77 * SECOND), MS, MS),
			 0);
	assert_int_equal(clock_to_guest(&ours, 923 * SECOND), 1000 * SECOND);
}

static void our_own_clock_needs_no_translation(void **state)
{
	(void)state;
	clock_init(&ours, true);
	assert_int_equal(sample(1000 * SECOND, (int64_t)(77 * SECOND), MS, MS),
			 0);
	assert_int_equal(clock_to_guest(&ours, 5 * SECOND), 5 * SECOND);
	assert_int_equal(clock_error(&ours, 9000 * SECOND), 0);
	/* And what a driver does to it is shown as it is. */
	assert_int_equal(clock_stamp(&ours, &stream, 9, 1, 5), 9);
	assert_int_equal(clock_stamp(&ours, &stream, 8, 1, 5), 8);
}

static void what_the_host_held_is_not_under_way(void **state)
{
	const struct vms_clock answer = {
		.tx_ns = 100 * SECOND,
		.rx_ns = 100 * SECOND + MS,
		.reply_ns = 101 * SECOND - MS,
	};

	(void)state;
	assert_int_equal(clock_sample(&ours, &answer, 101 * SECOND), 0);
	assert_true(clock_error(&ours, 101 * SECOND) < MS + 500 * US);
	assert_true(distance(clock_to_guest(&ours, 50 * SECOND), 50 * SECOND) <
		    26 * MS);
}

static void a_long_round_trip_does_no_harm(void **state)
{
	uint64_t error;

	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, 100 * US, 100 * US), 0);
	error = clock_error(&ours, 100 * SECOND + 50 * MS);
	assert_int_equal(sample(100 * SECOND + 50 * MS, 0, 40 * MS, 2 * MS), 0);
	assert_true(clock_error(&ours, 100 * SECOND + 50 * MS) <= error);
	assert_true(distance(clock_to_guest(&ours, 100 * SECOND),
			     100 * SECOND) < 50 * US);
}

/* Neither of them says much by itself. */
static void each_direction_counts_by_itself(void **state)
{
	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, 4 * MS, 100 * US), 0);
	assert_true(clock_error(&ours, 100 * SECOND) > 2 * MS);
	assert_int_equal(sample(100 * SECOND + 10 * MS, 0, 100 * US, 4 * MS),
			 0);
	assert_true(clock_error(&ours, 100 * SECOND + 10 * MS) < 200 * US);
	assert_true(distance(clock_to_guest(&ours, 100 * SECOND),
			     100 * SECOND) < 50 * US);
}

/* The host's clock is @ppm fast; an answer each second, from 1 to @seconds */
static void drift(int ppm, unsigned int seconds)
{
	unsigned int i;

	for (i = 1; i <= seconds; i++)
		assert_int_equal(sample((1000 + i) * SECOND,
					(int64_t)i * ppm * 1000, 100 * US,
					100 * US),
				 0);
}

static void a_clock_that_is_fast_is_followed(void **state)
{
	const int rates[] = { 200, -200, 37, 0, 450 };
	unsigned int i;
	uint64_t host;

	(void)state;
	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		setup(NULL);
		drift(rates[i], 30);
		/* Ten seconds without an answer */
		host = 1040 * SECOND +
		       (uint64_t)(int64_t)(40 * rates[i] * 1000);
		assert_true(distance(clock_to_guest(&ours, host),
				     1040 * SECOND) < 100 * US);
		assert_true(clock_error(&ours, 1040 * SECOND) < 300 * US);
	}
}

static void more_than_drift_is_a_jump(void **state)
{
	(void)state;
	drift(100, 30);
	assert_int_equal(sample(1031 * SECOND, (int64_t)SECOND, 2 * MS, 2 * MS),
			 1);
	assert_int_equal(ours.count, 1);
	assert_int_equal(clock_to_guest(&ours, 1032 * SECOND), 1031 * SECOND);
	assert_int_equal(sample(1032 * SECOND, 0, 2 * MS, 2 * MS), 1);
	assert_int_equal(clock_to_guest(&ours, 1032 * SECOND), 1032 * SECOND);
}

/* Within what the round trips hide nothing can be seen. */
static void a_clock_that_changes_its_rate_keeps_its_newest_answers(void **state)
{
	unsigned int i;
	int ret = 0;

	(void)state;
	drift(0, 20);
	for (i = 1; i <= 20; i++)
		ret |= sample((1020 + i) * SECOND, (int64_t)i * 300 * 1000,
			      100 * US, 100 * US);
	assert_int_equal(ret, 1);
	assert_true(ours.count >= 15 && ours.count < 25);
	assert_true(distance(clock_to_guest(&ours, 1040 * SECOND + 6 * MS),
			     1040 * SECOND) < 100 * US);
}

/* It stood still between the question and the answer. */
static void an_answer_that_contradicts_itself_proves_nothing(void **state)
{
	const struct vms_clock answer = {
		.tx_ns = 200 * SECOND,
		.rx_ns = 200 * SECOND,
		.reply_ns = 201 * SECOND,
	};

	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, MS, MS), 0);
	assert_int_equal(clock_sample(&ours, &answer, 200 * SECOND + MS), 1);
	assert_int_equal(ours.count, 0);
	assert_true(clock_error(&ours, 200 * SECOND) == UINT64_MAX);
	assert_int_equal(clock_to_guest(&ours, 200 * SECOND), 200 * SECOND);
	assert_int_equal(sample(202 * SECOND, (int64_t)SECOND, MS, MS), 0);
	assert_int_equal(clock_to_guest(&ours, 203 * SECOND), 202 * SECOND);
}

static void what_is_too_old_is_forgotten(void **state)
{
	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, MS, MS), 0);
	assert_int_equal(sample(101 * SECOND, 0, MS, MS), 0);
	assert_int_equal(sample(100 * SECOND + CLOCK_AGE_MAX + 1, 0, MS, MS),
			 0);
	assert_int_equal(ours.count, 2);
}

/* What clock_error() promises holds for every answer there can be. */
static void the_truth_is_never_further_away_than_it_says(void **state)
{
	unsigned int seed;
	unsigned int i;

	(void)state;
	for (seed = 1; seed <= 50; seed++) {
		int64_t ppm = (int64_t)(seed * 37 % 401) - 200;
		uint64_t now = 5000 * SECOND;
		unsigned int dice = seed;

		setup(NULL);
		for (i = 0; i < 200; i++) {
			uint64_t gone;
			int64_t ahead;
			uint64_t error;

			now += (uint64_t)rand_r(&dice) % (3 * SECOND);
			gone = now - 5000 * SECOND;
			ahead = (int64_t)gone * ppm / 1000000;
			sample(now, ahead,
			       100 * US + (uint64_t)rand_r(&dice) % (5 * MS),
			       100 * US + (uint64_t)rand_r(&dice) % (5 * MS));
			error = clock_error(&ours, now);
			/* The delays are from another moment: some ns. */
			assert_true(
				distance(clock_to_guest(&ours,
							now + (uint64_t)ahead),
					 now) <= error + 5 * US);
		}
		assert_true(clock_error(&ours, now) < MS);
	}
}

/* ---- what an application sees --------------------------------------------- */

/* As vivid, which says when a frame will end. */
static void a_driver_may_be_ahead(void **state)
{
	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, MS, MS), 0);
	assert_int_equal(clock_stamp(&ours, &stream, 101 * SECOND + 900 * MS,
				     1000, 101 * SECOND),
			 101 * SECOND + 900 * MS);
}

static void nothing_is_much_later_than_now(void **state)
{
	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, MS, MS), 0);
	assert_int_equal(
		clock_stamp(&ours, &stream, 103 * SECOND, 1000, 101 * SECOND),
		101 * SECOND + CLOCK_AHEAD);
	/* Not even in order not to be what it was. */
	assert_int_equal(clock_stamp(&ours, &stream, 104 * SECOND, 1000,
				     101 * SECOND + 10),
			 101 * SECOND + CLOCK_AHEAD);
}

static void time_never_goes_backwards(void **state)
{
	uint64_t first;
	uint64_t second;

	(void)state;
	assert_int_equal(sample(100 * SECOND, 0, MS, MS), 0);
	first = clock_stamp(&ours, &stream, 100 * SECOND, 1000, 101 * SECOND);
	assert_int_equal(first, 100 * SECOND);
	assert_int_equal(sample(101 * SECOND, (int64_t)SECOND, MS, MS), 1);
	second = clock_stamp(&ours, &stream, 100 * SECOND + 1, 1000,
			     101 * SECOND);
	assert_int_equal(second, first + 1000);
	assert_int_equal(clock_stamp(&ours, &stream, 101 * SECOND + MS, 1000,
				     101 * SECOND),
			 100 * SECOND + MS);
}

/* ---- a hostile host --------------------------------------------------------- */

static void impossible_times_are_a_lie(void **state)
{
	struct vms_clock answer = { .tx_ns = 11, .rx_ns = 5, .reply_ns = 6 };

	(void)state;
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	answer.tx_ns = 9;
	answer.reply_ns = 4;
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	answer.reply_ns = CLOCK_TIME_MAX;
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	answer.rx_ns = UINT64_MAX;
	answer.reply_ns = UINT64_MAX;
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	assert_false(ours.known);
}

/* The sanitizers look on. */
static void extreme_times_are_survived(void **state)
{
	const uint64_t times[] = { 0,
				   1,
				   1000,
				   SECOND,
				   CLOCK_TIME_MAX / 2,
				   CLOCK_TIME_MAX - 1,
				   CLOCK_TIME_MAX,
				   INT64_MAX,
				   (uint64_t)INT64_MAX + 1,
				   UINT64_MAX };
	const unsigned int count = sizeof(times) / sizeof(times[0]);
	unsigned int dice = 1;
	uint64_t stamp;
	uint64_t last;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		const struct vms_clock answer = {
			.tx_ns = times[(unsigned int)rand_r(&dice) % count],
			.rx_ns = times[(unsigned int)rand_r(&dice) % count],
			.reply_ns = times[(unsigned int)rand_r(&dice) % count],
		};
		uint64_t now = times[(unsigned int)rand_r(&dice) % count];

		clock_sample(&ours, &answer, now);
		clock_error(&ours, now);
		if (i % 100 == 0)
			setup(NULL);
		last = stream.last;
		stamp = clock_stamp(&ours, &stream, answer.tx_ns, 1000,
				    UINT64_MAX / 2);
		assert_true(stamp >= last);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before_the_first_answer_time_is_as_it_comes),
		TEST(one_answer_is_enough),
		TEST(our_own_clock_needs_no_translation),
		TEST(what_the_host_held_is_not_under_way),
		TEST(a_long_round_trip_does_no_harm),
		TEST(each_direction_counts_by_itself),
		TEST(a_clock_that_is_fast_is_followed),
		TEST(more_than_drift_is_a_jump),
		TEST(a_clock_that_changes_its_rate_keeps_its_newest_answers),
		TEST(an_answer_that_contradicts_itself_proves_nothing),
		TEST(what_is_too_old_is_forgotten),
		TEST(the_truth_is_never_further_away_than_it_says),
		TEST(a_driver_may_be_ahead),
		TEST(nothing_is_much_later_than_now),
		TEST(time_never_goes_backwards),
		TEST(impossible_times_are_a_lie),
		TEST(extreme_times_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
