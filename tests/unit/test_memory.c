// SPDX-License-Identifier: BSD-3-Clause
/*
 * Copying through the memory helper: what it copies, and for whom it does not.
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
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/app.h"
#include "tests/memory_rig.h"

#define FILE_ID    7
#define MANY       1024
#define REGION_LEN ((size_t)3 << 20)
#define TICKS      ((uint64_t)sysconf(_SC_CLK_TCK))

static struct memory_rig rig;
static struct app app;
static struct memory_caller caller;

static int setup(void **state)
{
	(void)state;
	memory_rig_start(&rig, true, APP_NODE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	app_finish(&app);
	memory_rig_finish(&rig);
	return 0;
}

static void start(enum app_how how)
{
	if (!memory_rig_possible(how))
		skip();
	app_start(&app, how, APP_NODE);
	caller = memory_rig_caller(&app, FILE_ID);
}

static bool is_pattern(const uint8_t *bytes, size_t at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != app_pattern(at + i))
			return false;
	return true;
}

static struct payload_extent extent_of(size_t at, uint8_t *bytes, size_t len)
{
	return (struct payload_extent){ (uintptr_t)app.plain + at, bytes, len };
}

static void reads_each_extent_to_its_place(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t a[3], b[9000], c[1];
	struct payload_extent extents[5];

	(void)state;
	start(APP_IOCTL);

	extents[0] = extent_of(4095, a, sizeof(a));
	extents[1] = extent_of(0, NULL, 0);
	extents[2] = extent_of(20001, b, sizeof(b));
	extents[3] = extent_of(APP_PLAIN_LEN - 1, c, sizeof(c));
	extents[4] = extent_of(5, NULL, 0);
	memory_read(rig.memory, &job.job, &caller, extents, 5);
	assert_int_equal(job.ended, 0);
	memset(extents, 0, sizeof(extents));
	assert_int_equal(memory_rig_wait(&rig, &job), 0);
	assert_true(is_pattern(a, 4095, sizeof(a)));
	assert_true(is_pattern(b, 20001, sizeof(b)));
	assert_true(is_pattern(c, APP_PLAIN_LEN - 1, sizeof(c)));
}

static void reads_nothing_from_a_caller_that_is_there(void **state)
{
	struct memory_rig_job job = memory_rig_job();

	(void)state;
	start(APP_IOCTL);

	memory_read(rig.memory, &job.job, &caller, NULL, 0);
	assert_int_equal(memory_rig_wait(&rig, &job), 0);
}

static void writes_bytes_that_are_taken_at_once(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	uint8_t a[] = { 1, 2, 3 }, b[5000], seen[5000];
	struct payload_extent extents[2];

	(void)state;
	start(APP_IOCTL);

	memset(b, 0x5a, sizeof(b));
	extents[0] = extent_of(4094, a, sizeof(a));
	extents[1] = extent_of(8192, b, sizeof(b));
	memory_write(rig.memory, &job.job, &caller, extents, 2);
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_int_equal(memory_rig_wait(&rig, &job), 0);

	assert_true(app_peek(&app, app.plain + 4094, seen, 3));
	assert_memory_equal(seen, ((uint8_t[]){ 1, 2, 3 }), 3);
	assert_true(app_peek(&app, app.plain + 8192, seen, sizeof(seen)));
	memset(b, 0x5a, sizeof(b));
	assert_memory_equal(seen, b, sizeof(b));
	assert_true(app_peek(&app, app.plain + 4097, seen, 1));
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
	start(APP_IOCTL);
	bytes = malloc((size_t)MANY * MANY);
	others = malloc((size_t)MANY * MANY);
	ones = malloc((size_t)MANY * MANY);
	assert_true(bytes && others && ones);

	memset(ones, 1, (size_t)MANY * MANY);
	for (i = 0; i < 8; i++) {
		uint8_t *to = i == 0 ? bytes : i < 6 ? others : ones;
		size_t j;

		for (j = 0; j < MANY; j++)
			extents[j] =
				extent_of(j * (MANY + 1), to + j * MANY, MANY);
		jobs[i] = memory_rig_job();
		if (i < 6)
			memory_read(rig.memory, &jobs[i].job, &caller, extents,
				    MANY);
		else
			memory_write(rig.memory, &jobs[i].job, &caller, extents,
				     MANY);
	}
	for (i = 0; i < 8; i++)
		assert_int_equal(memory_rig_wait(&rig, &jobs[i]), 0);

	for (i = 0; i < MANY; i++)
		assert_true(is_pattern(bytes + i * MANY, i * (MANY + 1), MANY));
	assert_memory_equal(bytes, others, (size_t)MANY * MANY);
	assert_int_equal(memory_rig_read(&rig, &caller,
					 app.plain + 5 * (MANY + 1), bytes,
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
	start(APP_IOCTL);

	assert_int_equal(memory_rig_read(&rig, &caller, app.hole, bytes, 1),
			 -EFAULT);
	assert_int_equal(memory_rig_read(&rig, &caller,
					 (void *)(UINTPTR_MAX - 4095), bytes,
					 1),
			 -EFAULT);

	extents[0] = extent_of(0, bytes, 8);
	extents[1] = extent_of(APP_PLAIN_LEN - 8, bytes + 8, 8);
	memory_read(rig.memory, &job.job, &caller, extents, 2);
	assert_int_equal(memory_rig_wait(&rig, &job), 0);

	memset(bytes, 0, sizeof(bytes));
	extents[1].addr++;
	job = memory_rig_job();
	memory_read(rig.memory, &job.job, &caller, extents, 2);
	assert_int_equal(memory_rig_wait(&rig, &job), -EFAULT);
	assert_int_equal(bytes[1], 0);

	job = memory_rig_job();
	memory_write(rig.memory, &job.job, &caller, extents, 2);
	assert_int_equal(memory_rig_wait(&rig, &job), -EFAULT);
}

static void more_than_the_limit_is_efault(void **state)
{
	struct payload_extent extents[] = { { 0, NULL, SIZE_MAX },
					    { 0, NULL, 2 } };
	struct memory_rig_job job = memory_rig_job();

	(void)state;
	start(APP_IOCTL);

	memory_read(rig.memory, &job.job, &caller, extents, 2);
	assert_int_equal(memory_rig_wait(&rig, &job), -EFAULT);
}

/* ---- callers --------------------------------------------------------- */

