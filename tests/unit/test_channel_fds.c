// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that come and go with frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/rights.h"
#include "common/wire.h"
#include "tests/channel_rig.h"
#include "tests/fds.h"
#include "tests/memcheck.h"

#define OBJ_LEN (HEADER + sizeof(struct vms_obj))

static const struct vms_header obj_header = {
	.type = VMS_OBJ,
	.flags = VMS_FLAG_FD,
	.slen = sizeof(struct vms_obj),
};

/* @count: of the same one, in one sendmsg(2) */
static void peer_sends_fds(struct channel_rig *rig, const void *bytes,
			   size_t len, int fd, unsigned int count)
{
	assert_int_equal(fds_send(rig->peer, bytes, len, fd, count), len);
}

static void make_obj(uint8_t *bytes)
{
	assert_int_equal(rig_make_frame(bytes, OBJ_LEN, &obj_header, NULL),
			 OBJ_LEN);
}

static bool same_file(int a, int b)
{
	struct stat left, right;

	assert_int_equal(fstat(a, &left), 0);
	assert_int_equal(fstat(b, &right), 0);
	return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/* ---- in ---------------------------------------------------------------- */

static int expected[2] = { -1, -1 };
static unsigned int taken;

static void take(struct channel_rig *rig)
{
	int fd;

	if (rig->frames[rig->frame_count - 1].header.type != VMS_OBJ) {
		assert_int_equal(channel_take_fd(rig->channel), -1);
		return;
	}
	fd = channel_take_fd(rig->channel);
	assert_true(fd >= 0);
	assert_true(same_file(fd, expected[taken++]));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(channel_take_fd(rig->channel), -1);
	close(fd);
}

static bool any(int fd)
{
	return fd >= 0;
}

static struct channel_rig *accepting(void **state)
{
	struct channel_rig *rig = *state;

	channel_accept_fds(rig->channel, any);
	rig->on_frame = take;
	taken = 0;
	return rig;
}

static void a_descriptor_comes_with_its_frame(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];

	expected[0] = rig->peer;
	make_obj(bytes);
	peer_cancel(rig, 1);
	peer_sends_fds(rig, bytes, OBJ_LEN, rig->peer, 1);
	peer_cancel(rig, 2);
	rig_run(rig);

	assert_int_equal(rig->frame_count, 3);
	assert_int_equal(taken, 1);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

static void each_frame_gets_its_own_however_they_are_cut(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[2 * OBJ_LEN];
	int pipes[2];
	size_t cut;

	assert_int_equal(pipe(pipes), 0);
	expected[0] = pipes[0];
	expected[1] = pipes[1];
	make_obj(bytes);
	make_obj(bytes + OBJ_LEN);
	for (cut = 1; cut < OBJ_LEN; cut++) {
		taken = 0;
		peer_sends_fds(rig, bytes, cut, pipes[0], 1);
		if (cut % 2)
			rig_run(rig);
		peer_write(rig, bytes + cut, OBJ_LEN - cut);
		peer_sends_fds(rig, bytes + OBJ_LEN, cut, pipes[1], 1);
		rig_run(rig);
		peer_write(rig, bytes + OBJ_LEN + cut, OBJ_LEN - cut);
		rig_run(rig);
		assert_int_equal(taken, 2);
	}
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	close(pipes[0]);
	close(pipes[1]);
}

static bool nothing(int fd)
{
	assert_true(fd >= 0);
	return false;
}

/* The rest of the frame may never come. */
static void one_that_does_not_fit_is_closed_at_once(void **state)
{
	struct channel_rig *rig = accepting(state);
	unsigned int before = fds_count();
	uint8_t bytes[OBJ_LEN];

	channel_accept_fds(rig->channel, nothing);
	make_obj(bytes);
	peer_sends_fds(rig, bytes, 8, rig->peer, 1);
	rig_run(rig);
	assert_int_equal(taken, 0);
	assert_int_equal(fds_count(), before);
	assert_int_equal(rig->closed, -EPROTO);
}

static void one_that_nobody_takes_is_closed(void **state)
{
	struct channel_rig *rig = accepting(state);
	unsigned int before = fds_count();
	uint8_t bytes[OBJ_LEN];

	rig->on_frame = NULL;
	make_obj(bytes);
	peer_sends_fds(rig, bytes, OBJ_LEN, rig->peer, 1);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 1);
	peer_cancel(rig, 1);
	rig_run(rig);
	assert_int_equal(fds_count(), before);
}

