// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a channel receives, over a real socketpair: frames, until it is paused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "common/stats.h"
#include "tests/channel_rig.h"

static void a_frame_comes_with_its_section(void **state)
{
	static const uint8_t section[] = "thirteen byte";
	struct channel_rig *rig = *state;

	peer_frame(rig,
		   &(struct vms_header){ .type = VMS_REQ,
					 .tag = 9,
					 .arg = 77,
					 .slen = sizeof(section) },
		   section);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->frames[0].header.type, VMS_REQ);
	assert_int_equal(rig->frames[0].header.tag, 9);
	assert_int_equal(rig->frames[0].header.arg, 77);
	assert_int_equal(rig->frames[0].header.slen, sizeof(section));
	assert_memory_equal(rig->frames[0].section, section, sizeof(section));
	assert_int_equal(rig->frames[0].aux_len, 0);
}

static void what_is_sent_with_aux_is_received_with_aux(void **state)
{
	static const uint8_t body[40] = { 'a', 'b', 'c', 0, 0, 0, 0, 0, 1 };
	const struct vms_header header = {
		.type = VMS_RESP, .flags = VMS_FLAG_AUX, .tag = 1, .slen = 3
	};
	uint8_t bytes[HEADER + sizeof(body)];
	struct channel_rig *rig = *state;

	/* Reflected by the peer. */
	assert_int_equal(channel_send(rig->channel, &header, body, 37), 0);
	assert_true(peer_read(rig, bytes, sizeof(bytes)));
	peer_write(rig, bytes, sizeof(bytes));
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->frames[0].header.slen, 3);
	assert_int_equal(rig->frames[0].header.len, sizeof(body));
	assert_memory_equal(rig->frames[0].section, "abc", 3);
	assert_int_equal(rig->frames[0].aux_len, 32);
}

static void a_burst_of_frames_costs_one_read(void **state)
{
	uint64_t before = stats_get(STATS_SYSCALLS_IN);
	struct channel_rig *rig = *state;
	uint32_t i;

	for (i = 1; i <= 100; i++)
		peer_cancel(rig, i);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(rig->frames[i].header.tag, i + 1);
	assert_int_equal(stats_get(STATS_SYSCALLS_IN) - before, 1);
}

static void frames_of_any_size_arrive_in_pieces_of_any_size(void **state)
{
	static const size_t sizes[] = { 0,     8,     100,    4000,
					16384, 16392, 100000, VMS_MAX_CTRL };
	static const size_t pieces[] = { 1, 31, 4096, 70000 };
	const size_t room = HEADER + VMS_MAX_CTRL;
	uint8_t *bytes = malloc(room);
	struct channel_rig *rig = *state;
	unsigned int count = 0;
	size_t p, s, len, at, n;

	for (p = 0; p < 4; p++) {
		for (s = 0; s < 8; s++) {
			/* Byte by byte takes a while. */
			if (pieces[p] < 100 && sizes[s] > 20000)
				continue;
			len = rig_make_frame(
				bytes, room,
				&(struct vms_header){
					.type = VMS_RESP,
					.tag = 1,
					.slen = (uint32_t)sizes[s] },
				NULL);
			for (at = 0; at < len; at += n) {
				assert_int_equal(rig->frame_count, count);
				n = len - at < pieces[p] ? len - at : pieces[p];
				peer_write(rig, bytes + at, n);
				rig_run(rig);
			}
			assert_int_equal(rig->frame_count, ++count);
		}
	}
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	free(bytes);
}

static void unknown_frames_that_say_so_are_skipped(void **state)
{
	static const uint32_t sizes[] = { 0, 8, 5000, 500000 };
	struct channel_rig *rig = *state;
	size_t i;

	for (i = 0; i < 4; i++) {
		peer_frame(rig,
			   &(struct vms_header){ .type = 99,
						 .flags = VMS_FLAG_IGNORABLE,
						 .slen = sizes[i] },
			   NULL);
		peer_cancel(rig, 1);
	}
	rig_run(rig);

	assert_int_equal(rig->frame_count, 4);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void limits_hold_from_the_next_frame_on(struct channel_rig *rig)
{
	channel_set_limits(rig->channel, VMS_MIN_CTRL, VMS_MIN_CHUNK);
}

static void limits_can_be_set_by_the_first_of_two_frames(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_frame = limits_hold_from_the_next_frame_on;
	peer_cancel(rig, 1);
	peer_data(rig, rig->frames, VMS_MIN_CHUNK + 8);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->data_begun, 0);
	assert_int_equal(rig->closed, -EPROTO);
}