static int read_a_byte(void)
{
	uint8_t byte;

	return memory_rig_read(&rig, &caller, app.plain, &byte, 1);
}

static void serves_an_i386_caller(void **state)
{
	(void)state;
	start(APP_COMPAT);
	assert_int_equal(read_a_byte(), 0);
}

static void refuses_another_ioctl(void **state)
{
	(void)state;
	start(APP_IOCTL);
	caller.cmd = FIOASYNC;
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_an_ioctl_on_another_node(void **state)
{
	(void)state;
	if (!memory_rig_possible(APP_IOCTL))
		skip();
	app_start(&app, APP_IOCTL, "/dev/zero");
	caller = memory_rig_caller(&app, FILE_ID);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_a_thread_in_another_system_call(void **state)
{
	(void)state;
	start(APP_ELSEWHERE);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_a_thread_in_no_system_call(void **state)
{
	(void)state;
	start(APP_FAULT);
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_another_thread_of_the_caller(void **state)
{
	(void)state;
	start(APP_IOCTL);
	caller.tid = app.pid;
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void refuses_everybody_before_there_is_a_node(void **state)
{
	struct memory_rig other;
	uint8_t byte;

	(void)state;
	start(APP_IOCTL);

	memory_rig_start(&other, true, NULL);
	assert_int_equal(memory_rig_read(&other, &caller, app.plain, &byte, 1),
			 -EFAULT);
	memory_rig_finish(&other);
}

static void a_thread_that_is_gone_is_efault(void **state)
{
	(void)state;
	start(APP_IOCTL);
	assert_int_equal(read_a_byte(), 0);
	app_tell(&app, 'r');
	assert_int_equal(read_a_byte(), -EFAULT);
	caller.tid = 0; /* from a foreign pid namespace */
	assert_int_equal(read_a_byte(), -EFAULT);
}

static void waits_for_a_thread_that_still_runs(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	struct payload_extent extent;
	uint8_t byte;

	(void)state;
	start(APP_BUSY);

	extent = extent_of(1, &byte, 1);
	memory_read(rig.memory, &job.job, &caller, &extent, 1);
	memory_rig_run(&rig, 100);
	assert_int_equal(job.ended, 0);
	app_tell(&app, 'g');
	assert_int_equal(memory_rig_wait(&rig, &job), 0);
	assert_int_equal(byte, app_pattern(1));
}

static void stops_waiting_when_a_running_thread_ends(void **state)
{
	struct memory_rig_job job = memory_rig_job();
	struct payload_extent extent;
	uint8_t byte;

	(void)state;
	start(APP_BUSY);

	extent = extent_of(1, &byte, 1);
	memory_read(rig.memory, &job.job, &caller, &extent, 1);
	memory_rig_run(&rig, 20);
	assert_int_equal(job.ended, 0);
	app_finish(&app);
	assert_int_equal(memory_rig_wait(&rig, &job), -EFAULT);
}

/* ---- planes ---------------------------------------------------------- */

static uint8_t *plane;
static int plane_fd;

static uint32_t add_plane(void)
{
	uint32_t region;

	plane_fd = memfd_create("plane", MFD_CLOEXEC);
	assert_true(plane_fd >= 0);
	assert_int_equal(ftruncate(plane_fd, REGION_LEN), 0);
	plane = mmap(NULL, REGION_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
		     plane_fd, 0);
	assert_true(plane != MAP_FAILED);

	region = memory_region_add(rig.memory, plane_fd, REGION_LEN);
	close(plane_fd);
	assert_int_not_equal(region, 0);
	return region;
}

static void remove_plane(uint32_t region)
{
	memory_region_remove(rig.memory, region);
	munmap(plane, REGION_LEN);
}

static int probe(struct memory_rig_job *job, const void *addr, size_t len)
{
	*job = memory_rig_job();
	memory_probe(rig.memory, &job->job, &caller, (uintptr_t)addr, len);
	return memory_rig_wait(&rig, job);
}

static int copy_out(const struct memory_identity *owner, uint32_t region,
		    size_t offset, const void *addr, size_t len)
{
	struct memory_rig_job job = memory_rig_job();

	memory_copy_out(rig.memory, &job.job, &caller, owner, region, offset,
			(uintptr_t)addr, len);
	return memory_rig_wait(&rig, &job);
}

static int copy_in(uint32_t region, size_t offset, const void *addr, size_t len)
{
	struct memory_rig_job job = memory_rig_job();
	int ret;

	memory_copy_in(rig.memory, &job.job, &caller, region, offset,
		       (uintptr_t)addr, len);
	ret = memory_rig_wait(&rig, &job);
	if (!ret)
		assert_int_equal(job.job.identity.tgid, app.pid);
	return ret;
}

/* Since boot, as in /proc/PID/stat */
static uint64_t ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * TICKS +
	       (uint64_t)now.tv_nsec * TICKS / 1000000000;
}

static void probes_pages_and_says_whose_they_are(void **state)
{
	struct memory_rig_job job, again;

	(void)state;
	start(APP_IOCTL);

	assert_int_equal(probe(&job, app.plain, APP_PLAIN_LEN), 0);
	assert_int_equal(job.job.identity.tgid, app.pid);
	assert_in_range(job.job.identity.start_time, ticks() - 60 * TICKS,
			ticks());
	assert_int_equal(probe(&again, app.plain + 4095, 2), 0);
	assert_memory_equal(&job.job.identity, &again.job.identity,
			    sizeof(job.job.identity));
	assert_int_equal(probe(&job, app.plain, 0), 0);

	assert_int_equal(probe(&job, app.plain, APP_PLAIN_LEN + 1), -EFAULT);
	assert_int_equal(probe(&job, app.hole - 1, 2), -EFAULT);
	assert_int_equal(probe(&job, app.plain, SIZE_MAX), -EFAULT);
}

static void copies_planes_to_their_owner_and_back(void **state)
{
	size_t len = APP_PLAIN_LEN - 1;
	struct memory_rig_job job;
	uint32_t region;
	uint8_t byte;

	(void)state;
	start(APP_IOCTL);
	region = add_plane();

	assert_int_equal(copy_in(region, 1, app.plain, len), 0);
	assert_true(is_pattern(plane + 1, 0, len));
	assert_int_equal(plane[0], 0);
	assert_int_equal(plane[1 + len], 0);

	memset(plane, 0x33, REGION_LEN);
	assert_int_equal(probe(&job, app.plain, 1), 0);
	assert_int_equal(copy_out(&job.job.identity, region,
				  REGION_LEN - (len - 1), app.plain + 1,
				  len - 1),
			 0);
	assert_int_equal(memory_rig_read(&rig, &caller, app.plain, &byte, 1),
			 0);
	assert_int_equal(byte, app_pattern(0));
	assert_int_equal(
		memory_rig_read(&rig, &caller, app.plain + len - 1, &byte, 1),
		0);
	assert_int_equal(byte, 0x33);
	assert_int_equal(
		memory_rig_read(&rig, &caller, app.plain + len, &byte, 1), 0);
	assert_int_equal(byte, app_pattern(len));
	remove_plane(region);
}

static void writes_no_frame_into_another_process(void **state)
{
	struct memory_identity owner;
	struct memory_rig_job job;
	uint32_t region;
	uint8_t byte;

	(void)state;
	start(APP_IOCTL);
	region = add_plane();
	memset(plane, 0x33, REGION_LEN);
	assert_int_equal(probe(&job, app.plain, 1), 0);

	owner = job.job.identity;
	owner.start_time++;
	assert_int_equal(copy_out(&owner, region, 0, app.plain, 1), -ESRCH);
	owner = job.job.identity;
	owner.tgid = getpid();
	assert_int_equal(copy_out(&owner, region, 0, app.plain, 1), -ESRCH);
	assert_true(app_peek(&app, app.plain, &byte, 1));
	assert_int_equal(byte, app_pattern(0));
	remove_plane(region);
}

static void stays_inside_a_plane(void **state)
{
	struct memory_rig_job job;
	struct memory_identity owner;
	uint32_t region, other;

	(void)state;
	start(APP_IOCTL);
	region = add_plane();
	assert_int_equal(probe(&job, app.plain, 1), 0);
	owner = job.job.identity;

	assert_int_equal(copy_in(region, REGION_LEN, app.plain, 0), 0);
	assert_int_equal(copy_in(region, REGION_LEN, app.plain, 1), -EFAULT);
	assert_int_equal(copy_in(region, SIZE_MAX, app.plain, 2), -EFAULT);
	assert_int_equal(copy_out(&owner, region, 1, app.plain, REGION_LEN),
			 -EFAULT);
	assert_int_equal(copy_out(&owner, region, 0, app.plain, SIZE_MAX),
			 -EFAULT);
	assert_int_equal(copy_out(&owner, region + 1, 0, app.plain, 1),
			 -EFAULT);

	remove_plane(region);
	assert_int_equal(copy_in(region, 0, app.plain, 1), -EFAULT);
	other = add_plane();
	assert_int_not_equal(other, region);
	assert_int_equal(copy_in(other, 0, app.plain, 1), 0);
	remove_plane(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_each_extent_to_its_place),
		TEST(reads_nothing_from_a_caller_that_is_there),
		TEST(writes_bytes_that_are_taken_at_once),
		TEST(carries_a_megabyte_in_a_thousand_extents),
		TEST(what_is_not_mapped_is_efault),
		TEST(more_than_the_limit_is_efault),
		TEST(serves_an_i386_caller),
		TEST(refuses_another_ioctl),
		TEST(refuses_an_ioctl_on_another_node),
		TEST(refuses_a_thread_in_another_system_call),
		TEST(refuses_a_thread_in_no_system_call),
		TEST(refuses_another_thread_of_the_caller),
		TEST(refuses_everybody_before_there_is_a_node),
		TEST(a_thread_that_is_gone_is_efault),
		TEST(waits_for_a_thread_that_still_runs),
		TEST(stops_waiting_when_a_running_thread_ends),
		TEST(probes_pages_and_says_whose_they_are),
		TEST(copies_planes_to_their_owner_and_back),
		TEST(writes_no_frame_into_another_process),
		TEST(stays_inside_a_plane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
