// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a channel sends without a copy, over TCP: there the kernel takes MSG_ZEROCOPY, and
 * says when it is done, whichever version it is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/channel_zerocopy.h"
#include "tests/channel_rig.h"

#define PIECE CHANNEL_ZEROCOPY_CHUNK

static unsigned int
	sent_without; /* sendmsg(2) with MSG_ZEROCOPY that succeeded */
static unsigned int tried_without; /* and all of them */
static int refusal;                /* what they fail with */
static size_t socket_room = SIZE_MAX;

/* Instead of libc's: to see what is asked of the kernel, and to say less. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr shorter = *message;
	size_t left = socket_room;
	struct iovec iov[64];
	ssize_t ret;
	size_t i;

	if (flags & MSG_ZEROCOPY)
		tried_without++;
	if (!socket_room || (refusal && (flags & MSG_ZEROCOPY))) {
		errno = socket_room ? refusal : EAGAIN;
		return -1;
	}
	for (i = 0; i < message->msg_iovlen && left; i++) {
		iov[i] = message->msg_iov[i];
		if (iov[i].iov_len > left)
			iov[i].iov_len = left;
		left -= iov[i].iov_len;
	}
	shorter.msg_iov = iov;
	shorter.msg_iovlen = i;
	ret = syscall(SYS_sendmsg, fd, &shorter, flags);
	if (ret > 0 && socket_room < SIZE_MAX)
		socket_room -= (size_t)ret;
	if (ret > 0 && (flags & MSG_ZEROCOPY))
		sent_without++;
	return ret;
}

static void make_ends(int *fd, int *peer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr =
					       htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr *name = (struct sockaddr *)&address;
	socklen_t len = sizeof(address);
	int accepted;

	assert_int_equal(bind(listener, name, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, name, &len), 0);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(*fd, name, len), 0);
	accepted = accept4(listener, name, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(accepted >= 0);
	*peer = accepted;
	close(listener);
}

static int setup(void **state)
{
	struct channel_rig *rig;

	rig_setup_bare(state);
	rig = *state;
	close(rig->fd);
	close(rig->peer);
	make_ends(&rig->fd, &rig->peer);
	rig_speak(rig);
	sent_without = tried_without = 0;
	refusal = 0;
	socket_room = SIZE_MAX;
	return 0;
}

/* peer_read(), for a peer that gets what is sent a little later. */
static void take(struct channel_rig *rig, void *bytes, size_t len)
{
	struct pollfd poller = { .fd = rig->peer, .events = POLLIN };
	uint8_t *at = bytes;
	ssize_t n;

	while (len) {
		rig_run(rig);
		assert_int_equal(poll(&poller, 1, 5000), 1);
		n = recv(rig->peer, at, len, 0);
		assert_true(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

static void take_frame(struct channel_rig *rig, struct vms_header *header,
		       uint8_t *body)
{
	uint8_t bytes[HEADER];

	take(rig, bytes, HEADER);
	memcpy(header, bytes, HEADER);
	assert_true(header->len <= CHUNK);
	take(rig, body, header->len);
}

static void expect_piece(struct channel_rig *rig, const struct loan *loan,
			 size_t offset)
{
	size_t len = loan->len - offset < PIECE ? loan->len - offset : PIECE;
	struct vms_header header;
	uint8_t body[CHUNK];

	take_frame(rig, &header, body);
	assert_int_equal(header.type, VMS_DATA);
	assert_int_equal(header.off, offset);
	assert_int_equal(header.slen, len);
	assert_memory_equal(body, loan->bytes + offset, len);
}

static void expect_cancel(struct channel_rig *rig, uint32_t tag)
{
	struct vms_header header;
	uint8_t body[CHUNK];

	take_frame(rig, &header, body);
	assert_int_equal(header.type, VMS_CANCEL);
	assert_int_equal(header.tag, tag);
}

/* That all is sent does not mean that the kernel has said so. */
static void expect_silence(struct channel_rig *rig)
{
	struct pollfd poller = { .fd = rig->fd };
	unsigned int i;

	for (i = 0; i < 100; i++) {
		rig_run(rig);
		assert_int_equal(rig->closed, RIG_NOT_CLOSED);
		poll(NULL, 0, 1);
	}
	assert_int_equal(poll(&poller, 1, 0), 0);
}

static void large_chunks_go_without_a_copy_and_in_order(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 3 * PIECE + 1000);
	loan_send(&loan, rig, 0);
	rig_send_behind(rig, rig, 1);
	expect_piece(rig, &loan, 0);
	expect_piece(rig, &loan, PIECE);
	expect_piece(rig, &loan, 2 * PIECE);
	expect_piece(rig, &loan, 3 * PIECE);
	rig_run(rig);
	assert_int_equal(sent_without, 3);
	loan_free(&loan);
}

static void what_is_small_is_copied(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, CHANNEL_ZEROCOPY_LEAST - 1);
	loan_send(&loan, rig, 0);
	expect_piece(rig, &loan, 0);
	assert_int_equal(tried_without, 0);
	loan_free(&loan);

	loan_make(&loan, rig, CHANNEL_ZEROCOPY_LEAST + 3);
	loan_send(&loan, rig, 0);
	expect_piece(rig, &loan, 0);
	assert_int_equal(sent_without, 1);
	loan_free(&loan);
}

static void that_the_kernel_is_done_is_no_error(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;
	unsigned int round;

	for (round = 0; round < 40; round++) {
		loan_make(&loan, rig, 2 * PIECE);
		loan_send(&loan, rig, 0);
		expect_piece(rig, &loan, 0);
		expect_piece(rig, &loan, PIECE);
		loan_free(&loan);
	}
	expect_silence(rig);
	assert_int_equal(sent_without, 80);
}

static void control_overtakes_before_the_next_chunk(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	socket_room = 20; /* of its header */
	loan_make(&loan, rig, 2 * PIECE);
	loan_send(&loan, rig, 0);
	rig_send_cancel(rig, 1);
	socket_room = HEADER - 20 + 5000;
	loop_run_once(rig->loop, 0);
	rig_send_cancel(rig, 2);
	socket_room = SIZE_MAX;
	expect_piece(rig, &loan, 0);
	expect_cancel(rig, 1);
	expect_cancel(rig, 2);
	expect_piece(rig, &loan, PIECE);
	rig_run(rig);
	loan_free(&loan);
}

static void a_socket_may_take_a_part(void **state)
{
	static const size_t cuts[] = {
		1,
		HEADER - 1,
		HEADER,
		HEADER + 1,
		HEADER + 5000,
		HEADER + PIECE - CHANNEL_ZEROCOPY_LEAST,
		HEADER + PIECE - 1,
		HEADER + PIECE,
		2 * HEADER + PIECE + 7,
	};
	struct channel_rig *rig = *state;
	struct loan loan;
	size_t i;

	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		socket_room = cuts[i];
		loan_make(&loan, rig, 2 * PIECE - 5);
		loan_send(&loan, rig, 0);
		assert_int_equal(channel_queued(rig->channel),
				 2 * HEADER + 2 * PIECE - cuts[i]);
		socket_room = SIZE_MAX;
		expect_piece(rig, &loan, 0);
		expect_piece(rig, &loan, PIECE);
		assert_int_equal(channel_queued(rig->channel), 0);
		loan_free(&loan);
	}
	expect_silence(rig);
}

