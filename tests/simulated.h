/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop's clock that is a number of the test's.
 */
#ifndef TESTS_SIMULATED_H
#define TESTS_SIMULATED_H

#include <stdint.h>

#include "common/loop.h"

/**
 * simulated_time() - From here on *@now is a loop's time, in nanoseconds
 *
 * Where the loop would sleep, it goes on to the deadline.
 */
void simulated_time(struct loop *loop, uint64_t *now);

/** simulated_time_stands() - The same, but only the test changes it */
void simulated_time_stands(struct loop *loop, uint64_t *now);

#endif
