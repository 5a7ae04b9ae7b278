/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop, a memory helper and what guestd knows of callers, for tests.
 */
#ifndef TESTS_MEMORY_RIG_H
#define TESTS_MEMORY_RIG_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/loop.h"
#include "guestd/memory.h"
#include "tests/app.h"

/**
 * struct memory_rig - All of it
 * @helper:	Process
 * @lost:	How often memory.c said that the helper is gone
 * @fds:	Open descriptors before
 */
struct memory_rig {
	struct loop *loop;
	struct memory *memory;
	pid_t helper;
	unsigned int lost;
	unsigned int fds;
};

/** struct memory_rig_job - A job and what became of it */
struct memory_rig_job {
	struct memory_job job; /* first */
	unsigned int ended;
	int result;
};

/** memory_rig_possible() - May we look at others? Else skip the test */
bool memory_rig_possible(enum app_how how);

/**
 * memory_rig_start() - Start a helper whose node is @device
 * @ptrace:	As for helper_start(); without the right to it, false
 * @device:	NULL: there is no node yet
 */
void memory_rig_start(struct memory_rig *rig, bool ptrace, const char *device);

/** memory_rig_finish() - Take it apart; complains about leaked descriptors */
void memory_rig_finish(struct memory_rig *rig);

/** memory_rig_job() - A job that was never under way */
struct memory_rig_job memory_rig_job(void);

/** memory_rig_wait() - Run the loop until @job ends; its result */
int memory_rig_wait(struct memory_rig *rig, struct memory_rig_job *job);

/** memory_rig_run() - Run the loop for @wait_ms */
void memory_rig_run(struct memory_rig *rig, unsigned int wait_ms);

/** memory_rig_caller() - @app, which calls on file @file */
struct memory_caller memory_rig_caller(const struct app *app, uint64_t file);

/** memory_rig_read() - Read @len bytes at @addr; the job's result */
int memory_rig_read(struct memory_rig *rig, const struct memory_caller *caller,
		    const void *addr, void *bytes, size_t len);

#endif
