/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Samples of one measurement of one node, and how two of them compare.
 *
 * Samples of one round have much in common: what else the machine did, what was in
 * its caches.  So a comparison is one of rounds, whose medians are its values, and
 * rounds are drawn for the bootstrap, not samples.  A round is drawn for both nodes
 * at once, as they were measured side by side in it.
 */
#ifndef TESTS_BENCH_SERIES_H
#define TESTS_BENCH_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct series_sample - One of them
 * @value:	In the unit of the measurement
 * @round:	In which it was measured
 */
struct series_sample {
	double value;
	unsigned int round;
};

/* All zero is an empty one. */
struct series {
	struct series_sample *samples;
	size_t count;
	size_t room;
};

/**
 * struct series_ratio - How much more one is than another
 * @value:	Of the medians of rounds' medians
 * @low:	95 in 100 such runs would find it between these two, if the bootstrap is
 *		right: percentiles of the ratio, over rounds drawn with replacement
 * @high:	The same
 * @rounds:	That have samples of both; with one there is no interval, and @low
 *		and @high are @value
 */
struct series_ratio {
	double value;
	double low;
	double high;
	unsigned int rounds;
};

/** series_finish() - Free the samples; it is empty then */
void series_finish(struct series *series);

/** series_add() - @round is not less than the last one's.  Return: 0 or -ENOMEM */
int series_add(struct series *series, unsigned int round, double value);

/**
 * series_quantile() - The smallest sample that is not less than so many others
 * @part:	Of all, 0.5 for the median (the mean of both in the middle), 0.99
 * @out:	Not written if there is no sample
 *
 * Return: 0, -ENODATA or -ENOMEM
 */
int series_quantile(const struct series *series, double part, double *out);

/** series_total() - The sum of all */
double series_total(const struct series *series);

/**
 * series_compare() - @of divided by @to
 *
 * The same samples give the same numbers: dice are seeded with a constant.
 *
 * Return: 0, -ENODATA if no round has samples of both or @to is 0, -ENOMEM
 */
int series_compare(const struct series *of, const struct series *to,
		   struct series_ratio *out);

#endif
