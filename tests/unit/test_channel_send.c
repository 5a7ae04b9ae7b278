// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a channel sends, over a real socketpair: which bytes, in which order.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/stats.h"
#include "tests/channel_rig.h"

static size_t socket_room = SIZE_MAX;

/* Instead of libc's, so that a test can say how much a socket takes. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr shorter = *message;
	struct iovec iov[64];
	size_t left = socket_room;
	ssize_t ret;
	size_t i;

	if (socket_room == SIZE_MAX)
		return syscall(SYS_sendmsg, fd, message, flags);

	for (i = 0; i < message->msg_iovlen && left; i++) {
		iov[i] = message->msg_iov[i];
		if (iov[i].iov_len > left)
			iov[i].iov_len = left;
		left -= iov[i].iov_len;
	}
	if (!i) {
		errno = EAGAIN;
		return -1;
	}
	shorter.msg_iov = iov;
	shorter.msg_iovlen = i;
	ret = syscall(SYS_sendmsg, fd, &shorter, flags);
	if (ret > 0)
		socket_room -= (size_t)ret;
	return ret;
}

/* One frame goes by this. */
ssize_t send(int fd, const void *buf, size_t n, int flags)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = n };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sendmsg(fd, &message, flags);
}

static void a_frame_is_sent_at_once_and_padded(void **state)
{
	struct channel_rig *rig = *state;
	struct vms_header header;
	uint8_t body[CHUNK];
	uint8_t byte;

	assert_int_equal(
		channel_send(rig->channel,
			     &(struct vms_header){ .type = VMS_RESP, .tag = 3 },
			     "hello", 5),
		0);
	assert_int_equal(recv(rig->peer, &byte, 1, MSG_PEEK), 1);
	assert_int_equal(channel_queued(rig->channel), 0);

	peer_next(rig, &header, body);
	assert_int_equal(header.type, VMS_RESP);
	assert_int_equal(header.tag, 3);
	assert_int_equal(header.slen, 5);
	assert_int_equal(header.len, 8);
	assert_memory_equal(body, "hello", 5);
}

static void a_run_is_cut_into_chunks(void **state)
{
	static const size_t sizes[] = { 1, CHUNK, CHUNK + 1, 5 * CHUNK - 7 };
	struct channel_rig *rig = *state;
	struct loan loan;
	size_t i, at;

	for (i = 0; i < 4; i++) {
		loan_make(&loan, rig, sizes[i]);
		loan_send(&loan, rig, 1 << 20);
		for (at = 0; at < loan.len; at += CHUNK)
			peer_expects_chunk(rig, &loan, at, 1 << 20);
		loan_free(&loan);
	}
	peer_expects_nothing(rig);
}

static void chunks_are_as_large_as_was_agreed(void **state)
{
	struct channel_rig *rig = *state;
	struct vms_header header;
	uint8_t body[CHUNK];
	struct loan loan;

	channel_set_limits(rig->channel, VMS_MAX_CTRL, 5005);
	loan_make(&loan, rig, 5005);
	loan_send(&loan, rig, 0);
	peer_next(rig, &header, body);
	assert_int_equal(header.slen, 5000);
	peer_next(rig, &header, body);
	assert_int_equal(header.off, 5000);
	assert_int_equal(header.slen, 5);
	loan_free(&loan);
}

static void control_overtakes_bulk_between_chunks(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, 3 * CHUNK);
	rig_send_cancel(rig, 1);
	rig_send_cancel(rig, 2);

	peer_expects_chunk(rig, &loan, 0, 0);
	peer_expects_cancel(rig, 1);
	peer_expects_cancel(rig, 2);
	peer_expects_chunk(rig, &loan, CHUNK, 0);
	peer_expects_chunk(rig, &loan, 2 * CHUNK, 0);
	loan_free(&loan);
}

