// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sockets that are there already.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/transport_rig.h"

static void a_given_listener_is_used_as_it_is(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct transport_address given;
	struct transport_peer peer;
	int fd, client, server;

	(void)state;

	memcpy(addr.sun_path, address.path, sizeof(addr.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 5), 0);

	given = transport_rig_address("fd:%d", fd);
	assert_int_equal(transport_rig_listen(&given), fd);
	client = transport_rig_connect(&address);
	server = transport_rig_accept(fd, &given, &peer);
	assert_int_equal(peer.kind, TRANSPORT_UNIX);
	assert_int_equal(peer.uid, geteuid());

	transport_unlink(&given); /* not ours to remove */
	assert_int_equal(unlink(address.path), 0);
	close(client);
	close(server);
	close(fd);
}

static void a_given_connection_is_used_as_it_is(void **state)
{
	struct transport_address given;
	int pair[2];

	(void)state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	given = transport_rig_address("fd:%d", pair[0]);
	assert_int_equal(transport_rig_connect(&given), pair[0]);
	transport_rig_assert_talks(pair[0], pair[1]);
	close(pair[0]);
	close(pair[1]);
}

static void a_given_descriptor_must_be_of_the_right_sort(void **state)
{
	struct transport_address given;
	int pipes[2], pair[2], packets[2], tcp, out = -7;
	bool pending;

	(void)state;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	given = transport_rig_address("fd:%d", pipes[0]);
	assert_int_equal(transport_listen(&given, &out), -ENOTSOCK);
	assert_int_equal(transport_connect(&given, &out, &pending), -ENOTSOCK);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	given = transport_rig_address("fd:%d", pair[0]);
	assert_int_equal(transport_listen(&given, &out), -EINVAL);

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets), 0);
	given = transport_rig_address("fd:%d", packets[0]);
	assert_int_equal(transport_connect(&given, &out, &pending), -EINVAL);

	/* Listens, but cannot say who a peer is. */
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (tcp >= 0 && listen(tcp, 1) == 0) {
		given = transport_rig_address("fd:%d", tcp);
		assert_int_equal(transport_listen(&given, &out), -EINVAL);
		assert_int_equal(transport_connect(&given, &out, &pending),
				 -EINVAL);
	}

	close(pipes[0]);
	close(pipes[1]);
	close(pair[0]);
	close(pair[1]);
	close(packets[0]);
	close(packets[1]);
	if (tcp >= 0)
		close(tcp);
	given = transport_rig_address("fd:%d", pipes[0]);
	assert_int_equal(transport_listen(&given, &out), -EBADF);
	assert_int_equal(out, -7);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, transport_rig_setup,             \
					transport_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_given_listener_is_used_as_it_is),
		TEST(a_given_connection_is_used_as_it_is),
		TEST(a_given_descriptor_must_be_of_the_right_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
