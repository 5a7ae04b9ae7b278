/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one run of usermedia-bench has measured: nodes, measurements, and of each the
 * samples of each node, or why there are none.
 */
#ifndef TESTS_BENCH_RESULTS_H
#define TESTS_BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/series.h"

#define RESULTS_NODES_MAX     16
#define RESULTS_PROCESSES_MAX 16
#define RESULTS_NAME_LEN      32
#define RESULTS_WHY_LEN       96

/**
 * struct results_node - A node that is measured
 * @name:	As the user calls it
 * @path:	Of the node
 * @driver:	What the node says it is; printable
 * @card:	The same
 * @format:	"640x480 YUYV", or empty
 * @method:	How frames are taken: an enum stream_method
 * @why:	Why they are not, or empty
 * @nominal:	Frames per second that the node says it has; 0: it says nothing
 */
struct results_node {
	char name[RESULTS_NAME_LEN];
	const char *path;
	char driver[16];
	char card[32];
	char format[32];
	int method;
	char why[RESULTS_WHY_LEN];
	double nominal;
};

/** struct results_process - Whose CPU time and memory is asked for */
struct results_process {
	char name[RESULTS_NAME_LEN];
	pid_t pid;
};

/**
 * enum measure_kind - What a measurement's samples are
 * @MEASURE_VALUE:	One or several per round: median, 99th percentile, ratio
 * @MEASURE_TOTAL:	Things that happened: their sum
 */
enum measure_kind {
	MEASURE_VALUE,
	MEASURE_TOTAL,
};

/**
 * struct measure - What is measured
 * @group:	"ioctl", "discovery", "stream", "cost" or "floor"; the last is of the
 *		machine, and has no node
 * @name:	Unique in the group
 * @of:		A process, a kind of socket, or "calls" of a program's; "" else
 * @unit:	Of a sample
 */
struct measure {
	const char *group;
	const char *name;
	const char *of;
	const char *unit;
	enum measure_kind kind;
};

/**
 * struct measurement - A struct measure and what came of it
 * @series:	Of each node; of a floor the first one is the machine's
 * @why:	Why a node has none; "" if it has, or was not asked
 */
struct measurement {
	struct measure what;
	struct series series[RESULTS_NODES_MAX];
	char why[RESULTS_NODES_MAX][RESULTS_WHY_LEN];
	struct measurement *next;
};

/**
 * struct results - All of a run
 * @rounds:	How many there are
 * @calls:	Of each ioctl in a round
 * @frames:	In a round
 * @node:	The one that is measured now, an index
 * @round:	Now
 * @first:	Measurements in the order in which they were first made
 * @error:	-ENOMEM once something could not be kept
 */
struct results {
	unsigned int rounds;
	unsigned int calls;
	unsigned int frames;
	struct results_node nodes[RESULTS_NODES_MAX];
	unsigned int node_count;
	struct results_process processes[RESULTS_PROCESSES_MAX];
	unsigned int process_count;

	unsigned int node;
	unsigned int round;
	struct measurement *first;
	int error;
};

/** results_finish() - Free all measurements; the rest is the caller's */
void results_finish(struct results *results);

/**
 * results_turn() - Whose turn it is, into @node
 * @thing:	What is measured, a number: nodes come in another order each time
 * @i:		Up to the number of nodes
 *
 * Each round, and each thing in it, begins with another node, and every other one goes
 * backwards, lest a node always come behind the same one.
 */
void results_turn(struct results *results, unsigned int thing, unsigned int i);

/** results_take() - One sample of the node that is measured now */
void results_take(struct results *results, const struct measure *what,
		  double sample);

/**
 * results_cannot() - The node that is measured now cannot do this
 *
 * The first reason is kept.
 */
void results_cannot(struct results *results, const struct measure *what,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** results_could() - Has the node that is measured now not been said to be unable? */
bool results_could(struct results *results, const struct measure *what);

/** results_is_floor() - Is it of the machine, and not of a node? */
bool results_is_floor(const struct measurement *measurement);

/** results_columns() - Of how many nodes it has samples or reasons */
unsigned int results_columns(const struct results *results,
			     const struct measurement *measurement);

/**
 * results_ratio() - To the first node
 * @node:	Not the first
 *
 * Return: 0, or -ENODATA if there is nothing to compare
 */
int results_ratio(const struct measurement *measurement, unsigned int node,
		  struct series_ratio *out);

/** results_printable() - Copy text of a driver's; what is not ASCII becomes '?' */
void results_printable(char *to, size_t size, const uint8_t *from, size_t len);

#endif
