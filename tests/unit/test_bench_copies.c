// SPDX-License-Identifier: BSD-3-Clause
/*
 * What usermedia-bench makes of the kernel's tables of calls, and what it leaves behind.
 */
#include "tests/bench/copies.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/bench/costs.h"

/* As Linux 6.1 writes it */
#define HEAD                                                                   \
	"# event histogram\n#\n"                                               \
	"# trigger info: hist:keys=common_pid:vals=hitcount,ret:"              \
	"sort=hitcount:size=4096 if ret > 0 [active]\n#\n\n"
#define ROW(tid, bytes)                                                        \
	"{ common_pid: " tid " } hitcount:          1  ret: " bytes "\n"
#define TAIL(dropped)                                                          \
	"\nTotals:\n    Hits: 4\n    Entries: 2\n    Dropped: " dropped "\n"

static struct copies copies;

static int setup(void **state)
{
	(void)state;
	memset(&copies, 0, sizeof(copies));
	return 0;
}

static int parse(const char *text)
{
	FILE *table = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int ret;

	assert_non_null(table);
	ret = copies_parse(&copies, table);
	fclose(table);
	return ret;
}

/* ---- tables ----------------------------------------------------------------------- */

static void a_table_has_the_bytes_of_each_thread(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ROW("        12", "      2048") ROW(
				 "   4194304", "    614400") TAIL("0")),
			 0);
	assert_int_equal(copies.count, 2);
	assert_int_equal(copies_of(&copies, 12), 2048);
	assert_int_equal(copies_of(&copies, 4194304), 614400);
	assert_int_equal(copies_of(&copies, 13), 0);
}

static void a_table_without_threads_is_one(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD TAIL("0")), 0);
	assert_int_equal(copies.count, 0);
}

static void the_tables_of_all_calls_add_up(void **state)
{
	(void)state;
	assert_int_equal(parse(ROW("12", "100") ROW("13", "7")), 0);
	assert_int_equal(parse(ROW("13", "7") ROW("12", "30")), 0);
	assert_int_equal(copies_of(&copies, 12), 130);
	assert_int_equal(copies_of(&copies, 13), 14);
}

static void a_table_that_was_full_is_worth_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ROW("12", "1") TAIL("3")), -ENOSPC);
	assert_int_equal(parse(HEAD TAIL("many")), -EPROTO);
}

static void more_threads_than_have_room_are_refused(void **state)
{
	(void)state;
	copies.count = COPIES_THREADS_MAX - 1;
	assert_int_equal(parse(ROW("12", "1")), 0);
	assert_int_equal(parse(ROW("12", "1")), -ENOSPC);
	assert_int_equal(copies.count, COPIES_THREADS_MAX);
}

static void no_number_is_made_of_what_is_none(void **state)
{
	static const char *const odd[] = {
		ROW("", "1"),
		ROW("0", "1"),
		ROW("-1", "1"),
		ROW("+1", "1"),
		ROW("x", "1"),
		ROW("2147483648", "1"),
		ROW("99999999999999999999", "1"),
		ROW("-18446744073709551615", "1"),
		ROW("12", ""),
		ROW("12", "-1"),
		ROW("12", "0x10"),
		ROW("12", "1 2"),
		ROW("12", "18446744073709551616"),
		"{ common_pid: 12 } hitcount: 1  ret: 1",
		"{ common_pid: 12 } hitcount: 1\n",
		"{ common_pid: 12 hitcount: 1  ret: 1\n",
		"{ common_pid: 12",
		"{ id: 12 } hitcount: 1  ret: 1\n",
		"{\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (parse(odd[i]) != -EPROTO)
			fail_msg("%s", odd[i]);
	assert_int_equal(copies.count, 0);
	assert_int_equal(parse(ROW("2147483647", "18446744073709551615")), 0);
}

static void a_line_that_does_not_end_is_refused(void **state)
{
	char row[4096];

	(void)state;
	snprintf(row, sizeof(row), "{ common_pid: 12 } hitcount: %*d  ret: 1\n",
		 2000, 1);
	assert_int_equal(parse(row), -EPROTO);
	assert_int_equal(copies.count, 0);
}

static void a_process_has_what_its_threads_have(void **state)
{
	char row[128];

	(void)state;
	snprintf(row, sizeof(row), ROW("%d", "5") ROW("%d", "100"), getpid(),
		 getppid());
	assert_int_equal(parse(row), 0);
	assert_int_equal(costs_messages(getpid(), &copies), 5);
	assert_int_equal(costs_messages(4194305, &copies), 0);
}

/* ---- the instance ----------------------------------------------------------------- */

/* A directory that is no tracefs, though it looks like one.  Namespaces come first. */
static void begin_in(const char *directory, int expected, const char *why)
{
	struct stat space;

	assert_int_equal(stat("/proc/self/ns/pid", &space), 0);
	if (space.st_ino == 0xEFFFFFFC) {
		assert_int_equal(copies_begin(&copies, directory), expected);
		assert_non_null(strstr(copies.why, why));
	} else {
		assert_int_equal(copies_begin(&copies, directory), -ENOTSUP);
		assert_non_null(strstr(copies.why, "PID namespace"));
	}
}

static void without_tracefs_it_is_said(void **state)
{
	(void)state;
	begin_in("/nowhere", -ENOENT, "no tracefs on /nowhere");
}

static void tracing_that_fails_leaves_nothing_behind(void **state)
{
	char directory[] = "/tmp/copies.XXXXXX";
	char instances[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(instances, sizeof(instances), "%s/instances", directory);
	assert_int_equal(mkdir(instances, 0700), 0);
	begin_in(directory, -ENOENT, "tracing sendmsg(): No such file");
	assert_int_equal(rmdir(instances), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void an_instance_that_is_there_is_not_ours(void **state)
{
	char directory[] = "/tmp/copies.XXXXXX";
	char instances[64];
	char instance[128];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(instances, sizeof(instances), "%s/instances", directory);
	assert_int_equal(mkdir(instances, 0700), 0);
	snprintf(instance, sizeof(instance), "%s/usermedia-bench-%d", instances,
		 getpid());
	assert_int_equal(mkdir(instance, 0700), 0);
	begin_in(directory, -EEXIST, "File exists");
	assert_int_equal(rmdir(instance), 0);
	assert_int_equal(rmdir(instances), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(a_table_has_the_bytes_of_each_thread),
		TEST(a_table_without_threads_is_one),
		TEST(the_tables_of_all_calls_add_up),
		TEST(a_table_that_was_full_is_worth_nothing),
		TEST(more_threads_than_have_room_are_refused),
		TEST(no_number_is_made_of_what_is_none),
		TEST(a_line_that_does_not_end_is_refused),
		TEST(a_process_has_what_its_threads_have),
		TEST(without_tracefs_it_is_said),
		TEST(tracing_that_fails_leaves_nothing_behind),
		TEST(an_instance_that_is_there_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
