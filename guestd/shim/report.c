// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the shim says on standard error.
 */
#include "guestd/shim/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guestd/shim/raw.h"

/* Written by the constructor, before there are threads. */
static bool verbose;

void shim_report_setup(void)
{
	const char *value = getenv("GUESTD_SHIM_VERBOSE");

	verbose = value && !strcmp(value, "1");
}

struct line {
	size_t len;
	char text[200];
};

/* What does not fit is cut; the line's end has its place. */
static void add(struct line *line, const char *text)
{
	while (*text && line->len < sizeof(line->text) - 1)
		line->text[line->len++] = *text++;
}

static void add_number(struct line *line, int number)
{
	unsigned int left =
		number < 0 ? 0u - (unsigned int)number : (unsigned int)number;
	char digits[12];
	size_t at = sizeof(digits);

	digits[--at] = 0;
	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		digits[--at] = '-';
	add(line, digits + at);
}

void shim_report(int fd, const char *what, const char *detail, int error)
{
	struct line line = { .len = 0 };

	if (!verbose)
		return;
	add(&line, "guestd-shim: fd ");
	add_number(&line, fd);
	add(&line, ": ");
	add(&line, what);
	if (detail) {
		add(&line, ": ");
		add(&line, detail);
	}
	if (error) {
		add(&line, ": error ");
		add_number(&line, error);
	}
	line.text[line.len++] = '\n';
	SHIM_RAW(SYS_write, STDERR_FILENO, line.text, line.len);
}
