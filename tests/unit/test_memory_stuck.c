// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory helper when an application does not let go: pages that never come,
 * threads that never sleep, and what must go on nevertheless.
 */
#include "guestd/memory.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "guestd/helper.h"
#include "tests/memory_scene.h"

#define A_WHILE_MS 100

static struct memory_rig *const rig = &memory_scene.rig;
static struct app *const app = &memory_scene.app;

/* A job of file @file that nothing ends but app_tell('s') */
static void ask_stuck(struct memory_rig_job *job, uint64_t file)
{
	static uint8_t byte;
	struct memory_caller caller = memory_rig_caller(app, file);
	struct payload_extent extent = { .addr = (uintptr_t)app->stuck,
					 .bytes = &byte,
					 .len = 1 };

	*job = memory_rig_job();
	memory_read(rig->memory, &job->job, &caller, &extent, 1);
}

static int read_plain_for(uint64_t file, uid_t uid)
{
	struct memory_caller caller = memory_rig_caller(app, file);
	uint8_t byte;

	caller.uid = uid;
	return memory_rig_read(rig, &caller, app->plain, &byte, 1);
}

static int read_plain(uint64_t file)
{
	return read_plain_for(file, memory_rig_caller(app, file).uid);
}

static int ask_signals(const struct memory_caller *caller)
{
	struct memory_rig_job job = memory_rig_job();

	memory_signals(rig->memory, &job.job, caller);
	return memory_rig_wait(rig, &job);
}

static void read_task(const char *task, const char *name, char *text, int size)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/%s", task, name);
	text[0] = '\0';
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(text, size, file))
		text[0] = '\0';
	fclose(file);
}

/* How many of the helper's threads are for files, and how many of them copy */
static void count_threads(int *all, int *copying)
{
	char path[64], text[32];
	struct dirent *entry;
	DIR *dir;

	*all = 0;
	*copying = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", rig->helper);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		read_task(entry->d_name, "comm", text, sizeof(text));
		if (strcmp(text, "guestd-copy\n") != 0)
			continue;
		++*all;
		read_task(entry->d_name, "syscall", text, sizeof(text));
		if (strtol(text, NULL, 10) == SYS_process_vm_readv)
			++*copying;
	}
	closedir(dir);
}

static void expect_threads(int count)
{
	int wait_ms, all, copying;

	for (wait_ms = 0; wait_ms < 10000; wait_ms++) {
		count_threads(&all, &copying);
		if (all == count)
			return;
		usleep(1000);
	}
	assert_int_equal(all, count);
}

static void expect_stuck(int count)
{
	int wait_ms, all, copying;

	for (wait_ms = 0; wait_ms < 10000; wait_ms++) {
		count_threads(&all, &copying);
		if (copying == count)
			return;
		usleep(1000);
	}
	assert_int_equal(copying, count);
}

static void a_stuck_file_delays_itself_alone(void **state)
{
	struct memory_caller caller;
	struct memory_rig_job job, next = memory_rig_job();

	(void)state;
	memory_scene_start(APP_IOCTL);
	caller = memory_rig_caller(app, 1);

	ask_stuck(&job, 1);
	memory_nonblock(rig->memory, &next.job, &caller);
	assert_int_equal(read_plain(2), 0);
	assert_int_equal(ask_signals(&caller), 0);
	memory_rig_run(rig, A_WHILE_MS);
	assert_int_equal(job.ended, 0);
	assert_int_equal(next.ended, 0);

	app_tell(app, 's');
	assert_int_equal(memory_rig_wait(rig, &job), 0);
	assert_int_equal(memory_rig_wait(rig, &next), 0);
}

static void a_file_goes_on_after_its_stuck_job_is_withdrawn(void **state)
{
	struct memory_rig_job stuck, next = memory_rig_job();
	struct memory_caller caller;

	(void)state;
	memory_scene_start(APP_IOCTL);
	caller = memory_rig_caller(app, 1);

	ask_stuck(&stuck, 1);
	memory_nonblock(rig->memory, &next.job, &caller);
	expect_stuck(1);

	memory_withdraw(&stuck.job);
	assert_false(memory_pending(&stuck.job));
	assert_int_equal(memory_rig_wait(rig, &next), 0);
	assert_int_equal(read_plain(1), 0);
	expect_threads(2);

	app_tell(app, 's');
	expect_threads(1);
	assert_int_equal(stuck.ended, 0);
	assert_int_equal(read_plain(1), 0);
}

static void a_withdrawn_job_that_waits_is_not_run(void **state)
{
	uint8_t bytes[] = { 0xee }, seen;
	struct memory_rig_job stuck, unwanted = memory_rig_job();
	struct payload_extent extent;
	struct memory_caller caller;

	(void)state;
	memory_scene_start(APP_IOCTL);
	caller = memory_rig_caller(app, 1);
	extent = (struct payload_extent){ .addr = (uintptr_t)app->plain,
					  .bytes = bytes,
					  .len = 1 };

	ask_stuck(&stuck, 1);
	memory_write(rig->memory, &unwanted.job, &caller, &extent, 1);
	memory_withdraw(&unwanted.job);
	/* An answer proves that the helper has read all this. */
	assert_int_equal(ask_signals(&caller), 0);
	app_tell(app, 's');
	assert_int_equal(memory_rig_wait(rig, &stuck), 0);
	assert_int_equal(read_plain(1), 0);
	assert_int_equal(unwanted.ended, 0);
	assert_true(app_peek(app, app->plain, &seen, 1));
	assert_int_equal(seen, app_pattern(0));
}

