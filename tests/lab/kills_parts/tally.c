// SPDX-License-Identifier: BSD-3-Clause
/*
 * What was killed, how often, and what came of it.
 */
#include "tests/lab/kills_parts/tally.h"

#include <stdio.h>
#include <string.h>

#include "tests/lab/shared/facts.h"

void tally_error(struct tally_errors *errors, int error)
{
	unsigned int i;

	for (i = 0; i < TALLY_ERRORS; i++) {
		if (errors->seen[i].count && errors->seen[i].error != error)
			continue;
		errors->seen[i].error = error;
		errors->seen[i].count++;
		return;
	}
}

static const char *text_of(const struct tally_errors *errors, char *text,
			   size_t len)
{
	size_t at = 0;
	unsigned int i;

	snprintf(text, len, "-");
	for (i = 0; i < TALLY_ERRORS && errors->seen[i].count && at < len; i++)
		at += (size_t)snprintf(text + at, len - at, "%s%s %u",
				       i ? ", " : "",
				       error_name(errors->seen[i].error),
				       errors->seen[i].count);
	return text;
}

#define WIDE "# %-12s %5s  %-36s %-36s %-44s %6s %6s\n"

static const char *ms_text(long ms, char *text, size_t len)
{
	if (!ms)
		return "-";
	snprintf(text, len, "%ld", ms);
	return text;
}

void tally_print_heads(const char *what)
{
	printf(WIDE, what, "times", "calls in flight", "next calls",
	       "later calls", "end ms", "new ms");
}

void tally_print(const char *name, const struct tally *tally)
{
	char times[16];
	char ended[24];
	char opened[24];
	char text[3][256];

	snprintf(times, sizeof(times), "%u", tally->times);
	printf(WIDE, name, times,
	       text_of(&tally->in_flight, text[0], sizeof(text[0])),
	       text_of(&tally->next, text[1], sizeof(text[1])),
	       text_of(&tally->later, text[2], sizeof(text[2])),
	       ms_text(tally->ended_ms, ended, sizeof(ended)),
	       ms_text(tally->open_ms, opened, sizeof(opened)));
}
