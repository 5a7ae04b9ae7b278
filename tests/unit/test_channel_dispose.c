// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that may not be closed where they come.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/rights.h"
#include "common/wire.h"
#include "tests/channel_rig.h"
#include "tests/fds.h"
#include "tests/memcheck.h"

static const uint8_t begun[8] = { 'V', 'M', 'S', '1' }; /* of a header */

static bool any(int fd)
{
	return fd >= 0;
}

static bool nothing(int fd)
{
	assert_true(fd >= 0);
	return false;
}

static bool same_file(int a, int b)
{
	struct stat left, right;

	assert_int_equal(fstat(a, &left), 0);
	assert_int_equal(fstat(b, &right), 0);
	return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static int disposed[RIGHTS_MAX + 1];
static unsigned int disposed_count;

static void dispose(void *owner, int fd)
{
	assert_ptr_equal(owner, disposed);
	assert_true(disposed_count < RIGHTS_MAX + 1);
	assert_true(fcntl(fd, F_GETFD) >= 0);
	disposed[disposed_count++] = fd;
}

static struct channel_rig *disposing(void **state, bool (*fits)(int fd))
{
	struct channel_rig *rig = *state;

	channel_dispose(rig->channel, dispose, disposed);
	if (fits)
		channel_accept_fds(rig->channel, fits);
	else /* as where the kernel cannot refuse them */
		setsockopt(rig->fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){ 1 },
			   sizeof(int));
	disposed_count = 0;
	return rig;
}

/* All of them are like @fd, and nothing else was closed or is open. */
static void expect_disposed(unsigned int count, int fd)
{
	assert_int_equal(disposed_count, count);
	while (disposed_count) {
		assert_true(same_file(disposed[--disposed_count], fd));
		close(disposed[disposed_count]);
	}
}

/* And the socket at last, shut down. */
static void expect_socket_disposed(struct channel_rig *rig)
{
	struct stat before, after;
	char byte;

	assert_int_equal(fstat(rig->fd, &before), 0);
	rig_destroy(rig);
	assert_int_equal(disposed_count, 1);
	assert_int_equal(fstat(disposed[0], &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	while (recv(rig->peer, &byte, 1, MSG_DONTWAIT) > 0)
		;
	assert_int_equal(recv(rig->peer, &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(send(rig->peer, &byte, 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	close(disposed[0]);
}

static void expect_all_disposed(void **state, bool (*fits)(int fd),
				unsigned int count, int flags)
{
	struct channel_rig *rig = disposing(state, fits);
	unsigned int before = fds_count();
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (flags)
		assert_int_equal(
			rights_send(rig->peer, begun, 1, ends[1], flags), 1);
	else
		assert_int_equal(fds_send(rig->peer, begun, sizeof(begun),
					  ends[1], count),
				 sizeof(begun));
	rig_run(rig);
	assert_int_equal(rig->closed, -EPROTO);
	expect_disposed(count, ends[1]);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(fds_count(), before);
	expect_socket_disposed(rig);
}

static void what_does_not_fit_is_disposed_of(void **state)
{
	expect_all_disposed(state, nothing, 1, 0);
}

static void as_many_as_can_come_are_disposed_of(void **state)
{
	expect_all_disposed(state, nothing, RIGHTS_MAX, 0);
}

static void of_two_that_fit_both_are_disposed_of(void **state)
{
	expect_all_disposed(state, any, 2, 0);
}

static void where_none_may_come_they_are_disposed_of(void **state)
{
	expect_all_disposed(state, NULL, RIGHTS_MAX, 0);
}

/* recvmsg(2) would pass over the byte. */
static void so_is_one_that_is_urgent(void **state)
{
	expect_all_disposed(state, nothing, 1, MSG_OOB);
}

/* Two that fit come, and this process has room for so many only. */
static void expect_of_two(void **state, unsigned int room, int error)
{
	struct channel_rig *rig = *state;
	struct rlimit before, limit;
	int next;

	if (memcheck())
		skip();
	disposing(state, any);
	assert_int_equal(
		fds_send(rig->peer, begun, sizeof(begun), rig->peer, 2),
		sizeof(begun));
	next = dup(rig->peer);
	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)next + room;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	rig_run(rig);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(rig->closed, error);
	expect_disposed(room, rig->peer);
	expect_socket_disposed(rig);
}

static void one_without_the_other_is_disposed_of(void **state)
{
	expect_of_two(state, 1, -EPROTO);
}

static void without_room_it_is_not_the_peers_fault(void **state)
{
	expect_of_two(state, 0, -EMFILE);
}

static void what_fits_is_not_disposed_of(void **state)
{
	struct channel_rig *rig = disposing(state, any);

	assert_int_equal(
		fds_send(rig->peer, begun, sizeof(begun), rig->peer, 1),
		sizeof(begun));
	rig_run(rig);
	assert_int_equal(rig->closed, RIG_NOT_CLOSED);
	expect_socket_disposed(rig);
}

/* With the socket, which nobody reads any more */
static void what_is_unread_is_not_closed(void **state)
{
	struct channel_rig *rig = disposing(state, nothing);
	uint8_t bytes[sizeof(begun)];
	int ends[2], fd;
	char byte;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_int_equal(fds_send(rig->peer, begun, sizeof(begun), ends[1], 1),
			 sizeof(begun));
	close(ends[1]);
	rig_destroy(rig);
	assert_int_equal(disposed_count, 1);
	assert_int_equal(read(ends[0], &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(
		rights_receive(disposed[0], bytes, sizeof(bytes), &fd, 0),
		sizeof(bytes));
	close(fd);
	close(disposed[0]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_does_not_fit_is_disposed_of),
		TEST(as_many_as_can_come_are_disposed_of),
		TEST(of_two_that_fit_both_are_disposed_of),
		TEST(where_none_may_come_they_are_disposed_of),
		TEST(so_is_one_that_is_urgent),
		TEST(one_without_the_other_is_disposed_of),
		TEST(without_room_it_is_not_the_peers_fault),
		TEST(what_fits_is_not_disposed_of),
		TEST(what_is_unread_is_not_closed),
	};

	return cmocka_run_group_tests_name("channel_dispose", tests, NULL,
					   NULL);
}
