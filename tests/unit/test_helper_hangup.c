// SPDX-License-Identifier: BSD-3-Clause
/*
 * Closing descriptors that somebody has sent so that it lasts: processes that stand
 * still stand for those that do not end.
 */
#include "guestd/helper_hangup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/fds.h"
#include "tests/shim_client.h"

#define STUCK 7

static struct hangup hung;

/* A client that has sent a copy of @fd, and has left */
static int client_with(int fd)
{
	int ends[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(hangup_listen(ends[0]), 0);
	shim_client_send(ends[1], "x", 1, fd);
	close(ends[1]);
	return ends[0];
}

/* The newest process stands still from now on. */
static void get_stuck(void)
{
	pid_t *newest = &hung.processes[hung.process_count - 1];

	assert_int_equal(waitpid(*newest, NULL, 0), *newest);
	*newest = fork();
	assert_true(*newest >= 0);
	if (*newest == 0)
		for (;;)
			pause();
}

static void get_loose(void)
{
	unsigned int i;

	for (i = 0; i < hung.process_count; i++)
		kill(hung.processes[i], SIGKILL);
	while (hung.process_count)
		hangup_work(&hung);
}

/* Nobody has a copy of the pipe's other end any more. */
static void expect_closed(int pipe)
{
	char byte;

	assert_int_equal(read(pipe, &byte, 1), 0);
	close(pipe);
}

static void a_process_closes_what_was_sent(void **state)
{
	unsigned int before = fds_count();
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(hangup(&hung, client_with(ends[1])));
	close(ends[1]);
	assert_true(hangup_work(&hung) > 0);
	expect_closed(ends[0]);
	assert_int_equal(fds_count(), before);
	while (hangup_work(&hung) >= 0)
		;
}

static void who_sends_nothing_needs_none(void **state)
{
	unsigned int before = fds_count();

	(void)state;
	assert_true(hangup(&hung, client_with(-1)));
	assert_int_equal(hangup_work(&hung), -1);
	assert_int_equal(fds_count(), before);
}

static void those_that_hang_do_not_use_up_the_next(void **state)
{
	unsigned int i, stuck;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (stuck = 0; stuck < STUCK; stuck++) {
		for (i = 0; i < 1u << stuck; i++) {
			assert_int_equal(hung.process_count, stuck);
			assert_true(hangup(&hung, client_with(ends[1])));
			hangup_work(&hung);
		}
		get_stuck();
	}
	/* Another one is in no hurry, and goes with the first that ends. */
	assert_true(hangup(&hung, client_with(ends[1])));
	close(ends[1]);
	assert_true(hangup_work(&hung) > 0);
	assert_int_equal(hung.process_count, STUCK);
	assert_int_equal(hung.count, 1);
	get_loose();
	expect_closed(ends[0]);
}

/* Whatever it is: here a pipe */
static void a_process_closes_any_file(void **state)
{
	unsigned int before = fds_count();
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(hangup_file(&hung, ends[1]));
	assert_true(hangup_work(&hung) > 0);
	expect_closed(ends[0]);
	assert_int_equal(fds_count(), before);
	while (hangup_work(&hung) >= 0)
		;
}

static void of_files_so_many_wait_and_no_more(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < HANGUP_FILES_MAX; i++)
		assert_true(hangup_file(&hung, dup(STDERR_FILENO)));
	assert_false(hangup_file(&hung, STDERR_FILENO));
	while (hangup_work(&hung) >= 0)
		;
}

static int teardown(void **state)
{
	(void)state;
	free(hung.waiting);
	hung = (struct hangup){ .count = 0 };
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_process_closes_what_was_sent),
		TEST(who_sends_nothing_needs_none),
		TEST(a_process_closes_any_file),
		TEST(of_files_so_many_wait_and_no_more),
		TEST(those_that_hang_do_not_use_up_the_next),
	};

	log_open("test", LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
