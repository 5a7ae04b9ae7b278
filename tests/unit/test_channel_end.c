// SPDX-License-Identifier: BSD-3-Clause
/*
 * What ends a channel: the peer, the owner's errors, time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/rights.h"
#include "common/wire.h"
#include "tests/channel_rig.h"

static void malformed(struct channel_rig *rig, const void *bytes, size_t len)
{
	peer_write(rig, bytes, len);
	peer_cancel(rig, 1);
	rig_run(rig);

	peer_expects_goaway(rig, EPROTO, VMS_GOAWAY_PROTOCOL);
	assert_int_equal(rig->closed, -EPROTO);
	assert_int_equal(rig->closed_count, 1);
	assert_int_equal(rig->frame_count, 0);
	assert_int_equal(rig->data_ended, 0);
}

static void a_wrong_magic_ends_it(void **state)
{
	uint8_t bytes[HEADER] = "GET / HTTP/1.1\r\nHost: localhost";

	malformed(*state, bytes, sizeof(bytes));
}

static void an_unknown_type_ends_it(void **state)
{
	uint8_t bytes[HEADER];

	rig_make_frame(bytes, HEADER, &(struct vms_header){ .type = 99 }, NULL);
	malformed(*state, bytes, sizeof(bytes));
}

static void a_reserved_type_ends_it(void **state)
{
	uint8_t bytes[HEADER];

	rig_make_frame(bytes, HEADER,
		       &(struct vms_header){ .type = VMS_CFG_CHANGE }, NULL);
	malformed(*state, bytes, sizeof(bytes));
}

static void a_length_over_the_limit_ends_it(void **state)
{
	struct wire_writer writer;
	uint8_t bytes[HEADER];

	wire_writer_init(&writer, bytes, HEADER);
	wire_put_header(&writer,
			&(struct vms_header){ .type = VMS_RESP,
					      .tag = 1,
					      .len = VMS_MAX_CTRL + 8,
					      .slen = VMS_MAX_CTRL + 8 });
	malformed(*state, bytes, sizeof(bytes));
}

static void padding_of_a_section_that_is_not_zero_ends_it(void **state)
{
	uint8_t bytes[HEADER + 16];

	rig_make_frame(
		bytes, sizeof(bytes),
		&(struct vms_header){ .type = VMS_RESP, .tag = 1, .slen = 9 },
		NULL);
	bytes[HEADER + 15] = 1;
	malformed(*state, bytes, sizeof(bytes));
}

static void padding_of_data_that_is_not_zero_ends_it(void **state)
{
	struct channel_rig *rig = *state;
	uint8_t bytes[HEADER + 16];
	uint8_t memory[9];

	rig_make_frame(bytes, sizeof(bytes),
		       &(struct vms_header){ .type = VMS_DATA, .slen = 9 },
		       NULL);
	bytes[HEADER + 9] = 1;
	rig->memory = memory;
	malformed(rig, bytes, sizeof(bytes));
}

static void an_error_of_the_owner_is_told_to_the_peer(void **state)
{
	struct channel_rig *rig = *state;

	rig->result = -EACCES;
	peer_cancel(rig, 1);
	peer_cancel(rig, 2);
	rig_run(rig);

	peer_expects_goaway(rig, EACCES, VMS_GOAWAY_PROTOCOL);
	assert_int_equal(rig->closed, -EACCES);
	assert_int_equal(rig->frame_count, 1);
}

static void an_error_at_the_end_of_data_is_one_too(void **state)
{
	struct channel_rig *rig = *state;
	uint8_t memory[8] = { 0 };

	rig->result = -EBADMSG;
	rig->memory = memory;
	peer_data(rig, memory, 8);
	rig_run(rig);

	peer_expects_goaway(rig, EBADMSG, VMS_GOAWAY_PROTOCOL);
	assert_int_equal(rig->closed, -EBADMSG);
}

static void a_peer_that_leaves_between_frames_is_no_error(void **state)
{
	struct channel_rig *rig = *state;

	peer_cancel(rig, 1);
	peer_leaves(rig);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->closed, 0);
	assert_int_equal(rig->closed_count, 1);
}

static void a_peer_that_leaves_within_a_frame_is_an_error(void **state)
{
	struct channel_rig *rig = *state;

	peer_write(rig, "\x56\x4d", 2);
	peer_leaves(rig);
	rig_run(rig);

	assert_int_equal(rig->closed, -ECONNRESET);
}

static void a_peer_that_leaves_within_data_is_an_error(void **state)
{
	uint8_t bytes[HEADER + 80];
	struct channel_rig *rig = *state;
	uint8_t memory[80];

	rig_make_frame(bytes, sizeof(bytes),
		       &(struct vms_header){ .type = VMS_DATA, .slen = 80 },
		       NULL);
	rig->memory = memory;
	peer_write(rig, bytes, HEADER + 79);
	peer_leaves(rig);
	rig_run(rig);

	assert_int_equal(rig->data_ended, 0);
	assert_int_equal(rig->closed, -ECONNRESET);
}

static void what_a_leaving_peer_said_is_read_though_writing_fails(void **state)
{
	static const uint8_t goaway[8] = { EACCES, 0, 0, 0,
					   VMS_GOAWAY_NOT_ALLOWED };
	struct channel_rig *rig = *state;

	peer_frame(rig, &(struct vms_header){ .type = VMS_GOAWAY, .slen = 8 },
		   goaway);
	peer_leaves(rig);
	rig_send_cancel(rig, 1);
	rig_send_cancel(rig, 2);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->frames[0].header.type, VMS_GOAWAY);
	assert_int_equal(rig->closed, 0);
}

static void a_peer_that_only_stops_reading_has_left(void **state)
{
	struct channel_rig *rig = *state;

	shutdown(rig->peer, SHUT_RD);
	peer_cancel(rig, 1);
	rig_send_cancel(rig, 1);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->closed, -EPIPE);
}

static void a_paused_channel_notices_that_writing_fails(void **state)
{
	struct channel_rig *rig = *state;

	channel_pause(rig->channel, true);
	peer_leaves(rig);
	rig_send_cancel(rig, 1);
	rig_run(rig);
	assert_int_equal(rig->closed, -EPIPE);
}

/*
 * As a vsock peer does that closes: there is no room to write, and never will be.
 * What it has said before counts no more.
 */
