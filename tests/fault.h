/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls of the daemons to libc that fail as on a machine that has run out of memory,
 * of descriptors or of threads.
 *
 * Programs called test_fault_* are linked with a library in which those calls come
 * here first: tests/fault.symbols has their names.  Tests and fakes call libc itself.
 * What one process says here goes for those that it has forked, too.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <stdbool.h>
#include <sys/types.h>

/** enum fault_kind - What there is no more of; a set of these */
enum fault_kind {
	FAULT_MEMORY = 1,
	FAULT_FILES = 2,   /* descriptors of this process */
	FAULT_THREADS = 4, /* or processes */
	FAULT_ALL = 7,
};

/**
 * fault_arm() - From now on calls fail that need one of @kinds
 * @at:		The first one that does, from 1
 * @count:	How many do; 0: all
 */
void fault_arm(unsigned int kinds, unsigned int at, unsigned int count);

/**
 * fault_disarm() - There is enough of everything
 *
 * Return: how many have failed
 */
unsigned int fault_disarm(void);

/** fault_hits() - How many have failed since fault_arm() */
unsigned int fault_hits(void);

/** fault_spare() - This thread's calls do not fail, as long as @spared; a child's do */
void fault_spare(bool spared);

/**
 * fault_only() - From now on only calls of threads fail that have taken this name
 * @name:	By prctl(2), or as the only thread of a process that was forked by such
 *		a one; "": those without one; NULL: all
 */
void fault_only(const char *name);

/** fault_watch() - fault_kept() is about this process, and 0 */
void fault_watch(pid_t process);

/**
 * fault_kept() - What the daemons' code there has allocated and mapped since, and not
 * given back; below 0: more was
 */
int fault_kept(void);

/** fault_name() - Of the call that failed last */
const char *fault_name(void);

#endif