static void ended(struct channel_rig *rig)
{
	rig_run(rig);
	peer_expects_goaway(rig, EPROTO, VMS_GOAWAY_PROTOCOL);
	assert_int_equal(rig->closed, -EPROTO);
	assert_int_equal(taken, 0);
}

static void a_frame_without_the_one_it_promises_ends_it(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];

	make_obj(bytes);
	peer_write(rig, bytes, OBJ_LEN);
	ended(rig);
	assert_int_equal(rig->frame_count, 0);
}

static void one_that_no_frame_promises_ends_it(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[HEADER];

	rig_make_frame(bytes, HEADER,
		       &(struct vms_header){ .type = VMS_CANCEL, .tag = 1 },
		       NULL);
	peer_sends_fds(rig, bytes, HEADER, rig->peer, 1);
	peer_cancel(rig, 2);
	ended(rig);
}

static void one_that_comes_behind_its_header_ends_it(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];

	make_obj(bytes);
	peer_write(rig, bytes, 8);
	rig_run(rig);
	peer_sends_fds(rig, bytes + 8, OBJ_LEN - 8, rig->peer, 1);
	ended(rig);
}

static void two_with_one_frame_end_it(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];

	make_obj(bytes);
	peer_sends_fds(rig, bytes, OBJ_LEN, rig->peer, 2);
	ended(rig);
}

static void many_without_a_header_end_it(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];
	size_t i;

	make_obj(bytes);
	for (i = 0; i < 4; i++)
		peer_sends_fds(rig, bytes + i, 1, rig->peer, 1);
	ended(rig);
}

/* The fixture counts them. */
/* As over a socket of another kind */
static void where_none_can_come_frames_do_all_the_same(void **state)
{
	struct channel_rig *rig = *state;
	uint8_t bytes[OBJ_LEN];

	channel_without_fds(rig->channel);
	make_obj(bytes);
	peer_cancel(rig, 1);
	peer_cancel(rig, 2);
	rig_run(rig);
	peer_cancel(rig, 3);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 3);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);

	peer_write(rig, bytes, OBJ_LEN);
	rig_run(rig);
	assert_int_equal(rig->frame_count, 3);
	assert_int_equal(rig->closed, -EPROTO);
}

static void those_that_wait_are_closed_with_the_channel(void **state)
{
	struct channel_rig *rig = accepting(state);
	uint8_t bytes[OBJ_LEN];

	make_obj(bytes);
	peer_sends_fds(rig, bytes, 8, rig->peer, 1);
	rig_run(rig);
	rig_destroy(rig);
}

/* ---- out --------------------------------------------------------------- */

static void send_obj(struct channel_rig *rig, int fd)
{
	static const uint8_t body[sizeof(struct vms_obj)];

	assert_int_equal(channel_send_fd(rig->channel, &obj_header, body,
					 sizeof(body), fd),
			 0);
}

/* Return: a descriptor that came with the first of @len bytes; -1: none */
static int peer_receives(struct channel_rig *rig, void *bytes, size_t len)
{
	int fd;

	assert_int_equal(
		rights_receive(rig->peer, bytes, len, &fd, MSG_DONTWAIT), len);
	return fd;
}

static void expect_obj(struct channel_rig *rig, int like)
{
	uint8_t bytes[OBJ_LEN];
	struct vms_header header;
	int fd;

	fd = peer_receives(rig, bytes, OBJ_LEN);
	assert_int_equal(
		wire_get_header(bytes, VMS_MAX_CTRL, VMS_MAX_CHUNK, &header),
		0);
	assert_int_equal(header.type, VMS_OBJ);
	assert_int_equal(header.flags, VMS_FLAG_FD);
	assert_true(fd >= 0);
	assert_true(same_file(fd, like));
	close(fd);
}

static void a_frame_takes_its_descriptor_along(void **state)
{
	struct channel_rig *rig = *state;
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	rig_send_cancel(rig, 1);
	send_obj(rig, dup(pipes[0]));
	send_obj(rig, dup(pipes[1]));
	rig_send_cancel(rig, 2);
	rig_run(rig);
	peer_expects_cancel(rig, 1);
	expect_obj(rig, pipes[0]);
	expect_obj(rig, pipes[1]);
	peer_expects_cancel(rig, 2);
	close(pipes[0]);
	close(pipes[1]);
}

