// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is in the log when guests come again and again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "common/options.h"
#include "hostd/notices.h"
#include "tests/listener_rig.h"

static struct guest_peer *const peers = listener_rig.peers;

/* Nothing is left of a connection, so the listener knows how it ended. */
static void wait_for_the_end(struct guest_peer *peer)
{
	pid_t pids[CHILDREN_MAX];

	guest_peer_finish(peer);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
}

static void who_is_refused_again_and_again_is_logged_once(void **state)
{
	int i;

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < 10; i++) {
		listener_rig_dial(&peers[0]);
		listener_rig_expect_refused(&peers[0], EACCES,
					    VMS_GOAWAY_NOT_ALLOWED);
	}
	assert_int_equal(listener_rig_log_count("refused"), 1);
}

static void who_asks_again_and_again_is_logged_once(void **state)
{
	char why[OPTIONS_WHY_LEN];
	int i;

	(void)state;

	assert_int_equal(
		device_list_add(&listener_rig.devices, "cam=/dev/nosuch", why),
		0);
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < 5; i++) {
		listener_rig_dial_device(&peers[0], "cam");
		listener_rig_expect_served(&peers[0]);
		wait_for_the_end(&peers[0]);
		listener_rig_dial_device(&peers[0], "typo");
		listener_rig_expect_served(&peers[0]);
		wait_for_the_end(&peers[0]);
	}
	assert_int_equal(listener_rig_log_count("refused: device cam: "
						"/dev/nosuch: No such file"),
			 1);
	assert_int_equal(listener_rig_log_count("refused: no device \"typo\""),
			 1);
	assert_int_equal(listener_rig_log_count("gone"), 2);
}

static void who_comes_and_goes_too_often_is_not_logged(void **state)
{
	int i;

	(void)state;

	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < NOTICES_SERVED_MAX + 10; i++) {
		listener_rig_dial(&peers[0]);
		listener_rig_expect_served(&peers[0]);
		wait_for_the_end(&peers[0]);
	}
	assert_int_equal(listener_rig_log_count("connected, device"),
			 NOTICES_SERVED_MAX);
	assert_int_equal(listener_rig_log_count(": gone"), NOTICES_SERVED_MAX);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, listener_rig_setup,              \
					listener_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_refused_again_and_again_is_logged_once),
		TEST(who_asks_again_and_again_is_logged_once),
		TEST(who_comes_and_goes_too_often_is_not_logged),
	};

	return cmocka_run_group_tests(tests, listener_rig_make_directory,
				      listener_rig_remove_directory);
}
