// SPDX-License-Identifier: BSD-3-Clause
/*
 * A listener that gets other devices and rules while guests are connected.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/options.h"
#include "hostd/connections.h"
#include "tests/listener_rig.h"

/* What is promised is 1 s; the rest is for a machine that has more to do. */
#define END_MS 2000

static struct guest_peer *const peers = listener_rig.peers;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void reload(void)
{
	assert_int_equal(kill(listener_rig.daemon_pid, SIGHUP), 0);
	assert_true(listener_rig_logged("rig: reloaded"));
}

static void whose_rule_is_gone_is_told_so_and_ends(void **state)
{
	pid_t pids[CHILDREN_MAX];
	int64_t begin;
	char line[128];

	(void)state;

	listener_rig.next_policy.own_uid = geteuid() + 1;
	listener_rig_serve(2, NULL, NULL);
	listener_rig_open(&peers[0], 1);

	begin = now_ms();
	reload();
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	listener_rig_expect_refused(&peers[1], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	assert_in_range(now_ms() - begin, 0, END_MS);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
	snprintf(line, sizeof(line),
		 "audit: event=revoke guest=uid:%u connection=", geteuid());
	assert_true(listener_rig_logged(line));

	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
}

static void one_that_does_not_end_is_killed(void **state)
{
	pid_t guests[CHILDREN_MAX] = { 0 }, pids[CHILDREN_MAX];
	int64_t begin;

	(void)state;

	listener_rig.next_policy.own_uid = geteuid() + 1;
	listener_rig_serve(1, guests, NULL);
	assert_int_equal(kill(guests[0], SIGSTOP), 0);
	begin = now_ms();
	reload();
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
	assert_in_range(now_ms() - begin, CONNECTIONS_END_MS, END_MS);
}

static void put_shmem(struct policy *policy, const char *path)
{
	snprintf(policy->shmem, sizeof(policy->shmem), "%s", path);
}

/* Or two guests would see each other's frames until one of them returns. */
static void whose_memory_may_be_another_guests_ends(void **state)
{
	pid_t pids[CHILDREN_MAX];

	(void)state;

	put_shmem(&listener_rig.policy, "/nosuch/memory");
	put_shmem(&listener_rig.next_policy, "/nosuch/other");
	listener_rig_serve(2, NULL, NULL);
	reload();
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	listener_rig_expect_refused(&peers[1], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	listener_rig_wait_for_children("hostd-guest", 0, pids);

	listener_rig_dial(&peers[0]);
	listener_rig_expect_served(&peers[0]);
}

static void who_gets_memory_has_it_when_it_returns(void **state)
{
	(void)state;

	put_shmem(&listener_rig.next_policy, "/nosuch/memory");
	listener_rig_serve(1, NULL, NULL);
	reload();
	listener_rig_open(&peers[0], 1);
	assert_int_equal(listener_rig_log_count("event=revoke"), 0);
}

/* Or it would stay for as long as there are more of them within its second. */
static void one_that_ends_is_not_told_again(void **state)
{
	pid_t guests[CHILDREN_MAX] = { 0 }, pids[CHILDREN_MAX];

	(void)state;

	listener_rig.next_policy.own_uid = geteuid() + 1;
	listener_rig_serve(1, guests, NULL);
	assert_int_equal(kill(guests[0], SIGSTOP), 0);
	reload();
	while (listener_rig_log_count("rig: reloaded") < 2) {
		assert_int_equal(kill(listener_rig.daemon_pid, SIGHUP), 0);
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	assert_int_equal(listener_rig_log_count("event=revoke"), 1);
}

static void others_keep_what_they_have_until_they_return(void **state)
{
	char why[OPTIONS_WHY_LEN];

	(void)state;

	listener_rig.next_devices.count = 0;
	assert_int_equal(
		device_list_add(&listener_rig.next_devices, "new=pattern", why),
		0);
	listener_rig_serve(1, NULL, NULL);
	reload();
	listener_rig_open(&peers[0], 1);
	listener_rig_dial_device(&peers[1], "new");
	listener_rig_expect_served(&peers[1]);
	listener_rig_open(&peers[1], 1);
	listener_rig_open(&peers[0], 2);
	assert_true(listener_rig_logged("connected, device new"));

	listener_rig_dial_device(&peers[2], "pattern");
	listener_rig_expect_served(&peers[2]);
	assert_true(listener_rig_logged("refused: no device \"pattern\""));
}

/* Its process ends with a status that is the number of a device. */
static void a_number_of_an_old_device_means_nothing_now(void **state)
{
	char why[OPTIONS_WHY_LEN];
	pid_t pids[CHILDREN_MAX];

	(void)state;

	assert_int_equal(
		device_list_add(&listener_rig.devices, "cam=/dev/nosuch", why),
		0);
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_connect(&peers[0]);
	listener_rig_wait_for_children("hostd-guest", 1, pids);
	reload();
	listener_rig_hello(&peers[0], "cam");
	listener_rig_expect_served(&peers[0]);
	assert_true(listener_rig_logged("refused: device cam: /dev/nosuch"));
	guest_peer_finish(&peers[0]);
	listener_rig_wait_for_children("hostd-guest", 0, pids);

	listener_rig_dial(&peers[1]);
	listener_rig_expect_served(&peers[1]);
	assert_int_equal(listener_rig_log_count("ended"), 0);
}

/* For one minute each, as before. */
static void what_was_left_out_about_a_device_is_said(void **state)
{
	char why[OPTIONS_WHY_LEN];
	int i;

	(void)state;

	assert_int_equal(
		device_list_add(&listener_rig.devices, "cam=/dev/nosuch", why),
		0);
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < 3; i++)
		listener_rig_visit("cam");
	reload();
	assert_true(listener_rig_logged(
		"refused: device cam: 2 more in the last minute"));
	assert_true(listener_rig_logged(" of=refuse device=cam count=2\n"));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, listener_rig_setup,              \
					listener_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whose_rule_is_gone_is_told_so_and_ends),
		TEST(one_that_does_not_end_is_killed),
		TEST(whose_memory_may_be_another_guests_ends),
		TEST(who_gets_memory_has_it_when_it_returns),
		TEST(one_that_ends_is_not_told_again),
		TEST(others_keep_what_they_have_until_they_return),
		TEST(a_number_of_an_old_device_means_nothing_now),
		TEST(what_was_left_out_about_a_device_is_said),
	};

	return cmocka_run_group_tests(tests, listener_rig_make_directory,
				      listener_rig_remove_directory);
}
