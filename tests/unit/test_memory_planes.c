// SPDX-License-Identifier: BSD-3-Clause
/*
 * Copying through the memory helper: between planes and an application's memory.
 *
 * All of it is real: the helper's process, and an application that is inside
 * ioctl(2) on a character device.
 */
#include "guestd/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/memory_scene.h"

#define REGION_LEN ((size_t)3 << 20)
#define TICKS      ((uint64_t)sysconf(_SC_CLK_TCK))

static struct memory_rig *const rig = &memory_scene.rig;
static struct app *const app = &memory_scene.app;
static struct memory_caller *const caller = &memory_scene.caller;

static uint8_t *plane;
static int plane_fd;

static uint64_t add_plane(void)
{
	uint64_t region;

	plane_fd = memfd_create("plane", MFD_CLOEXEC);
	assert_true(plane_fd >= 0);
	assert_int_equal(ftruncate(plane_fd, REGION_LEN), 0);
	plane = mmap(NULL, REGION_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
		     plane_fd, 0);
	assert_true(plane != MAP_FAILED);

	region = memory_region_add(rig->memory, plane_fd, REGION_LEN, NULL);
	close(plane_fd);
	assert_int_not_equal(region, 0);
	return region;
}

static void remove_plane(uint64_t region)
{
	memory_region_remove(rig->memory, region);
	munmap(plane, REGION_LEN);
}

static int probe(struct memory_rig_job *job, const void *addr, size_t len)
{
	*job = memory_rig_job();
	memory_probe(rig->memory, &job->job, caller, (uintptr_t)addr, len);
	return memory_rig_wait(rig, job);
}

static int copy_out(const struct memory_identity *owner, uint64_t region,
		    size_t offset, const void *addr, size_t len)
{
	struct memory_rig_job job = memory_rig_job();

	memory_copy_out(rig->memory, &job.job, caller, owner, region, offset,
			(uintptr_t)addr, len);
	return memory_rig_wait(rig, &job);
}

static int copy_in(uint64_t region, size_t offset, const void *addr, size_t len)
{
	struct memory_rig_job job = memory_rig_job();
	int ret;

	memory_copy_in(rig->memory, &job.job, caller, region, offset,
		       (uintptr_t)addr, len);
	ret = memory_rig_wait(rig, &job);
	if (!ret)
		assert_int_equal(job.job.identity.tgid, app->pid);
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
	memory_scene_start(APP_IOCTL);

	assert_int_equal(probe(&job, app->plain, APP_PLAIN_LEN), 0);
	assert_int_equal(job.job.identity.tgid, app->pid);
	assert_in_range(job.job.identity.start_time, ticks() - 60 * TICKS,
			ticks());
	assert_int_equal(probe(&again, app->plain + 4095, 2), 0);
	assert_memory_equal(&job.job.identity, &again.job.identity,
			    sizeof(job.job.identity));
	assert_int_equal(probe(&job, app->plain, 0), 0);

	assert_int_equal(probe(&job, app->plain, APP_PLAIN_LEN + 1), -EFAULT);
	assert_int_equal(probe(&job, app->hole - 1, 2), -EFAULT);
	assert_int_equal(probe(&job, app->plain, SIZE_MAX), -EFAULT);
}

static void copies_planes_to_their_owner_and_back(void **state)
{
	size_t len = APP_PLAIN_LEN - 1;
	struct memory_rig_job job;
	uint64_t region;
	uint8_t byte;

	(void)state;
	memory_scene_start(APP_IOCTL);
	region = add_plane();

	assert_int_equal(copy_in(region, 1, app->plain, len), 0);
	assert_true(memory_scene_is_pattern(plane + 1, 0, len));
	assert_int_equal(plane[0], 0);
	assert_int_equal(plane[1 + len], 0);

	memset(plane, 0x33, REGION_LEN);
	assert_int_equal(probe(&job, app->plain, 1), 0);
	assert_int_equal(copy_out(&job.job.identity, region,
				  REGION_LEN - (len - 1), app->plain + 1,
				  len - 1),
			 0);
	assert_int_equal(memory_rig_read(rig, caller, app->plain, &byte, 1), 0);
	assert_int_equal(byte, app_pattern(0));
	assert_int_equal(
		memory_rig_read(rig, caller, app->plain + len - 1, &byte, 1),
		0);
	assert_int_equal(byte, 0x33);
	assert_int_equal(
		memory_rig_read(rig, caller, app->plain + len, &byte, 1), 0);
	assert_int_equal(byte, app_pattern(len));
	remove_plane(region);
}

static void writes_no_frame_into_another_process(void **state)
{
	struct memory_identity owner;
	struct memory_rig_job job;
	uint64_t region;
	uint8_t byte;

	(void)state;
	memory_scene_start(APP_IOCTL);
	region = add_plane();
	memset(plane, 0x33, REGION_LEN);
	assert_int_equal(probe(&job, app->plain, 1), 0);

	owner = job.job.identity;
	owner.start_time++;
	assert_int_equal(copy_out(&owner, region, 0, app->plain, 1), -ESRCH);
	owner = job.job.identity;
	owner.tgid = getpid();
	assert_int_equal(copy_out(&owner, region, 0, app->plain, 1), -ESRCH);
	assert_true(app_peek(app, app->plain, &byte, 1));
	assert_int_equal(byte, app_pattern(0));
	remove_plane(region);
}

static void stays_inside_a_plane(void **state)
{
	struct memory_rig_job job;
	struct memory_identity owner;
	uint64_t region, other;

	(void)state;
	memory_scene_start(APP_IOCTL);
	region = add_plane();
	assert_int_equal(probe(&job, app->plain, 1), 0);
	owner = job.job.identity;

	assert_int_equal(copy_in(region, REGION_LEN, app->plain, 0), 0);
	assert_int_equal(copy_in(region, REGION_LEN, app->plain, 1), -EFAULT);
	assert_int_equal(copy_in(region, SIZE_MAX, app->plain, 2), -EFAULT);
	assert_int_equal(copy_out(&owner, region, 1, app->plain, REGION_LEN),
			 -EFAULT);
	assert_int_equal(copy_out(&owner, region, 0, app->plain, SIZE_MAX),
			 -EFAULT);
	assert_int_equal(copy_out(&owner, region + 1, 0, app->plain, 1),
			 -EFAULT);

	remove_plane(region);
	assert_int_equal(copy_in(region, 0, app->plain, 1), -EFAULT);
	other = add_plane();
	assert_int_not_equal(other, region);
	assert_int_equal(copy_in(other, 0, app->plain, 1), 0);
	remove_plane(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_SCENE_TEST(probes_pages_and_says_whose_they_are),
		MEMORY_SCENE_TEST(copies_planes_to_their_owner_and_back),
		MEMORY_SCENE_TEST(writes_no_frame_into_another_process),
		MEMORY_SCENE_TEST(stays_inside_a_plane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
