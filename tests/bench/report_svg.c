// SPDX-License-Identifier: BSD-3-Clause
/*
 * A plot: each ratio to the first node is a dot, and a line its interval, on an axis
 * where twice as much is as far from the middle as half as much.
 */
#include "tests/bench/report.h"

#include <math.h>

/* In pixels */
#define ROW        18
#define LEFT       300
#define PLOT       560
#define RIGHT      20
#define TOP        40
#define LEGEND_ROW 18

static const char *const colours[] = {
	"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377",
};
#define COLOURS (sizeof(colours) / sizeof(colours[0]))

/* What is shown: powers of ten */
struct axis {
	int low;
	int high;
};

static void print_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else
			fputc(*text, out);
	}
}

static double x_of(const struct axis *axis, double ratio)
{
	double part =
		(log10(ratio) - axis->low) / (double)(axis->high - axis->low);

	return LEFT + PLOT * fmin(fmax(part, 0), 1);
}

/* Has a node but the first a ratio that can be shown? */
static bool shown(const struct measurement *measurement, unsigned int node,
		  struct series_ratio *ratio)
{
	return node && !results_ratio(measurement, node, ratio) &&
	       ratio->low > 0;
}

static void widen(struct axis *axis, const struct series_ratio *ratio)
{
	int low = (int)floor(log10(ratio->low));
	int high = (int)ceil(log10(ratio->high));

	axis->low = low < axis->low ? low : axis->low;
	axis->high = high > axis->high ? high : axis->high;
}

/* Return: how many rows there are */
static unsigned int find_axis(const struct results *results, struct axis *axis)
{
	const struct measurement *measurement;
	struct series_ratio ratio;
	unsigned int rows = 0;
	unsigned int i;

	*axis = (struct axis){ -1, 1 };
	for (measurement = results->first; measurement;
	     measurement = measurement->next) {
		bool any = false;

		for (i = 0; i < results_columns(results, measurement); i++) {
			if (!shown(measurement, i, &ratio))
				continue;
			widen(axis, &ratio);
			any = true;
		}
		rows += any;
	}
	return rows;
}

static void print_axis(const struct axis *axis, int height, FILE *out)
{
	int power;

	for (power = axis->low; power <= axis->high; power++) {
		double x = x_of(axis, pow(10, power));

		fprintf(out,
			"<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' "
			"stroke='%s'/>\n<text x='%.1f' y='%d' "
			"text-anchor='middle'>%g</text>\n",
			x, TOP, x, height, power == 0 ? "#000" : "#ddd", x,
			TOP - 6, pow(10, power));
	}
}

static void print_dot(const struct axis *axis, const struct series_ratio *ratio,
		      unsigned int node, int y, FILE *out)
{
	const char *colour = colours[(node - 1) % COLOURS];

	fprintf(out,
		"<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='%s' "
		"stroke-width='2'/>\n<circle cx='%.1f' cy='%d' r='4' "
		"fill='%s'><title>%.3f (%.3f-%.3f)</title></circle>\n",
		x_of(axis, ratio->low), y, x_of(axis, ratio->high), y, colour,
		x_of(axis, ratio->value), y, colour, ratio->value, ratio->low,
		ratio->high);
}

/* Return: whether it has a row */
static bool print_row(const struct results *results,
		      const struct measurement *measurement,
		      const struct axis *axis, int y, FILE *out)
{
	struct series_ratio ratio;
	bool any = false;
	unsigned int i;

	for (i = 0; i < results_columns(results, measurement); i++) {
		if (!shown(measurement, i, &ratio))
			continue;
		print_dot(axis, &ratio, i, y, out);
		any = true;
	}
	if (!any)
		return false;
	fprintf(out, "<text x='%d' y='%d' text-anchor='end'>", LEFT - 10,
		y + 4);
	print_escaped(measurement->what.name, out);
	if (*measurement->what.of) {
		fputs(", ", out);
		print_escaped(measurement->what.of, out);
	}
	fputs("</text>\n", out);
	return true;
}

static void print_legend(const struct results *results, int y, FILE *out)
{
	unsigned int i;

	for (i = 1; i < results->node_count; i++, y += LEGEND_ROW) {
		fprintf(out,
			"<circle cx='%d' cy='%d' r='4' fill='%s'/>\n"
			"<text x='%d' y='%d'>",
			LEFT + 4, y - 4, colours[(i - 1) % COLOURS], LEFT + 14,
			y);
		print_escaped(results->nodes[i].name, out);
		fputs(" / ", out);
		print_escaped(results->nodes[0].name, out);
		fputs("</text>\n", out);
	}
}

void report_svg(const struct results *results, FILE *out)
{
	const struct measurement *measurement;
	struct axis axis;
	int bottom = TOP + ROW * (int)find_axis(results, &axis) + ROW / 2;
	int height = bottom + LEGEND_ROW * (int)results->node_count;
	int y = TOP + ROW;

	fprintf(out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' "
		"height='%d' font-family='sans-serif' font-size='12'>\n"
		"<rect width='100%%' height='100%%' fill='#fff'/>\n",
		LEFT + PLOT + RIGHT, height);
	print_axis(&axis, bottom, out);
	for (measurement = results->first; measurement;
	     measurement = measurement->next)
		if (print_row(results, measurement, &axis, y, out))
			y += ROW;
	print_legend(results, bottom + LEGEND_ROW, out);
	fputs("</svg>\n", out);
}
