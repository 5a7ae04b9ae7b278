// SPDX-License-Identifier: BSD-3-Clause
/*
 * An ioctl that only asks, and is quick, runs on hostd's loop; anything else does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "hostd/pace.h"
#include "tests/streamer.h"

#define TRIES 2000 /* this machine may be busy, and then nothing is quick */

static struct front_file file;
static struct front_file other;
static pthread_t loop_thread;
static bool on_loop;
static bool slow;

static int get_input(void *arg)
{
	on_loop = pthread_equal(pthread_self(), loop_thread);
	if (slow)
		usleep(2 * PACE_QUICK_NS / 1000);
	*(int *)arg = 0;
	return 0;
}

static void ask(void)
{
	int input;

	assert_int_equal(front_ioctl(&file, VIDIOC_G_INPUT, &input), 0);
}

/* Until it is asked on the loop. */
static void prove(void)
{
	unsigned int i;

	slow = false;
	for (i = 0; i < TRIES; i++) {
		ask();
		if (on_loop)
			return;
	}
	fail_msg("never on the loop");
}

static void begin(void)
{
	loop_thread = pthread_self();
	fake_on(VIDIOC_G_INPUT, get_input);
	fake_on(VIDIOC_S_INPUT, get_input);
	harness_open_fake(&file);
}

static void the_first_are_asked_on_the_worker(void **state)
{
	unsigned int i;

	(void)state;
	begin();
	slow = false;
	for (i = 0; i < PACE_PROVEN; i++) {
		ask();
		assert_false(on_loop);
	}
	prove();
	assert_int_equal(front_close(&file), 0);
}

static void one_that_was_slow_goes_back_to_the_worker(void **state)
{
	(void)state;
	begin();
	prove();
	slow = true;
	ask();
	assert_true(on_loop);
	ask();
	assert_false(on_loop);
	prove();
	assert_int_equal(front_close(&file), 0);
}

static void what_sets_something_stays_there(void **state)
{
	unsigned int i;
	int input = 0;

	(void)state;
	begin();
	slow = false;
	for (i = 0; i < 4 * PACE_PROVEN; i++) {
		assert_int_equal(front_ioctl(&file, VIDIOC_S_INPUT, &input), 0);
		assert_false(on_loop);
	}
	assert_int_equal(front_close(&file), 0);
}

/* It may have the driver's lock. */
static void nothing_is_quick_beside_what_sleeps(void **state)
{
	struct front_call call;
	int input = 0;

	(void)state;
	begin();
	prove();
	harness_open(&other);
	fake_sleep(VIDIOC_S_INPUT);
	front_begin_ioctl(&call, &other, VIDIOC_S_INPUT, &input);
	harness_settle();
	assert_int_equal(fake_sleeping(), 1);
	ask();
	assert_false(on_loop);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	prove();
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Its frames would wait for it. */
static void nothing_is_quick_beside_a_stream(void **state)
{
	(void)state;
	begin();
	prove();
	harness_open(&other);
	stream_start(&other, CAPTURE, 2);
	ask();
	assert_false(on_loop);
	assert_int_equal(stream_off(&other, CAPTURE), 0);
	prove();
	assert_int_equal(stream_on(&other, CAPTURE), 0);
	ask();
	assert_false(on_loop);
	assert_int_equal(front_close(&other), 0);
	prove();
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(the_first_are_asked_on_the_worker),
		HARNESS_TEST(one_that_was_slow_goes_back_to_the_worker),
		HARNESS_TEST(what_sets_something_stays_there),
		HARNESS_TEST(nothing_is_quick_beside_what_sleeps),
		HARNESS_TEST(nothing_is_quick_beside_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
