/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and sockets.  What needs vsock uses vsock_loopback (CID 1), never
 * CID 2, where the machine around this one may listen.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "common/protocol.h"
#include "common/transport.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

static char dir[] = "/tmp/test_transport.XXXXXX";
static unsigned int fds_before;

static unsigned int count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(fds);
	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

static int setup(void **state)
{
	(void)state;

	memset(dir + sizeof(dir) - 7, 'X', 6); /* mkdtemp() wants them */
	fds_before = count_fds();
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;

	if (rmdir(dir) < 0) {
		print_message("%s: files were left\n", dir);
		return -1;
	}
	if (count_fds() != fds_before) {
		print_message("descriptors were left open\n");
		return -1;
	}
	return 0;
}

__attribute__((format(printf, 1, 2))) static struct transport_address
parsed(const char *format, ...)
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

static void assert_flags(int fd)
{
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static int listen_on(const struct transport_address *address)
{
	int fd = -1;

	assert_int_equal(transport_listen(address, &fd), 0);
	assert_flags(fd);
	return fd;
}

static int connect_to(const struct transport_address *address)
{
	bool pending = true;
	int fd = -1;

	assert_int_equal(transport_connect(address, &fd, &pending), 0);
	assert_flags(fd);
	if (pending) {
		struct pollfd poller = { .fd = fd, .events = POLLOUT };

		assert_int_equal(poll(&poller, 1, 5000), 1);
	}
	assert_int_equal(transport_connected(fd), 0);
	return fd;
}

static int accept_on(int listener, const struct transport_address *address,
		     struct transport_peer *peer)
{
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	int fd = -1;

	assert_int_equal(poll(&poller, 1, 5000), 1);
	assert_int_equal(transport_accept(listener, address, &fd, peer), 0);
	assert_flags(fd);
	return fd;
}

static void assert_talks(int a, int b)
{
	char byte = 0;
	struct pollfd poller = { .fd = b, .events = POLLIN };

	assert_int_equal(send(a, "x", 1, 0), 1);
	assert_int_equal(poll(&poller, 1, 5000), 1);
	assert_int_equal(recv(b, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
}

/* ---- text ------------------------------------------------------------ */

static void every_address_comes_back_as_it_was_written(void **state)
{
	static const char *const texts[] = {
		"vsock:3:7000",
		"vsock:848",
		"vsock:0:0",
		"vsock:4294967294:4294967294",
		"unix:/run/hostd.sock",
		"unix:@hostd",
		"unix:relative",
		"hybrid:/run/fc.vsock_848",
		"fd:0",
		"fd:2147483647",
	};
	struct transport_address address;
	char text[TRANSPORT_TEXT_LEN];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(transport_parse(texts[i], &address), 0);
		transport_format(&address, text, sizeof(text));
		assert_string_equal(text, texts[i]);
	}
}

static void parsing_fills_what_the_kind_needs(void **state)
{
	struct transport_address address;

	(void)state;

	assert_int_equal(transport_parse("vsock:3:7000", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_VSOCK);
	assert_int_equal(address.cid, 3);
	assert_int_equal(address.port, 7000);

	assert_int_equal(transport_parse("vsock:848", &address), 0);
	assert_int_equal(address.cid, VMADDR_CID_ANY);
	assert_int_equal(address.port, 848);

	assert_int_equal(transport_parse("hybrid:/x", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_HYBRID);
	assert_string_equal(address.path, "/x");

	assert_int_equal(transport_parse("fd:3", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_FD);
	assert_int_equal(address.fd, 3);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"vsock",
		"vsock:",
		"vsock::",
		"vsock:3:",
		"vsock::848",
		"vsock:3:4:5",
		"vsock:-1",
		"vsock:+1",
		"vsock: 1",
		"vsock:1 ",
		"vsock:0x10",
		"vsock:host:848",
		"vsock:4294967295",
		"vsock:4294967295:1",
		"vsock:99999999999999999999999",
		"unix:",
		"unix:@",
		"hybrid:",
		"hybrid:@x",
		"fd:",
		"fd:-1",
		"fd:2147483648",
		"fd:3x",
		"tcp:1:2",
		"/run/hostd.sock",
		"VSOCK:1",
	};
	struct transport_address address = { .port = 77 };
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(transport_parse(texts[i], &address), -EINVAL);
	assert_int_equal(address.port, 77);
}

static void a_path_may_be_as_long_as_the_kernel_allows(void **state)
{
	struct transport_address address;
	char text[200], back[TRANSPORT_TEXT_LEN];

	(void)state;

	memset(text, 'p', sizeof(text));
	memcpy(text, "hybrid:", 7);
	text[7 + TRANSPORT_PATH_LEN] = '\0';
	assert_int_equal(transport_parse(text, &address), -ENAMETOOLONG);
	text[7 + TRANSPORT_PATH_LEN - 1] = '\0';
	assert_int_equal(transport_parse(text, &address), 0);
	transport_format(&address, back, sizeof(back));
	assert_string_equal(back, text);

	transport_format(&address, back, 10);
	assert_string_equal(back, "hybrid:pp");
}

static void peers_have_a_text_each(void **state)
{
	struct transport_peer vsock = { .kind = TRANSPORT_VSOCK,
					.cid = 3,
					.port = 1022 };
	struct transport_peer local = { .kind = TRANSPORT_UNIX, .uid = 1000 };
	struct transport_peer hybrid = { .kind = TRANSPORT_HYBRID };
	char text[TRANSPORT_TEXT_LEN];

	(void)state;

	transport_peer_format(&vsock, text, sizeof(text));
	assert_string_equal(text, "cid 3 port 1022");
	transport_peer_format(&local, text, sizeof(text));
	assert_string_equal(text, "uid 1000");
	strcpy(hybrid.path, "/run/x");
	transport_peer_format(&hybrid, text, sizeof(text));
	assert_string_equal(text, "hybrid /run/x");
}

/* ---- AF_UNIX --------------------------------------------------------- */

static void a_unix_peer_is_known_by_its_uid(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	struct transport_peer peer;
	int listener, client, server;

	(void)state;

	listener = listen_on(&address);
	client = connect_to(&address);
	server = accept_on(listener, &address, &peer);
	assert_int_equal(peer.kind, TRANSPORT_UNIX);
	assert_int_equal(peer.uid, geteuid());
	assert_talks(client, server);
	assert_talks(server, client);

	close(client);
	close(server);
	close(listener);
	transport_unlink(&address);
}

static void a_hybrid_peer_is_known_by_its_listener(void **state)
{
	struct transport_address address = parsed("hybrid:%s/s", dir);
	struct transport_address vmm = parsed("unix:%s/s", dir);
	struct transport_peer peer;
	int listener, client, server;

	(void)state;

	listener = listen_on(&address);
	client = connect_to(&vmm);
	server = accept_on(listener, &address, &peer);
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
	struct transport_address address = parsed("hybrid:%s/s", dir);
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

	address = parsed("unix:@usermedia-test-%d", getpid());
	other = parsed("unix:@usermedia-test-%d0", getpid());
	listener = listen_on(&address);
	assert_int_equal(access(address.path, F_OK), -1);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(transport_connect(&other, &fd, &pending),
			 -ECONNREFUSED);
	client = connect_to(&address);
	server = accept_on(listener, &address, &peer);
	assert_int_equal(peer.uid, geteuid());

	transport_unlink(&address);
	close(client);
	close(server);
	close(listener);
}

static void a_socket_file_is_0666_less_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 0177 };
	struct transport_address address = parsed("unix:%s/s", dir);
	struct stat status;
	size_t i;

	(void)state;

	for (i = 0; i < 3; i++) {
		mode_t before = umask(masks[i]);
		int listener = listen_on(&address);

		umask(before);
		assert_int_equal(stat(address.path, &status), 0);
		assert_int_equal(status.st_mode, S_IFSOCK | (0666 & ~masks[i]));
		close(listener);
		transport_unlink(&address);
	}
}

static void a_stale_socket_file_is_replaced(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	int listener;

	(void)state;

	close(listen_on(&address));
	listener = listen_on(&address);
	close(connect_to(&address));
	close(listener);
	transport_unlink(&address);
}

static void a_live_socket_file_is_left_alone(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	int listener, fd = -7;

	(void)state;

	listener = listen_on(&address);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(fd, -7);
	close(connect_to(&address));
	close(listener);
	transport_unlink(&address);
}

static void a_live_socket_with_a_full_queue_is_live(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	int listener, client, fd;
	bool pending;

	(void)state;

	listener = listen_on(&address);
	assert_int_equal(listen(listener, 0), 0);
	client = connect_to(&address);
	assert_int_equal(transport_connect(&address, &fd, &pending), -EAGAIN);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	close(client);
	close(listener);
	transport_unlink(&address);
}

static void a_file_or_link_that_is_no_socket_is_left_alone(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	char elsewhere[sizeof(dir) + 4];
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
	snprintf(elsewhere, sizeof(elsewhere), "%s/t", dir);
	close(listen_on(&address));
	assert_int_equal(rename(address.path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, address.path), 0);
	assert_int_equal(transport_listen(&address, &fd), -EADDRINUSE);
	assert_int_equal(unlink(address.path), 0);
	assert_int_equal(unlink(elsewhere), 0);
}

static void errors_of_the_kernel_come_through(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	bool pending;
	int fd;

	(void)state;

	assert_int_equal(transport_connect(&address, &fd, &pending), -ENOENT);
	close(listen_on(&address));
	assert_int_equal(transport_connect(&address, &fd, &pending),
			 -ECONNREFUSED);
	transport_unlink(&address);

	address = parsed("unix:%s/nowhere/s", dir);
	assert_int_equal(transport_listen(&address, &fd), -ENOENT);
}

static void accept_never_blocks_and_says_eagain(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	struct transport_peer peer = { .uid = 77 };
	int listener, fd = -7;

	(void)state;

	listener = listen_on(&address);
	assert_int_equal(transport_accept(listener, &address, &fd, &peer),
			 -EAGAIN);
	assert_int_equal(fd, -7);
	assert_int_equal(peer.uid, 77);
	close(listener);
	transport_unlink(&address);
}

static void a_peer_that_left_already_is_still_known(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	struct transport_peer peer;
	int listener, server;

	(void)state;

	listener = listen_on(&address);
	close(connect_to(&address));
	server = accept_on(listener, &address, &peer);
	assert_int_equal(peer.uid, geteuid());
	close(server);
	close(listener);
	transport_unlink(&address);
}

static int send_fd(int fd, int passenger)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &passenger, sizeof(int));
	return sendmsg(fd, &msg, 0) < 0 ? -errno : 0;
}