static void a_withdrawn_job_stops_looking_at_a_running_thread(void **state)
{
	struct memory_rig_job job;

	(void)state;
	memory_scene_start(APP_BUSY);

	ask_stuck(&job, 1);
	memory_rig_run(rig, A_WHILE_MS);
	expect_threads(1);
	memory_withdraw(&job.job);
	expect_threads(0);
}

static void stuck_threads_of_a_uid_are_bounded(void **state)
{
	struct memory_rig_job jobs[HELPER_STUCK_MAX + 4];
	int i;

	(void)state;
	memory_scene_start(APP_IOCTL);

	/* All through one file: the next one starts when one is withdrawn. */
	for (i = 0; i < HELPER_STUCK_MAX + 4; i++)
		ask_stuck(&jobs[i], 1);
	for (i = 0; i < HELPER_STUCK_MAX; i++) {
		expect_stuck(i + 1);
		memory_withdraw(&jobs[i].job);
	}
	for (; i < HELPER_STUCK_MAX + 4; i++)
		assert_int_equal(memory_rig_wait(rig, &jobs[i]), -EFAULT);

	assert_int_equal(read_plain(1), -EFAULT);
	assert_int_equal(read_plain(2), -EFAULT);
	assert_int_equal(read_plain_for(2, 0), 0);

	app_tell(app, 's');
	expect_threads(2);
	assert_int_equal(read_plain(1), 0);
}

static void a_closed_file_takes_its_thread_along(void **state)
{
	struct memory_rig_job job;

	(void)state;
	memory_scene_start(APP_IOCTL);

	assert_int_equal(read_plain(1), 0);
	assert_int_equal(read_plain(2), 0);
	expect_threads(2);
	memory_file_closed(rig->memory, 1);
	memory_file_closed(rig->memory, 3);
	expect_threads(1);

	ask_stuck(&job, 2);
	memory_file_closed(rig->memory, 2);
	assert_int_equal(read_plain(2), 0);
	app_tell(app, 's');
	assert_int_equal(memory_rig_wait(rig, &job), 0);
	expect_threads(1);
}

/* ---- the end --------------------------------------------------------- */

static void a_lost_helper_ends_no_job(void **state)
{
	struct memory_rig_job stuck, waiting, late = memory_rig_job();
	struct memory_caller caller;

	(void)state;
	memory_scene_start(APP_IOCTL);
	caller = memory_rig_caller(app, 1);

	ask_stuck(&stuck, 1);
	ask_stuck(&waiting, 1);
	expect_stuck(1);
	kill(rig->helper, SIGKILL);
	while (!rig->lost)
		memory_rig_run(rig, 1);

	memory_signals(rig->memory, &late.job, &caller);
	assert_int_equal(late.ended, 0);
	assert_int_equal(memory_rig_wait(rig, &late), -EFAULT);
	memory_file_closed(rig->memory, 1);
	memory_rig_run(rig, 10);
	assert_int_equal(rig->lost, 1);
	assert_int_equal(stuck.ended, 0);
	assert_int_equal(waiting.ended, 0);
	memory_withdraw(&stuck.job);
	memory_withdraw(&waiting.job);
}

static void jobs_are_dropped_with_the_memory(void **state)
{
	struct memory_caller nobody = { .tid = 0 };
	struct memory_rig_job stuck, local = memory_rig_job();
	struct memory_rig kept = *rig;

	(void)state;
	memory_scene_start(APP_IOCTL);
	memory_rig_start(rig, true, APP_NODE);

	/* The helper ends although one of its threads never would. */
	ask_stuck(&stuck, 1);
	expect_stuck(1);
	memory_nonblock(rig->memory, &local.job, &nobody);
	memory_rig_finish(rig);
	assert_false(memory_pending(&stuck.job));
	assert_false(memory_pending(&local.job));
	assert_int_equal(stuck.ended + local.ended, 0);
	*rig = kept;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_SCENE_TEST(a_stuck_file_delays_itself_alone),
		MEMORY_SCENE_TEST(
			a_file_goes_on_after_its_stuck_job_is_withdrawn),
		MEMORY_SCENE_TEST(a_withdrawn_job_that_waits_is_not_run),
		MEMORY_SCENE_TEST(
			a_withdrawn_job_stops_looking_at_a_running_thread),
		MEMORY_SCENE_TEST(stuck_threads_of_a_uid_are_bounded),
		MEMORY_SCENE_TEST(a_closed_file_takes_its_thread_along),
		MEMORY_SCENE_TEST(a_lost_helper_ends_no_job),
		MEMORY_SCENE_TEST(jobs_are_dropped_with_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
