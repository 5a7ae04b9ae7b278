// SPDX-License-Identifier: BSD-3-Clause
/*
 * The command line of usermedia-bench.
 */
#include "tests/bench/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct arguments arguments;

/* A NULL-terminated list of words; complaints are not looked at. */
static enum options_result parse(const char *first, ...)
{
	char *argv[32] = { (char *)"usermedia-bench" };
	enum options_result result;
	const char *word;
	va_list words;
	int argc = 1;

	va_start(words, first);
	for (word = first; word; word = va_arg(words, const char *))
		argv[argc++] = (char *)word;
	va_end(words);
	result = arguments_parse(argc, argv, &arguments);
	return result;
}

static void nodes_are_named_or_called_as_their_files(void **state)
{
	const struct results *results = &arguments.results;

	(void)state;
	assert_int_equal(parse("native=/dev/video0", "--compare",
			       "/dev/video10", "/dev/a=b", NULL),
			 OPTIONS_RUN);
	assert_int_equal(results->node_count, 3);
	assert_string_equal(results->nodes[0].name, "native");
	assert_string_equal(results->nodes[0].path, "/dev/video0");
	assert_string_equal(results->nodes[1].name, "video10");
	assert_string_equal(results->nodes[1].path, "/dev/video10");
	assert_string_equal(results->nodes[2].name, "a=b");
	assert_string_equal(results->nodes[2].path, "/dev/a=b");
}

static void a_name_is_of_one_node_only(void **state)
{
	(void)state;
	assert_int_equal(parse("a=/dev/video0", "a=/dev/video1", NULL),
			 OPTIONS_USAGE);
	assert_int_equal(parse("/dev/video0", "/dev/video0", NULL),
			 OPTIONS_USAGE);
	assert_int_equal(parse("/dev/video0", "again=/dev/video0", NULL),
			 OPTIONS_RUN);
	assert_int_equal(parse("=/dev/video0", NULL), OPTIONS_USAGE);
	assert_int_equal(parse("/dev/", NULL), OPTIONS_USAGE);
	assert_int_equal(
		parse("a12345678901234567890123456789012=/dev/a", NULL),
		OPTIONS_USAGE);
}

static void there_are_so_many_nodes_at_most(void **state)
{
	(void)state;
	assert_int_equal(parse("0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
			       "a", "b", "c", "d", "e", "f", NULL),
			 OPTIONS_RUN);
	assert_int_equal(parse("0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
			       "a", "b", "c", "d", "e", "f", "g", NULL),
			 OPTIONS_USAGE);
}

static void processes_are_named_and_this_one_is_itself(void **state)
{
	const struct results *results = &arguments.results;

	(void)state;
	assert_int_equal(parse("/dev/a", "--process", "guestd=17", NULL),
			 OPTIONS_RUN);
	assert_int_equal(results->process_count, 2);
	assert_string_equal(results->processes[0].name, "itself");
	assert_int_equal(results->processes[0].pid, getpid());
	assert_string_equal(results->processes[1].name, "guestd");
	assert_int_equal(results->processes[1].pid, 17);
	assert_int_equal(parse("/dev/a", "--process", "17", NULL),
			 OPTIONS_USAGE);
	assert_int_equal(parse("/dev/a", "--process", "guestd=0", NULL),
			 OPTIONS_USAGE);
	assert_int_equal(parse("/dev/a", "--process", "guestd=1 ", NULL),
			 OPTIONS_USAGE);
}

static void numbers_have_limits(void **state)
{
	(void)state;
	assert_int_equal(parse("/dev/a", NULL), OPTIONS_RUN);
	assert_int_equal(arguments.results.rounds, 10);
	assert_int_equal(arguments.results.calls, 50);
	assert_int_equal(arguments.results.frames, 30);
	assert_int_equal(
		parse("/dev/a", "--rounds=3", "--calls=1", "--frames=2", NULL),
		OPTIONS_RUN);
	assert_int_equal(arguments.results.rounds, 3);
	assert_int_equal(arguments.results.calls, 1);
	assert_int_equal(arguments.results.frames, 2);
	assert_int_equal(parse("/dev/a", "--rounds=0", NULL), OPTIONS_USAGE);
	assert_int_equal(parse("/dev/a", "--frames=-1", NULL), OPTIONS_USAGE);
	assert_int_equal(parse("/dev/a", "--calls=1x", NULL), OPTIONS_USAGE);
	assert_int_equal(parse("/dev/a", "--calls=99999999", NULL),
			 OPTIONS_USAGE);
}

static void all_is_measured_unless_it_is_said_what(void **state)
{
	(void)state;
	assert_int_equal(parse("/dev/a", NULL), OPTIONS_RUN);
	assert_int_equal(arguments.groups, ARGUMENTS_IOCTL |
						   ARGUMENTS_DISCOVERY |
						   ARGUMENTS_STREAM);
	assert_int_equal(
		parse("/dev/a", "--only", "stream", "--only=ioctl", NULL),
		OPTIONS_RUN);
	assert_int_equal(arguments.groups, ARGUMENTS_IOCTL | ARGUMENTS_STREAM);
	assert_int_equal(parse("/dev/a", "--only", "discovery", NULL),
			 OPTIONS_RUN);
	assert_int_equal(arguments.groups, ARGUMENTS_DISCOVERY);
	assert_int_equal(parse("/dev/a", "--only=all", NULL), OPTIONS_USAGE);
}

static void without_a_node_there_are_floors_or_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), OPTIONS_USAGE);
	assert_int_equal(parse("--floors", "--json=a", "--svg=b", NULL),
			 OPTIONS_RUN);
	assert_true(arguments.floors);
	assert_string_equal(arguments.json, "a");
	assert_string_equal(arguments.svg, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_named_or_called_as_their_files),
		cmocka_unit_test(a_name_is_of_one_node_only),
		cmocka_unit_test(there_are_so_many_nodes_at_most),
		cmocka_unit_test(processes_are_named_and_this_one_is_itself),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(all_is_measured_unless_it_is_said_what),
		cmocka_unit_test(without_a_node_there_are_floors_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
