// SPDX-License-Identifier: BSD-3-Clause
/*
 * More peers to be refused than the refuser can take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log_rate.h"
#include "hostd/refuser.h"
#include "tests/children.h"
#include "tests/fds.h"

#define CHILDREN 64

static struct loop *loop;
static struct refuser *refuser;
static unsigned int readies, lines, fds;

/* Time stands still. */
static uint64_t the_time(void *data)
{
	(void)data;
	return LOOP_MS;
}

static void ready(void *data)
{
	(void)data;
	readies++;
}

static void sink(enum log_level level, const char *line)
{
	(void)line;
	lines += level < LOG_LEVEL_DEBUG;
}

static int setup(void **state)
{
	static const struct loop_clock clock = { .now = the_time };

	(void)state;
	readies = 0;
	lines = 0;
	fds = fds_count();
	log_set_sink(sink);
	assert_int_equal(loop_create(&loop), 0);
	loop_set_clock(loop, &clock);
	assert_int_equal(refuser_create(loop, ready, NULL, &refuser), 0);
	return 0;
}

static int teardown(void **state)
{
	pid_t pid;

	(void)state;
	refuser_end(refuser);
	while ((pid = waitpid(-1, NULL, 0)) > 0)
		refuser_reaped(refuser, pid);
	refuser_destroy(refuser);
	loop_destroy(loop);
	log_set_sink(NULL);
	assert_int_equal(fds_count(), fds);
	return 0;
}

/* They are there, but slow. */
static void stop_children(void)
{
	pid_t pids[CHILDREN];
	int count = children_of(getpid(), pids, CHILDREN);

	while (count)
		kill(pids[--count], SIGSTOP);
}

static void refuse_until_nobody_can(void)
{
	const struct vms_goaway goaway = { .reason = VMS_GOAWAY_LIMIT };
	int pair[2];

	while (refuser_ready(refuser)) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					    0, pair),
				 0);
		refuser_refuse(refuser, pair[0], &goaway);
		close(pair[1]);
		stop_children();
	}
}

/* All other unix peers wait until then. */
static void one_that_has_ended_makes_room_at_once(void **state)
{
	pid_t pid;

	(void)state;
	refuse_until_nobody_can();
	assert_int_equal(readies, 0);
	pid = waitpid(-1, NULL, 0);
	assert_true(refuser_reaped(refuser, pid));
	assert_true(loop_run_once(loop, 0) >= 0);
	assert_int_equal(readies, 1);
	assert_true(refuser_ready(refuser));
}

/* Whoever comes again and again has it so as often as it likes. */
static void it_fills_no_log(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 2 * LOG_RATE_MAX; i++) {
		refuse_until_nobody_can();
		assert_true(refuser_reaped(refuser, waitpid(-1, NULL, 0)));
		assert_true(loop_run_once(loop, 0) >= 0);
	}
	assert_int_equal(lines, LOG_RATE_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_has_ended_makes_room_at_once),
		TEST(it_fills_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
