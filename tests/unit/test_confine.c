// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each process of hostd has given up, seen from outside.
 */
#include "hostd/confine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostd/confine_view.h"

static bool views; /* namespaces are to be had here */

/* A child that has stopped in @role. */
static pid_t start(enum sandbox_role role)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_enter(role, NULL, 0) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const char *proc(pid_t pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return path;
}

/* The number after @key in its status */
static unsigned long long status_field(pid_t pid, const char *key)
{
	FILE *file = fopen(proc(pid, "status"), "re");
	unsigned long long value = UINT64_MAX;
	char line[200];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtoull(line + strlen(key), NULL, 16);
	fclose(file);
	return value;
}

static void nothing_is_left_of_privileges(void **state)
{
	unsigned int role;

	(void)state;
	for (role = 0; role < SANDBOX_ROLE_COUNT; role++) {
		pid_t pid = start(role);

		assert_int_equal(status_field(pid, "CapEff:\t"), 0);
		assert_int_equal(status_field(pid, "CapPrm:\t"), 0);
		assert_int_equal(status_field(pid, "CapInh:\t"), 0);
		assert_int_equal(status_field(pid, "CapAmb:\t"), 0);
		if (!geteuid())
			assert_int_equal(status_field(pid, "CapBnd:\t"), 0);
		assert_int_equal(status_field(pid, "NoNewPrivs:\t"), 1);
		assert_int_equal(status_field(pid, "Seccomp:\t"), 2);
		end(pid);
	}
}

static unsigned int count_entries(const char *path)
{
	unsigned int count = 0;
	DIR *dir = opendir(path);

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static unsigned int count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int count = 0;
	char line[200];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count++;
	fclose(file);
	return count;
}

static void a_guest_process_sees_no_files_and_no_network(void **state)
{
	static const enum sandbox_role blind[] = {
		SANDBOX_GUEST,
		SANDBOX_CONVERT,
		SANDBOX_REFUSER,
	};
	size_t i;

	(void)state;
	/* Only root may look at what is not dumpable. */
	if (!views || geteuid())
		skip();
	for (i = 0; i < sizeof(blind) / sizeof(blind[0]); i++) {
		pid_t pid = start(blind[i]);

		/* "." and ".." */
		assert_int_equal(count_entries(proc(pid, "root")), 2);
		/* Two lines of titles, and lo. */
		assert_int_equal(count_lines(proc(pid, "net/dev")), 3);
		assert_int_equal(count_lines(proc(pid, "mounts")), 1);
		end(pid);
	}
}

/* By whom it was forked, before it is confined. */
static void it_still_ends_with_its_parent(void **state)
{
	int ends[2];
	pid_t parent;
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (confine_enter(SANDBOX_GUEST, &ends[1], 1) < 0)
				_exit(1);
			if (write(ends[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				poll(NULL, 0, -1);
		}
		pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	end(parent);
	/* The last end is closed. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void limits_are_lowered_and_never_raised(void **state)
{
	struct rlimit limit, before, low;
	pid_t pid;

	(void)state;
	pid = start(SANDBOX_GUEST);
	assert_int_equal(prlimit(pid, RLIMIT_CORE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_true(limit.rlim_max <= 16384);
	end(pid);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	pid = start(SANDBOX_GUEST);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 100);
	end(pid);
}

static int prepare(void **state)
{
	int error;

	(void)state;
	if (confine_view_try(&error))
		return -1;
	views = error == 0;
	return confine_prepare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_of_privileges),
		cmocka_unit_test(a_guest_process_sees_no_files_and_no_network),
		cmocka_unit_test(it_still_ends_with_its_parent),
		cmocka_unit_test(limits_are_lowered_and_never_raised),
	};

	return cmocka_run_group_tests_name("confine", tests, prepare, NULL);
}
