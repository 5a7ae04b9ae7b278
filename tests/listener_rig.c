// SPDX-License-Identifier: BSD-3-Clause
/*
 * A listener in a process of its own, and what it looks like from outside.
 */
#include "tests/listener_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "common/options.h"
#include "common/wire.h"
#include "hostd/confine.h"
#include "tests/children.h"

struct listener_rig listener_rig;
static char dir[] = "/tmp/test_listener.XXXXXX";

/* ---- the daemon ------------------------------------------------------ */

static void on_end(void *data, int signo)
{
	(void)signo;

	loop_stop(data, 0);
}

static void on_reload(void *data, int signo)
{
	(void)signo;

	listener_reload(data, &listener_rig.next_devices,
			&listener_rig.next_policy);
	log_info("rig: reloaded");
}

/* cmocka catches these to go on with the next test; a child must not. */
static void forget_cmocka(void)
{
	static const int caught[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS };
	size_t i;

	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		signal(caught[i], SIG_DFL);
}

/* Return: exit status */
static int be_daemon(enum transport_kind kind, int ready_fd)
{
	struct transport_address address = { .kind = kind };
	struct listener *listener;
	struct loop *loop;

	snprintf(address.path, sizeof(address.path), "%s",
		 listener_rig.socket_path);
	if (confine_prepare() < 0 || loop_create(&loop) < 0 ||
	    loop_signal(loop, SIGTERM, on_end, loop) < 0 ||
	    listener_create(loop, &listener_rig.devices, &listener_rig.policy,
			    &listener) < 0 ||
	    loop_signal(loop, SIGHUP, on_reload, listener) < 0 ||
	    listener_add(listener, &address) < 0 || write(ready_fd, "", 1) != 1)
		return 99;
	close(ready_fd);
	if (loop_run(loop) != 0)
		return 98;
	listener_destroy(listener);
	loop_destroy(loop);
	return 0;
}

void listener_rig_start(enum transport_kind kind)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	listener_rig.daemon_pid = fork();
	assert_true(listener_rig.daemon_pid >= 0);
	if (listener_rig.daemon_pid == 0) {
		int log = open(listener_rig.log_path,
			       O_WRONLY | O_CREAT | O_APPEND, 0600);

		forget_cmocka();
		close(fds[0]);
		dup2(log, STDERR_FILENO);
		close(log);
		_exit(be_daemon(kind, fds[1]));
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
}

int listener_rig_stop(int signo)
{
	int status;

	assert_int_equal(kill(listener_rig.daemon_pid, signo), 0);
	assert_int_equal(waitpid(listener_rig.daemon_pid, &status, 0),
			 listener_rig.daemon_pid);
	listener_rig.daemon_pid = 0;
	return status;
}

int listener_rig_setup(void **state)
{
	char why[OPTIONS_WHY_LEN];
	size_t i;

	(void)state;

	listener_rig.devices.count = 0;
	assert_int_equal(device_list_add(&listener_rig.devices, "pattern", why),
			 0);
	listener_rig.policy = (struct policy){ .own_uid = geteuid() };
	listener_rig.next_devices = listener_rig.devices;
	listener_rig.next_policy = listener_rig.policy;
	for (i = 0; i < PEERS_MAX; i++)
		listener_rig.peers[i].fd = -1;
	return 0;
}

int listener_rig_teardown(void **state)
{
	size_t i;

	(void)state;

	for (i = 0; i < PEERS_MAX; i++)
		guest_peer_finish(&listener_rig.peers[i]);
	if (listener_rig.daemon_pid)
		listener_rig_stop(SIGTERM);
	unlink(listener_rig.socket_path);
	unlink(listener_rig.log_path);
	return 0;
}

int listener_rig_make_directory(void **state)
{
	(void)state;

	if (!mkdtemp(dir))
		return -1;
	snprintf(listener_rig.socket_path, sizeof(listener_rig.socket_path),
		 "%s/socket", dir);
	snprintf(listener_rig.log_path, sizeof(listener_rig.log_path), "%s/log",
		 dir);
	return 0;
}

int listener_rig_remove_directory(void **state)
{
	(void)state;

	return rmdir(dir);
}

/* ---- what it looks like from outside --------------------------------- */

