// SPDX-License-Identifier: BSD-3-Clause
/*
 * AF_VSOCK.  What needs it uses vsock_loopback (CID 1), never CID 2, where the
 * machine around this one may listen.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "common/protocol.h"
#include "tests/transport_rig.h"

#define TEST_PORT 54321

/* CID 1 can be bound to only where vsock_loopback is there. */
static int listen_on_vsock(void)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	int fd = -1, ret;

	ret = transport_listen(&address, &fd);
	if (ret < 0) {
		print_message("no vsock loopback (%s): skipped\n",
			      strerror(-ret));
		skip();
	}
	transport_rig_assert_flags(fd);
	return fd;
}

static bool may_bind_low(void)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = 511,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool may;

	assert_true(fd >= 0);
	may = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
	close(fd);
	return may;
}

static void a_vsock_peer_is_known_by_cid_and_a_low_port(void **state)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	int listener = listen_on_vsock();
	struct transport_peer peer;
	int client, server;

	(void)state;

	client = transport_rig_connect(&address);
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.kind, TRANSPORT_VSOCK);
	assert_int_equal(peer.cid, VMADDR_CID_LOCAL);
	if (may_bind_low())
		assert_in_range(peer.port, 512, 1023);
	else
		assert_true(peer.port >= 1024);
	assert_int_not_equal(peer.port, VMS_PORT);
	transport_rig_assert_talks(client, server);
	transport_rig_assert_talks(server, client);
	close(client);
	close(server);
	close(listener);
}

static void a_given_vsock_listener_tells_the_cid(void **state)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	int listener = listen_on_vsock();
	struct transport_address given;
	struct transport_peer peer;
	int client, server;

	(void)state;

	given = transport_rig_address("fd:%d", listener);
	assert_int_equal(transport_rig_listen(&given), listener);
	client = transport_rig_connect(&address);
	server = transport_rig_accept(listener, &given, &peer);
	assert_int_equal(peer.kind, TRANSPORT_VSOCK);
	assert_int_equal(peer.cid, VMADDR_CID_LOCAL);
	close(client);
	close(server);
	close(listener);
}

static void a_vsock_port_without_listener_fails_when_it_is_pending(void **state)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	struct pollfd poller = { .events = POLLOUT };
	bool pending = false;
	int ret;

	(void)state;

	close(listen_on_vsock());
	ret = transport_connect(&address, &poller.fd, &pending);
	if (ret == 0) {
		assert_true(pending);
		assert_int_equal(poll(&poller, 1, 5000), 1);
		ret = transport_connected(poller.fd);
		close(poller.fd);
	}
	assert_int_equal(ret, -ECONNRESET);
}

/* Every low port but one is taken: only the search finds it. */
static void a_taken_source_port_is_passed_over(void **state)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	int listener = listen_on_vsock();
	struct transport_peer peer;
	int taken[1024], client, server;
	unsigned int port;

	(void)state;

	if (!may_bind_low()) {
		close(listener);
		print_message("no CAP_NET_BIND_SERVICE: skipped\n");
		skip();
	}
	for (port = 512; port < 1024; port++) {
		struct sockaddr_vm addr = {
			.svm_family = AF_VSOCK,
			.svm_cid = VMADDR_CID_ANY,
			.svm_port = port,
		};

		taken[port] = -1;
		if (port == 700 || port == VMS_PORT)
			continue;
		taken[port] = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
		(void)bind(taken[port], (struct sockaddr *)&addr, sizeof(addr));
	}

	client = transport_rig_connect(&address);
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.port, 700);

	for (port = 512; port < 1024; port++) {
		if (taken[port] >= 0)
			close(taken[port]);
	}
	close(client);
	close(server);
	close(listener);
}

/* In a child: an ordinary user's port shows in getsockname(). */
static bool connects_from_ordinary_port(void)
{
	struct transport_address address =
		transport_rig_address("vsock:1:%d", TEST_PORT);
	struct sockaddr_vm addr = { 0 };
	socklen_t len = sizeof(addr);
	bool pending;
	int fd;

	if (setgid(65534) < 0 || setuid(65534) < 0 ||
	    transport_connect(&address, &fd, &pending) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return false;
	return addr.svm_port >= 1024;
}

static void without_the_capability_an_ordinary_port_is_used(void **state)
{
	int listener = listen_on_vsock();
	int status = -1;
	pid_t pid;

	(void)state;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(connects_from_ordinary_port() || geteuid() != 65534 ? 0
									  : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(listener);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, transport_rig_setup,             \
					transport_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_vsock_peer_is_known_by_cid_and_a_low_port),
		TEST(a_given_vsock_listener_tells_the_cid),
		TEST(a_vsock_port_without_listener_fails_when_it_is_pending),
		TEST(a_taken_source_port_is_passed_over),
		TEST(without_the_capability_an_ordinary_port_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