static void no_descriptor_can_be_sent_to_a_listener(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	struct transport_peer peer;
	int listener, client, server, value;
	socklen_t len = sizeof(value);

	(void)state;

	listener = listen_on(&address);
	if (getsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &value, &len) < 0) {
		print_message("no SO_PASSRIGHTS in this kernel: skipped\n");
	} else {
		client = connect_to(&address);
		assert_int_equal(send_fd(client, client), -EPERM);
		server = accept_on(listener, &address, &peer);
		assert_int_equal(send_fd(client, client), -EPERM);
		assert_talks(client, server);
		assert_int_equal(send_fd(server, server), 0);
		close(client);
		close(server);
	}
	close(listener);
	transport_unlink(&address);
}

/* ---- descriptors that are there already ------------------------------ */

static void a_given_listener_is_used_as_it_is(void **state)
{
	struct transport_address address = parsed("unix:%s/s", dir);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct transport_address given;
	struct transport_peer peer;
	int fd, client, server;

	(void)state;

	memcpy(addr.sun_path, address.path, sizeof(addr.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 5), 0);

	given = parsed("fd:%d", fd);
	assert_int_equal(listen_on(&given), fd);
	client = connect_to(&address);
	server = accept_on(fd, &given, &peer);
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
	given = parsed("fd:%d", pair[0]);
	assert_int_equal(connect_to(&given), pair[0]);
	assert_talks(pair[0], pair[1]);
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
	given = parsed("fd:%d", pipes[0]);
	assert_int_equal(transport_listen(&given, &out), -ENOTSOCK);
	assert_int_equal(transport_connect(&given, &out, &pending), -ENOTSOCK);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	given = parsed("fd:%d", pair[0]);
	assert_int_equal(transport_listen(&given, &out), -EINVAL);

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets), 0);
	given = parsed("fd:%d", packets[0]);
	assert_int_equal(transport_connect(&given, &out, &pending), -EINVAL);

	/* Listens, but cannot say who a peer is. */
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (tcp >= 0 && listen(tcp, 1) == 0) {
		given = parsed("fd:%d", tcp);
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
	given = parsed("fd:%d", pipes[0]);
	assert_int_equal(transport_listen(&given, &out), -EBADF);
	assert_int_equal(out, -7);
}

