/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line of usermedia-bench.
 */
#ifndef TESTS_BENCH_ARGUMENTS_H
#define TESTS_BENCH_ARGUMENTS_H

#include <stdbool.h>

#include "common/options.h"
#include "tests/bench/results.h"

#define ARGUMENTS_ROUNDS_MAX 10000
#define ARGUMENTS_CALLS_MAX  100000
#define ARGUMENTS_FRAMES_MAX 100000

/* What is measured of nodes */
enum arguments_group {
	ARGUMENTS_IOCTL = 1 << 0,
	ARGUMENTS_DISCOVERY = 1 << 1,
	ARGUMENTS_STREAM = 1 << 2,
};

/**
 * struct arguments - What is asked for
 * @results:	Nodes, processes and how often, for the run to go on with
 * @groups:	Of enum arguments_group, what is measured
 * @floors:	Measure the machine, too
 * @json:	Path, "-" for stdout in place of the text; NULL: none
 * @svg:	The same
 */
struct arguments {
	struct results results;
	unsigned int groups;
	bool floors;
	const char *json;
	const char *svg;
};

/** arguments_parse() - Fill @arguments; what it points to is in @argv */
enum options_result arguments_parse(int argc, char **argv,
				    struct arguments *arguments);

#endif
