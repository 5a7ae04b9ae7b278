// SPDX-License-Identifier: BSD-3-Clause
/*
 * The table.
 */
#include "tests/bench/report.h"

#include <string.h>

#include "tests/bench/stream.h"

#define NAME_WIDTH 34

static void print_node(const struct results_node *node, FILE *out)
{
	fprintf(out, "%s: %s", node->name, node->path);
	if (*node->driver)
		fprintf(out, ", %s (%s)", node->card, node->driver);
	if (*node->format)
		fprintf(out, ", %s", node->format);
	if (node->nominal > 0)
		fprintf(out, " at %.4g", node->nominal);
	if (*node->why)
		fprintf(out, ", no frames: %s\n", node->why);
	else
		fprintf(out, ", by %s\n",
			stream_method_name((enum stream_method)node->method));
}

/* Three digits at least, and no more than that behind the point. */
static void print_number(double value, FILE *out)
{
	int digits = value >= 100 || value <= -100 ? 1 : 3;

	fprintf(out, " %11.*f", digits, value);
}

static void print_ratio(const struct measurement *measurement,
			unsigned int node, FILE *out)
{
	struct series_ratio ratio;

	if (!node || results_ratio(measurement, node, &ratio))
		return;
	fprintf(out, " %9.3f", ratio.value);
	if (ratio.rounds > 1)
		fprintf(out, "  %.3f-%.3f", ratio.low, ratio.high);
}

static void print_series(const struct results *results,
			 const struct measurement *measurement,
			 unsigned int node, FILE *out)
{
	const struct series *series = &measurement->series[node];
	const char *name = results_is_floor(measurement)
				   ? "this machine"
				   : results->nodes[node].name;
	double value;

	if (!series->count && !*measurement->why[node])
		return;
	fprintf(out, "  %-*s", NAME_WIDTH - 2, name);
	if (series->count && measurement->what.kind == MEASURE_TOTAL) {
		fprintf(out, " %11.0f of %zu", series_total(series),
			series->count);
	} else if (!series_quantile(series, 0.5, &value)) {
		print_number(value, out);
		if (!series_quantile(series, 0.99, &value))
			print_number(value, out);
		print_ratio(measurement, node, out);
	}
	if (*measurement->why[node])
		fprintf(out, "  %s%s", series->count ? "then: " : "",
			measurement->why[node]);
	fputc('\n', out);
}

static void print_measurement(const struct results *results,
			      const struct measurement *measurement, FILE *out)
{
	const struct measure *what = &measurement->what;
	unsigned int i;

	fprintf(out, "%s: %s%s%s%s%s\n", what->group, what->name,
		*what->of ? ", " : "", what->of, *what->unit ? ", " : "",
		what->unit);
	for (i = 0; i < results_columns(results, measurement); i++)
		print_series(results, measurement, i, out);
}

void report_text(const struct results *results, FILE *out)
{
	const struct measurement *measurement;
	unsigned int i;

	fprintf(out, "%u rounds, of each %u calls and %u frames\n",
		results->rounds, results->calls, results->frames);
	for (i = 0; i < results->node_count; i++)
		print_node(&results->nodes[i], out);
	fprintf(out, "%-*s %11s %11s", NAME_WIDTH, "", "median", "99 %");
	if (results->node_count > 1)
		fprintf(out, "   / %s, 95 %% interval", results->nodes[0].name);
	fputc('\n', out);
	for (measurement = results->first; measurement;
	     measurement = measurement->next)
		print_measurement(results, measurement, out);
}
