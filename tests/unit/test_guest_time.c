// SPDX-License-Identifier: BSD-3-Clause
/*
 * A connection and time: how long a guest may be silent, and what it hears of the
 * host's clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "hostd/hello.h"
#include "tests/guest_rig.h"
#include "tests/simulated.h"

static uint64_t simulated_ns;

/* The guest_rig.guest has to be made when that clock is there already. */
static void start_again_simulated(void)
{
	guest_destroy(guest_rig.guest);
	guest_peer_finish(&guest_rig.peer);
	simulated_ns = 1000 * LOOP_MS;
	simulated_time(guest_rig.loop, &simulated_ns);
	guest_rig_start();
}

static void who_says_nothing_has_to_leave(void **state)
{
	uint64_t start;

	(void)state;

	start_again_simulated();
	start = simulated_ns;
	guest_rig_expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start >= VMS_HELLO_TIMEOUT_MS * LOOP_MS);
	assert_true(simulated_ns - start <
		    (VMS_HELLO_TIMEOUT_MS + 2000) * LOOP_MS);
	guest_rig_expect_said("uid 7: no HELLO after 5 s, closing");
}

static void half_a_hello_is_no_hello(void **state)
{
	uint64_t start;

	(void)state;

	start_again_simulated();
	start = simulated_ns;
	assert_int_equal(send(guest_rig.peer.fd, "VMS1", 4, 0), 4);
	guest_rig_expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start <
		    (VMS_HELLO_TIMEOUT_MS + 2000) * LOOP_MS);
}

static void after_hello_silence_is_fine_but_half_a_frame_is_not(void **state)
{
	uint64_t start;
	int i;

	(void)state;

	start_again_simulated();
	guest_rig_connect("fake");
	for (i = 0; i < 60; i++)
		assert_true(loop_run_once(guest_rig.loop, 1000) >= 0);
	assert_int_equal(guest_rig.ended_with, GUEST_RIG_NOT_ENDED);

	start = simulated_ns;

	assert_int_equal(send(guest_rig.peer.fd, "VMS1", 4, 0), 4);
	guest_rig_expect_goaway(ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_true(simulated_ns - start >= VMS_PARTIAL_TIMEOUT_MS * LOOP_MS);
}

static void clock_comes_back_with_our_times(void **state)
{
	struct vms_clock clock = { .tx_ns = 42 };
	uint64_t before;

	(void)state;

	guest_rig_connect("cam");
	before = hello_now(CLOCK_MONOTONIC);
	assert_true(guest_peer_send_clock(&guest_rig.peer, &clock));
	clock = guest_rig_next_clock();
	assert_true(clock.tx_ns == 42);
	assert_true(clock.rx_ns >= before);
	assert_true(clock.reply_ns >= clock.rx_ns);
	assert_true(clock.reply_ns <= hello_now(CLOCK_MONOTONIC));
}

static void a_clock_that_has_our_times_already_ends_it(void **state)
{
	const struct vms_clock clock = { .tx_ns = 42, .reply_ns = 1 };

	(void)state;

	guest_rig_connect("cam");
	assert_true(guest_peer_send_clock(&guest_rig.peer, &clock));
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	guest_rig_expect_said("uid 7: malformed CLOCK, closing");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, guest_rig_setup,                 \
					guest_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_says_nothing_has_to_leave),
		TEST(half_a_hello_is_no_hello),
		TEST(after_hello_silence_is_fine_but_half_a_frame_is_not),
		TEST(clock_comes_back_with_our_times),
		TEST(a_clock_that_has_our_times_already_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