/* ---- AF_VSOCK -------------------------------------------------------- */

#define TEST_PORT 54321

/* CID 1 can be bound to only where vsock_loopback is there. */
static int listen_on_vsock(void)
{
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
	int fd = -1, ret;

	ret = transport_listen(&address, &fd);
	if (ret < 0) {
		print_message("no vsock loopback (%s): skipped\n",
			      strerror(-ret));
		skip();
	}
	assert_flags(fd);
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
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
	int listener = listen_on_vsock();
	struct transport_peer peer;
	int client, server;

	(void)state;

	client = connect_to(&address);
	server = accept_on(listener, &address, &peer);
	assert_int_equal(peer.kind, TRANSPORT_VSOCK);
	assert_int_equal(peer.cid, VMADDR_CID_LOCAL);
	if (may_bind_low())
		assert_in_range(peer.port, 512, 1023);
	else
		assert_true(peer.port >= 1024);
	assert_int_not_equal(peer.port, VMS_PORT);
	assert_talks(client, server);
	assert_talks(server, client);
	close(client);
	close(server);
	close(listener);
}

static void a_given_vsock_listener_tells_the_cid(void **state)
{
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
	int listener = listen_on_vsock();
	struct transport_address given;
	struct transport_peer peer;
	int client, server;

	(void)state;

	given = parsed("fd:%d", listener);
	assert_int_equal(listen_on(&given), listener);
	client = connect_to(&address);
	server = accept_on(listener, &given, &peer);
	assert_int_equal(peer.kind, TRANSPORT_VSOCK);
	assert_int_equal(peer.cid, VMADDR_CID_LOCAL);
	close(client);
	close(server);
	close(listener);
}

