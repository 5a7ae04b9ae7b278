/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors that the memory helper is to close, because guestd must not: it may have
 * to answer that itself, which it cannot while it waits.
 */
#ifndef GUESTD_MEMORY_DISPOSE_H
#define GUESTD_MEMORY_DISPOSE_H

#include <stdbool.h>

#include "common/loop.h"
#include "guestd/memory.h"
#include "guestd/memory_jobs.h"
#include "guestd/memory_output.h"

#define MEMORY_KEPT_MAX  1024
#define MEMORY_FILES_MAX 256

/** struct memory_dispose - Those that it has not got yet; all of it private */
struct memory_dispose {
	struct memory *memory;
	struct memory_jobs *jobs;
	struct memory_output *output; /* NULL: the helper is gone */
	struct memory_job job;        /* it is asked to take the first */
	struct loop_timer *timer;
	int kept[MEMORY_KEPT_MAX];
	unsigned int count;
	int files[MEMORY_FILES_MAX]; /* never to be closed */
	unsigned int file_count;
	bool said;
};

/**
 * memory_dispose_init() - Prepare
 * @dispose:	@memory, @jobs and @output are set, all else is 0
 *
 * Return: 0 or -ENOMEM
 */
int memory_dispose_init(struct memory_dispose *dispose, struct loop *loop);

/** memory_dispose_finish() - Close what is left: our node must be gone by now */
void memory_dispose_finish(struct memory_dispose *dispose);

/**
 * memory_dispose_add() - Have @fd closed, which is taken over; never waits
 *
 * As long as the helper cannot have it, it stays open, and so do files and directories
 * for good.  When more than MEMORY_KEPT_MAX or MEMORY_FILES_MAX do, the helper's socket
 * is shut down.
 */
void memory_dispose_add(struct memory_dispose *dispose, int fd);

/** memory_dispose_lost() - The helper is gone: they stay open until the end */
void memory_dispose_lost(struct memory_dispose *dispose);

#endif
