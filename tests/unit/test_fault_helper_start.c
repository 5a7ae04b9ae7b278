// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors, threads or processes run out while the memory helper is started.
 *
 * Then it is not there, nothing is left of it, and somebody knows why.
 */
#include "guestd/helper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guestd/shimsocket.h"
#include "tests/fault.h"
#include "tests/fds.h"
#include "tests/heard.h"
#include "tests/helper_rig.h"

#define PATIENCE_MS 10000
#define FAULTS_MIN  6 /* or the library is not the one in which calls fail */

static unsigned int fault_number;

/* Return: whether it has begun to work */
static bool is_served(int sock)
{
	const struct helper_request request = { .type = HELPER_SYNC, .id = 1 };
	struct pollfd wait = { .fd = sock, .events = POLLIN };
	struct helper_result result;

	if (send(sock, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		return false;
	assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	return recv(sock, &result, sizeof(result), 0) == sizeof(result);
}

/* Return: 0 if it is there and works, or else why not; nothing is left of it */
static int start(void)
{
	struct shimsocket shimsocket;
	char path[64];
	bool served;
	int listener, sock, status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s.start", helper_rig_path());
	fault_spare(true);
	assert_int_equal(shimsocket_create(&shimsocket, path, &listener), 0);
	fault_spare(false);
	pid = helper_start(false, listener, &sock);
	fault_spare(true);
	close(listener);
	shimsocket_remove(&shimsocket);
	if (pid < 0)
		return pid;
	served = is_served(sock);
	close(sock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), !served);
	return served ? 0 : -ECONNRESET;
}

/* Who started it, or who reads the log, knows what there was too little of. */
static void expect_explained(int ret, const char *said)
{
	static const int errors[] = { ENOMEM, EMFILE, EAGAIN };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (ret == -errors[i] || strstr(said, strerror(errors[i])))
			return;
	fail_msg("fault %u, %s: %s, and no line says why: %s", fault_number,
		 fault_name(), strerror(-ret), said);
}

static bool start_fails(unsigned int at)
{
	unsigned int count = fds_count();
	unsigned int hits;
	const char *said;
	int ret;

	fault_number = at;
	heard_begin();
	fault_arm(FAULT_ALL, at, 1);
	ret = start();
	hits = fault_disarm();
	said = heard_end();
	if (ret)
		expect_explained(ret, said);
	assert_int_equal(start(), 0);
	assert_int_equal(fds_count(), count);
	return hits;
}

static void a_start_fails(void **state)
{
	unsigned int at;

	(void)state;
	for (at = 1; start_fails(at); at++)
		;
	print_message("start: %u faults\n", at - 1);
	assert_true(at > FAULTS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HELPER_RIG_TEST(a_start_fails),
	};

	return cmocka_run_group_tests_name("fault_helper_start", tests,
					   helper_rig_make, helper_rig_unmake);
}
