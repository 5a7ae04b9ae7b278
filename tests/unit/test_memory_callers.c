// SPDX-License-Identifier: BSD-3-Clause
/*
 * Copying through the memory helper: for whom it does and for whom it does not.
 *
 * All of it is real: the helper's process, and an application that is inside
 * ioctl(2) on a character device.
 */
#include "guestd/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/memory_scene.h"

static struct memory_rig *const rig = &memory_scene.rig;
static struct app *const app = &memory_scene.app;
static struct memory_caller *const caller = &memory_scene.caller;

static int read_a_byte(void)
{
	uint8_t byte;

	return memory_rig_read(rig, caller, app->plain, &byte, 1);
}

static void serves_an_i386_caller(void **state)
{
	(void)state;
	memory_scene_start(APP_COMPAT);
	assert_int_equal(read_a_byte(), 0);
}

static void refuses_another_ioctl(void **state)
{
	(void)state;
	memory_scene_start(APP_IOCTL);
	caller->cmd = FIOASYNC;
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_an_ioctl_on_another_node(void **state)
{
	(void)state;
	if (!memory_rig_possible(APP_IOCTL))
		skip();
	app_start(app, APP_IOCTL, "/dev/zero");
	*caller = memory_rig_caller(app, MEMORY_SCENE_FILE);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_a_thread_in_another_system_call(void **state)
{
	(void)state;
	memory_scene_start(APP_ELSEWHERE);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_a_thread_in_no_system_call(void **state)
{
	(void)state;
	memory_scene_start(APP_FAULT);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_another_thread_of_the_caller(void **state)
{
	(void)state;
	memory_scene_start(APP_IOCTL);
	caller->tid = app->pid;
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_everybody_before_there_is_a_node(void **state)
{
	struct memory_rig other;
	uint8_t byte;

	(void)state;
	memory_scene_start(APP_IOCTL);

	memory_rig_start(&other, true, NULL);
	assert_int_equal(memory_rig_read(&other, caller, app->plain, &byte, 1),
			 -EFAULT);
	memory_rig_finish(&other);
}

static void a_thread_that_is_gone_is_efault(void **state)
{
	(void)state;
	memory_scene_start(APP_IOCTL);
	assert_int_equal(read_a_byte(), 0);
	app_tell(app, 'r');
	assert_int_equal(read_a_byte(), -EFAULT);
	caller->tid = 0; /* from a foreign pid namespace */
	assert_int_equal(read_a_byte(), -EFAULT);
}

/* Threads of one program may call on the same file in turns, and so may its children. */
static void looks_at_each_caller_of_a_file_by_itself(void **state)
{
	struct memory_caller second;
	struct app other;

	(void)state;
	memory_scene_start(APP_IOCTL);
	app_start(&other, APP_ELSEWHERE, APP_NODE);
	second = memory_rig_caller(&other, MEMORY_SCENE_FILE);
	assert_int_equal(read_a_byte(), 0);
	*caller = second;
	assert_int_equal(read_a_byte(), -EFAULT);
	*caller = memory_rig_caller(app, MEMORY_SCENE_FILE);
	assert_int_equal(read_a_byte(), 0);
	app_finish(&other);
}

/* Reads byte 1 to @byte, which has to wait for who computes. */
static void begin_busy(struct memory_rig_job *job, uint8_t *byte)
{
	struct payload_extent extent;

	memory_scene_start(APP_BUSY);
	*job = memory_rig_job();
	extent = memory_scene_extent(1, byte, 1);
	memory_read(rig->memory, &job->job, caller, &extent, 1);
	memory_rig_run(rig, 100);
	assert_int_equal(job->ended, 0);
}

static void waits_for_a_thread_that_still_runs(void **state)
{
	struct memory_rig_job job;
	uint8_t byte;

	(void)state;

	begin_busy(&job, &byte);
	app_tell(app, 'g');
	assert_int_equal(memory_rig_wait(rig, &job), 0);
	assert_int_equal(byte, app_pattern(1));
}

static void stops_waiting_when_a_running_thread_ends(void **state)
{
	struct memory_rig_job job;
	uint8_t byte;

	(void)state;

	begin_busy(&job, &byte);
	app_finish(app);
	assert_int_equal(memory_rig_wait(rig, &job), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_SCENE_TEST(serves_an_i386_caller),
		MEMORY_SCENE_TEST(refuses_another_ioctl),
		MEMORY_SCENE_TEST(refuses_an_ioctl_on_another_node),
		MEMORY_SCENE_TEST(refuses_a_thread_in_another_system_call),
		MEMORY_SCENE_TEST(refuses_a_thread_in_no_system_call),
		MEMORY_SCENE_TEST(refuses_another_thread_of_the_caller),
		MEMORY_SCENE_TEST(refuses_everybody_before_there_is_a_node),
		MEMORY_SCENE_TEST(a_thread_that_is_gone_is_efault),
		MEMORY_SCENE_TEST(looks_at_each_caller_of_a_file_by_itself),
		MEMORY_SCENE_TEST(waits_for_a_thread_that_still_runs),
		MEMORY_SCENE_TEST(stops_waiting_when_a_running_thread_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
