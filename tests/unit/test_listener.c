// SPDX-License-Identifier: BSD-3-Clause
/*
 * The listener and all its processes, seen from outside.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/options.h"
#include "tests/listener_rig.h"

#define FEW            3
#define REFUSALS_QUEUE 1000 /* more than fit between listener and refuser */

static struct guest_peer *const peers = listener_rig.peers;

static void each_connection_has_two_processes(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int i;

	(void)state;

	listener_rig_serve(FEW, pids, pids);

	for (i = 0; i < FEW; i++)
		guest_peer_finish(&peers[i]);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
}

static void at_its_end_nothing_is_left(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int status, i;

	(void)state;

	listener_rig_serve(FEW, pids, NULL);

	status = listener_rig_stop(SIGTERM);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(access(listener_rig.socket_path, F_OK), -1);
	for (i = 0; i < FEW; i++) {
		assert_int_equal(kill(pids[i], 0), -1);
		listener_rig_expect_end(&peers[i]);
	}
}

static void a_killed_listener_takes_its_children_along(void **state)
{
	(void)state;

	listener_rig_serve(1, NULL, NULL);
	listener_rig_stop(SIGKILL);
	listener_rig_expect_end(&peers[0]);
}

/* Descriptors beyond the standard ones whose link begins with @prefix. */
static int descriptors(pid_t pid, const char *prefix)
{
	const struct dirent *entry;
	char path[64], text[256];
	ssize_t len;
	int count = 0;
	DIR *links;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	links = opendir(path);
	assert_non_null(links);
	while ((entry = readdir(links))) {
		if (strtol(entry->d_name, NULL, 10) <= STDERR_FILENO)
			continue;
		len = readlinkat(dirfd(links), entry->d_name, text,
				 sizeof(text) - 1);
		text[len > 0 ? len : 0] = '\0';
		if (strncmp(text, prefix, strlen(prefix)) == 0)
			count++;
	}
	closedir(links);
	return count;
}

static bool has_no_new_privileges(pid_t pid)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
	fclose(file);
	return found;
}

static void the_processes_keep_only_what_they_need(void **state)
{
	pid_t guests[CHILDREN_MAX] = { 0 }, openers[CHILDREN_MAX] = { 0 };
	int i;

	(void)state;

	listener_rig_serve(FEW, guests, openers);

	for (i = 0; i < FEW; i++) {
		/* connection, opener; its own epoll, its two signals */
		assert_int_equal(descriptors(guests[i], "socket:"), 2);
		assert_int_equal(descriptors(guests[i], ""), 5);
		assert_true(has_no_new_privileges(guests[i]));
		/* guest */
		assert_int_equal(descriptors(openers[i], "socket:"), 1);
		assert_int_equal(descriptors(openers[i], ""), 1);
		assert_true(has_no_new_privileges(openers[i]));
	}
	/*
	 * The address alone: no connection, no end of an opener's socket.  A
	 * guest process may answer before the listener has closed the latter.
	 */
	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (descriptors(listener_rig.daemon_pid, "socket:") == 1)
			break;
		listener_rig_pause_ms(10);
	}
	assert_int_equal(descriptors(listener_rig.daemon_pid, "socket:"), 1);
}

static void a_guest_may_have_64_connections(void **state)
{
	struct guest_peer *one_more = &peers[GRANT_CONNECTIONS_MAX];
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(GRANT_CONNECTIONS_MAX, NULL, NULL);

	listener_rig_dial(one_more);
	listener_rig_expect_refused(one_more, EUSERS, VMS_GOAWAY_LIMIT);
	assert_true(listener_rig_logged(
		"refused: 64 connections of this guest, 64 of all"));

	/* One that ends makes room for one. */
	guest_peer_finish(&peers[0]);
	listener_rig_wait_for_children("hostd-guest", GRANT_CONNECTIONS_MAX - 1,
				       pids);
	listener_rig_wait_for_children("hostd-opener",
				       GRANT_CONNECTIONS_MAX - 1, pids);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_served(&peers[0]);
	listener_rig_dial(one_more);
	listener_rig_expect_refused(one_more, EUSERS, VMS_GOAWAY_LIMIT);
}

static void a_stranger_is_told_so_and_the_log_how_to_change_it(void **state)
{
	char line[128];
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	snprintf(line, sizeof(line),
		 "uid %u: refused: no rule: hostd --allow uid:%u, or [guest "
		 "uid:%u] of hostd.conf(5)\n",
		 geteuid(), geteuid(), geteuid());
	assert_true(listener_rig_logged(line));
	assert_int_equal(listener_rig_children("hostd-guest", pids), 0);
	assert_int_equal(listener_rig_children("hostd-opener", pids), 0);
}

static void a_unix_listener_is_a_guest_if_a_rule_says_so(void **state)
{
	char rule[128], line[256], why[OPTIONS_WHY_LEN];

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	snprintf(rule, sizeof(rule), "unix:%s", listener_rig.socket_path);
	assert_int_equal(policy_add(&listener_rig.policy, rule, why), 0);
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_served(&peers[0]);
	snprintf(line, sizeof(line), "unix %s: connected, device pattern\n",
		 listener_rig.socket_path);
	assert_true(listener_rig_logged(line));
	snprintf(line, sizeof(line), "event=grant guest=%s connection=", rule);
	assert_true(listener_rig_logged(line));
}

