// SPDX-License-Identifier: BSD-3-Clause
/*
 * Counters of one process.
 */
#include "common/stats.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

static const char *const stats_names[] = {
	[STATS_FRAMES_IN] = "frames-in",
	[STATS_FRAMES_OUT] = "frames-out",
	[STATS_BYTES_IN] = "bytes-in",
	[STATS_BYTES_OUT] = "bytes-out",
	[STATS_SYSCALLS_IN] = "syscalls-in",
	[STATS_SYSCALLS_OUT] = "syscalls-out",
	[STATS_DATA_IN] = "data-in",
	[STATS_DATA_OUT] = "data-out",
	[STATS_DATA_DISCARDED] = "data-discarded",
	[STATS_OBJECTS_IN] = "objects-in",
	[STATS_OBJECTS_OUT] = "objects-out",
	[STATS_IOCTLS] = "ioctls",
	[STATS_BUFFERS_DONE] = "buffers-done",
	[STATS_EVENTS] = "events",
	[STATS_EVENTS_DROPPED] = "events-dropped",
	[STATS_ATTACHED] = "attached",
	[STATS_USERPTR] = "userptr",
	[STATS_LIES] = "lies",
	[STATS_REFUSED] = "refused",
	[STATS_REQUESTS] = "requests",
	[STATS_MEMO_HITS] = "memo-hits",
	[STATS_MEMO_MISSES] = "memo-misses",
	[STATS_MEMO_ENTRIES] = "memo-entries",
	[STATS_MEMO_INVALS] = "memo-invals",
	[STATS_WAITS] = "waits",
	[STATS_SHMEM_PLANES] = "shmem-planes",
	[STATS_SHMEM_COPIED] = "shmem-copied",
};
static_assert(sizeof(stats_names) / sizeof(stats_names[0]) == STATS_COUNT,
	      "a counter without a name");

uint64_t stats_counters[STATS_COUNT];

uint64_t stats_get(enum stats_counter counter)
{
	assert(counter < STATS_COUNT);
	return stats_counters[counter];
}

const char *stats_name(enum stats_counter counter)
{
	assert(counter < STATS_COUNT);
	return stats_names[counter];
}

void stats_log(enum log_level level, const char *who)
{
	/* Largest: ", ", the longest name, " ", 20 digits. */
	char text[STATS_COUNT * 40 + 1];
	size_t len = 0;
	size_t i;

	for (i = 0; i < STATS_COUNT; i++) {
		if (!stats_counters[i])
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%s %" PRIu64, len ? ", " : "",
					stats_names[i], stats_counters[i]);
		assert(len < sizeof(text));
	}

	if (len)
		log_line(level, "%s: %s", who, text);
}
