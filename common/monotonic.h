/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What time it is, for whoever has no loop: loop_now() is also that of tests.
 */
#ifndef COMMON_MONOTONIC_H
#define COMMON_MONOTONIC_H

#include <stdint.h>
#include <time.h>

/** monotonic_ns() - CLOCK_MONOTONIC, in nanoseconds */
static inline uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
