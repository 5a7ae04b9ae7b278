// SPDX-License-Identifier: BSD-3-Clause
/*
 * Rounds of the event loop: work for later, stopping, the end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/loop_rig.h"

static void tell_d(void *data)
{
	(void)data;
	loop_rig_tell('d');
}

static void tell_e(void *data)
{
	(void)data;
	loop_rig_tell('e');
}

static void defer_d(void *data)
{
	loop_rig_tell('D');
	assert_int_equal(loop_defer(loop_rig.loop, tell_d, data), 0);
}

static void undefer_e(void *data)
{
	loop_rig_tell('U');
	loop_undefer(loop_rig.loop, tell_e, data);
}

static void stop_with_7(void *data)
{
	(void)data;
	loop_stop(loop_rig.loop, 7);
}

static void deferred_work_comes_before_descriptors_and_timers(void **state)
{
	struct pipe_watch p;
	struct timer a;

	(void)state;

	pipe_watch_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_defer(loop_rig.loop, tell_d, NULL), 0);
	assert_int_equal(loop_defer(loop_rig.loop, tell_e, NULL), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 4);
	assert_string_equal(loop_rig.story, "depa");
	pipe_watch_close(&p);
}

static void what_deferred_work_defers_waits_for_the_next_round(void **state)
{
	(void)state;

	assert_int_equal(loop_defer(loop_rig.loop, defer_d, NULL), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_string_equal(loop_rig.story, "D");
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 1);
	assert_string_equal(loop_rig.story, "Dd");
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 0);
}

static void undeferred_work_is_forgotten_even_in_the_same_round(void **state)
{
	int one, other;

	(void)state;

	assert_int_equal(loop_defer(loop_rig.loop, tell_e, &one), 0);
	assert_int_equal(loop_defer(loop_rig.loop, undefer_e, &one), 0);
	assert_int_equal(loop_defer(loop_rig.loop, tell_e, &one), 0);
	assert_int_equal(loop_defer(loop_rig.loop, tell_e, &other), 0);
	assert_int_equal(loop_defer(loop_rig.loop, tell_e, &one), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 3);
	assert_string_equal(loop_rig.story, "eUe");
}

static void a_loop_may_end_with_work_undone(void **state)
{
	struct pipe_watch p;
	struct timer a;

	(void)state;

	/* LeakSanitizer is the judge. */
	pipe_watch_open(&p, 'p', EPOLLIN);
	timer_open(&a, 'a');
	loop_timer_set(a.timer, MINUTE);
	assert_int_equal(loop_defer(loop_rig.loop, tell_d, NULL), 0);
	loop_destroy(loop_rig.loop);
	loop_destroy(NULL);
	close(p.fds[0]);
	close(p.fds[1]);
	assert_int_equal(loop_create(&loop_rig.loop), 0);
}

static void run_returns_what_stop_was_given(void **state)
{
	struct timer a;

	(void)state;

	timer_open(&a, 'a');
	loop_timer_set(a.timer, 0);
	assert_int_equal(loop_defer(loop_rig.loop, stop_with_7, NULL), 0);
	assert_int_equal(loop_run(loop_rig.loop), 7);
	assert_string_equal(loop_rig.story, "a"); /* the round went on */

	loop_stop(loop_rig.loop, -ENODEV); /* before it runs */
	assert_int_equal(loop_run(loop_rig.loop), -ENODEV);
	assert_int_equal(loop_defer(loop_rig.loop, stop_with_7, NULL), 0);
	assert_int_equal(loop_run(loop_rig.loop), 7);
}

static void run_a_round(void *data)
{
	struct pipe_watch *pipe = data;

	loop_rig_tell('(');
	pipe->remove = pipe;
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	loop_rig_tell(')');
}

static void a_round_within_a_round_frees_nothing_of_the_outer(void **state)
{
	struct pipe_watch p;

	(void)state;

	pipe_watch_open(&p, 'p', EPOLLIN);
	assert_int_equal(loop_defer(loop_rig.loop, run_a_round, &p), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, 0), 1);
	assert_string_equal(loop_rig.story, "(p)");
	pipe_watch_close(&p);
}

static volatile sig_atomic_t caught;

static void catch_signal(int signo)
{
	(void)signo;
	caught++;
}

/* Nor does it end when its process was stopped and goes on (signal(7)). */
static void a_signal_ends_a_round_and_not_the_loop(void **state)
{
	/* The first may come before the loop waits. */
	const struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = catch_signal };
	struct sigaction before;

	(void)state;

	sigemptyset(&action.sa_mask);
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(loop_run_once(loop_rig.loop, -1), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_true(caught > 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, loop_rig_setup, loop_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deferred_work_comes_before_descriptors_and_timers),
		TEST(what_deferred_work_defers_waits_for_the_next_round),
		TEST(undeferred_work_is_forgotten_even_in_the_same_round),
		TEST(a_loop_may_end_with_work_undone),
		TEST(run_returns_what_stop_was_given),
		TEST(a_round_within_a_round_frees_nothing_of_the_outer),
		TEST(a_signal_ends_a_round_and_not_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
