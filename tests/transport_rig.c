// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sockets for the tests of transport, in a directory of their own.
 */
#include "tests/transport_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/fds.h"

char transport_rig_dir[] = "/tmp/test_transport.XXXXXX";
static unsigned int fds_before;

int transport_rig_setup(void **state)
{
	(void)state;

	/* mkdtemp() wants its Xs again. */
	memset(transport_rig_dir + sizeof(transport_rig_dir) - 7, 'X', 6);
	fds_before = fds_count();
	return mkdtemp(transport_rig_dir) ? 0 : -1;
}

int transport_rig_teardown(void **state)
{
	(void)state;

	if (rmdir(transport_rig_dir) < 0) {
		print_message("%s: files were left\n", transport_rig_dir);
		return -1;
	}
	if (fds_count() != fds_before) {
		print_message("descriptors were left open\n");
		return -1;
	}
	return 0;
}

struct transport_address transport_rig_address(const char *format, ...)
{
	struct transport_address address;
	char text[TRANSPORT_TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_int_equal(transport_parse(text, &address), 0);
	return address;
}

void transport_rig_assert_flags(int fd)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

int transport_rig_listen(const struct transport_address *address)
{
	int fd = -1;

	assert_int_equal(transport_listen(address, &fd), 0);
	transport_rig_assert_flags(fd);
	return fd;
}

int transport_rig_connect(const struct transport_address *address)
{
	bool pending = true;
	int fd = -1;

	assert_int_equal(transport_connect(address, &fd, &pending), 0);
	transport_rig_assert_flags(fd);
	if (pending) {
		struct pollfd poller = { .fd = fd, .events = POLLOUT };

		assert_int_equal(poll(&poller, 1, 5000), 1);
	}
	assert_int_equal(transport_connected(fd), 0);
	return fd;
}

int transport_rig_accept(int listener, const struct transport_address *address,
			 struct transport_peer *peer)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	int fd = -1;

	assert_int_equal(poll(&poller, 1, 5000), 1);
	assert_int_equal(transport_accept(listener, address, &fd, peer), 0);
	transport_rig_assert_flags(fd);
	return fd;
}

void transport_rig_assert_talks(int a, int b)
{
	char byte = 0;
	struct pollfd poller = { .fd = b, .events = POLLIN };

	assert_int_equal(send(a, "x", 1, 0), 1);
	assert_int_equal(poll(&poller, 1, 5000), 1);
	assert_int_equal(recv(b, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
}
