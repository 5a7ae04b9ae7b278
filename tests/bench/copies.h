/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes of the calls that /proc/PID/io says nothing of, by the kernel's own tracing.
 */
#ifndef TESTS_BENCH_COPIES_H
#define TESTS_BENCH_COPIES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Where tracefs is, if anybody has mounted it */
#define COPIES_TRACEFS "/sys/kernel/tracing"

/* Threads in the table of a call, a power of two as the kernel has it; and in all */
#define COPIES_TABLE_MAX   4096
#define COPIES_THREADS_MAX 32768
#define COPIES_WHY_LEN     96

/** struct copies_thread - Bytes of one call's, since copies_begin() */
struct copies_thread {
	pid_t tid;
	uint64_t bytes;
};

/**
 * struct copies - What copies_look() has seen
 * @count:	Of @threads; a thread has one for each call that it has made
 * @why:	What has failed, if something has
 */
struct copies {
	size_t count;
	struct copies_thread threads[COPIES_THREADS_MAX];
	char why[COPIES_WHY_LEN];
};

/**
 * copies_begin() - Have the kernel count, in an instance of tracing of our own
 * @tracefs:	COPIES_TRACEFS, but for tests
 *
 * Every call of every process takes longer until copies_end().  SIGINT, SIGTERM and
 * SIGHUP do what they did, behind that.  There is one at a time.
 *
 * Return: 0, or a negative errno with @copies' @why set, and nothing to end
 */
int copies_begin(struct copies *copies, const char *tracefs);

/**
 * copies_look() - All threads, as they are now
 *
 * Return: 0, or a negative errno with @copies' @why set
 */
int copies_look(struct copies *copies);

/** copies_of() - What that thread had when copies_look() looked */
uint64_t copies_of(const struct copies *copies, pid_t tid);

void copies_end(void);

/**
 * copies_parse() - Add the threads of one call's table
 *
 * Return: 0; -EPROTO if it is not what kernels write, -ENOSPC if they or we had no room
 * for some thread, or what reading failed with
 */
int copies_parse(struct copies *copies, FILE *table);

#endif
