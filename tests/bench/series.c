// SPDX-License-Identifier: BSD-3-Clause
/*
 * Samples, medians, and how sure a ratio of two of them is.
 */
#include "tests/bench/series.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#define DRAWS 2000
#define LOW   0.025
#define HIGH  0.975

void series_finish(struct series *series)
{
	free(series->samples);
	*series = (struct series){ 0 };
}

int series_add(struct series *series, unsigned int round, double value)
{
	size_t room = series->room ? 2 * series->room : 64;
	struct series_sample *samples;

	if (series->count == series->room) {
		samples = reallocarray(series->samples, room, sizeof(*samples));
		if (!samples)
			return -ENOMEM;
		series->samples = samples;
		series->room = room;
	}
	series->samples[series->count].round = round;
	series->samples[series->count++].value = value;
	return 0;
}

double series_total(const struct series *series)
{
	double total = 0;
	size_t i;

	for (i = 0; i < series->count; i++)
		total += series->samples[i].value;
	return total;
}

/* ---- quantiles ----------------------------------------------------------------- */

static int compare_values(const void *left, const void *right)
{
	const double *a = left;
	const double *b = right;

	return (*a > *b) - (*a < *b);
}

static double sorted_median(const double *values, size_t count)
{
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static double sorted_quantile(const double *values, size_t count, double part)
{
	size_t index = (size_t)ceil(part * (double)count);

	return values[index ? index - 1 : 0];
}

/* Return: the values of @count samples, sorted, or NULL */
static double *sort_samples(const struct series_sample *samples, size_t count)
{
	double *values = calloc(count, sizeof(*values));
	size_t i;

	for (i = 0; values && i < count; i++)
		values[i] = samples[i].value;
	if (values)
		qsort(values, count, sizeof(*values), compare_values);
	return values;
}

int series_quantile(const struct series *series, double part, double *out)
{
	double *values;

	if (!series->count)
		return -ENODATA;
	values = sort_samples(series->samples, series->count);
	if (!values)
		return -ENOMEM;
	*out = part == 0.5 ? sorted_median(values, series->count)
			   : sorted_quantile(values, series->count, part);
	free(values);
	return 0;
}

/* ---- rounds -------------------------------------------------------------------- */

/* The medians of one round. */
struct pair {
	double of;
	double to;
};

/* What is at @at of the same round */
static size_t round_len(const struct series *series, size_t at)
{
	size_t end = at;

	while (end < series->count &&
	       series->samples[end].round == series->samples[at].round)
		end++;
	return end - at;
}

static int round_median(const struct series *series, size_t at, double *out)
{
	size_t count = round_len(series, at);
	double *values = sort_samples(series->samples + at, count);

	if (!values)
		return -ENOMEM;
	*out = sorted_median(values, count);
	free(values);
	return 0;
}

/*
 * Return: how many rounds have both, -ENOMEM, or -ENODATA if there is nothing to divide
 * by; @pairs has room for all of @of
 */
static ssize_t pair_rounds(const struct series *of, const struct series *to,
			   struct pair *pairs)
{
	size_t i = 0, j = 0;
	ssize_t count = 0;

	while (i < of->count && j < to->count) {
		unsigned int left = of->samples[i].round;
		unsigned int right = to->samples[j].round;

		if (left == right) {
			if (round_median(of, i, &pairs[count].of) ||
			    round_median(to, j, &pairs[count].to))
				return -ENOMEM;
			if (pairs[count].to <= 0)
				return -ENODATA;
			count++;
		}
		if (left <= right)
			i += round_len(of, i);
		if (right <= left)
			j += round_len(to, j);
	}
	return count;
}

/* ---- the bootstrap -------------------------------------------------------------- */

/* xorshift64*, the high half */
static uint32_t roll(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

/* Medians by side; @scratch has room for @count */
static double ratio_of(const struct pair *pairs, size_t count, double *scratch)
{
	double of;
	size_t i;

	for (i = 0; i < count; i++)
		scratch[i] = pairs[i].of;
	qsort(scratch, count, sizeof(*scratch), compare_values);
	of = sorted_median(scratch, count);
	for (i = 0; i < count; i++)
		scratch[i] = pairs[i].to;
	qsort(scratch, count, sizeof(*scratch), compare_values);
	return of / sorted_median(scratch, count);
}

static int draw_all(const struct pair *pairs, size_t count,
		    struct series_ratio *ratio)
{
	struct pair *drawn = calloc(count, sizeof(*drawn));
	double *scratch = calloc(count, sizeof(*scratch));
	double *ratios = calloc(DRAWS, sizeof(*ratios));
	uint64_t state = 88172645463325252ull;
	int ret = -ENOMEM;
	size_t i, j;

	if (!drawn || !scratch || !ratios)
		goto out;
	ratio->value = ratio_of(pairs, count, scratch);
	for (i = 0; i < DRAWS; i++) {
		for (j = 0; j < count; j++)
			drawn[j] = pairs[roll(&state) % count];
		ratios[i] = ratio_of(drawn, count, scratch);
	}
	qsort(ratios, DRAWS, sizeof(*ratios), compare_values);
	ratio->low = sorted_quantile(ratios, DRAWS, LOW);
	ratio->high = sorted_quantile(ratios, DRAWS, HIGH);
	ratio->rounds = (unsigned int)count;
	ret = 0;
out:
	free(ratios);
	free(scratch);
	free(drawn);
	return ret;
}

int series_compare(const struct series *of, const struct series *to,
		   struct series_ratio *out)
{
	struct series_ratio ratio;
	struct pair *pairs;
	ssize_t count;
	int ret;

	if (!of->count || !to->count)
		return -ENODATA;
	pairs = calloc(of->count, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	count = pair_rounds(of, to, pairs);
	if (count > 0)
		ret = draw_all(pairs, (size_t)count, &ratio);
	else
		ret = count < 0 ? (int)count : -ENODATA;
	free(pairs);
	if (!ret)
		*out = ratio;
	return ret;
}
