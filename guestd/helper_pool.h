/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The threads of the memory helper: one per open file, made at its first job.
 *
 * Jobs of one file run in order.  When guestd withdraws the job that a thread
 * is busy with, the thread is left behind: it counts as stuck for its uid until
 * it comes back, if ever, and the file gets another one.  A uid that has
 * HELPER_STUCK_MAX of them gets no further job done, or it could fill the
 * process table with threads that nothing but the end of this process ends.
 */
#ifndef GUESTD_HELPER_POOL_H
#define GUESTD_HELPER_POOL_H

#include <stdint.h>

#include "guestd/helper_copy.h"

struct helper_pool;

/**
 * helper_pool_create() - Make one without files
 * @done:	Called for every job that was not withdrawn, from any thread;
 *		the job is still the pool's
 *
 * There is no destroying it: it ends with the process.
 *
 * Return: 0 or -ENOMEM
 */
int helper_pool_create(void (*done)(void *data, struct helper_job *job),
		       void *data, struct helper_pool **out);

/**
 * helper_pool_add() - Run a job behind the others of its file
 * @job:	Taken over
 */
void helper_pool_add(struct helper_pool *pool, struct helper_job *job);

/**
 * helper_pool_withdraw() - Forget job @id, if it is still there
 */
void helper_pool_withdraw(struct helper_pool *pool, uint32_t id);

/**
 * helper_pool_close() - End a file's thread after its last job
 * @cookie:	What jobs have as request.file
 */
void helper_pool_close(struct helper_pool *pool, uint64_t cookie);

#endif
