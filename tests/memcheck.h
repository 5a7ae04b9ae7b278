/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of what valgrind does in its own way: it has limits of descriptors of its
 * own, so what the kernel does at a limit does not come.
 */
#ifndef TESTS_MEMCHECK_H
#define TESTS_MEMCHECK_H

#include <stdbool.h>
#include <stdlib.h>

/** memcheck() - Is this `make valgrind'?  Then such a test skips itself. */
static inline bool memcheck(void)
{
	return getenv("USERMEDIA_MEMCHECK");
}

#endif