static void a_vsock_port_without_listener_fails_when_it_is_pending(void **state)
{
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
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
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
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

	client = connect_to(&address);
	server = accept_on(listener, &address, &peer);
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
	struct transport_address address = parsed("vsock:1:%d", TEST_PORT);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_address_comes_back_as_it_was_written),
		TEST(parsing_fills_what_the_kind_needs),
		TEST(what_is_no_address_is_refused),
		TEST(a_path_may_be_as_long_as_the_kernel_allows),
		TEST(peers_have_a_text_each),
		TEST(a_unix_peer_is_known_by_its_uid),
		TEST(a_hybrid_peer_is_known_by_its_listener),
		TEST(nobody_connects_to_a_hybrid_address),
		TEST(an_abstract_name_makes_no_file),
		TEST(a_socket_file_is_0666_less_the_umask),
		TEST(a_stale_socket_file_is_replaced),
		TEST(a_live_socket_file_is_left_alone),
		TEST(a_live_socket_with_a_full_queue_is_live),
		TEST(a_file_or_link_that_is_no_socket_is_left_alone),
		TEST(errors_of_the_kernel_come_through),
		TEST(accept_never_blocks_and_says_eagain),
		TEST(a_peer_that_left_already_is_still_known),
		TEST(no_descriptor_can_be_sent_to_a_listener),
		TEST(a_given_listener_is_used_as_it_is),
		TEST(a_given_connection_is_used_as_it_is),
		TEST(a_given_descriptor_must_be_of_the_right_sort),
		TEST(a_vsock_peer_is_known_by_cid_and_a_low_port),
		TEST(a_given_vsock_listener_tells_the_cid),
		TEST(a_vsock_port_without_listener_fails_when_it_is_pending),
		TEST(a_taken_source_port_is_passed_over),
		TEST(without_the_capability_an_ordinary_port_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
