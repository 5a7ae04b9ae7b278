// SPDX-License-Identifier: BSD-3-Clause
/*
 * The libraries that are preloaded into programs, as they are built.
 */
#include "tests/libraries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>

#include "tests/shell.h"

void libraries_check_exports(const char *name,
			     const char *(*exports)(const char *path))
{
	char command[300];
	char text[2000];
	glob_t libraries;
	size_t i;

	snprintf(command, sizeof(command), "build/lib*/*/%s", name);
	assert_int_equal(glob(command, 0, NULL, &libraries), 0);
	for (i = 0; i < libraries.gl_pathc; i++) {
		const char *path = libraries.gl_pathv[i];

		snprintf(command, sizeof(command),
			 "nm -D --defined-only %s | cut -d' ' -f3 | "
			 "LC_ALL=C sort",
			 path);
		assert_int_equal(shell_run(command, text, sizeof(text)), 0);
		assert_string_equal(text, exports(path));
	}
	globfree(&libraries);
}
