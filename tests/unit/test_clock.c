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
#include <string.h>

#include "guestd/clock.h"

#define MS     1000000ull
#define SECOND (1000 * MS)

static struct clock ours;

/* The host is @ahead of us; a question takes @rtt, @held of it there. */
static int sample(uint64_t now, int64_t ahead, uint64_t rtt, uint64_t held)
{
	const uint64_t there = (rtt - held) / 2;
	const struct vms_clock answer = {
		.tx_ns = now - rtt,
		.rx_ns = now - rtt + there + (uint64_t)ahead,
		.reply_ns = now - rtt + there + held + (uint64_t)ahead,
	};

	return clock_sample(&ours, &answer, now);
}

static void before_the_first_answer_time_is_as_it_comes(void **state)
{
	(void)state;
	clock_init(&ours, false);
	assert_int_equal(clock_to_guest(&ours, 12345), 12345);
}

static void one_answer_is_enough(void **state)
{
	(void)state;
	clock_init(&ours, false);
	assert_int_equal(
		sample(1000 * SECOND, (int64_t)(77 * SECOND), 2 * MS, 0), 0);
	assert_int_equal(clock_to_guest(&ours, 1077 * SECOND), 1000 * SECOND);
	clock_init(&ours, false);
	assert_int_equal(
		sample(1000 * SECOND, -(int64_t)(77 * SECOND), 2 * MS, MS), 0);
	assert_int_equal(clock_to_guest(&ours, 923 * SECOND), 1000 * SECOND);
}

static void our_own_clock_needs_no_translation(void **state)
{
	(void)state;
	clock_init(&ours, true);
	assert_int_equal(
		sample(1000 * SECOND, (int64_t)(77 * SECOND), 2 * MS, 0), 0);
	assert_int_equal(clock_to_guest(&ours, 5 * SECOND), 5 * SECOND);
}

static void the_shortest_round_trip_counts(void **state)
{
	(void)state;
	clock_init(&ours, false);
	assert_int_equal(sample(100 * SECOND, 1000, 10 * MS, 0), 0);
	/* A longer one says less. */
	assert_int_equal(sample(101 * SECOND, 5000, 20 * MS, 0), 0);
	assert_int_equal(ours.offset, -1000);
	/* A shorter one more; what the host held it is not under way. */
	assert_int_equal(sample(102 * SECOND, 3000, 300 * MS, 295 * MS), 0);
	assert_int_equal(ours.offset, -3000);
	assert_int_equal(ours.rtt, 5 * MS);
}

static void an_old_answer_counts_no_more(void **state)
{
	(void)state;
	clock_init(&ours, false);
	assert_int_equal(sample(100 * SECOND, 1000, MS, 0), 0);
	assert_int_equal(sample(109 * SECOND, 2000, 2 * MS, 0), 0);
	assert_int_equal(ours.offset, -1000);
	assert_int_equal(sample(111 * SECOND, 3000, 2 * MS, 0), 0);
	assert_int_equal(ours.offset, -3000);
}

static void impossible_times_are_a_lie(void **state)
{
	struct vms_clock answer = { .tx_ns = 11, .rx_ns = 5, .reply_ns = 6 };

	(void)state;
	clock_init(&ours, false);
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	answer.tx_ns = 9;
	answer.reply_ns = 4;
	assert_int_equal(clock_sample(&ours, &answer, 10), -EPROTO);
	assert_false(ours.known);
	/* Held for longer than it was under way: strange, but survived. */
	answer.reply_ns = UINT64_MAX;
	assert_int_equal(clock_sample(&ours, &answer, 10), 0);
	clock_to_guest(&ours, UINT64_MAX);
	clock_to_guest(&ours, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_answer_time_is_as_it_comes),
		cmocka_unit_test(one_answer_is_enough),
		cmocka_unit_test(our_own_clock_needs_no_translation),
		cmocka_unit_test(the_shortest_round_trip_counts),
		cmocka_unit_test(an_old_answer_counts_no_more),
		cmocka_unit_test(impossible_times_are_a_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
