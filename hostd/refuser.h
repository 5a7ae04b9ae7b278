/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The refuser: one disposable process that tells unix peers why they may not
 * stay, and closes their connections.
 *
 * The listener must not do that (hostd/listener.h).  The refuser may hang in a
 * close; then it takes no more, is killed, and another one takes its place.
 */
#ifndef HOSTD_REFUSER_H
#define HOSTD_REFUSER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/loop.h"
#include "common/protocol.h"

#define REFUSER_DYING_MAX 8 /* killed ones that have not ended */

struct refuser;

/**
 * refuser_create() - No process yet; it is forked when there is something to do
 * @ready:	refuser_ready() has become true again
 *
 * Return: 0 or a negative errno
 */
int refuser_create(struct loop *loop, void (*ready)(void *data), void *data,
		   struct refuser **out);

/**
 * refuser_end() - Kill its process; nothing is refused any more
 */
void refuser_end(struct refuser *refuser);

/**
 * refuser_destroy() - Free, without waiting for processes
 * @refuser:	May be NULL
 *
 * A connection that is still kept stays open until the listener ends.
 */
void refuser_destroy(struct refuser *refuser);

/**
 * refuser_refuse() - Have a connection closed
 * @fd:		AF_UNIX, taken over
 * @goaway:	The reason it is given
 *
 * Only when refuser_ready().  Never closes the last copy of @fd; if there is no
 * process to do so, keeps it until there is one.
 */
void refuser_refuse(struct refuser *refuser, int fd,
		    const struct vms_goaway *goaway);

/**
 * refuser_ready() - May one more unix connection be accepted?
 */
bool refuser_ready(const struct refuser *refuser);

/**
 * refuser_reaped() - A child of this process has ended
 *
 * Return: was it a refuser?
 */
bool refuser_reaped(struct refuser *refuser, pid_t pid);

/**
 * refuser_goaway() - Send a GOAWAY as far as the socket takes it at once
 *
 * For sockets that are not AF_UNIX; the caller closes @fd.
 */
void refuser_goaway(int fd, const struct vms_goaway *goaway);

#endif
