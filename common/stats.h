/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters of one process.  Each thing that happens is counted once.
 *
 * guestd prints them upon SIGUSR1, and hostd those of each connection; with --verbose
 * also when it ends; see stats_log().
 *
 * Plain integers: only loop threads count.
 */
#ifndef COMMON_STATS_H
#define COMMON_STATS_H

#include <assert.h>
#include <stdint.h>

#include "common/log.h"

enum stats_counter {
	STATS_FRAMES_IN, /* wire frames received */
	STATS_FRAMES_OUT,
	STATS_BYTES_IN, /* bytes read from connections */
	STATS_BYTES_OUT,
	STATS_SYSCALLS_IN, /* recvmsg calls of connections */
	STATS_SYSCALLS_OUT,
	STATS_DATA_IN, /* DATA payload bytes put into buffers */
	STATS_DATA_OUT,
	STATS_DATA_DISCARDED, /* DATA payload bytes for dead mappings */
	STATS_OBJECTS_IN,     /* descriptors of buffers received */
	STATS_OBJECTS_OUT,
	STATS_IOCTLS, /* application calls (guestd), device calls (hostd) */
	STATS_BUFFERS_DONE,   /* finished buffers handed on */
	STATS_EVENTS,         /* V4L2 events handed on */
	STATS_EVENTS_DROPPED, /* V4L2 events pushed out of a full queue */
	STATS_ATTACHED,       /* open files whose program has the shim */
	STATS_USERPTR,        /* frame bytes copied to or from applications */
	STATS_LIES,           /* what a hostile or broken peer said */
	STATS_REFUSED,        /* ioctls that a guest may not make (hostd) */
	STATS_REQUESTS, /* REQ and IO, each of which the host answers (guestd) */
	STATS_MEMO_HITS,    /* ioctls answered from memory (guestd) */
	STATS_MEMO_MISSES,  /* those that could have been (guestd) */
	STATS_MEMO_ENTRIES, /* answers that came, or went, to be remembered */
	STATS_MEMO_INVALS,  /* how often some were forgotten, or taken back */
	STATS_WAITS,        /* times that a call waited for the host (guestd) */
	STATS_SHMEM_PLANES, /* planes whose contents are in memory of both */
	STATS_SHMEM_COPIED, /* frame bytes copied to or from there */
	STATS_COUNT,
};

/* For the functions here: a message raises a dozen of them. */
extern uint64_t stats_counters[STATS_COUNT];

/**
 * stats_add() - Raise a counter
 */
static inline void stats_add(enum stats_counter counter, uint64_t amount)
{
	assert(counter < STATS_COUNT);
	stats_counters[counter] += amount;
}

/**
 * stats_get() - Read a counter
 */
uint64_t stats_get(enum stats_counter counter);

/**
 * stats_name() - The word for a counter, as in stats_log()'s line
 */
const char *stats_name(enum stats_counter counter);

/**
 * stats_log() - Print all counters that are not zero in one line
 * @who:	First word of the line: "WHO: frames-in 12, frames-out 7, ..."
 */
void stats_log(enum log_level level, const char *who);

#endif
