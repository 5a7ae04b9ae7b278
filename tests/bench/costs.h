/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process and all below it have used.
 */
#ifndef TESTS_BENCH_COSTS_H
#define TESTS_BENCH_COSTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/copies.h"

/**
 * struct costs - Since they began
 * @cpu_ns:	CPU time of all threads
 * @has_copied:	Whether we may know the next
 * @copied:	Bytes through read(), write() and their kin; messages of sockets do
 *		not count
 */
struct costs {
	uint64_t cpu_ns;
	bool has_copied;
	uint64_t copied;
};

/**
 * costs_look() - Of @pid and the processes below it
 *
 * Return: 0 or -ESRCH
 */
int costs_look(pid_t pid, struct costs *out);

/**
 * costs_messages() - Bytes that @copies has of @pid's threads and those below it
 *
 * Threads that have ended are not among them.
 */
uint64_t costs_messages(pid_t pid, const struct copies *copies);

/**
 * costs_memory() - Memory that they have, each page divided by those who have it
 * @out:	KiB
 *
 * Return: 0, -ESRCH, or -EACCES if we may not know
 */
int costs_memory(pid_t pid, double *out);

#endif
