/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is measured in a round, of all nodes, which take turns, or of the machine.
 *
 * Each is called once per round, with that set in the results, opens what it measures
 * and closes it.  What cannot be measured is said in the results.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "tests/bench/results.h"

/** measure_ioctls() - How long each of some calls takes that change nothing */
void measure_ioctls(struct results *results);

/** measure_discovery() - How many calls programs make to know a node, and how long */
void measure_discovery(struct results *results);

/** measure_streams() - Frames: how soon, how many, how evenly, and what they cost */
void measure_streams(struct results *results);

/**
 * measure_copies() - Bytes that processes copy for a frame
 * @tracefs:	Where the kernel's tracing is, COPIES_TRACEFS but for tests
 */
void measure_copies(struct results *results, const char *tracefs);

/** measure_floors() - What nothing built of these can be faster than: memcpy(), sockets */
void measure_floors(struct results *results);

#endif
