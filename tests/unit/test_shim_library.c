// SPDX-License-Identifier: BSD-3-Clause
/*
 * libguestd-shim.so, as it is built: what it exports, and that programs without a
 * node see nothing of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/libraries.h"
#include "tests/shell.h"

#define TEXT_LEN 8000

/* What @command prints; it must succeed. */
static void run(const char *command, char *text)
{
	assert_int_equal(shell_run(command, text, TEXT_LEN), 0);
}

static const char *exports(const char *path)
{
	return strstr(path, "i386")
		       ? "__ioctl_time64\nioctl\nmmap\nmmap64\nsyscall\n"
		       : "ioctl\nmmap\nmmap64\nsyscall\n";
}

static void exports_are_these(void **state)
{
	(void)state;
	libraries_check_exports("libguestd-shim.so", exports);
}

/* Runs @program with the shim and without. */
static void compare(const char *program)
{
	char without[TEXT_LEN];
	char with[TEXT_LEN];
	char command[300];

	if (access(program, X_OK) < 0) {
		print_message("%s is not built\n", program);
		skip();
	}
	run(program, without);
	snprintf(command, sizeof(command), "build/guestd-run %s", program);
	run(command, with);
	assert_non_null(strstr(with, "no such syscall"));
	assert_string_equal(with, without);
}

static void other_files_are_as_without_the_shim(void **state)
{
	(void)state;
	compare("build/lab/hooks");
}

static void other_files_of_32_bit_programs_are_as_without_the_shim(void **state)
{
	(void)state;
	compare("build/lab/i386/hooks");
}

static void
other_files_of_32_bit_programs_with_long_time_are_as_without_the_shim(
	void **state)
{
	(void)state;
	compare("build/lab/i386-time64/hooks");
}

static void shim_is_loaded(void **state)
{
	char text[TEXT_LEN];

	(void)state;
	run("build/guestd-run cat /proc/self/maps", text);
	assert_non_null(strstr(text, "/libguestd-shim.so"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exports_are_these),
		cmocka_unit_test(shim_is_loaded),
		cmocka_unit_test(other_files_are_as_without_the_shim),
		cmocka_unit_test(
			other_files_of_32_bit_programs_are_as_without_the_shim),
		cmocka_unit_test(
			other_files_of_32_bit_programs_with_long_time_are_as_without_the_shim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
