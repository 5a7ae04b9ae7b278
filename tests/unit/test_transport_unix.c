// SPDX-License-Identifier: BSD-3-Clause
/*
 * AF_UNIX: socket files, who a peer is, what may not hang.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/rights.h"
#include "tests/transport_rig.h"

static void a_unix_peer_is_known_by_its_uid(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct transport_peer peer;
	int listener, client, server;

	(void)state;

	listener = transport_rig_listen(&address);
	client = transport_rig_connect(&address);
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.kind, TRANSPORT_UNIX);
	assert_int_equal(peer.uid, geteuid());
	transport_rig_assert_talks(client, server);
	transport_rig_assert_talks(server, client);

	close(client);
	close(server);
	close(listener);
	transport_unlink(&address);
}

static void a_hybrid_peer_is_known_by_its_listener(void **state)
{
	struct transport_address address =
		transport_rig_address("hybrid:%s/s", transport_rig_dir);
	struct transport_address vmm =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct transport_peer peer;
	int listener, client, server;

	(void)state;

	listener = transport_rig_listen(&address);
	client = transport_rig_connect(&vmm);
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.kind, TRANSPORT_HYBRID);
	assert_string_equal(peer.path, address.path);
	assert_int_equal(peer.uid, geteuid());

	close(client);
	close(server);
	close(listener);
	transport_unlink(&address);
}

static void nobody_connects_to_a_hybrid_address(void **state)
{
	struct transport_address address =
		transport_rig_address("hybrid:%s/s", transport_rig_dir);
	bool pending;
	int fd;

	(void)state;

	assert_int_equal(transport_connect(&address, &fd, &pending),
			 -EOPNOTSUPP);
}

static void an_abstract_name_makes_no_file(void **state)
{
	struct transport_address address, other;
	struct transport_peer peer;
	int listener, client, server, fd;
	bool pending;

	(void)state;

	address = transport_rig_address("unix:@usermedia-test-%d", getpid());
	other = transport_rig_address("unix:@usermedia-test-%d0", getpid());
	listener = transport_rig_listen(&address);
	assert_int_equal(access(address.path, F_OK), -1);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(transport_connect(&other, &fd, &pending),
			 -ECONNREFUSED);
	client = transport_rig_connect(&address);
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.uid, geteuid());

	transport_unlink(&address);
	close(client);
	close(server);
	close(listener);
}

/* The mode of the file that listening at @address makes. */
static mode_t mode_of(struct transport_address address)
{
	int listener = transport_rig_listen(&address);
	struct stat status;

	assert_int_equal(stat(address.path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	close(listener);
	transport_unlink(&address);
	return status.st_mode & 07777;
}

static void everybody_may_connect_to_a_unix_socket(void **state)
{
	static const mode_t masks[] = { 0, 022, 0177 };
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	size_t i;

	(void)state;

	for (i = 0; i < 3; i++) {
		mode_t before = umask(masks[i]);

		assert_int_equal(mode_of(address), 0666);
		/* Also in the place of one that is stale. */
		close(transport_rig_listen(&address));
		assert_int_equal(mode_of(address), 0666);
		assert_int_equal(umask(before), masks[i]);
	}
}

static void the_umask_says_who_may_connect_to_a_hybrid_socket(void **state)
{
	static const mode_t masks[] = { 0, 022, 0177 };
	struct transport_address address =
		transport_rig_address("hybrid:%s/s", transport_rig_dir);
	size_t i;

	(void)state;

	for (i = 0; i < 3; i++) {
		mode_t before = umask(masks[i]);

		assert_int_equal(mode_of(address), 0666 & ~masks[i]);
		assert_int_equal(umask(before), masks[i]);
	}
}

static void a_stale_socket_file_is_replaced(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	int listener;

	(void)state;

	close(transport_rig_listen(&address));
	listener = transport_rig_listen(&address);
	close(transport_rig_connect(&address));
	close(listener);
	transport_unlink(&address);
}

static void a_live_socket_file_is_left_alone(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	int listener, fd = -7;

	(void)state;

	listener = transport_rig_listen(&address);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(fd, -7);
	close(transport_rig_connect(&address));
	close(listener);
	transport_unlink(&address);
}

static void a_live_socket_with_a_full_queue_is_live(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	int listener, client, fd;
	bool pending;

	(void)state;

	listener = transport_rig_listen(&address);
	assert_int_equal(listen(listener, 0), 0);
	client = transport_rig_connect(&address);
	assert_int_equal(transport_connect(&address, &fd, &pending), -EAGAIN);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	close(client);
	close(listener);
	transport_unlink(&address);
}

static void a_file_or_link_that_is_no_socket_is_left_alone(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	char elsewhere[TRANSPORT_PATH_LEN];
	struct stat status;
	int fd;

	(void)state;

	fd = open(address.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(stat(address.path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	unlink(address.path);

	/* To a stale socket, even. */
	snprintf(elsewhere, sizeof(elsewhere), "%s/t", transport_rig_dir);
	close(transport_rig_listen(&address));
	assert_int_equal(rename(address.path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, address.path), 0);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(unlink(address.path), 0);
	assert_int_equal(unlink(elsewhere), 0);
}

static void errors_of_the_kernel_come_through(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	bool pending;
	int fd;

	(void)state;

	assert_int_equal(transport_connect(&address, &fd, &pending), -ENOENT);
	close(transport_rig_listen(&address));
	assert_int_equal(transport_connect(&address, &fd, &pending),
			 -ECONNREFUSED);
	transport_unlink(&address);

	address = transport_rig_address("unix:%s/nowhere/s", transport_rig_dir);
	assert_int_equal(transport_listen(&address, &fd), -ENOENT);
}

static void accept_never_blocks_and_says_eagain(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct transport_peer peer = { .uid = 77 };
	int listener, fd = -7;

	(void)state;

	listener = transport_rig_listen(&address);
	assert_int_equal(transport_accept(listener, &address, &fd, &peer),
			 -EAGAIN);
	assert_int_equal(fd, -7);
	assert_int_equal(peer.uid, 77);
	close(listener);
	transport_unlink(&address);
}

static void a_peer_that_left_already_is_still_known(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct transport_peer peer;
	int listener, server;

	(void)state;

	listener = transport_rig_listen(&address);
	close(transport_rig_connect(&address));
	server = transport_rig_accept(listener, &address, &peer);
	assert_int_equal(peer.uid, geteuid());
	close(server);
	close(listener);
	transport_unlink(&address);
}

static void no_descriptor_can_be_sent_to_a_listener(void **state)
{
	struct transport_address address =
		transport_rig_address("unix:%s/s", transport_rig_dir);
	struct transport_peer peer;
	int listener, client, server, value, known;
	socklen_t len = sizeof(value);

	(void)state;

	listener = transport_rig_listen(&address);
	known = getsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &value, &len);
	if (known == 0) {
		client = transport_rig_connect(&address);
		assert_int_equal(rights_send(client, "x", 1, client, 0),
				 -EPERM);
		server = transport_rig_accept(listener, &address, &peer);
		assert_int_equal(rights_send(client, "x", 1, client, 0),
				 -EPERM);
		transport_rig_assert_talks(client, server);
		assert_int_equal(rights_send(server, "x", 1, server, 0), 1);
		close(client);
		close(server);
	}
	close(listener);
	transport_unlink(&address);
	if (known < 0) {
		print_message("no SO_PASSRIGHTS in this kernel: skipped\n");
		skip();
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, transport_rig_setup,             \
					transport_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_unix_peer_is_known_by_its_uid),
		TEST(a_hybrid_peer_is_known_by_its_listener),
		TEST(nobody_connects_to_a_hybrid_address),
		TEST(an_abstract_name_makes_no_file),
		TEST(everybody_may_connect_to_a_unix_socket),
		TEST(the_umask_says_who_may_connect_to_a_hybrid_socket),
		TEST(a_stale_socket_file_is_replaced),
		TEST(a_live_socket_file_is_left_alone),
		TEST(a_live_socket_with_a_full_queue_is_live),
		TEST(a_file_or_link_that_is_no_socket_is_left_alone),
		TEST(errors_of_the_kernel_come_through),
		TEST(accept_never_blocks_and_says_eagain),
		TEST(a_peer_that_left_already_is_still_known),
		TEST(no_descriptor_can_be_sent_to_a_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
