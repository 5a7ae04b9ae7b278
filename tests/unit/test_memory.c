// SPDX-License-Identifier: BSD-3-Clause
/*
 * Copying through the memory helper: extents of an application's memory.
 *
 * All of it is real: the helper's process, and an application that is inside
 * ioctl(2) on a character device.
 */
#include "guestd/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/memory_scene.h"

#define MANY 1024

static struct memory_rig *const rig = &memory_scene.rig;
static struct app *const app = &memory_scene.app;
static struct memory_caller *const caller = &memory_scene.caller;

static void reads_each_extent_to_its_place(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t a[3], b[9000], c[1];
	struct payload_extent extents[5];

	(void)state;
	memory_scene_start(APP_IOCTL);

	extents[0] = memory_scene_extent(4095, a, sizeof(a));
	extents[1] = memory_scene_extent(0, NULL, 0);
	extents[2] = memory_scene_extent(20001, b, sizeof(b));
	extents[3] = memory_scene_extent(APP_PLAIN_LEN - 1, c, sizeof(c));
	extents[4] = memory_scene_extent(5, NULL, 0);
	memory_read(rig->memory, &job.job, caller, extents, 5);
	assert_int_equal(job.ended, 0);
	memset(extents, 0, sizeof(extents));
	assert_int_equal(memory_rig_wait(rig, &job), 0);
	assert_true(memory_scene_is_pattern(a, 4095, sizeof(a)));
	assert_true(memory_scene_is_pattern(b, 20001, sizeof(b)));
	assert_true(memory_scene_is_pattern(c, APP_PLAIN_LEN - 1, sizeof(c)));
}

static void reads_nothing_from_a_caller_that_is_there(void **state)
{
	struct memory_rig_job job = memory_rig_job();

	(void)state;
	memory_scene_start(APP_IOCTL);

	memory_read(rig->memory, &job.job, caller, NULL, 0);
	assert_int_equal(memory_rig_wait(rig, &job), 0);
}

static void writes_bytes_that_are_taken_at_once(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t a[] = { 1, 2, 3 }, b[5000], seen[5000];
	struct payload_extent extents[2];

	(void)state;
	memory_scene_start(APP_IOCTL);

	memset(b, 0x5a, sizeof(b));
	extents[0] = memory_scene_extent(4094, a, sizeof(a));
	extents[1] = memory_scene_extent(8192, b, sizeof(b));
	memory_write(rig->memory, &job.job, caller, extents, 2);
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_int_equal(memory_rig_wait(rig, &job), 0);

	assert_true(app_peek(app, app->plain + 4094, seen, 3));
	assert_memory_equal(seen, ((uint8_t[]){ 1, 2, 3 }), 3);
	assert_true(app_peek(app, app->plain + 8192, seen, sizeof(seen)));
	memset(b, 0x5a, sizeof(b));
	assert_memory_equal(seen, b, sizeof(b));
	assert_true(app_peek(app, app->plain + 4097, seen, 1));
	assert_int_equal(seen[0], app_pattern(4097));
}

/* Many at once, so that neither socket takes all, and answers are in pieces. */
static void carries_a_megabyte_in_a_thousand_extents(void **state)
{
	struct memory_rig_job jobs[8];
	struct payload_extent extents[MANY];
	uint8_t *bytes, *others, *ones;
	size_t i;

	(void)state;
	memory_scene_start(APP_IOCTL);
	bytes = malloc((size_t)MANY * MANY);
	others = malloc((size_t)MANY * MANY);
	ones = malloc((size_t)MANY * MANY);
	assert_true(bytes && others && ones);

	memset(ones, 1, (size_t)MANY * MANY);
	for (i = 0; i < 8; i++) {
		uint8_t *to = i == 0 ? bytes : i < 6 ? others : ones;
		size_t j;

		for (j = 0; j < MANY; j++)
			extents[j] = memory_scene_extent(j * (MANY + 1),
							 to + j * MANY, MANY);
		jobs[i] = memory_rig_job();
		if (i < 6)
			memory_read(rig->memory, &jobs[i].job, caller, extents,
				    MANY);
		else
			memory_write(rig->memory, &jobs[i].job, caller, extents,
				     MANY);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(memory_rig_wait(rig, &jobs[i]), 0);

	for (i = 0; i < MANY; i++)
		assert_true(memory_scene_is_pattern(bytes + i * MANY,
						    i * (MANY + 1), MANY));
	assert_memory_equal(bytes, others, (size_t)MANY * MANY);
	assert_int_equal(memory_rig_read(rig, caller,
					 app->plain + 5 * (MANY + 1), bytes,
					 MANY + 1),
			 0);
	assert_memory_equal(bytes, ones, MANY);
	assert_int_equal(bytes[MANY], app_pattern(5 * (MANY + 1) + MANY));

	free(bytes);
	free(others);
	free(ones);
}

static void what_is_not_mapped_is_efault(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t bytes[16] = { 0 };
	struct payload_extent extents[2];

	(void)state;
	memory_scene_start(APP_IOCTL);

	assert_int_equal(memory_rig_read(rig, caller, app->hole, bytes, 1),
			 -EFAULT);
	assert_int_equal(memory_rig_read(rig, caller,
					 (void *)(UINTPTR_MAX - 4095), bytes,
					 1),
			 -EFAULT);

	extents[0] = memory_scene_extent(0, bytes, 8);
	extents[1] = memory_scene_extent(APP_PLAIN_LEN - 8, bytes + 8, 8);
	memory_read(rig->memory, &job.job, caller, extents, 2);
	assert_int_equal(memory_rig_wait(rig, &job), 0);

	memset(bytes, 0, sizeof(bytes));
	extents[1].addr++;
	job = memory_rig_job();
	memory_read(rig->memory, &job.job, caller, extents, 2);
	assert_int_equal(memory_rig_wait(rig, &job), -EFAULT);
	assert_int_equal(bytes[1], 0);

	job = memory_rig_job();
	memory_write(rig->memory, &job.job, caller, extents, 2);
	assert_int_equal(memory_rig_wait(rig, &job), -EFAULT);
}

static void more_than_the_limit_is_efault(void **state)
{
	struct payload_extent extents[] = { { .len = SIZE_MAX }, { .len = 2 } };
	struct memory_rig_job job = memory_rig_job();

	(void)state;
	memory_scene_start(APP_IOCTL);

	memory_read(rig->memory, &job.job, caller, extents, 2);
	assert_int_equal(memory_rig_wait(rig, &job), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_SCENE_TEST(reads_each_extent_to_its_place),
		MEMORY_SCENE_TEST(reads_nothing_from_a_caller_that_is_there),
		MEMORY_SCENE_TEST(writes_bytes_that_are_taken_at_once),
		MEMORY_SCENE_TEST(carries_a_megabyte_in_a_thousand_extents),
		MEMORY_SCENE_TEST(what_is_not_mapped_is_efault),
		MEMORY_SCENE_TEST(more_than_the_limit_is_efault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