static void refill(struct channel_rig *rig)
{
	static uint8_t bytes[HEADER + 8000];
	const struct vms_header header = { .type = VMS_RESP,
					   .tag = 1,
					   .slen = 8000 };

	rig_make_frame(bytes, sizeof(bytes), &header, NULL);
	send(rig->peer, bytes, sizeof(bytes), MSG_NOSIGNAL);
}

static void a_peer_that_never_stops_does_not_keep_the_loop(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_frame = refill;
	refill(rig);
	refill(rig);
	loop_run_once(rig->loop, 0);
	assert_in_range(rig->frame_count, 1, (1 << 20) / 8000 + 2);

	rig->on_frame = NULL;
	rig_run(rig);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void what_is_received_is_counted_once(void **state)
{
	uint64_t frames = stats_get(STATS_FRAMES_IN);
	uint64_t bytes = stats_get(STATS_BYTES_IN);
	uint64_t data = stats_get(STATS_DATA_IN);
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 9001);
	rig->memory = malloc(9001);
	peer_data(rig, loan.bytes, 9001);
	peer_cancel(rig, 1);
	rig_run(rig);

	assert_int_equal(stats_get(STATS_FRAMES_IN) - frames, 2);
	assert_int_equal(stats_get(STATS_BYTES_IN) - bytes,
			 HEADER + 9008 + HEADER);
	assert_int_equal(stats_get(STATS_DATA_IN) - data, 9001);
	free(rig->memory);
	free(loan.bytes);
}

/* ---- pausing --------------------------------------------------------- */

static void pause_now(struct channel_rig *rig)
{
	channel_pause(rig->channel, true);
}

static void frames_that_are_read_already_wait_while_paused(void **state)
{
	struct channel_rig *rig = *state;
	uint32_t i;

	rig->on_frame = pause_now;
	for (i = 1; i <= 3; i++)
		peer_cancel(rig, i);

	for (i = 1; i <= 3; i++) {
		rig_run(rig);
		assert_int_equal(rig->frame_count, i);
		rig->inside = true; /* owner_frame() looks at it */
		channel_pause(rig->channel, false);
		rig->inside = false;
	}
	rig_run(rig);
	assert_int_equal(rig->frame_count, 3);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void nothing_is_read_while_paused(void **state)
{
	uint64_t before = stats_get(STATS_SYSCALLS_IN);
	struct channel_rig *rig = *state;

	channel_pause(rig->channel, true);
	peer_cancel(rig, 1);
	peer_leaves(rig);
	rig_run(rig);
	assert_int_equal(stats_get(STATS_SYSCALLS_IN), before);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);

	channel_pause(rig->channel, false);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 1);
	assert_int_equal(rig->closed, 0);
}

static void what_is_sent_goes_out_while_paused(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	channel_pause(rig->channel, true);
	loan_begin(&loan, rig, rig, CHUNK);
	peer_expects_chunk(rig, &loan, 0, 0);
	loan_free(&loan);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_comes_with_its_section),
		TEST(what_is_sent_with_aux_is_received_with_aux),
		TEST(a_burst_of_frames_costs_one_read),
		TEST(frames_of_any_size_arrive_in_pieces_of_any_size),
		TEST(unknown_frames_that_say_so_are_skipped),
		TEST(limits_can_be_set_by_the_first_of_two_frames),
		TEST(a_peer_that_never_stops_does_not_keep_the_loop),
		TEST(what_is_received_is_counted_once),
		TEST(frames_that_are_read_already_wait_while_paused),
		TEST(nothing_is_read_while_paused),
		TEST(what_is_sent_goes_out_while_paused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
