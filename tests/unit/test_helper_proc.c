// SPDX-License-Identifier: BSD-3-Clause
/*
 * A thread that the memory helper looks at again and again, without opening it anew.
 */
#include "guestd/helper_proc.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/fds.h"

/* A child that reads from @from for ever, or until a byte comes, and then from @then. */
static pid_t start(int from, int then)
{
	pid_t pid = fork();
	char byte;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (read(from, &byte, 1) == 1)
		(void)!read(then, &byte, 1);
	_exit(0);
}

static void finish(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Wait until it is in read() of @fd. */
static void expect_read_of(const struct helper_seen *seen, int fd)
{
	struct helper_call call;
	int ret;

	do {
		usleep(1000);
		ret = helper_proc_call(seen, &call);
		assert_true(!ret || ret == -EAGAIN);
	} while (ret || call.nr != SYS_read || call.args[0] != (uint64_t)fd);
}

static void each_look_sees_what_it_does_now(void **state)
{
	struct helper_seen seen = { 0 };
	int first[2], second[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(first), 0);
	assert_int_equal(pipe(second), 0);
	pid = start(first[0], second[0]);
	assert_int_equal(helper_proc_see(&seen, pid), 0);
	expect_read_of(&seen, first[0]);
	assert_int_equal(write(first[1], "x", 1), 1);
	expect_read_of(&seen, second[0]);

	helper_proc_forget(&seen);
	finish(pid);
	close(first[0]);
	close(first[1]);
	close(second[0]);
	close(second[1]);
}

static void one_that_is_gone_stays_so(void **state)
{
	struct helper_seen seen = { 0 };
	struct helper_call call;
	int pipes[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = start(pipes[0], pipes[0]);
	assert_int_equal(helper_proc_see(&seen, pid), 0);
	expect_read_of(&seen, pipes[0]);
	finish(pid);
	assert_int_equal(helper_proc_call(&seen, &call), -ESRCH);
	assert_int_equal(helper_proc_see(&seen, pid), -ENOENT);
	assert_int_equal(seen.tid, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void another_one_takes_its_place(void **state)
{
	unsigned int fds = fds_count();
	struct helper_seen seen = { 0 };
	unsigned int i;

	(void)state;
	helper_proc_forget(&seen);
	for (i = 0; i < 3; i++) {
		assert_int_equal(helper_proc_see(&seen, getpid()), 0);
		assert_int_equal(seen.tid, getpid());
		assert_int_equal(fds_count(), fds + 2);
	}
	assert_int_equal(helper_proc_see(&seen, 0), -ESRCH);
	assert_int_equal(seen.tid, 0);
	assert_int_equal(fds_count(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_look_sees_what_it_does_now),
		cmocka_unit_test(one_that_is_gone_stays_so),
		cmocka_unit_test(another_one_takes_its_place),
	};

	return cmocka_run_group_tests_name("helper_proc", tests, NULL, NULL);
}
