// SPDX-License-Identifier: BSD-3-Clause
/*
 * Directories of a test's own where the system has its.
 */
#include "tests/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static bool make_places(const char *const *places)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
		return false;
	for (; *places; places++)
		if (mount("none", *places, "tmpfs", 0, NULL) < 0)
			return false;
	return true;
}

void places_run(const char *const *places, int (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(make_places(places) ? what() : PLACES_SKIPPED);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == PLACES_SKIPPED) {
		print_message("needs root\n");
		skip();
	}
	if (WEXITSTATUS(status))
		fail_msg("check %d", WEXITSTATUS(status));
}
