// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd learns of a caller: O_NONBLOCK.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "tests/caller_rig.h"

/* ---- what the helper says -------------------------------------------- */

static int ask_nonblock(const struct memory_caller *caller)
{
	struct memory_rig_job job = memory_rig_job();

	memory_nonblock(caller_rig.memory.memory, &job.job, caller);
	return memory_rig_wait(&caller_rig.memory, &job);
}

/* How often one can look while a thread waits for a CPU, nobody knows. */
static int ask_nonblock_until_asleep(const struct memory_caller *caller)
{
	uint64_t end = loop_now(caller_rig.memory.loop) + 20000 * LOOP_MS;
	int ret;

	do
		ret = ask_nonblock(caller);
	while (ret == -EAGAIN && loop_now(caller_rig.memory.loop) < end);
	return ret;
}

static void nonblock_follows_fcntl(void **state)
{
	struct memory_caller caller;

	(void)state;
	caller_rig_start_app(APP_IOCTL);
	caller = memory_rig_caller(&caller_rig.app, 1);

	assert_int_equal(ask_nonblock_until_asleep(&caller), 0);
	app_tell(&caller_rig.app, 'n');
	assert_int_equal(ask_nonblock(&caller), 1);
	app_tell(&caller_rig.app, 'b');
	assert_int_equal(ask_nonblock(&caller), 0);
	caller.cmd++;
	assert_int_equal(ask_nonblock(&caller), -EFAULT);
}

static void nonblock_does_not_wait_for_a_running_thread(void **state)
{
	struct memory_caller caller;

	(void)state;
	caller_rig_start_app(APP_BUSY);
	caller = memory_rig_caller(&caller_rig.app, 1);

	assert_int_equal(ask_nonblock(&caller), -EAGAIN);
	app_tell(&caller_rig.app, 'g');
	assert_int_equal(ask_nonblock_until_asleep(&caller), 0);
}

/* ---- the questions --------------------------------------------------- */

static void answers_once_whether_to_block(void **state)
{
	struct memory_caller caller;

	(void)state;
	caller_rig_start_app(APP_IOCTL);
	caller = memory_rig_caller(&caller_rig.app, 1);
	ask_nonblock_until_asleep(&caller);

	caller_rig_ask(&caller, 1);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 0);
	app_tell(&caller_rig.app, 'n');
	caller_rig_ask(&caller, 0);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 1);
	memory_rig_run(&caller_rig.memory, 50);
	assert_int_equal(caller_rig.answers, 1);
}

static void whom_nobody_can_see_has_the_flags_of_open(void **state)
{
	struct memory_caller caller = { .uid = 1 };

	(void)state;
	caller_rig_ask(&caller, 1);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 1);

	caller.tid = getpid(); /* in no ioctl */
	caller_rig_ask(&caller, 0);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 0);
	assert_null(caller_rig.question.timer);
}

static void looks_four_times_at_a_running_caller(void **state)
{
	struct memory_caller caller;
	uint64_t begin;

	(void)state;
	caller_rig_start_app(APP_BUSY);
	caller = memory_rig_caller(&caller_rig.app, 1);

	begin = loop_now(caller_rig.memory.loop);
	caller_rig_ask(&caller, 1);
	caller_rig_wait(1);
	assert_int_equal(caller_rig.answer, 1);
	assert_true(loop_now(caller_rig.memory.loop) - begin >= 26 * LOOP_MS);
	assert_int_equal(caller_rig.question.attempt, 3);

	caller_rig_ask(&caller, 1);
	while (!caller_rig.question.attempt)
		memory_rig_run(&caller_rig.memory, 1);
	app_tell(&caller_rig.app, 'g');
	caller_rig_wait(1);
	/* Asleep within 25 ms, or else as at open. */
	assert_in_range(caller_rig.answer, 0, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, caller_rig_setup,                \
					caller_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nonblock_follows_fcntl),
		TEST(nonblock_does_not_wait_for_a_running_thread),
		TEST(answers_once_whether_to_block),
		TEST(whom_nobody_can_see_has_the_flags_of_open),
		TEST(looks_four_times_at_a_running_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
