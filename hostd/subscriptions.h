/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * V4L2 events that a session has subscribed to, and how many all of a connection
 * have.
 *
 * The kernel keeps a list of them for each file, and has no limit: drivers take any
 * number for the id of some events, such as V4L2_EVENT_SOURCE_CHANGE.  Its memory is
 * charged to nobody, and for each event of a device it looks through the lists of all
 * files of that device, with interrupts off (v4l2_event_queue()).
 */
#ifndef HOSTD_SUBSCRIPTIONS_H
#define HOSTD_SUBSCRIPTIONS_H

#include <stdint.h>

#include "hostd/quota.h"

/* Of a connection: half a kilobyte each where a driver keeps two events (codecs) */
#define SUBSCRIPTIONS_MAX 4096

struct subscription;

/**
 * struct subscriptions - Of one session; zeroed, but for @quota: none
 * @quota:	Where they count; not copied
 * @list:	@count of them, with room for @room
 */
struct subscriptions {
	struct quota *quota;
	struct subscription *list;
	unsigned int count;
	unsigned int room;
};

/**
 * subscriptions_prepare() - May there be this one, too?
 *
 * One that is there already may always be.
 *
 * Return: 0, then subscriptions_add() cannot fail; -ENOMEM
 */
int subscriptions_prepare(struct subscriptions *subscriptions, uint32_t type,
			  uint32_t id);

/** subscriptions_add() - The device has it */
void subscriptions_add(struct subscriptions *subscriptions, uint32_t type,
		       uint32_t id);

/** subscriptions_remove() - Or has it no more; V4L2_EVENT_ALL: none */
void subscriptions_remove(struct subscriptions *subscriptions, uint32_t type,
			  uint32_t id);

/** subscriptions_finish() - The file is closed */
void subscriptions_finish(struct subscriptions *subscriptions);

#endif
