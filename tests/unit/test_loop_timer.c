// SPDX-License-Identifier: BSD-3-Clause
/*
 * Timers of the event loop, in real and in simulated time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/epoll.h>

#include "tests/loop_rig.h"

static void a_timer_runs_once_and_not_before_its_time(void **state)
{
	uint64_t start = loop_now(loop_rig.loop);
	unsigned int rounds = 0;
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	assert_false(loop_timer_armed(a.timer));
	loop_timer_set(a.timer, 20 * LOOP_MS + 300000);
	assert_true(loop_timer_armed(a.timer));

	while (!a.ran) {
		loop_run_once(loop_rig.loop, -1);
		rounds++;
	}
	assert_true(a.ran >= start + 20 * LOOP_MS + 300000);
	assert_true(rounds <= 2);
	assert_false(loop_timer_armed(a.timer));
	assert_int_equal(loop_run_once(loop_rig.loop, 30), 0);
}

static void waiting_ends_at_the_limit_when_no_timer_is_sooner(void **state)
{
	uint64_t start = loop_now(loop_rig.loop);
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_run_once(loop_rig.loop, 10), 0);
	assert_true(loop_now(loop_rig.loop) >= start + 10 * LOOP_MS);
	assert_true(loop_now(loop_rig.loop) < start + MINUTE / 2);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
}

static void timers_run_in_the_order_of_their_deadlines(void **state)
{
	struct timer a, b, c, d;

	(void)state;

	timer_open(&a, 'a');
	timer_open(&b, 'b');
	timer_open(&c, 'c');
	timer_open(&d, 'd');
	loop_timer_set(c.timer, 150 * LOOP_MS);
	loop_timer_set(a.timer, 50 * LOOP_MS);
	loop_timer_set(d.timer, UINT64_MAX); /* never */
	loop_timer_set(b.timer, MINUTE);
	loop_timer_set(b.timer, 100 * LOOP_MS);

	while (strlen(loop_rig.story) < 3)
		loop_run_once(loop_rig.loop, -1);
	assert_string_equal(loop_rig.story, "abc");
	assert_true(loop_timer_armed(d.timer));
}

static void a_stopped_timer_does_not_run(void **state)
{
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_stop(a.timer);
	loop_timer_set(a.timer, 0);
	loop_timer_stop(a.timer);
	assert_false(loop_timer_armed(a.timer));
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	loop_timer_stop(NULL);
	loop_timer_destroy(NULL);
}

static void a_timer_callback_may_destroy_any_timer(void **state)
{
	struct timer a, b;

	(void)state;

	timer_open(&a, 'a');
	timer_open(&b, 'b');
	loop_timer_set(a.timer, 0);
	loop_timer_set(b.timer, 0);
	a.destroy = &b;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);

	loop_timer_set(a.timer, 0);
	a.destroy = &a;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	assert_string_equal(loop_rig.story, "aa");
}

/* ---- simulated time -------------------------------------------------- */

struct simulated {
	uint64_t time;
	unsigned int jumps;
};

static uint64_t simulated_now(void *data)
{
	return ((struct simulated *)data)->time;
}

static void simulated_advance(void *data, uint64_t deadline)
{
	struct simulated *simulated = data;

	assert_true(deadline > simulated->time);
	simulated->time = deadline;
	simulated->jumps++;
}

static void simulate(struct simulated *simulated)
{
	const struct loop_clock clock = {
		.now = simulated_now,
		.advance = simulated_advance,
		.data = simulated,
	};

	loop_set_clock(loop_rig.loop, &clock);
}

/* A clock that stands still between two rounds, as a coarse one may. */
static void a_timer_set_again_with_no_delay_waits_for_a_round(void **state)
{
	struct simulated clock = { 0 };
	struct timer a;

	(void)state;

	simulate(&clock);
	timer_open(&a, 'a');
	a.again = true;
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_string_equal(loop_rig.story, "aa");
}

static void simulated_minutes_pass_at_once(void **state)
{
	uint64_t real = loop_now(loop_rig.loop);
	struct simulated clock = { .time = 5 };
	struct timer a, b;

	(void)state;

	simulate(&clock);
	assert_int_equal(loop_now(loop_rig.loop), 5);
	timer_open(&a, 'a');
	timer_open(&b, 'b');
	a.again = true;
	a.again_ns = MINUTE;
	loop_timer_set(a.timer, MINUTE);
	loop_timer_set(b.timer, 5 * MINUTE + MINUTE / 2);

	while (!b.ran)
		loop_run_once(loop_rig.loop, -1);
	assert_string_equal(loop_rig.story, "aaaaab");
	assert_int_equal(b.ran, 5 + 5 * MINUTE + MINUTE / 2);
	assert_int_equal(clock.jumps, 6);

	loop_set_clock(loop_rig.loop, NULL);
	assert_true(loop_now(loop_rig.loop) - real < MINUTE);
}

static void simulated_time_stands_while_a_descriptor_is_ready(void **state)
{
	struct simulated clock = { 0 };
	struct pipe_watch p;
	struct timer a;

	(void)state;

	simulate(&clock);
	pipe_watch_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);

	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	p.drain = true;
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_int_equal(clock.time, 0);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_int_equal(clock.time, MINUTE);
	assert_string_equal(loop_rig.story, "ppa");
	pipe_watch_close(&p);
}

static void simulated_waiting_jumps_no_further_than_the_limit(void **state)
{
	struct simulated clock = { 0 };
	struct timer a;

	(void)state;

	simulate(&clock);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
	assert_int_equal(clock.time, 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 1000), 0);
	assert_int_equal(clock.time, 1000 * LOOP_MS);
	assert_int_equal(loop_run_once(loop_rig.loop, 59000), 1);
	assert_int_equal(clock.time, MINUTE);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, loop_rig_setup, loop_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_timer_runs_once_and_not_before_its_time),
		TEST(waiting_ends_at_the_limit_when_no_timer_is_sooner),
		TEST(timers_run_in_the_order_of_their_deadlines),
		TEST(a_stopped_timer_does_not_run),
		TEST(a_timer_set_again_with_no_delay_waits_for_a_round),
		TEST(a_timer_callback_may_destroy_any_timer),
		TEST(simulated_minutes_pass_at_once),
		TEST(simulated_time_stands_while_a_descriptor_is_ready),
		TEST(simulated_waiting_jumps_no_further_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
