// SPDX-License-Identifier: BSD-3-Clause
/*
 * All numbers, as one JSON object.
 */
#include "tests/bench/report.h"

#include "common/options.h"
#include "tests/bench/stream.h"

/* Names and paths are the user's, and reasons ours. */
static void print_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void print_key(const char *key, const char *value, FILE *out)
{
	fprintf(out, ", \"%s\": ", key);
	print_string(value, out);
}

static void print_node(const struct results_node *node, FILE *out)
{
	fputs("\t\t{\"name\": ", out);
	print_string(node->name, out);
	print_key("path", node->path, out);
	print_key("driver", node->driver, out);
	print_key("card", node->card, out);
	print_key("format", node->format, out);
	if (*node->why)
		print_key("why", node->why, out);
	else
		print_key("method",
			  stream_method_name((enum stream_method)node->method),
			  out);
	fprintf(out, ", \"nominal\": %.6g}", node->nominal);
}

static void print_value(const struct measurement *measurement,
			unsigned int node, FILE *out)
{
	const struct series *series = &measurement->series[node];
	struct series_ratio ratio;
	double value;

	if (measurement->what.kind == MEASURE_TOTAL) {
		fprintf(out, ", \"total\": %.0f", series_total(series));
		return;
	}
	if (!series_quantile(series, 0.5, &value))
		fprintf(out, ", \"median\": %.6g", value);
	if (!series_quantile(series, 0.99, &value))
		fprintf(out, ", \"p99\": %.6g", value);
	if (node && !results_ratio(measurement, node, &ratio))
		fprintf(out, ", \"ratio\": %.6g, \"low\": %.6g, \"high\": %.6g",
			ratio.value, ratio.low, ratio.high);
}

static void print_measurement(const struct results *results,
			      const struct measurement *measurement, FILE *out)
{
	const struct measure *what = &measurement->what;
	const char *comma = "";
	unsigned int i;

	fputs("\t\t{\"group\": ", out);
	print_string(what->group, out);
	print_key("name", what->name, out);
	print_key("of", what->of, out);
	print_key("unit", what->unit, out);
	fputs(", \"results\": [", out);
	for (i = 0; i < results_columns(results, measurement); i++) {
		size_t count = measurement->series[i].count;

		if (!count && !*measurement->why[i])
			continue;
		fprintf(out, "%s\n\t\t\t{\"node\": ", comma);
		print_string(results_is_floor(measurement)
				     ? ""
				     : results->nodes[i].name,
			     out);
		fprintf(out, ", \"samples\": %zu", count);
		if (count)
			print_value(measurement, i, out);
		if (*measurement->why[i])
			print_key("why", measurement->why[i], out);
		fputc('}', out);
		comma = ",";
	}
	fputs("]}", out);
}

void report_json(const struct results *results, FILE *out)
{
	const struct measurement *measurement;
	unsigned int i;

	fprintf(out,
		"{\n\t\"version\": \"%s\",\n\t\"rounds\": %u,\n\t\"calls\": "
		"%u,\n\t\"frames\": %u,\n\t\"nodes\": [\n",
		USERMEDIA_VERSION, results->rounds, results->calls,
		results->frames);
	for (i = 0; i < results->node_count; i++) {
		print_node(&results->nodes[i], out);
		fputs(i + 1 < results->node_count ? ",\n" : "\n", out);
	}
	fputs("\t],\n\t\"measurements\": [\n", out);
	for (measurement = results->first; measurement;
	     measurement = measurement->next) {
		print_measurement(results, measurement, out);
		fputs(measurement->next ? ",\n" : "\n", out);
	}
	fputs("\t]\n}\n", out);
}
