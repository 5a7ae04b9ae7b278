/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is measured in a round, of a node or of the machine.
 *
 * Each is called once per round and node, with the results' round and node set, opens
 * the node and closes it.  What cannot be measured is said in the results.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "tests/bench/results.h"

/** measure_ioctls() - How long each of some calls takes that change nothing */
void measure_ioctls(struct results *results, const char *path);

/** measure_discovery() - How many calls programs make to know a node, and how long */
void measure_discovery(struct results *results, const char *path);

/** measure_stream() - Frames: how soon, how many, how evenly, and what they cost */
void measure_stream(struct results *results, const char *path);

/** measure_floors() - What nothing built of these can be faster than: memcpy(), sockets */
void measure_floors(struct results *results);

#endif
