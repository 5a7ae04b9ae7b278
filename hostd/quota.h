/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many buffers a connection has, and bytes of them, against what it may have.
 *
 * The kernel charges a driver's buffers to nobody, so they are counted here, from
 * before a driver is asked for them until they are gone.  The memory of one that is
 * gone stays for as long as it is mapped, and counts as long.
 */
#ifndef HOSTD_QUOTA_H
#define HOSTD_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "hostd/grant.h"

/**
 * struct quota - Of one connection; zeroed, but for @grant: it has nothing
 * @buffers:	Of all queues of all sessions, and those that are being made
 * @memory:	Bytes of theirs, and of what is mapped only
 * @subscriptions: To V4L2 events, as hostd/subscriptions.h
 */
struct quota {
	const struct grant *grant;
	unsigned int buffers;
	uint64_t memory;
	unsigned int subscriptions;
};

/** quota_add() - There are so many more; they may be too many */
void quota_add(struct quota *quota, unsigned int buffers, uint64_t memory);

/** quota_drop() - There are so many less */
void quota_drop(struct quota *quota, unsigned int buffers, uint64_t memory);

/** quota_exceeded() - Are there more than there may be? */
bool quota_exceeded(const struct quota *quota);

/**
 * struct quota_hold - Buffers that are being made, which replace others; zeroed: none
 */
struct quota_hold {
	struct quota *quota;
	unsigned int buffers;
	uint64_t memory;
};

/**
 * quota_reserve() - May it make buffers?
 * @count:	How many it wants; set to how many it may have, as vb2 makes as many as
 *		it has memory for
 * @each:	Bytes of each; 0: who knows
 * @buffers, @memory: What it has, and gives up for them
 * @hold:	Unused; holds them, on success
 *
 * Return: 0, or -ENOMEM: not one
 */
int quota_reserve(struct quota *quota, uint32_t *count, uint64_t each,
		  unsigned int buffers, uint64_t memory,
		  struct quota_hold *hold);

/** quota_hold_drop() - They are made and counted, or they are not made */
void quota_hold_drop(struct quota_hold *hold);

#endif
