/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections there are: who, and the two processes of each.
 */
#ifndef HOSTD_CONNECTIONS_H
#define HOSTD_CONNECTIONS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/loop.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"
#include "hostd/notices.h"
#include "hostd/policy.h"

struct connection;

#define CONNECTIONS_END_MS 900 /* for who has to end by itself */

/**
 * struct connections - All of them
 * @loop:	For @late
 * @late:	Kills what has not ended within CONNECTIONS_END_MS
 * @generation:	Of @devices: an index in an older list means nothing
 * @devices:	What they are for
 * @notices:	What was said of guests
 * @count:	Those that have a process that is not reaped
 */
struct connections {
	struct loop *loop;
	struct loop_timer *late;
	unsigned int generation;
	struct device_list *devices;
	struct notices *notices;
	LIST_HEAD(, connection) all;
	unsigned int count;
};

/**
 * connections_init() - None, of a zeroed structure with @devices and @notices
 *
 * Return: 0 or a negative errno
 */
int connections_init(struct connections *connections, struct loop *loop);

/**
 * connections_start() - Fork the two processes of one more
 * @fd:		The connection; on success they have it, and it is closed here
 * @grant:	What the guest may; both have a copy
 * @audited:	What is opened is in the audit
 *
 * Return: the guest process, or a negative errno; then @fd is still the caller's, to
 * be refused
 */
pid_t connections_start(struct connections *connections, int fd,
			const struct transport_peer *peer,
			const struct grant *grant, bool audited);

/**
 * connections_of() - How many a guest has
 */
unsigned int connections_of(const struct connections *connections,
			    const struct transport_peer *peer);

/**
 * connections_reaped() - A child of this process has ended
 * @status:	From waitpid(2); what a process does not say itself is logged, as
 *		often as @notices has it, and a bad end takes the other one
 *		along
 *
 * Processes of no connection are ignored.
 */
void connections_reaped(struct connections *connections, pid_t pid, int status);

/**
 * connections_set_devices() - What the next ones are for
 *
 * Those that there are keep what they have.
 */
void connections_set_devices(struct connections *connections,
			     struct device_list *devices);

/**
 * connections_revoke() - End those that may not connect any more, or that have memory
 * which is not theirs any more
 *
 * Their guests are told so, and their processes are killed if they have not ended
 * within CONNECTIONS_END_MS.
 *
 * Return: their number
 */
unsigned int connections_revoke(struct connections *connections,
				const struct policy *policy);

/** connections_report() - Have each log its statistics */
void connections_report(const struct connections *connections);

/**
 * connections_end() - Kill all processes; connections_reaped() still has to be
 * called for them
 */
void connections_end(struct connections *connections);

/**
 * connections_finish() - Forget processes that were not reaped; undoes
 * connections_init()
 */
void connections_finish(struct connections *connections);

#endif