static void control_keeps_its_order(void **state)
{
	struct channel_rig *rig = *state;
	uint32_t i;

	socket_room = 0;
	for (i = 1; i < 1000; i++)
		rig_send_cancel(rig, i);
	assert_int_equal(channel_queued(rig->channel), 999 * HEADER);
	socket_room = SIZE_MAX;
	for (i = 1; i < 1000; i++)
		peer_expects_cancel(rig, i);
	assert_int_equal(channel_queued(rig->channel), 0);
}

static void a_frame_behind_bulk_of_its_key_keeps_its_place(void **state)
{
	static const char a, b, c;
	struct loan loans[3];
	struct channel_rig *rig = *state;

	loan_begin(&loans[0], rig, &a, 2 * CHUNK);
	loan_make(&loans[1], rig, CHUNK);
	loan_send(&loans[1], &b, 0);
	loan_make(&loans[2], rig, CHUNK);
	loan_send(&loans[2], &a, 0);
	rig_send_behind(rig, &b, 1);
	rig_send_behind(rig, &b, 2);
	rig_send_behind(rig, &a, 3);
	rig_send_behind(rig, &c, 4);
	rig_send_cancel(rig, 5);

	peer_expects_chunk(rig, &loans[0], 0, 0);
	peer_expects_cancel(rig, 4);
	peer_expects_cancel(rig, 5);
	peer_expects_chunk(rig, &loans[0], CHUNK, 0);
	peer_expects_chunk(rig, &loans[1], 0, 0);
	peer_expects_cancel(rig, 1);
	peer_expects_cancel(rig, 2);
	peer_expects_chunk(rig, &loans[2], 0, 0);
	peer_expects_cancel(rig, 3);
	loan_free(&loans[0]);
	loan_free(&loans[1]);
	loan_free(&loans[2]);
}

static void a_frame_behind_the_last_chunk_shares_its_system_call(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loans[2];
	uint64_t before;

	loan_begin(&loans[0], rig, rig, CHUNK);
	loan_make(&loans[1], rig, 1000);
	loan_send(&loans[1], rig, 0);
	rig_send_behind(rig, rig, 1);
	peer_expects_chunk(rig, &loans[0], 0, 0);
	before = stats_get(STATS_SYSCALLS_OUT);
	rig_run(rig);
	assert_in_range(stats_get(STATS_SYSCALLS_OUT) - before, 0, 1);
	peer_expects_chunk(rig, &loans[1], 0, 0);
	peer_expects_cancel(rig, 1);
	loan_free(&loans[0]);
	loan_free(&loans[1]);
}

static void answer(struct channel_rig *rig)
{
	rig_send_cancel(rig, 100 + rig->frame_count);
}

static void what_comes_together_is_answered_together(void **state)
{
	struct channel_rig *rig = *state;
	uint64_t before = stats_get(STATS_SYSCALLS_OUT);
	uint32_t i;

	rig->on_frame = answer;
	for (i = 1; i <= 8; i++)
		peer_cancel(rig, i);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 8);
	assert_int_equal(stats_get(STATS_SYSCALLS_OUT) - before, 1);
	for (i = 1; i <= 8; i++)
		peer_expects_cancel(rig, 100 + i);
	peer_expects_nothing(rig);
}

static void answer_and_refuse(struct channel_rig *rig)
{
	answer(rig);
	rig->result = -EPROTO;
}

static void an_answer_goes_before_the_goaway_for_its_frame(void **state)
{
	struct channel_rig *rig = *state;

	rig->on_frame = answer_and_refuse;
	peer_cancel(rig, 1);
	peer_cancel(rig, 2);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 1);
	peer_expects_cancel(rig, 101);
	peer_expects_goaway(rig, EPROTO, VMS_GOAWAY_PROTOCOL);
}