static void what_the_kernel_refuses_is_copied_from_then_on(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	refusal = ENOBUFS;
	loan_make(&loan, rig, 3 * PIECE);
	loan_send(&loan, rig, 0);
	expect_piece(rig, &loan, 0);
	expect_piece(rig, &loan, PIECE);
	expect_piece(rig, &loan, 2 * PIECE);
	assert_int_equal(tried_without, 1);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	loan_free(&loan);
}

static void memory_may_go_when_it_is_cancelled(void **state)
{
	const size_t cut = HEADER + PIECE + HEADER + 20000;
	struct channel_rig *rig = *state;
	struct vms_header header;
	struct loan loan, copy;
	uint8_t body[CHUNK];
	uint8_t *heap;

	loan_make(&copy, rig, 3 * PIECE);
	loan_make(&loan, rig, copy.len);
	heap = loan.bytes;
	loan.bytes = mmap(NULL, loan.len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(loan.bytes, copy.bytes, loan.len);
	socket_room = cut;
	loan_send(&loan, rig, 0);
	assert_int_equal(sent_without, 2);
	assert_int_equal(loan.done, 0);
	channel_cancel(rig->channel, rig);
	assert_int_equal(loan.done, 1);
	munmap(loan.bytes, loan.len);
	loan.bytes = heap;
	socket_room = SIZE_MAX;

	take_frame(rig, &header, body);
	assert_memory_equal(body, copy.bytes, PIECE);
	take_frame(rig, &header, body);
	assert_memory_equal(body, copy.bytes + PIECE, PIECE);
	assert_int_equal(sent_without, 2);
	expect_silence(rig);
	loan_free(&loan);
	free(copy.bytes);
}

static void it_may_end_while_the_kernel_has_pages(void **state)
{
	struct channel_rig *rig = *state;
	struct loan loan;

	socket_room = HEADER + PIECE + HEADER + 20000;
	loan_make(&loan, rig, 3 * PIECE);
	loan_send(&loan, rig, 0);
	assert_int_equal(sent_without, 2);
	assert_int_equal(loan.done, 0);
	rig_destroy(rig);
	loan_free(&loan);
}

static void an_error_still_ends_it(void **state)
{
	const struct linger now = { .l_onoff = 1 };
	struct channel_rig *rig = *state;
	struct loan loan;

	loan_make(&loan, rig, 2 * PIECE);
	loan_send(&loan, rig, 0);
	assert_int_equal(sent_without, 2);
	setsockopt(rig->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_leaves(rig);
	rig_run(rig);
	assert_int_equal(rig->closed, -ECONNRESET);
	assert_int_equal(rig->closed_count, 1);
	loan_free(&loan);
}

/* ---- without a channel ----------------------------------------------- */

static void no_more_is_held_than_has_a_name(void **state)
{
	struct channel_zerocopy zerocopy;
	unsigned int i;
	int fd, peer;

	(void)state;
	make_ends(&fd, &peer);
	channel_zerocopy_init(&zerocopy, fd);
	assert_true(zerocopy.on);
	for (i = 0; i < CHANNEL_ZEROCOPY_MAX; i++) {
		assert_true(channel_zerocopy_room(&zerocopy, fd));
		channel_zerocopy_sent(&zerocopy);
	}
	assert_false(channel_zerocopy_room(&zerocopy, fd));
	assert_false(channel_zerocopy_reap(&zerocopy, fd));
	close(fd);
	close(peer);
}

static void one_message_may_be_about_many_sends(void **state)
{
	static uint8_t bytes[3][CHANNEL_ZEROCOPY_LEAST];
	struct channel_zerocopy zerocopy;
	struct pollfd poller;
	unsigned int reaped = 0;
	int fd, peer, i;

	(void)state;
	make_ends(&fd, &peer);
	channel_zerocopy_init(&zerocopy, fd);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
			send(fd, bytes[i], sizeof(bytes[i]), MSG_ZEROCOPY),
			sizeof(bytes[i]));
		channel_zerocopy_sent(&zerocopy);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(
			recv(peer, bytes[i], sizeof(bytes[i]), MSG_WAITALL),
			sizeof(bytes[i]));
	poll(NULL, 0, 50);
	poller = (struct pollfd){ .fd = fd };
	while (poll(&poller, 1, 50) == 1) {
		assert_true(channel_zerocopy_reap(&zerocopy, fd));
		reaped++;
	}
	assert_int_equal(zerocopy.held, 0);
	assert_in_range(reaped, 1, 2);
	close(fd);
	close(peer);
}

static void only_what_fits_one_packet_goes_without_a_copy(void **state)
{
	static uint8_t bytes[2 << 16] __attribute__((aligned(4096)));
	struct channel_zerocopy zerocopy = { .on = true };
	const size_t most = 64 << 10;

	(void)state;
	assert_true(channel_zerocopy_fits(&zerocopy, bytes, most, 0));
	assert_true(channel_zerocopy_fits(&zerocopy, bytes, most - 1, 1));
	assert_true(channel_zerocopy_fits(&zerocopy, bytes + 1, most, 0));
	assert_false(channel_zerocopy_fits(&zerocopy, bytes + 2, most - 1, 1));
	assert_true(channel_zerocopy_fits(&zerocopy, bytes + 4095, PIECE, 0));
	zerocopy.on = false;
	assert_false(channel_zerocopy_fits(&zerocopy, bytes, most, 0));
}

static void a_unix_socket_copies(void **state)
{
	struct channel_zerocopy zerocopy;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	channel_zerocopy_init(&zerocopy, ends[0]);
	assert_false(zerocopy.on);
	close(ends[0]);
	close(ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(large_chunks_go_without_a_copy_and_in_order),
		TEST(what_is_small_is_copied),
		TEST(that_the_kernel_is_done_is_no_error),
		TEST(control_overtakes_before_the_next_chunk),
		TEST(a_socket_may_take_a_part),
		TEST(what_the_kernel_refuses_is_copied_from_then_on),
		TEST(memory_may_go_when_it_is_cancelled),
		TEST(it_may_end_while_the_kernel_has_pages),
		TEST(an_error_still_ends_it),
		cmocka_unit_test(no_more_is_held_than_has_a_name),
		cmocka_unit_test(one_message_may_be_about_many_sends),
		cmocka_unit_test(only_what_fits_one_packet_goes_without_a_copy),
		cmocka_unit_test(a_unix_socket_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