/* Neither do those that wait behind it, and nothing else is lost. */
static void where_too_many_are_on_their_way_it_goes_without(void **state)
{
	struct channel_rig *rig = *state;
	struct fds_flood flood;
	uint8_t bytes[OBJ_LEN];
	struct vms_header header;
	unsigned int i;

	if (memcheck())
		skip();
	fds_flood(&flood);
	send_obj(rig, dup(rig->peer));
	send_obj(rig, dup(rig->peer));
	rig_send_cancel(rig, 1);
	rig_run(rig);
	fds_flood_end(&flood);
	for (i = 0; i < 2; i++) {
		assert_int_equal(peer_receives(rig, bytes, OBJ_LEN), -1);
		assert_int_equal(wire_get_header(bytes, VMS_MAX_CTRL,
						 VMS_MAX_CHUNK, &header),
				 0);
		assert_int_equal(header.type, VMS_OBJ);
		assert_int_equal(header.flags, 0);
	}
	peer_expects_cancel(rig, 1);
	send_obj(rig, dup(rig->peer));
	rig_run(rig);
	expect_obj(rig, rig->peer);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
}

/* They leave together, in as many calls as there are descriptors. */
static void what_waits_goes_with_the_right_bytes(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan = { 0 };
	uint8_t rest[CHUNK];
	int fd = -1;
	size_t left;

	loan_begin(&loan, rig, &loan, 64 * CHUNK);
	rig_send_cancel(rig, 1);
	send_obj(rig, dup(rig->peer));
	rig_send_cancel(rig, 2);
	channel_cancel(rig->channel, &loan);

	/* What the socket has taken of DATA, then the frames. */
	for (;;) {
		uint8_t bytes[HEADER];
		struct vms_header header;

		fd = peer_receives(rig, bytes, HEADER);
		assert_int_equal(wire_get_header(bytes, VMS_MAX_CTRL,
						 VMS_MAX_CHUNK, &header),
				 0);
		assert_int_equal(fd >= 0, header.type == VMS_OBJ);
		if (header.type == VMS_OBJ)
			break;
		for (left = header.len; left;) {
			ssize_t len = recv(rig->peer, rest, left, MSG_DONTWAIT);

			if (len > 0)
				left -= (size_t)len;
			rig_run(rig);
		}
	}
	assert_true(same_file(fd, rig->peer));
	close(fd);
	assert_int_equal(peer_receives(rig, rest, sizeof(struct vms_obj)), -1);
	peer_expects_cancel(rig, 2);
	loan_free(&loan);
}

/* The fixture counts them. */
static void those_that_are_not_sent_are_closed(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan = { 0 };

	loan_begin(&loan, rig, &loan, 64 * CHUNK);
	send_obj(rig, dup(rig->peer));
	send_obj(rig, dup(rig->peer));
	rig_destroy(rig);
	loan_free(&loan);
}

static void a_closed_channel_closes_it(void **state)
{
	struct channel_rig *rig = *state;

	peer_leaves(rig);
	rig_run(rig);
	send_obj(rig, dup(rig->fd));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_descriptor_comes_with_its_frame),
		TEST(each_frame_gets_its_own_however_they_are_cut),
		TEST(one_that_does_not_fit_is_closed_at_once),
		TEST(one_that_nobody_takes_is_closed),
		TEST(a_frame_without_the_one_it_promises_ends_it),
		TEST(one_that_no_frame_promises_ends_it),
		TEST(one_that_comes_behind_its_header_ends_it),
		TEST(two_with_one_frame_end_it),
		TEST(many_without_a_header_end_it),
		TEST(where_none_can_come_frames_do_all_the_same),
		TEST(those_that_wait_are_closed_with_the_channel),
		TEST(a_frame_takes_its_descriptor_along),
		TEST(where_too_many_are_on_their_way_it_goes_without),
		TEST(what_waits_goes_with_the_right_bytes),
		TEST(those_that_are_not_sent_are_closed),
		TEST(a_closed_channel_closes_it),
	};

	return cmocka_run_group_tests_name("channel_fds", tests, NULL, NULL);
}
