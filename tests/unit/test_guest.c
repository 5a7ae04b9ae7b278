// SPDX-License-Identifier: BSD-3-Clause
/*
 * A connection after HELLO, or instead of it: frames that are out of place,
 * limits, and the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/guest_rig.h"

/* ---- what is out of place -------------------------------------------- */

static void a_frame_before_hello_ends_it(void **state)
{
	(void)state;

	guest_peer_open(&guest_rig.peer, 1);
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	guest_rig_expect_said("uid 7: REQ is out of place, closing");
}

static void data_before_hello_ends_it(void **state)
{
	const struct vms_header data = { .type = VMS_DATA, .slen = 16 };
	uint8_t bytes[16] = { 0 };

	(void)state;

	guest_peer_send(&guest_rig.peer, &data, bytes, sizeof(bytes));
	guest_peer_open(&guest_rig.peer, 1);
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
}

static void a_second_hello_ends_it(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	guest_rig_connect("cam");
	guest_rig_say(&hello);
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	guest_rig_expect_said("uid 7: HELLO is out of place, closing");
}

static void what_hostd_says_ends_it(void **state)
{
	static const uint16_t types[] = { VMS_RESP, VMS_EVT, VMS_HELLO_ACK };
	static const uint8_t zeros[sizeof(struct vms_hello_ack)];
	struct vms_header header = { 0 };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (i > 0) {
			guest_rig_teardown(state);
			guest_rig_setup(state);
		}
		guest_rig_connect("cam");
		header.type = types[i];
		header.tag = types[i] == VMS_RESP ? 1 : 0;
		header.slen = types[i] == VMS_RESP  ? 8
			      : types[i] == VMS_EVT ? 16
						    : sizeof(zeros);
		guest_peer_send(&guest_rig.peer, &header, zeros, header.slen);
		guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
		guest_rig_expect_said("is out of place, closing");
	}
}

static void a_hello_with_reserved_bits_ends_it(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	hello.session_id = 1;
	guest_rig_say(&hello);
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	guest_rig_expect_said("uid 7: malformed HELLO, closing");
}

static void garbage_ends_it(void **state)
{
	uint8_t bytes[64];

	(void)state;

	memset(bytes, 'G', sizeof(bytes)); /* "GET / HTTP" and the like */
	assert_int_equal(send(guest_rig.peer.fd, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	guest_rig_expect_said("uid 7: gone: Protocol error");
}

static void what_is_a_feature_must_have_been_agreed_on(void **state)
{
	static const struct vms_header frames[] = {
		{ .type = VMS_CANCEL, .tag = 1 },
		{ .type = VMS_CLOCK, .slen = sizeof(struct vms_clock) },
		{
			.type = VMS_REQ,
			.tag = 1,
			.flags = VMS_FLAG_NONBLOCK,
			.slen = sizeof(struct virtio_media_cmd_open),
		},
	};
	static const uint8_t zeros[sizeof(struct vms_clock)];
	size_t i;

	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct vms_hello hello = guest_peer_hello();

		if (i > 0) {
			guest_rig_teardown(state);
			guest_rig_setup(state);
		}
		hello.features = VMS_FEATURE_EDID;
		guest_rig_say(&hello);
		assert_int_equal(guest_rig_next_ack(NULL, NULL).status, 0);
		guest_peer_send(&guest_rig.peer, &frames[i], zeros,
				frames[i].slen);
		guest_rig_expect_goaway(EPROTO, VMS_GOAWAY_PROTOCOL);
	}
}

/* ---- limits ---------------------------------------------------------- */

static void requests_are_answered(void **state)
{
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = 9,
		.slen = 8,
		.arg = 64,
	};
	const uint32_t unknown[2] = { 77 };

	(void)state;

	guest_rig_connect("cam");
	guest_peer_send(&guest_rig.peer, &header, unknown, sizeof(unknown));
	guest_rig_expect_resp(9, ENOTTY);
	guest_peer_open(&guest_rig.peer, 10);
	guest_rig_expect_resp(10, 0);
}

