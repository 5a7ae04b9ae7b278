// SPDX-License-Identifier: BSD-3-Clause
/*
 * How an owner ends a channel: GOAWAY, and destroying it below any callback.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/channel_rig.h"

static void goaway_comes_behind_control_and_before_bulk(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, 3 * CHUNK);
	rig_send_behind(rig, rig, 2);
	rig_send_cancel(rig, 1);
	rig->inside = true;
	channel_goaway(rig->channel, ENODEV, VMS_GOAWAY_DEVICE);
	rig->inside = false;
	rig_send_cancel(rig, 3);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);

	peer_expects_chunk(rig, &loan, 0, 0);
	peer_expects_cancel(rig, 1);
	peer_expects_goaway(rig, ENODEV, VMS_GOAWAY_DEVICE);
	rig_run(rig);
	assert_int_equal(rig->closed, -ENODEV);
	assert_int_equal(rig->closed_count, 1);

	rig->on_closed = NULL;
	rig_destroy(rig);
	loan_free(&loan);
	assert_false(peer_read(rig, &(uint8_t){ 0 }, 1));
}

static void goaway_does_not_wait_for_ever(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, CHUNK);
	channel_goaway(rig->channel, ESHUTDOWN, VMS_GOAWAY_SHUTDOWN);
	rig_wait_ms(rig, 900);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	rig_wait_ms(rig, 200);
	assert_int_equal(rig->closed, -ESHUTDOWN);
	rig_destroy(rig);
	loan_free(&loan);
}

static void goaway_ends_receiving(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, CHUNK);
	peer_cancel(rig, 1);
	channel_goaway(rig->channel, 0, VMS_GOAWAY_SHUTDOWN);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 0);
	peer_leaves(rig);
	rig_run(rig);
	assert_int_equal(rig->closed, 0);
	rig_destroy(rig);
	loan_free(&loan);
}

static void a_closed_channel_swallows_what_is_sent(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	peer_leaves(rig);
	rig_run(rig);
	assert_int_equal(rig->closed, 0);

	rig_send_cancel(rig, 1);
	loan_make(&loan, rig, CHUNK);
	loan_send(&loan, rig, 0);
	rig_send_behind(rig, rig, 1);
	channel_goaway(rig->channel, EIO, VMS_GOAWAY_DEVICE);
	channel_pause(rig->channel, true);
	channel_pause(rig->channel, false);
	rig_run(rig);
	assert_int_equal(rig->closed_count, 1);

	rig_destroy(rig);
	loan_free(&loan);
}

/* ---- destroying from below ------------------------------------------- */

static void destroy_loan_fixture(struct loan *loan)
{
	rig_destroy(loan->rig);
}

static void frame_may_destroy(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_frame = rig_destroy;
	peer_cancel(rig, 1);
	peer_cancel(rig, 2);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void frame_may_destroy_and_fail(void **state)
{
	struct channel_rig *rig = *state;

	rig->result = -EIO;
	frame_may_destroy(state);
	assert_null(rig->channel);
}

static void a_large_frame_may_destroy(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_frame = rig_destroy;
	peer_frame(rig,
		   &(struct vms_header){
			   .type = VMS_RESP, .tag = 1, .slen = 200000 },
		   NULL);
	rig_run(rig);
	assert_null(rig->channel);
}

static void data_begin_may_destroy(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_data_begin = rig_destroy;
	peer_data(rig, rig, 100);
	rig_run(rig);
	assert_int_equal(rig->data_ended, 0);
	assert_null(rig->channel);
}

static void data_end_may_destroy(void **state)
{
	struct channel_rig *rig = *state;
	uint8_t memory[100];

	rig->memory = memory;
	rig->on_data_end = rig_destroy;
	peer_data(rig, rig, 100);
	peer_cancel(rig, 1);
	rig_run(rig);
	assert_int_equal(rig->data_ended, 1);
	assert_int_equal(rig->frame_count, 0);
}

static void closed_may_destroy(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_closed = rig_destroy;
	peer_leaves(rig);
	rig_run(rig);
	assert_int_equal(rig->closed_count, 1);
	assert_null(rig->channel);
}

static void drained_may_destroy(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 2 * CHANNEL_HIGH);
	loan_send(&loan, rig, 0);
	rig->on_drained = rig_destroy;
	channel_cancel(rig->channel, rig);
	rig_run(rig);
	assert_null(rig->channel);
	loan_free(&loan);
}

static void done_may_destroy_when_sent(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loans[3];
	int i;

	loan_begin(&loans[0], rig, rig, CHUNK);
	for (i = 1; i < 3; i++) {
		loan_make(&loans[i], rig, 16);
		loan_send(&loans[i], rig, 0);
	}
	loans[0].then = destroy_loan_fixture;
	peer_expects_chunk(rig, &loans[0], 0, 0);
	rig_run(rig);
	assert_null(rig->channel);
	for (i = 0; i < 3; i++)
		loan_free(&loans[i]);
}

static void done_may_destroy_when_cancelled(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loans[2];

	loan_begin(&loans[0], rig, rig, CHUNK);
	loan_make(&loans[1], rig, 16);
	loan_send(&loans[1], rig, 0);
	loans[0].then = destroy_loan_fixture;
	channel_cancel(rig->channel, rig);
	assert_null(rig->channel);
	loan_free(&loans[0]);
	loan_free(&loans[1]);
}

static void done_may_destroy_below_send(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 16);
	loan.then = destroy_loan_fixture;
	loan_send(&loan, rig, 0);
	assert_null(rig->channel);
	loan_free(&loan);
}

static void leave(struct loan *loan)
{
	channel_goaway(loan->rig->channel, EIO, VMS_GOAWAY_DEVICE);
}

static void done_may_leave(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loans[2];

	loan_begin(&loans[0], rig, rig, CHUNK);
	loan_make(&loans[1], rig, 5 * CHUNK);
	loan_send(&loans[1], rig, 0);
	loans[0].then = leave;
	peer_expects_chunk(rig, &loans[0], 0, 0);
	rig_run(rig);
	rig_destroy(rig);
	loan_free(&loans[0]);
	loan_free(&loans[1]);
}

static void nothing_may_be_destroyed(void **state)
{
	(void)state;

	channel_destroy(NULL);
}

static const struct channel_ops no_ops;

static void a_descriptor_that_is_not_taken_stays_open(void **state)
{
	struct channel_rig *rig = *state;
	struct channel *second = NULL;

	rig_speak(rig);
	assert_int_equal(
		channel_create(rig->loop, rig->fd, 0, &no_ops, rig, &second),
		-EEXIST);
	assert_null(second);
	rig_send_cancel(rig, 1);
	peer_expects_cancel(rig, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define BARE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup_bare, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goaway_comes_behind_control_and_before_bulk),
		TEST(goaway_does_not_wait_for_ever),
		TEST(goaway_ends_receiving),
		TEST(a_closed_channel_swallows_what_is_sent),
		TEST(frame_may_destroy),
		TEST(frame_may_destroy_and_fail),
		TEST(a_large_frame_may_destroy),
		TEST(data_begin_may_destroy),
		TEST(data_end_may_destroy),
		TEST(closed_may_destroy),
		TEST(drained_may_destroy),
		TEST(done_may_destroy_when_sent),
		TEST(done_may_destroy_when_cancelled),
		TEST(done_may_destroy_below_send),
		TEST(done_may_leave),
		TEST(nothing_may_be_destroyed),
		BARE(a_descriptor_that_is_not_taken_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
