// SPDX-License-Identifier: BSD-3-Clause
/*
 * What usermedia-bench prints of a run.
 */
#include "tests/bench/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/stream.h"

static const struct measure query = { "ioctl", "QUERYCAP", "", "us",
				      MEASURE_VALUE };
static const struct measure input = { "ioctl", "G_INPUT", "", "us",
				      MEASURE_VALUE };
static const struct measure lost = { "stream", "lost frames", "", "",
				     MEASURE_TOTAL };
static const struct measure cpu = { "cost", "CPU time per frame", "guestd",
				    "us", MEASURE_VALUE };
static const struct measure copy = { "floor", "memcpy()", "", "MB/s",
				     MEASURE_VALUE };

static struct results results;

static void fill(void)
{
	static const double own[] = { 1, 2, 3 };
	static const double other[] = { 10, 20, 30 };

	for (results.round = 0; results.round < 3; results.round++) {
		results.node = 0;
		results_take(&results, &query, own[results.round]);
		results_take(&results, &lost, 1);
		results_cannot(&results, &input, "not \"there\"");
		results.node = 1;
		results_take(&results, &query, other[results.round]);
		results_take(&results, &input, 4);
		results_take(&results, &cpu, 250.25);
		results_take(&results, &copy, 5000);
	}
}

static int setup(void **state)
{
	(void)state;
	results = (struct results){
		.rounds = 3,
		.calls = 1,
		.frames = 30,
		.node_count = 2,
		.nodes = { { .name = "native",
			     .path = "/dev/a",
			     .driver = "vivid",
			     .card = "V \"1\" <&",
			     .format = "640x480 YUYV",
			     .nominal = 30 },
			   { .name = "o<urs",
			     .path = "/dev/b\\",
			     .why = "no video capture" } },
	};
	fill();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	results_finish(&results);
	return 0;
}

static void expect(void (*report)(const struct results *results, FILE *out),
		   const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	report(&results, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void the_text_has_a_line_for_each_node_that_was_asked(void **state)
{
	(void)state;
	expect(report_text,
	       "3 rounds, of each 1 calls and 30 frames\n"
	       "native: /dev/a, V \"1\" <& (vivid), 640x480 YUYV at 30, by "
	       "mmap\n"
	       "o<urs: /dev/b\\, no frames: no video capture\n"
	       "                                        median        99 %   "
	       "/ native, 95 % interval\n"
	       "ioctl: QUERYCAP, us\n"
	       "  native                                 2.000       3.000\n"
	       "  o<urs                                 20.000      30.000"
	       "    10.000  10.000-10.000\n"
	       "stream: lost frames\n"
	       "  native                                     3 of 3\n"
	       "ioctl: G_INPUT, us\n"
	       "  native                            not \"there\"\n"
	       "  o<urs                                  4.000       4.000\n"
	       "cost: CPU time per frame, guestd, us\n"
	       "  o<urs                                  250.2       250.2\n"
	       "floor: memcpy(), MB/s\n"
	       "  this machine                          5000.0      5000.0\n");
}

static void json_has_all_of_it_and_escapes_what_it_must(void **state)
{
	(void)state;
	expect(report_json,
	       "{\n\t\"version\": \"0.1\",\n\t\"rounds\": 3,\n"
	       "\t\"calls\": 1,\n\t\"frames\": 30,\n\t\"nodes\": [\n"
	       "\t\t{\"name\": \"native\", \"path\": \"/dev/a\", "
	       "\"driver\": \"vivid\", \"card\": \"V \\\"1\\\" <&\", "
	       "\"format\": \"640x480 YUYV\", \"method\": \"mmap\", "
	       "\"nominal\": 30},\n"
	       "\t\t{\"name\": \"o<urs\", \"path\": \"/dev/b\\\\\", "
	       "\"driver\": \"\", \"card\": \"\", \"format\": \"\", "
	       "\"why\": \"no video capture\", \"nominal\": 0}\n"
	       "\t],\n\t\"measurements\": [\n"
	       "\t\t{\"group\": \"ioctl\", \"name\": \"QUERYCAP\", \"of\": "
	       "\"\", \"unit\": \"us\", \"results\": [\n"
	       "\t\t\t{\"node\": \"native\", \"samples\": 3, \"median\": 2, "
	       "\"p99\": 3},\n"
	       "\t\t\t{\"node\": \"o<urs\", \"samples\": 3, \"median\": 20, "
	       "\"p99\": 30, \"ratio\": 10, \"low\": 10, \"high\": 10}]},\n"
	       "\t\t{\"group\": \"stream\", \"name\": \"lost frames\", "
	       "\"of\": \"\", \"unit\": \"\", \"results\": [\n"
	       "\t\t\t{\"node\": \"native\", \"samples\": 3, \"total\": "
	       "3}]},\n"
	       "\t\t{\"group\": \"ioctl\", \"name\": \"G_INPUT\", \"of\": "
	       "\"\", \"unit\": \"us\", \"results\": [\n"
	       "\t\t\t{\"node\": \"native\", \"samples\": 0, \"why\": "
	       "\"not \\\"there\\\"\"},\n"
	       "\t\t\t{\"node\": \"o<urs\", \"samples\": 3, \"median\": 4, "
	       "\"p99\": 4}]},\n"
	       "\t\t{\"group\": \"cost\", \"name\": \"CPU time per frame\", "
	       "\"of\": \"guestd\", \"unit\": \"us\", \"results\": [\n"
	       "\t\t\t{\"node\": \"o<urs\", \"samples\": 3, \"median\": "
	       "250.25, \"p99\": 250.25}]},\n"
	       "\t\t{\"group\": \"floor\", \"name\": \"memcpy()\", \"of\": "
	       "\"\", \"unit\": \"MB/s\", \"results\": [\n"
	       "\t\t\t{\"node\": \"\", \"samples\": 3, \"median\": 5000, "
	       "\"p99\": 5000}]}\n"
	       "\t]\n}\n");
}

static void the_plot_has_a_row_for_each_ratio(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	report_svg(&results, out);
	fclose(out);
	assert_int_equal(strncmp(text, "<svg ", 5), 0);
	assert_non_null(strstr(text, ">QUERYCAP</text>"));
	assert_non_null(strstr(text, ">o&lt;urs / native</text>"));
	assert_null(strstr(text, ">memcpy()</text>"));
	assert_null(strstr(text, ">G_INPUT</text>"));
	/* Ten times as much is at the right end, from a tenth to ten. */
	assert_non_null(strstr(text, "cx='860.0'"));
	assert_string_equal(text + len - 7, "</svg>\n");
	free(text);
}

static void a_reason_stays_the_first_one(void **state)
{
	(void)state;
	results.node = 0;
	results_cannot(&results, &input, "another");
	assert_false(results_could(&results, &input));
	assert_true(results_could(&results, &query));
	results_cannot(&results, &copy, "no memory");
	results.node = 1;
	assert_false(results_could(&results, &copy));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_text_has_a_line_for_each_node_that_was_asked),
		TEST(json_has_all_of_it_and_escapes_what_it_must),
		TEST(the_plot_has_a_row_for_each_ratio),
		TEST(a_reason_stays_the_first_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
