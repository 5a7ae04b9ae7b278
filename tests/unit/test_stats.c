// SPDX-License-Identifier: BSD-3-Clause
/*
 * Counters.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/stats.h"

static char line[2048];
static enum log_level line_level;
static unsigned int lines;

static void sink(enum log_level level, const char *text)
{
	line_level = level;
	lines++;
	strncpy(line, text, sizeof(line) - 1);
}

static void nothing_counted_is_nothing_said(void **state)
{
	(void)state;

	stats_log(LOG_LEVEL_DEBUG, "guest 3");
	assert_int_equal(lines, 0);
}

static void a_counter_is_what_was_added_to_it(void **state)
{
	(void)state;

	assert_int_equal(stats_get(STATS_LIES), 0);
	stats_add(STATS_LIES, 1);
	stats_add(STATS_LIES, 0);
	stats_add(STATS_LIES, 41);
	assert_int_equal(stats_get(STATS_LIES), 42);
	assert_int_equal(stats_get(STATS_EVENTS), 0);
}

static void only_what_was_counted_is_in_the_line(void **state)
{
	(void)state;

	stats_add(STATS_FRAMES_IN, 7);
	stats_log(LOG_LEVEL_DEBUG, "guest 3");
	assert_int_equal(lines, 1);
	assert_int_equal(line_level, LOG_LEVEL_DEBUG);
	assert_string_equal(line, "guest 3: frames-in 7, lies 42");
}

static void every_counter_has_a_word_of_its_own(void **state)
{
	size_t i, j;

	(void)state;

	for (i = 0; i < STATS_COUNT; i++) {
		const char *name = stats_name((enum stats_counter)i);

		assert_non_null(name);
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz-") ==
			    strlen(name));
		for (j = 0; j < i; j++)
			assert_string_not_equal(
				name, stats_name((enum stats_counter)j));
	}
}

static void the_largest_values_fit_in_the_line(void **state)
{
	const char *last = stats_name((enum stats_counter)(STATS_COUNT - 1));
	char end[100];
	size_t i;

	(void)state;

	for (i = 0; i < STATS_COUNT; i++) {
		enum stats_counter counter = (enum stats_counter)i;

		stats_add(counter, UINT64_MAX - stats_get(counter));
	}
	stats_log(LOG_LEVEL_DEBUG, "guest 4294967295");

	snprintf(end, sizeof(end), "%s 18446744073709551615", last);
	assert_true(strlen(line) > strlen(end));
	assert_string_equal(line + strlen(line) - strlen(end), end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_counted_is_nothing_said),
		cmocka_unit_test(a_counter_is_what_was_added_to_it),
		cmocka_unit_test(only_what_was_counted_is_in_the_line),
		cmocka_unit_test(every_counter_has_a_word_of_its_own),
		cmocka_unit_test(the_largest_values_fit_in_the_line),
	};

	log_open("test_stats", LOG_LEVEL_DEBUG);
	log_set_sink(sink);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
