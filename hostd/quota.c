// SPDX-License-Identifier: BSD-3-Clause
/*
 * How many buffers a connection has, and bytes of them.
 */
#include "hostd/quota.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

void quota_add(struct quota *quota, unsigned int buffers, uint64_t memory)
{
	quota->buffers += buffers;
	quota->memory += memory;
}

void quota_drop(struct quota *quota, unsigned int buffers, uint64_t memory)
{
	assert(quota->buffers >= buffers && quota->memory >= memory);
	quota->buffers -= buffers;
	quota->memory -= memory;
}

bool quota_exceeded(const struct quota *quota)
{
	return quota->buffers > quota->grant->buffers ||
	       quota->memory > quota->grant->memory;
}

/* How many of @each fit beside @used of @most? */
static uint64_t fit(uint64_t most, uint64_t used, uint64_t each)
{
	if (used > most)
		return 0;
	return each ? (most - used) / each : UINT32_MAX;
}

int quota_reserve(struct quota *quota, uint32_t *count, uint64_t each,
		  unsigned int buffers, uint64_t memory,
		  struct quota_hold *hold)
{
	uint64_t room = fit(quota->grant->buffers, quota->buffers - buffers, 1);
	uint64_t bytes =
		fit(quota->grant->memory, quota->memory - memory, each);

	if (bytes < room)
		room = bytes;
	if (!room)
		return -ENOMEM;
	if (*count > room)
		*count = (uint32_t)room;
	hold->quota = quota;
	hold->buffers = *count > buffers ? *count - buffers : 0;
	hold->memory = *count * each > memory ? *count * each - memory : 0;
	quota_add(quota, hold->buffers, hold->memory);
	return 0;
}

void quota_hold_drop(struct quota_hold *hold)
{
	if (hold->quota)
		quota_drop(hold->quota, hold->buffers, hold->memory);
	hold->quota = NULL;
}
