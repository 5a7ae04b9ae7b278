/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The listener: accepts, asks the policy, counts per guest, starts the two
 * processes of each connection and buries them.  It reads no byte of a guest,
 * and it is never the last to close a unix connection: a guest may have put a
 * descriptor of its own CUSE node into it, whose last close sleeps until that
 * guest answers.
 */
#ifndef HOSTD_LISTENER_H
#define HOSTD_LISTENER_H

#include "common/loop.h"
#include "hostd/device_kinds.h"
#include "hostd/policy.h"

#define LISTENER_ADDRESSES_MAX 16
#define LISTENER_TOTAL_MAX     1024 /* connections of all */

struct listener;

/**
 * listener_create() - Nothing listens yet
 * @loop:	Gets SIGCHLD: all children of this process are the listener's
 * @devices:	Not copied
 * @policy:	Not copied
 *
 * Return: 0 or a negative errno
 */
int listener_create(struct loop *loop, struct device_list *devices,
		    const struct policy *policy, struct listener **out);

/**
 * listener_reload() - Go on with other devices and rules
 * @devices:	Not copied; for those who connect from now on
 * @policy:	Not copied
 *
 * Connections whose guest no rule lets in any more end within 1 s.  Others keep what
 * they were granted until they connect again.
 *
 * Return: how many end
 */
unsigned int listener_reload(struct listener *listener,
			     struct device_list *devices,
			     const struct policy *policy);

/** listener_report() - Have each connection log its statistics */
void listener_report(const struct listener *listener);

/**
 * listener_add() - Listen on one more address
 *
 * Return: 0 or a negative errno; -E2BIG after LISTENER_ADDRESSES_MAX
 */
int listener_add(struct listener *listener,
		 const struct transport_address *address);

/**
 * listener_destroy() - Stop listening, end all connections' processes
 * @listener:	May be NULL
 *
 * Socket files go first, then the processes; those that do not end within 1 s,
 * because a device or a guest does not let them, are left alone.  The loop must
 * not run any more.
 */
void listener_destroy(struct listener *listener);

#endif
