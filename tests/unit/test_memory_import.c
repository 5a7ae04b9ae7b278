// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors through the memory helper: what an application's stand for.
 *
 * All of it is real: the helper's process, and an application that is inside
 * ioctl(2) on a character device.
 */
#include "guestd/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/protocol.h"
#include "tests/fds.h"
#include "tests/memory_scene.h"

static struct memory_rig *const rig = &memory_scene.rig;
static struct memory_caller *const caller = &memory_scene.caller;

static int import(struct memory_rig_job *job, int fd)
{
	*job = memory_rig_job();
	memory_import(rig->memory, &job->job, caller, fd);
	return memory_rig_wait(rig, job);
}

static void memory_is_fetched(void **state)
{
	struct memory_rig_job job;
	struct stat ours, theirs;
	char path[64];

	(void)state;
	memory_scene_start(APP_IOCTL);
	assert_int_equal(import(&job, APP_SEALED), 0);
	assert_int_equal(job.job.object.kind, VMS_OBJ_MEMFD);
	assert_int_equal(job.job.object_len, APP_MEMFD_LEN);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", memory_scene.app.pid,
		 APP_SEALED);
	assert_int_equal(stat(path, &theirs), 0);
	assert_int_equal(fstat(job.job.object.fd, &ours), 0);
	assert_int_equal(ours.st_ino, theirs.st_ino);
	assert_int_equal(fcntl(job.job.object.fd, F_GETFD), FD_CLOEXEC);
	close(job.job.object.fd);
}

static void anything_else_is_not(void **state)
{
	struct memory_rig_job job;
	unsigned int before;

	(void)state;
	memory_scene_start(APP_IOCTL);
	before = fds_count();
	assert_int_equal(import(&job, APP_UNSEALED), -EINVAL);
	assert_int_equal(import(&job, STDERR_FILENO), -EINVAL);
	assert_int_equal(import(&job, 1 << 20), -EINVAL);
	assert_int_equal(import(&job, -1), -EINVAL);
	assert_int_equal(fds_count(), before);
}

/* What comes for nobody is closed. */
static void who_does_not_wait_gets_none(void **state)
{
	struct memory_rig_job job, next;
	unsigned int before;

	(void)state;
	memory_scene_start(APP_IOCTL);
	before = fds_count();
	job = memory_rig_job();
	memory_import(rig->memory, &job.job, caller, APP_SEALED);
	memory_withdraw(&job.job);
	assert_int_equal(import(&next, -1), -EINVAL);
	assert_int_equal(job.ended, 0);
	assert_int_equal(fds_count(), before);
}

static void only_a_caller_of_our_node_is_looked_at(void **state)
{
	struct memory_caller other;
	struct memory_rig_job job = memory_rig_job();

	(void)state;
	memory_scene_start(APP_IOCTL);
	other = *caller;
	other.cmd++;
	memory_import(rig->memory, &job.job, &other, APP_SEALED);
	assert_int_equal(memory_rig_wait(rig, &job), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_SCENE_TEST(memory_is_fetched),
		MEMORY_SCENE_TEST(anything_else_is_not),
		MEMORY_SCENE_TEST(who_does_not_wait_gets_none),
		MEMORY_SCENE_TEST(only_a_caller_of_our_node_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
