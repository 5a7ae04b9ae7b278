// SPDX-License-Identifier: BSD-3-Clause
/*
 * What must hold of every kill, and where it did not.
 */
#include "tests/lab/kills_parts/wrong.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define SAID_MAX 20 /* lines of each rule */

static const char *const rules[] = {
	[RULE_STARTS] = "programs can begin",
	[RULE_IN_FLIGHT] =
		"calls end with ENODEV, EINTR, ECONNABORTED or ENOTCONN",
	[RULE_LATER] = "later calls of old files are ENODEV or ENOTCONN",
	[RULE_ENDS] = "nobody waits for who is dead",
	[RULE_OTHERS] = "who uses another node goes on",
	[RULE_STALE] = "the node of a dead guestd is gone",
	[RULE_OPENS] = "a new open works within 1 s",
	[RULE_D_STATE] = "nobody is in D state",
	[RULE_FLAT] = "who survives has what it had, files and memory",
	[RULE_LEFT] = "in the end nothing is left",
};

static_assert(sizeof(rules) / sizeof(rules[0]) == RULE_COUNT,
	      "each rule is a sentence");

static unsigned int broken[RULE_COUNT];
static unsigned int kill_number;
static const char *kill_name = "the start";

void wrong_at(unsigned int number, const char *what)
{
	kill_number = number;
	kill_name = what;
}

void wrong(enum rule rule, const char *format, ...)
{
	char text[256];
	va_list list;

	if (broken[rule]++ >= SAID_MAX)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	printf("# kill %u, %s: %s\n", kill_number, kill_name, text);
	fflush(stdout);
}

int wrong_report(void)
{
	int count = 0;
	int i;

	for (i = 0; i < RULE_COUNT; i++) {
		if (broken[i])
			printf("not ok kills: %s: not %u times\n", rules[i],
			       broken[i]);
		else
			printf("ok kills: %s\n", rules[i]);
		count += broken[i] != 0;
	}
	return count;
}