static void a_hybrid_listener_is_a_guest_that_needs_a_rule(void **state)
{
	char rule[128], line[512], why[OPTIONS_WHY_LEN];

	(void)state;

	listener_rig_start(TRANSPORT_HYBRID);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	snprintf(rule, sizeof(rule), "hybrid:%s", listener_rig.socket_path);
	snprintf(line, sizeof(line),
		 "hybrid %s: refused: no rule: hostd --allow %s, or [guest %s] "
		 "of hostd.conf(5)\n",
		 listener_rig.socket_path, rule, rule);
	assert_true(listener_rig_logged(line));
	listener_rig_stop(SIGTERM);

	assert_int_equal(policy_add(&listener_rig.policy, rule, why), 0);
	listener_rig_start(TRANSPORT_HYBRID);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_served(&peers[0]);
}

/*
 * As if it slept in close(2): SIGSTOP holds it, SIGKILL ends it nevertheless.
 * Those that it had taken end without a word.
 */
static void a_refuser_that_hangs_is_replaced(void **state)
{
	pid_t first[CHILDREN_MAX] = { 0 }, second[CHILDREN_MAX];
	int i;

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	listener_rig_wait_for_children("hostd-refuser", 1, first);
	assert_int_equal(kill(first[0], SIGSTOP), 0);

	for (i = 0; i < REFUSALS_QUEUE; i++) {
		listener_rig_dial(&peers[0]);
		guest_peer_finish(&peers[0]);
	}
	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (listener_rig_children("hostd-refuser", second) == 1 &&
		    second[0] != first[0])
			break;
		listener_rig_pause_ms(10);
	}
	assert_int_not_equal(second[0], first[0]);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(kill(first[0], 0), -1);
	assert_int_equal(descriptors(listener_rig.daemon_pid, "socket:"), 2);
}

static void a_refuser_that_died_is_replaced(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	listener_rig_wait_for_children("hostd-refuser", 1, pids);
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	listener_rig_wait_for_children("hostd-refuser", 0, pids);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
}

static void a_guest_process_that_crashes_harms_nobody_else(void **state)
{
	const uint8_t *section;
	struct vms_header header;
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, pids, NULL);
	listener_rig_dial(&peers[1]);
	listener_rig_expect_served(&peers[1]);

	assert_int_equal(kill(pids[0], SIGKILL), 0);
	listener_rig_expect_end(&peers[0]);
	assert_true(listener_rig_logged(
		"guest process ended by signal 9 (Killed)\n"));
	listener_rig_wait_for_children("hostd-guest", 1, pids);
	listener_rig_wait_for_children("hostd-opener", 1, pids);

	guest_peer_open(&peers[1], 1);
	assert_true(listener_rig_next(&peers[1], &header, &section));
	assert_int_equal(header.type, VMS_RESP);
}

static void of_a_forbidden_call_it_is_said_what_that_means(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, pids, NULL);
	assert_int_equal(kill(pids[0], SIGSYS), 0);
	listener_rig_expect_end(&peers[0]);
	assert_true(listener_rig_logged("guest process ended by seccomp"));
}

static void without_its_opener_a_guest_process_ends(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, NULL, pids);
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	listener_rig_expect_end(&peers[0]);
	assert_true(listener_rig_logged(
		"opener process ended by signal 9 (Killed)\n"));
	listener_rig_wait_for_children("hostd-guest", 0, pids);
}

static void a_stuck_opener_counts_but_is_killed(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, NULL, pids);
	assert_int_equal(kill(pids[0], SIGSTOP), 0);
	guest_peer_finish(&peers[0]);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
}

static void ctrl_c_in_a_terminal_is_for_the_listener(void **state)
{
	const uint8_t *section;
	struct vms_header header;
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, pids, NULL);
	assert_int_equal(kill(pids[0], SIGINT), 0);
	guest_peer_open(&peers[0], 1);
	assert_true(listener_rig_next(&peers[0], &header, &section));
	assert_int_equal(header.type, VMS_RESP);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, listener_rig_setup,              \
					listener_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_connection_has_two_processes),
		TEST(at_its_end_nothing_is_left),
		TEST(a_killed_listener_takes_its_children_along),
		TEST(the_processes_keep_only_what_they_need),
		TEST(a_guest_may_have_64_connections),
		TEST(a_stranger_is_told_so_and_the_log_how_to_change_it),
		TEST(a_unix_listener_is_a_guest_if_a_rule_says_so),
		TEST(a_hybrid_listener_is_a_guest_that_needs_a_rule),
		TEST(a_refuser_that_hangs_is_replaced),
		TEST(a_refuser_that_died_is_replaced),
		TEST(a_guest_process_that_crashes_harms_nobody_else),
		TEST(of_a_forbidden_call_it_is_said_what_that_means),
		TEST(without_its_opener_a_guest_process_ends),
		TEST(a_stuck_opener_counts_but_is_killed),
		TEST(ctrl_c_in_a_terminal_is_for_the_listener),
	};

	return cmocka_run_group_tests(tests, listener_rig_make_directory,
				      listener_rig_remove_directory);
}
