/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest is told before it asks, and when that is over.
 *
 * When a guest asks the first question of a class, hostd asks the rest itself, on the
 * same file and by the same way, and sends all answers ahead of that to the question:
 * one round trip for a list of hundreds.
 *
 * Nothing is said that could become wrong without our hearing of it:
 * - Which classes may be remembered is the kind's to say (device_ops.lasting).
 * - What a session of this guest does that may change an answer ends the epoch of its
 *   class before it is answered; so no session has a stale answer after its own call.
 * - Controls are told only while another file hears of all of them
 *   (hostd/memo_monitor.h), as long as the guest has a file open.
 * - Where a file is opened, everything that was told is asked again on it: there may
 *   be another device behind the node, or a list may have become longer.
 *
 * Everything runs on the loop, but for memo_job_run() and memo_monitor_close().  @memo
 * may be NULL everywhere: nothing is remembered.
 */
#ifndef HOSTD_MEMO_H
#define HOSTD_MEMO_H

#include <stdbool.h>

#include "common/loop.h"
#include "hostd/memo_answers.h"
#include "hostd/memo_monitor.h"

struct host_memo;
struct memo_job;

/**
 * struct host_memo_config - Of a connection; all of it outlives the memo
 * @lasting:	Classes that may be remembered, bits of enum vms_memo_class
 */
struct host_memo_config {
	struct loop *loop;
	struct device *device;
	unsigned int index;
	struct opener *opener;
	const struct grant *grant;
	const struct client_output *output;
	uint32_t lasting;
};

/**
 * host_memo_create() - Nothing is told yet
 *
 * Return: 0 or -ENOMEM
 */
int host_memo_create(const struct host_memo_config *config,
		     struct host_memo **out);

/** host_memo_destroy() - After all sessions; closes the device, which may sleep */
void host_memo_destroy(struct host_memo *memo);

/**
 * host_memo_spoil() - Answers of these classes may be others from now on
 *
 * Before whatever tells the guest so.
 */
void host_memo_spoil(struct host_memo *memo, uint32_t classes);

/**
 * host_memo_look() - Has the monitor heard of anything?
 *
 * If so the guest is told now, before whatever follows: the end of a file that streamed,
 * for one, may have changed controls without an ioctl.
 */
void host_memo_look(struct host_memo *memo);

/**
 * memo_job_ioctl() - A session is about to make an ioctl
 * @payload:	As it came
 * @sleeps:	Set if memo_job_run() has something to do; else untouched
 *
 * Return: for memo_job_run() and memo_job_answer(), or NULL: it is of no interest
 */
struct memo_job *memo_job_ioctl(struct host_memo *memo,
				const struct payload *payload, bool *sleeps);

/** memo_job_open() - A session is about to open the device; the same */
struct memo_job *memo_job_open(struct host_memo *memo);

/**
 * memo_job_run() - Ask what is to be asked: after an ioctl, whether it succeeded or
 * not, and after an OPEN that succeeded
 * @job:	May be NULL
 * @file:	The session's
 *
 * Where the ioctl ran; may sleep.
 */
void memo_job_run(struct memo_job *job, struct device_file *file);

/**
 * memo_job_answer() - Tell the guest, before the answer itself
 * @payload:	With the answer; NULL: of an OPEN
 * @result:	0 or a negative errno
 *
 * For every job that memo_job_ioctl() has made, and those of OPENs that succeed.
 */
void memo_job_answer(struct memo_job *job, const struct payload *payload,
		     int result);

/** memo_job_free() - Free it, NULL is fine; may sleep if it was not answered */
void memo_job_free(struct memo_job *job);

/**
 * host_memo_opened() - A session has its file, and will call host_memo_closing()
 *
 * After memo_job_answer().
 */
void host_memo_opened(struct host_memo *memo);

/**
 * host_memo_closing() - A session is about to close its file
 *
 * Return: for memo_monitor_close(), if that was the last one; or NULL
 */
struct device_file *host_memo_closing(struct host_memo *memo);

#endif
