// SPDX-License-Identifier: BSD-3-Clause
/*
 * Messages with a descriptor.
 */
#include "common/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fds.h"
#include "tests/memcheck.h"

static int ends[2];
static unsigned int open_before;
static char bytes[8];
static int fd;

static int setup(void **state)
{
	(void)state;
	open_before = fds_count();
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int teardown(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(fds_count(), open_before);
	return 0;
}

static ssize_t receive(void)
{
	fd = 77;
	return rights_receive(ends[1], bytes, sizeof(bytes), &fd, MSG_DONTWAIT);
}

static void a_descriptor_goes_along(void **state)
{
	struct stat sent, came;

	(void)state;
	assert_int_equal(rights_send(ends[0], "five", 5, ends[0], 0), 5);
	assert_int_equal(receive(), 5);
	assert_string_equal(bytes, "five");
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(ends[0], &sent), 0);
	assert_int_equal(fstat(fd, &came), 0);
	assert_int_equal(sent.st_ino, came.st_ino);
	close(fd);
}

static void or_none(void **state)
{
	(void)state;
	assert_int_equal(rights_send(ends[0], "five", 5, -1, 0), 5);
	assert_int_equal(receive(), 5);
	assert_int_equal(fd, -1);
}

static void of_more_than_one_none_is_kept(void **state)
{
	(void)state;
	assert_int_equal(fds_send(ends[0], "five", 5, ends[0], 2), 5);
	assert_int_equal(receive(), 5);
	assert_int_equal(fd, -EPROTO);
}

static void without_room_it_is_lost(void **state)
{
	struct rlimit before, limit;

	(void)state;
	if (memcheck())
		skip();
	assert_int_equal(rights_send(ends[0], "five", 5, ends[0], 0), 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(receive(), 5);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(fd, -EMFILE);
}

/* Return: how many there are; closed */
static unsigned int receive_all(void)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct rights_room room;
	int fds[RIGHTS_MAX];
	unsigned int count, i;

	rights_make_all_room(&message, &room);
	assert_int_equal(recvmsg(ends[1], &message, MSG_DONTWAIT), 5);
	assert_false(message.msg_flags & MSG_CTRUNC);
	count = rights_take_all(&message, fds);
	for (i = 0; i < count; i++)
		assert_int_equal(close(fds[i]), 0);
	return count;
}

/* Whoever asks for the sender's name, too */
static void as_many_as_can_come_find_room(void **state)
{
	static const unsigned int counts[] = { 0, 1, 2, RIGHTS_MAX };
	const int on = 1;
	size_t i;

	(void)state;
	assert_int_equal(
		setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		0);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		assert_int_equal(
			fds_send(ends[0], "five", 5, ends[0], counts[i]), 5);
		assert_int_equal(receive_all(), counts[i]);
	}
}

static void nothing_is_said_as_recvmsg_says_it(void **state)
{
	(void)state;
	assert_int_equal(receive(), -EAGAIN);
	shutdown(ends[0], SHUT_WR);
	assert_int_equal(receive(), 0);
	assert_int_equal(fd, -1);
	shutdown(ends[1], SHUT_RD);
	assert_int_equal(rights_send(ends[0], "five", 5, ends[0], 0), -EPIPE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_descriptor_goes_along),
		TEST(or_none),
		TEST(of_more_than_one_none_is_kept),
		TEST(without_room_it_is_lost),
		TEST(as_many_as_can_come_find_room),
		TEST(nothing_is_said_as_recvmsg_says_it),
	};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
