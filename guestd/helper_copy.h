/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One job of the memory helper: look at the caller, then copy.
 */
#ifndef GUESTD_HELPER_COPY_H
#define GUESTD_HELPER_COPY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/plane_object.h"
#include "guestd/helper_proc.h"
#include "guestd/helper_table.h"
#include "guestd/helper_wire.h"

/**
 * struct helper_job - A request, on its way to becoming a result
 * @next:	In its file's queue
 * @request:	As it came
 * @result:	To be sent
 * @node:	Which device number is ours
 * @seen:	The thread, while it runs
 * @fresh:	That was opened for this job
 * @region:	Reference, or NULL
 * @extents:	READ, WRITE: request.count of them
 * @bytes:	READ, WRITE: request.len of them
 * @object:	IMPORT: fd -1 until there is one
 * @withdrawn:	Nobody waits for it any longer; set while it runs
 */
struct helper_job {
	struct helper_job *next;
	struct helper_request request;
	struct helper_result result;
	dev_t node;
	struct helper_seen *seen;
	bool fresh;
	struct helper_region *region;
	struct helper_extent *extents;
	uint8_t *bytes;
	struct plane_object object;
	atomic_bool withdrawn;
};

/**
 * helper_job_create() - Make a job with room for extents and bytes
 *
 * Limits are the caller's to check.
 *
 * Return: NULL if there is no memory
 */
struct helper_job *helper_job_create(const struct helper_request *request);

/** helper_job_destroy() - Free it, and close what it has; NULL is fine */
void helper_job_destroy(struct helper_job *job);

/**
 * helper_job_run() - Do it, for as long as that takes
 *
 * @seen:	The thread of an earlier job, or none; one is left there for a later
 *		job, the caller's to forget
 *
 * Sets job->result.  May sleep for ever in a page of the application.
 */
void helper_job_run(struct helper_job *job, struct helper_seen *seen);

#endif