static void at_the_window_nothing_more_is_read(void **state)
{
	const struct vms_clock clock = { .tx_ns = 1 };
	struct vms_hello hello = guest_rig_hello_for("fake");
	const uint8_t *section;
	struct vms_header header;
	int i;

	(void)state;

	hello.cmd_window = 2;
	guest_rig_say(&hello);
	assert_int_equal(guest_rig_next_ack(NULL, NULL).status, 0);

	guest_peer_open(&guest_rig.peer, 1);
	guest_peer_open(&guest_rig.peer, 2);
	guest_peer_open(&guest_rig.peer, 3);
	assert_true(guest_peer_send_clock(&guest_rig.peer, &clock));
	for (i = 0; i < 10; i++) {
		guest_rig_settle();
		assert_false(
			guest_peer_next(&guest_rig.peer, &header, &section));
	}

	/* One answer is room for one more. */
	sem_post(&guest_rig.open_gate);
	assert_true(guest_rig_next(&header, &section));
	assert_int_equal(header.type, VMS_RESP);
	guest_rig_settle();
	assert_false(guest_peer_next(&guest_rig.peer, &header, &section));

	sem_post(&guest_rig.open_gate);
	sem_post(&guest_rig.open_gate);
	for (i = 0; i < 3; i++) {
		assert_true(guest_rig_next(&header, &section));
		if (header.type == VMS_CLOCK)
			assert_in_range(i, 1, 2);
	}
}

static void cancel_is_passed_on_and_needs_no_answer(void **state)
{
	const struct vms_header cancel = { .type = VMS_CANCEL, .tag = 77 };

	(void)state;

	guest_rig_connect("cam");
	guest_peer_send(&guest_rig.peer, &cancel, NULL, 0);
	guest_peer_open(&guest_rig.peer, 1);
	guest_rig_expect_resp(1, 0);
}

/* Rule: B40 */
static void answers_that_nobody_reads_stop_the_questions(void **state)
{
	const size_t bound = 16u << 20;
	struct vms_clock clock = { .tx_ns = 0 };
	const uint8_t *section;
	struct vms_header header;
	uint64_t sent = 0;
	uint64_t i;
	int stuck = 0;

	(void)state;

	guest_rig_connect("cam");
	while (stuck < 10) {
		clock.tx_ns = sent;
		if (guest_peer_send_clock(&guest_rig.peer, &clock)) {
			sent++;
			stuck = 0;
		} else {
			loop_run_once(guest_rig.loop, 0);
			stuck++;
		}
		if (sent * sizeof(clock) > bound)
			fail_msg("a guest_rig.peer that reads nothing is read "
				 "for ever");
	}

	for (i = 0; i < sent; i++)
		assert_true(guest_rig_next_clock().tx_ns == i);
	assert_true(guest_peer_send_clock(&guest_rig.peer, &clock));
	assert_true(guest_rig_next_clock().tx_ns == clock.tx_ns);
	guest_rig_settle();
	assert_false(guest_peer_next(&guest_rig.peer, &header, &section));
	assert_int_equal(guest_rig.ended_with, GUEST_RIG_NOT_ENDED);
}

/* ---- the end --------------------------------------------------------- */

static void a_peer_that_leaves_is_gone(void **state)
{
	(void)state;

	guest_rig_connect("cam");
	guest_peer_open(&guest_rig.peer, 1);
	guest_rig_expect_resp(1, 0);
	guest_peer_finish(&guest_rig.peer);
	while (guest_rig.ended_with == GUEST_RIG_NOT_ENDED)
		assert_true(loop_run_once(guest_rig.loop, 1000) > 0);
	assert_int_equal(guest_rig.ended_with, 0);
	guest_rig_expect_said("uid 7: gone\n");
}

static void goaway_is_answered_with_goaway(void **state)
{
	const struct vms_header goaway = {
		.type = VMS_GOAWAY,
		.slen = sizeof(struct vms_goaway),
	};
	static const uint8_t zeros[sizeof(struct vms_goaway)];

	(void)state;

	guest_rig_connect("cam");
	guest_peer_send(&guest_rig.peer, &goaway, zeros, sizeof(zeros));
	guest_rig_expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
	guest_rig_expect_said("uid 7: gone\n");
}

static void goaway_may_even_come_first(void **state)
{
	const struct vms_header goaway = {
		.type = VMS_GOAWAY,
		.slen = sizeof(struct vms_goaway),
	};
	static const uint8_t zeros[sizeof(struct vms_goaway)];

	(void)state;

	guest_peer_send(&guest_rig.peer, &goaway, zeros, sizeof(zeros));
	guest_rig_expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, guest_rig_setup,                 \
					guest_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_before_hello_ends_it),
		TEST(data_before_hello_ends_it),
		TEST(a_second_hello_ends_it),
		TEST(what_hostd_says_ends_it),
		TEST(a_hello_with_reserved_bits_ends_it),
		TEST(garbage_ends_it),
		TEST(what_is_a_feature_must_have_been_agreed_on),
		TEST(requests_are_answered),
		TEST(at_the_window_nothing_more_is_read),
		TEST(cancel_is_passed_on_and_needs_no_answer),
		TEST(answers_that_nobody_reads_stop_the_questions),
		TEST(a_peer_that_leaves_is_gone),
		TEST(goaway_is_answered_with_goaway),
		TEST(goaway_may_even_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
