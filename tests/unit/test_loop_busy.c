// SPDX-License-Identifier: BSD-3-Clause
/*
 * A loop that looks again and again before it sleeps, in simulated time, of which each
 * look takes 1 us.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/loop_rig.h"
#include "tests/simulated.h"

#define US      (LOOP_MS / 1000)
#define BUSY_US 50

static uint64_t now;
static unsigned int looks;

/* Written to at that look */
static unsigned int write_at;
static int write_fd;

/* Instead of libc's, so that a test sees how often it is asked. */
int epoll_wait(int fd, struct epoll_event *events, int maxevents, int timeout)
{
	if (timeout == 0) {
		looks++;
		now += US;
		if (looks == write_at)
			assert_int_equal(write(write_fd, "x", 1), 1);
	}
	return (int)syscall(SYS_epoll_pwait, fd, events, maxevents, timeout,
			    NULL, _NSIG / 8);
}

/* Return: how often it has looked */
static unsigned int looks_of_a_round(void)
{
	looks = 0;
	loop_run_once(loop_rig.loop, -1);
	return looks;
}

static void sleep_for(struct timer *timer, uint64_t ns)
{
	loop_timer_set(timer->timer, ns);
	loop_run_once(loop_rig.loop, -1);
}

/* Where there is no epoll_pwait2(2), a simulated sleep is a look, too. */
static void without_being_asked_it_sleeps_at_once(void **state)
{
	struct timer a;

	(void)state;
	timer_open(&a, 'a');
	sleep_for(&a, 10 * US);
	loop_timer_set(a.timer, 10 * US);
	assert_true(looks_of_a_round() <= 1);
	assert_string_equal(loop_rig.story, "aa");
}

static void what_comes_in_time_is_found_without_a_sleep(void **state)
{
	struct pipe_watch pipe = { .drain = true };
	struct timer a;
	char byte;

	(void)state;
	timer_open(&a, 'a');
	pipe_watch_open(&pipe, 'p', EPOLLIN);
	assert_int_equal(read(pipe.fds[0], &byte, 1), 1);
	sleep_for(&a, 10 * US);

	loop_timer_set(a.timer, MINUTE);
	write_fd = pipe.fds[1];
	write_at = 5;
	assert_int_equal(looks_of_a_round(), 5);
	write_at = 0;
	assert_string_equal(loop_rig.story, "ap");
	assert_true(now < MINUTE + MINUTE / 2);
	loop_watch_remove(pipe.watch);
	close(pipe.fds[0]);
	close(pipe.fds[1]);
}

static void it_looks_no_longer_than_it_was_told(void **state)
{
	struct timer a;
	unsigned int count;

	(void)state;
	timer_open(&a, 'a');
	sleep_for(&a, 10 * US);

	loop_timer_set(a.timer, MINUTE);
	count = looks_of_a_round();
	assert_in_range(count, BUSY_US, BUSY_US + 1);
	assert_string_equal(loop_rig.story, "aa");
}

static void it_looks_no_longer_than_until_a_timer_is_due(void **state)
{
	struct timer a;
	uint64_t begun;

	(void)state;
	timer_open(&a, 'a');
	sleep_for(&a, 10 * US);

	begun = now;
	loop_timer_set(a.timer, 20 * US);
	assert_in_range(looks_of_a_round(), 20, 21);
	assert_string_equal(loop_rig.story, "aa");
	assert_in_range(now - begun, 20 * US, 21 * US);
}

static void after_a_longer_sleep_it_sleeps_at_once(void **state)
{
	struct timer a;

	(void)state;
	timer_open(&a, 'a');
	sleep_for(&a, 10 * US);
	sleep_for(&a, MINUTE);

	loop_timer_set(a.timer, 10 * US);
	assert_true(looks_of_a_round() <= 1);
	/* That sleep was a short one. */
	loop_timer_set(a.timer, 10 * US);
	assert_in_range(looks_of_a_round(), 10, 11);
	assert_string_equal(loop_rig.story, "aaaa");
}

static int setup(void **state, unsigned int us)
{
	int ret;

	loop_busy_poll(us);
	ret = loop_rig_setup(state);
	loop_busy_poll(0);
	now = MINUTE;
	write_at = 0;
	if (!ret)
		simulated_time(loop_rig.loop, &now);
	return ret;
}

static int setup_busy(void **state)
{
	return setup(state, BUSY_US);
}

static int setup_idle(void **state)
{
	return setup(state, 0);
}

#define TEST(name, before)                                                     \
	cmocka_unit_test_setup_teardown(name, before, loop_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_being_asked_it_sleeps_at_once, setup_idle),
		TEST(what_comes_in_time_is_found_without_a_sleep, setup_busy),
		TEST(it_looks_no_longer_than_it_was_told, setup_busy),
		TEST(it_looks_no_longer_than_until_a_timer_is_due, setup_busy),
		TEST(after_a_longer_sleep_it_sleeps_at_once, setup_busy),
	};

	return cmocka_run_group_tests_name("loop_busy", tests, NULL, NULL);
}