static void cancelling_works_wherever_a_chunk_stands(void **state)
{
	const size_t first = HEADER + wire_pad(VMS_MIN_CHUNK);
	const size_t last = HEADER + 16;
	struct channel_rig *rig = *state;
	struct loan loan, copy;
	struct vms_header header;
	uint8_t body[CHUNK];
	size_t cut;

	channel_set_limits(rig->channel, VMS_MAX_CTRL, VMS_MIN_CHUNK);
	loan_make(&copy, rig, VMS_MIN_CHUNK + 13);
	for (cut = 1; cut < first + last; cut++) {
		if (cut == HEADER + 3)
			cut = first - 3;
		loan_make(&loan, rig, copy.len);
		socket_room = cut;
		loan_send(&loan, rig, 0);
		channel_cancel(rig->channel, rig);
		memset(loan.bytes, 0xff, loan.len);
		loan_free(&loan);
		assert_int_equal(channel_queued(rig->channel),
				 (cut > first ? first + last : first) - cut);
		socket_room = SIZE_MAX;

		peer_next(rig, &header, body);
		assert_memory_equal(body, copy.bytes, VMS_MIN_CHUNK);
		if (cut > first) {
			peer_next(rig, &header, body);
			assert_int_equal(header.flags, VMS_FLAG_LAST);
			assert_memory_equal(body, copy.bytes + VMS_MIN_CHUNK,
					    13);
		}
		peer_expects_nothing(rig);
	}
	free(copy.bytes);
}

static void a_socket_may_take_one_byte_at_a_time(void **state)
{
	const struct vms_header cancels[] = {
		{ .type = VMS_CANCEL, .tag = 1 },
		{ .type = VMS_CANCEL, .tag = 2 },
	};
	const struct vms_header data = {
		.type = VMS_DATA, .flags = VMS_FLAG_LAST, .slen = 101, .arg = 3
	};
	uint8_t expected[4 * HEADER + 200];
	uint8_t bytes[sizeof(expected)];
	struct channel_rig *rig = *state;
	struct loan loan;
	size_t len = 0;
	size_t at = 0;

	socket_room = 0;
	loan_make(&loan, rig, data.slen);
	loan_send(&loan, rig, 0);
	rig_send_behind(rig, rig, 2);
	rig_send_cancel(rig, 1);

	len += rig_make_frame(expected, HEADER, &cancels[0], NULL);
	len += rig_make_frame(expected + len, HEADER + 104, &data, loan.bytes);
	len += rig_make_frame(expected + len, HEADER, &cancels[1], NULL);
	assert_int_equal(channel_queued(rig->channel), len);
	for (at = 0; at < len; at++) {
		socket_room = 1;
		assert_true(peer_read(rig, bytes + at, 1));
	}
	socket_room = SIZE_MAX;
	assert_memory_equal(bytes, expected, len);
	assert_int_equal(channel_queued(rig->channel), 0);
	loan_free(&loan);
}

static void what_is_sent_is_counted_once(void **state)
{
	uint64_t frames = stats_get(STATS_FRAMES_OUT);
	uint64_t bytes = stats_get(STATS_BYTES_OUT);
	uint64_t data = stats_get(STATS_DATA_OUT);
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_begin(&loan, rig, rig, CHUNK + 1);
	peer_expects_chunk(rig, &loan, 0, 0);
	peer_expects_chunk(rig, &loan, CHUNK, 0);
	rig_send_cancel(rig, 1);

	assert_int_equal(stats_get(STATS_FRAMES_OUT) - frames, 3);
	assert_int_equal(stats_get(STATS_BYTES_OUT) - bytes,
			 3 * HEADER + CHUNK + 8);
	assert_int_equal(stats_get(STATS_DATA_OUT) - data, CHUNK + 1);
	loan_free(&loan);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_is_sent_at_once_and_padded),
		TEST(a_run_is_cut_into_chunks),
		TEST(chunks_are_as_large_as_was_agreed),
		TEST(control_overtakes_bulk_between_chunks),
		TEST(control_keeps_its_order),
		TEST(a_frame_behind_bulk_of_its_key_keeps_its_place),
		TEST(a_frame_behind_the_last_chunk_shares_its_system_call),
		TEST(what_comes_together_is_answered_together),
		TEST(an_answer_goes_before_the_goaway_for_its_frame),
		TEST(cancelling_works_wherever_a_chunk_stands),
		TEST(a_socket_may_take_one_byte_at_a_time),
		TEST(what_is_sent_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