static void a_paused_channel_notices_that_the_peer_has_left(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, 64 * CHUNK);
	channel_pause(rig->channel, true);
	peer_cancel(rig, 1);
	rig_run(rig);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	assert_int_not_equal(channel_queued(rig->channel), 0);
	shutdown(rig->peer, SHUT_WR);
	rig_run(rig);
	assert_int_equal(rig->closed, 0);
	assert_int_equal(rig->frame_count, 0);
	rig_destroy(rig);
	loan_free(&loan);
}

static void pausing_afterwards_does_not_hide_it(void **state)
{
	struct channel_rig *rig = *state;

	shutdown(rig->peer, SHUT_RD);
	rig_send_cancel(rig, 1);
	channel_pause(rig->channel, true);
	rig_run(rig);
	assert_int_equal(rig->closed, -EPIPE);
}

static void send_descriptor(int fd, int what)
{
	ssize_t ret = rights_send(fd, "V", 1, what, 0);

	assert_true(ret == 1 || ret == -EPERM);
}

static void a_descriptor_that_was_sent_before_ends_it(void **state)
{
	struct channel_rig *rig = *state;

	send_descriptor(rig->peer, STDERR_FILENO);
	rig_speak(rig);
	rig_run(rig);

	peer_expects_goaway(rig, EPROTO, VMS_GOAWAY_PROTOCOL);
	assert_int_equal(rig->closed, -EPROTO);
}

/* Since Linux 6.16 the peer gets EPERM. */
static void a_descriptor_never_gets_in(void **state)
{
	struct channel_rig *rig = *state;

	send_descriptor(rig->peer, STDERR_FILENO);
	peer_leaves(rig);
	rig_run(rig);
	assert_true(rig->closed == 0 || rig->closed == -EPROTO);
	assert_int_equal(rig->frame_count, 0);
}

static void a_frame_must_be_complete_in_time(void **state)
{
	struct channel_rig *rig = *state;
	uint64_t start = rig->now;
	uint8_t bytes[HEADER];
	size_t i;

	/* A byte now and then does not help. */
	rig_make_frame(bytes, HEADER,
		       &(struct vms_header){ .type = VMS_CANCEL, .tag = 1 },
		       NULL);
	for (i = 0; i < 4; i++) {
		assert_int_equal(rig->closed, RIG_NOT_CLOSED);
		peer_write(rig, bytes + i, 1);
		rig_wait_ms(rig, 3000);
	}

	peer_expects_goaway(rig, ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	assert_int_equal(rig->closed, -ETIMEDOUT);
	assert_in_range((rig->now - start) / LOOP_MS, RIG_PARTIAL_MS,
			RIG_PARTIAL_MS + 3000);
}

static void each_frame_has_its_own_time(void **state)
{
	struct channel_rig *rig = *state;
	uint8_t bytes[HEADER];
	int i;

	rig_make_frame(bytes, HEADER,
		       &(struct vms_header){ .type = VMS_CANCEL, .tag = 1 },
		       NULL);
	peer_write(rig, bytes, 10);
	for (i = 0; i < 10; i++) {
		rig_wait_ms(rig, 9000);
		peer_write(rig, bytes + 10, HEADER - 10);
		peer_write(rig, bytes, 10);
	}
	rig_run(rig);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	assert_int_equal(rig->frame_count, 10);

	peer_write(rig, bytes + 10, HEADER - 10);
	rig_wait_ms(rig, 60000);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void time_does_not_pass_while_paused(void **state)
{
	struct channel_rig *rig = *state;

	peer_write(rig, "\x56", 1);
	rig_run(rig);
	channel_pause(rig->channel, true);
	rig_wait_ms(rig, 60000);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);

	channel_pause(rig->channel, false);
	rig_wait_ms(rig, 9000);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	rig_wait_ms(rig, 2000);
	assert_int_equal(rig->closed, -ETIMEDOUT);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define BARE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup_bare, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_wrong_magic_ends_it),
		TEST(an_unknown_type_ends_it),
		TEST(a_reserved_type_ends_it),
		TEST(a_length_over_the_limit_ends_it),
		TEST(padding_of_a_section_that_is_not_zero_ends_it),
		TEST(padding_of_data_that_is_not_zero_ends_it),
		TEST(an_error_of_the_owner_is_told_to_the_peer),
		TEST(an_error_at_the_end_of_data_is_one_too),
		TEST(a_peer_that_leaves_between_frames_is_no_error),
		TEST(a_peer_that_leaves_within_a_frame_is_an_error),
		TEST(a_peer_that_leaves_within_data_is_an_error),
		TEST(what_a_leaving_peer_said_is_read_though_writing_fails),
		TEST(a_peer_that_only_stops_reading_has_left),
		TEST(a_paused_channel_notices_that_writing_fails),
		TEST(a_paused_channel_notices_that_the_peer_has_left),
		BARE(a_descriptor_that_was_sent_before_ends_it),
		TEST(pausing_afterwards_does_not_hide_it),
		TEST(a_descriptor_never_gets_in),
		TEST(a_frame_must_be_complete_in_time),
		TEST(each_frame_has_its_own_time),
		TEST(time_does_not_pass_while_paused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
