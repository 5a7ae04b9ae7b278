/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the log says about guests that come again and again.
 *
 * Whoever is refused tries again, several times a second and for ever; whoever
 * is let in may come and go as often.  So a line about a guest is said once, and
 * then, as long as there are more of its kind, once a minute with their number.
 *
 * The listener keeps account.  Most lines are those of the guest processes:
 * each has the account as it was when it was forked, from which it knows
 * whether it is to speak, and tells by its exit status what there was to say.
 *
 * It is limited in size, because guests choose how many they are: what has no
 * room is not said, but counted.  Strangers, who are turned away at the door, have
 * a part of their own, so that they take nobody else's.
 */
#ifndef HOSTD_NOTICES_H
#define HOSTD_NOTICES_H

#include <stdbool.h>

#include "common/loop.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"

#define NOTICES_STRANGERS  64  /* guests that no rule lets in, times reasons */
#define NOTICES_MAX        640 /* with others, times what is said of each */
#define NOTICES_SERVED_MAX 60  /* connections of a guest said in a period */
#define NOTICES_PERIOD     (60000 * LOOP_MS)

/**
 * enum notice - What can be said of a guest; up to NOTICE_NAME, and from
 * NOTICE_DEVICE on, these are exit statuses of guest processes
 * @NOTICE_SERVED:	Connected, gone: may be said NOTICES_SERVED_MAX times
 * @NOTICE_FAILED:	We failed; or no status that we know
 * @NOTICE_LIE:		What it sent is against the protocol
 * @NOTICE_TIMEOUT:	It did not say HELLO
 * @NOTICE_VERSION:	No common version
 * @NOTICE_NAME:	No device has the name that it said
 * @NOTICE_KILLED:	A process of its connection ended by a signal
 * @NOTICE_RULE:	No rule lets it in
 * @NOTICE_PORT:	Its source port is not below 1024
 * @NOTICE_LIMIT:	There are too many connections
 * @NOTICE_START:	Its processes cannot be started
 * @NOTICE_GRANT:	It was let in, for hostd/audit.h; as often as NOTICE_SERVED
 * @NOTICE_DEVICE:	Plus index of a device: it cannot be opened
 */
enum notice {
	NOTICE_SERVED = 0,
	NOTICE_FAILED = 1,
	NOTICE_LIE,
	NOTICE_TIMEOUT,
	NOTICE_VERSION,
	NOTICE_NAME,
	NOTICE_KILLED,
	NOTICE_RULE,
	NOTICE_PORT,
	NOTICE_LIMIT,
	NOTICE_START,
	NOTICE_GRANT,
	NOTICE_DEVICE,
	NOTICE_COUNT = NOTICE_DEVICE + DEVICE_COUNT_MAX,
};

struct notices;

/**
 * notices_create() - Nothing was said yet
 * @devices:	Their names, not copied
 *
 * Return: 0 or a negative errno
 */
int notices_create(struct loop *loop, const struct device_list *devices,
		   struct notices **out);

/**
 * notices_set_devices() - There are other devices now
 * @devices:	Not copied
 *
 * What there is to say of the old ones is said.
 */
void notices_set_devices(struct notices *notices,
			 const struct device_list *devices);

/** notices_destroy() - Free; NULL is fine */
void notices_destroy(struct notices *notices);

/**
 * notices_add() - There is something to say
 * @notice:	enum notice, and an index if it is NOTICE_DEVICE
 *
 * Return: whether to say it now
 */
bool notices_add(struct notices *notices, const struct transport_peer *peer,
		 unsigned int notice);

/**
 * notices_new() - Would notices_add() have it said?
 * @notices:	NULL: yes
 */
bool notices_new(const struct notices *notices,
		 const struct transport_peer *peer, unsigned int notice);

#endif
