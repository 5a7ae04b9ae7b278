/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection in its guest process: everything that touches a guest's bytes.
 * Channel on one side, client on the other; HELLO and its timeout; the end.
 */
#ifndef HOSTD_GUEST_H
#define HOSTD_GUEST_H

#include "common/loop.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"
#include "hostd/notices.h"
#include "hostd/opener.h"

struct guest;
struct slices;

/**
 * guest_create() - Serve one connection
 * @fd:		Connected socket, non-blocking; taken over, on success only
 * @peer:	For the log
 * @devices:	Not copied; what a listing shows
 * @opener:	Not taken over
 * @ended:	Called once, from the loop, when the connection is over; the
 *		caller destroys the guest then or later
 *
 * Return: 0 or a negative errno
 */
int guest_create(struct loop *loop, int fd, const struct transport_peer *peer,
		 struct device_list *devices, struct opener *opener,
		 void (*ended)(void *data, int error), void *data,
		 struct guest **out);

/**
 * guest_take_exports() - What it may hold longer than the connection lives
 *
 * Only guest_destroy() may follow.
 *
 * Return: it, the caller's; NULL if there is none
 */
struct exports *guest_take_exports(struct guest *guest);

/**
 * guest_destroy() - Close all sessions and the connection
 * @guest:	May be NULL
 *
 * Waits for device calls that sleep: a guest process whose guest holds nothing just
 * exits instead.
 */
void guest_destroy(struct guest *guest);

/**
 * guest_set_notices() - Do not log what was said before
 * @notices:	Not copied
 */
void guest_set_notices(struct guest *guest, const struct notices *notices);

/**
 * guest_set_grant() - What it may, instead of grant_default()
 * @grant:	Copied
 *
 * Before its HELLO comes.
 */
void guest_set_grant(struct guest *guest, const struct grant *grant);

/**
 * guest_set_slices() - Memory that it may have, too
 * @slices:	Outlives the guest; NULL, as at first: none
 *
 * Before its HELLO comes.
 */
void guest_set_slices(struct guest *guest, struct slices *slices);

/**
 * guest_revoke() - It may not stay: GOAWAY(EACCES), and then the end
 */
void guest_revoke(struct guest *guest);

/**
 * guest_notice() - What there was to say of it last, which is also why it ended
 */
unsigned int guest_notice(const struct guest *guest);

#endif