void listener_rig_pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* The text is good until the next call. */
static const char *read_log(void)
{
	static char text[1 << 20];
	ssize_t len;
	int fd;

	fd = open(listener_rig.log_path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

bool listener_rig_logged(const char *what)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (strstr(read_log(), what))
			return true;
		listener_rig_pause_ms(10);
	}
	print_message("%s", read_log());
	return false;
}

int listener_rig_log_count(const char *what)
{
	const char *at = read_log();
	int count = 0;

	while ((at = strstr(at, what))) {
		count++;
		at++;
	}
	return count;
}

static bool is_called(pid_t pid, const char *name)
{
	char path[64], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, name) == 0;
}

int listener_rig_children(const char *name, pid_t *pids)
{
	int all = children_of(listener_rig.daemon_pid, pids, CHILDREN_MAX);
	int count = 0, i;

	for (i = 0; i < all; i++)
		if (is_called(pids[i], name))
			pids[count++] = pids[i];
	return count;
}

void listener_rig_wait_for_children(const char *name, int count, pid_t *pids)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (listener_rig_children(name, pids) == count)
			return;
		listener_rig_pause_ms(10);
	}
	fail_msg("%d children are %s, not %d",
		 listener_rig_children(name, pids), name, count);
}

static int connect_fd(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
		 listener_rig.socket_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

void listener_rig_connect(struct guest_peer *peer)
{
	guest_peer_init(peer, connect_fd());
}

void listener_rig_hello(struct guest_peer *peer, const char *device)
{
	struct vms_hello hello = guest_peer_hello();

	snprintf(hello.device, sizeof(hello.device), "%s", device);
	guest_peer_send_hello(peer, &hello);
}

void listener_rig_dial_device(struct guest_peer *peer, const char *device)
{
	listener_rig_connect(peer);
	listener_rig_hello(peer, device);
}

void listener_rig_dial(struct guest_peer *peer)
{
	listener_rig_dial_device(peer, "");
}

bool listener_rig_next(struct guest_peer *peer, struct vms_header *header,
		       const uint8_t **section)
{
	struct pollfd wait = { .fd = peer->fd, .events = POLLIN };

	for (;;) {
		guest_peer_receive(peer);
		if (guest_peer_next(peer, header, section))
			return true;
		if (peer->ended)
			return false;
		assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	}
}

void listener_rig_expect_served(struct guest_peer *peer)
{
	const uint8_t *section;
	struct vms_header header;

	assert_true(listener_rig_next(peer, &header, &section));
	assert_int_equal(header.type, VMS_HELLO_ACK);
}

void listener_rig_visit(const char *device)
{
	struct guest_peer *peer = &listener_rig.peers[0];
	pid_t pids[CHILDREN_MAX];

	listener_rig_dial_device(peer, device);
	listener_rig_expect_served(peer);
	guest_peer_finish(peer);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
}

void listener_rig_serve(int count, pid_t *guests, pid_t *openers)
{
	int i;

	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < count; i++)
		listener_rig_dial(&listener_rig.peers[i]);
	for (i = 0; i < count; i++)
		listener_rig_expect_served(&listener_rig.peers[i]);
	if (guests)
		assert_int_equal(listener_rig_children("hostd-guest", guests),
				 count);
	if (openers)
		assert_int_equal(listener_rig_children("hostd-opener", openers),
				 count);
}

void listener_rig_open(struct guest_peer *peer, uint32_t tag)
{
	const uint8_t *section;
	struct vms_header header;

	guest_peer_open(peer, tag);
	assert_true(listener_rig_next(peer, &header, &section));
	assert_int_equal(header.type, VMS_RESP);
}

void listener_rig_expect_end(struct guest_peer *peer)
{
	const uint8_t *section;
	struct vms_header header;

	assert_false(listener_rig_next(peer, &header, &section));
	guest_peer_finish(peer);
}

void listener_rig_expect_refused(struct guest_peer *peer, uint32_t error,
				 enum vms_goaway_reason reason)
{
	struct vms_goaway goaway = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(listener_rig_next(peer, &header, &section));
	assert_int_equal(header.type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(section, header.slen, &goaway), 0);
	assert_int_equal(goaway.error, error);
	assert_int_equal(goaway.reason, reason);
	listener_rig_expect_end(peer);
}
