/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections there are: who, and the two processes of each.
 */
#ifndef HOSTD_CONNECTIONS_H
#define HOSTD_CONNECTIONS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/notices.h"
#include "hostd/policy.h"

struct connection;

/**
 * struct connections - All of them
 * @devices:	What they are for
 * @policy:	For the openers
 * @notices:	What was said of guests
 * @count:	Those that have a process that is not reaped
 */
struct connections {
	struct device_list *devices;
	const struct policy *policy;
	struct notices *notices;
	LIST_HEAD(, connection) all;
	unsigned int count;
};

/**
 * connections_start() - Fork the two processes of one more
 * @fd:		The connection; on success they have it, and it is closed here
 *
 * Return: 0, or a negative errno; then @fd is still the caller's, to be refused
 */
int connections_start(struct connections *connections, int fd,
		      const struct transport_peer *peer);

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
 * connections_end() - Kill all processes; connections_reaped() still has to be
 * called for them
 */
void connections_end(struct connections *connections);

/**
 * connections_finish() - Forget processes that were not reaped
 */
void connections_finish(struct connections *connections);

#endif
