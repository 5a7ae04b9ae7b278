// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a run has measured.
 */
#include "tests/bench/results.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void results_finish(struct results *results)
{
	struct measurement *measurement;
	unsigned int i;

	while ((measurement = results->first)) {
		results->first = measurement->next;
		for (i = 0; i < RESULTS_NODES_MAX; i++)
			series_finish(&measurement->series[i]);
		free(measurement);
	}
}

bool results_is_floor(const struct measurement *measurement)
{
	return !strcmp(measurement->what.group, "floor");
}

unsigned int results_columns(const struct results *results,
			     const struct measurement *measurement)
{
	return results_is_floor(measurement) ? 1 : results->node_count;
}

/* The one that was made before, or a new one at the end; NULL: no memory */
static struct measurement *results_find(struct results *results,
					const struct measure *what)
{
	struct measurement **at = &results->first;

	for (; *at; at = &(*at)->next)
		if (!strcmp((*at)->what.group, what->group) &&
		    !strcmp((*at)->what.name, what->name) &&
		    !strcmp((*at)->what.of, what->of))
			return *at;
	*at = calloc(1, sizeof(**at));
	if (*at)
		(*at)->what = *what;
	else
		results->error = -ENOMEM;
	return *at;
}

static unsigned int results_column(const struct results *results,
				   const struct measurement *measurement)
{
	return results_is_floor(measurement) ? 0 : results->node;
}

void results_turn(struct results *results, unsigned int thing, unsigned int i)
{
	unsigned int count = results->node_count;
	unsigned int turn = results->round + thing;

	results->node = (turn / 2 + i) % count;
	if (turn % 2)
		results->node = count - 1 - results->node;
}

void results_take(struct results *results, const struct measure *what,
		  double sample)
{
	struct measurement *measurement = results_find(results, what);
	int ret;

	if (!measurement)
		return;
	ret = series_add(
		&measurement->series[results_column(results, measurement)],
		results->round, sample);
	if (ret)
		results->error = ret;
}

void results_cannot(struct results *results, const struct measure *what,
		    const char *format, ...)
{
	struct measurement *measurement = results_find(results, what);
	va_list args;
	char *why;

	if (!measurement)
		return;
	why = measurement->why[results_column(results, measurement)];
	if (*why)
		return;
	va_start(args, format);
	vsnprintf(why, RESULTS_WHY_LEN, format, args);
	va_end(args);
}

bool results_could(struct results *results, const struct measure *what)
{
	const struct measurement *measurement = results_find(results, what);

	return measurement &&
	       !*measurement->why[results_column(results, measurement)];
}

int results_ratio(const struct measurement *measurement, unsigned int node,
		  struct series_ratio *out)
{
	if (measurement->what.kind == MEASURE_TOTAL)
		return -ENODATA;
	return series_compare(&measurement->series[node],
			      &measurement->series[0], out);
}

void results_printable(char *to, size_t size, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < size - 1 && from[i]; i++)
		to[i] = (char)(from[i] >= ' ' && from[i] <= '~' ? from[i]
								: '?');
	to[i] = 0;
}
