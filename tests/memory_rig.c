// SPDX-License-Identifier: BSD-3-Clause
/*
 * A loop, a memory helper and what guestd knows of callers, for tests.
 */
#include "tests/memory_rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guestd/helper.h"
#include "tests/fds.h"

#define RIG_UID     1234
#define RIG_WAIT_MS 20000 /* sanitizers on a busy machine */

static bool rig_may_ptrace(void)
{
	int fd;
	pid_t pid = helper_start(true, -1, &fd);

	if (helper_refused(pid))
		return false;
	assert_true(pid > 0);
	close(fd);
	waitpid(pid, NULL, 0);
	return true;
}

bool memory_rig_possible(enum app_how how)
{
	if (rig_may_ptrace() && app_possible(how))
		return true;
	print_message("needs root and userfaultfd\n");
	return false;
}

static void rig_on_lost(void *data)
{
	struct memory_rig *rig = data;

	rig->lost++;
}

void memory_rig_start(struct memory_rig *rig, bool ptrace, const char *device)
{
	struct stat st;
	int fd;

	memset(rig, 0, sizeof(*rig));
	rig->fds = fds_count();
	assert_int_equal(loop_create(&rig->loop), 0);
	rig->helper = helper_start(ptrace && rig_may_ptrace(), -1, &fd);
	assert_true(rig->helper > 0);
	assert_int_equal(
		memory_create(rig->loop, fd, rig_on_lost, rig, &rig->memory),
		0);

	if (device) {
		assert_int_equal(stat(device, &st), 0);
		memory_set_node(rig->memory, st.st_rdev);
	}
}

void memory_rig_finish(struct memory_rig *rig)
{
	memory_destroy(rig->memory);
	loop_destroy(rig->loop);
	assert_int_equal(waitpid(rig->helper, NULL, 0), rig->helper);
	assert_int_equal(fds_count(), rig->fds);
}

static void rig_on_done(struct memory_job *job, int result)
{
	struct memory_rig_job *rig_job = (struct memory_rig_job *)job;

	assert_false(memory_pending(job));
	rig_job->ended++;
	rig_job->result = result;
}

struct memory_rig_job memory_rig_job(void)
{
	return (struct memory_rig_job){ .job = { .done = rig_on_done } };
}

int memory_rig_wait(struct memory_rig *rig, struct memory_rig_job *job)
{
	uint64_t end = loop_now(rig->loop) + RIG_WAIT_MS * LOOP_MS;

	assert_true(job->ended == !memory_pending(&job->job));
	while (!job->ended && loop_now(rig->loop) < end)
		assert_true(loop_run_once(rig->loop, RIG_WAIT_MS) >= 0);
	assert_int_equal(job->ended, 1);
	return job->result;
}

void memory_rig_run(struct memory_rig *rig, unsigned int wait_ms)
{
	uint64_t end = loop_now(rig->loop) + wait_ms * LOOP_MS;

	while (loop_now(rig->loop) < end)
		assert_true(loop_run_once(rig->loop, 1) >= 0);
}

struct memory_caller memory_rig_caller(const struct app *app, uint64_t file)
{
	return (struct memory_caller){
		.tid = app->tid,
		.uid = RIG_UID,
		.cmd = APP_CMD,
		.file = file,
	};
}

int memory_rig_read(struct memory_rig *rig, const struct memory_caller *caller,
		    const void *addr, void *bytes, size_t len)
{
	struct payload_extent extent = {
		.addr = (uintptr_t)addr,
		.bytes = bytes,
		.len = len,
	};
	struct memory_rig_job job = memory_rig_job();

	memory_read(rig->memory, &job.job, caller, &extent, 1);
	return memory_rig_wait(rig, &job);
}
