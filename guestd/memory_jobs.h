/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Jobs that the memory helper has, and what it answers.
 */
#ifndef GUESTD_MEMORY_JOBS_H
#define GUESTD_MEMORY_JOBS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/loop.h"
#include "guestd/helper_wire.h"
#include "guestd/memory.h"

/** struct memory_jobs - All of it private */
struct memory_jobs {
	struct memory_job *asked; /* the helper has them */
	struct memory_job *ended; /* done() is to be called with -EFAULT */
	struct loop_timer *timer; /* for @ended */
	uint32_t last_id;

	struct helper_result result; /* being received */
	size_t result_len;
	int object;                 /* that came with it; -1: none */
	uint64_t bytes_left;        /* behind it */
	struct memory_job *filling; /* gets them; NULL: nobody does */
	unsigned int filled;        /* extents of it */
};

/** memory_jobs_init() - Return: 0 or -ENOMEM */
int memory_jobs_init(struct memory_jobs *jobs, struct loop *loop);

/** memory_jobs_finish() - Forget all, without done() */
void memory_jobs_finish(struct memory_jobs *jobs);

/**
 * memory_jobs_begin() - Give @job an id and wait for its result
 * @memory:	What job->memory shall be
 */
void memory_jobs_begin(struct memory_jobs *jobs, struct memory_job *job,
		       struct memory *memory);

/**
 * memory_jobs_fail() - The helper has not heard of @job: -EFAULT, but not now
 */
void memory_jobs_fail(struct memory_jobs *jobs, struct memory_job *job);

/** memory_jobs_forget() - Drop @job without done() */
void memory_jobs_forget(struct memory_jobs *jobs, struct memory_job *job);

/**
 * memory_jobs_receive() - Read once from the helper; done() may be called
 *
 * Return: bytes read, 0 at the end, or a negative errno; -EPROTO if the helper
 * cannot mean that
 */
ssize_t memory_jobs_receive(struct memory_jobs *jobs, int fd);

#endif
