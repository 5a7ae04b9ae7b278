/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages that do not come: somebody's userfaultfd has them.
 *
 * userfaultfd(2) may be root's only; what is done with it is not.  So a process makes
 * them before it becomes somebody else, and another one keeps what they wait for, or
 * the end of the first would end the waiting.
 */
#ifndef TESTS_LAB_SHARED_PAGES_H
#define TESTS_LAB_SHARED_PAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** struct pages - In shared_memory(), zeroed; all of it private */
struct pages {
	atomic_int uffd; /* 0: not yet */
	atomic_bool held;
	int kept; /* the other process's copy */
};

/**
 * pages_make() - @len bytes that wait until pages_release(), if pages_hold() has been
 * called; it waits for that
 * @filled:	They are there, until madvise(2) takes them away
 */
void *pages_make(struct pages *pages, size_t len, bool filled);

/** pages_hold() - Those of process @pid, which calls pages_make() */
void pages_hold(struct pages *pages, pid_t pid);

/** pages_release() - Whoever waits gets no page, and need not wait */
void pages_release(struct pages *pages);

#endif
