// SPDX-License-Identifier: BSD-3-Clause
/*
 * The listener and all its processes, over unix sockets in a directory of their
 * own.
 *
 * The daemon is a child of the test, as hostd's main() would make it; what it and
 * its children log is a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "common/wire.h"
#include "hostd/listener.h"
#include "tests/guest_peer.h"

#define PATIENCE_MS    10000
#define FEW            3
#define CHILDREN_MAX   256
#define REFUSALS_QUEUE 1000 /* more than fit between listener and refuser */

static char dir[] = "/tmp/test_listener.XXXXXX";
static char socket_path[64];
static char log_path[64];
static struct device_list devices;
static struct policy policy;
static pid_t daemon_pid;
static struct guest_peer peers[LISTENER_PER_GUEST_MAX + 1];

/* ---- the daemon ------------------------------------------------------ */

static void on_end(void *data, int signo)
{
	(void)signo;

	loop_stop(data, 0);
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

	snprintf(address.path, sizeof(address.path), "%s", socket_path);
	if (loop_create(&loop) < 0 ||
	    loop_signal(loop, SIGTERM, on_end, loop) < 0 ||
	    listener_create(loop, &devices, &policy, &listener) < 0 ||
	    listener_add(listener, &address) < 0 || write(ready_fd, "", 1) != 1)
		return 99;
	close(ready_fd);
	if (loop_run(loop) != 0)
		return 98;
	listener_destroy(listener);
	loop_destroy(loop);
	return 0;
}

static void start(enum transport_kind kind)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	daemon_pid = fork();
	assert_true(daemon_pid >= 0);
	if (daemon_pid == 0) {
		int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

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

/* Return: what waitpid(2) says */
static int stop(int signo)
{
	int status;

	assert_int_equal(kill(daemon_pid, signo), 0);
	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	daemon_pid = 0;
	return status;
}

static int setup(void **state)
{
	char why[OPTIONS_WHY_LEN];
	size_t i;

	(void)state;

	devices.count = 0;
	assert_int_equal(device_list_add(&devices, "pattern", why), 0);
	policy = (struct policy){ .own_uid = geteuid() };
	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		peers[i].fd = -1;
	return 0;
}

static int teardown(void **state)
{
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		guest_peer_finish(&peers[i]);
	if (daemon_pid)
		stop(SIGTERM);
	unlink(socket_path);
	unlink(log_path);
	return 0;
}

static int make_directory(void **state)
{
	(void)state;

	if (!mkdtemp(dir))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;

	return rmdir(dir);
}

/* ---- what it looks like from outside --------------------------------- */

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Is @what in the log?  Waits for it. */
static bool logged(const char *what)
{
	static char text[1 << 20];
	ssize_t len;
	int fd, i;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		fd = open(log_path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[len > 0 ? len : 0] = '\0';
		if (strstr(text, what))
			return true;
		pause_ms(10);
	}
	print_message("%s", text);
	return false;
}

/* Children of the daemon whose name is @name, at most CHILDREN_MAX. */
static int children(const char *name, pid_t *pids)
{
	char path[64], line[1024];
	int count = 0;
	char *at, *save;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", daemon_pid,
		 daemon_pid);
	file = fopen(path, "re");
	assert_non_null(file);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);

	for (at = strtok_r(line, " ", &save); at;
	     at = strtok_r(NULL, " ", &save)) {
		char comm[32] = "";

		snprintf(path, sizeof(path), "/proc/%s/comm", at);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (!fgets(comm, sizeof(comm), file))
			comm[0] = '\0';
		fclose(file);
		comm[strcspn(comm, "\n")] = '\0';
		if (strcmp(comm, name) == 0 && count < CHILDREN_MAX)
			pids[count++] = (pid_t)strtol(at, NULL, 10);
	}
	return count;
}

static void wait_for_children(const char *name, int count, pid_t *pids)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (children(name, pids) == count)
			return;
		pause_ms(10);
	}
	fail_msg("%d children are %s, not %d", children(name, pids), name,
		 count);
}

static int connect_fd(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", socket_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

static void dial(struct guest_peer *peer)
{
	const struct vms_hello hello = guest_peer_hello();

	guest_peer_init(peer, connect_fd());
	guest_peer_send_hello(peer, &hello);
}

/* Return: false if the connection ends instead */
static bool next(struct guest_peer *peer, struct vms_header *header,
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

static void expect_served(struct guest_peer *peer)
{
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(peer, &header, &section));
	assert_int_equal(header.type, VMS_HELLO_ACK);
}

static void expect_end(struct guest_peer *peer)
{
	const uint8_t *section;
	struct vms_header header;

	assert_false(next(peer, &header, &section));
	guest_peer_finish(peer);
}

static void expect_refused(struct guest_peer *peer, uint32_t error,
			   enum vms_goaway_reason reason)
{
	struct vms_goaway goaway = { 0 };
	const uint8_t *section;
	struct vms_header header;

	assert_true(next(peer, &header, &section));
	assert_int_equal(header.type, VMS_GOAWAY);
	assert_int_equal(wire_get_goaway(section, header.slen, &goaway), 0);
	assert_int_equal(goaway.error, error);
	assert_int_equal(goaway.reason, reason);
	expect_end(peer);
}

/* ---- the tests ------------------------------------------------------- */

static void each_connection_has_two_processes(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int i;

	(void)state;

	start(TRANSPORT_UNIX);
	for (i = 0; i < FEW; i++) {
		dial(&peers[i]);
		expect_served(&peers[i]);
	}
	assert_int_equal(children("hostd-guest", pids), FEW);
	assert_int_equal(children("hostd-opener", pids), FEW);

	for (i = 0; i < FEW; i++)
		guest_peer_finish(&peers[i]);
	wait_for_children("hostd-guest", 0, pids);
	wait_for_children("hostd-opener", 0, pids);
}

static void at_its_end_nothing_is_left(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int status, i;

	(void)state;

	start(TRANSPORT_UNIX);
	for (i = 0; i < FEW; i++) {
		dial(&peers[i]);
		expect_served(&peers[i]);
	}
	assert_int_equal(children("hostd-guest", pids), FEW);

	status = stop(SIGTERM);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(access(socket_path, F_OK), -1);
	for (i = 0; i < FEW; i++) {
		assert_int_equal(kill(pids[i], 0), -1);
		expect_end(&peers[i]);
	}
}

static void a_killed_listener_takes_its_children_along(void **state)
{
	(void)state;

	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_served(&peers[0]);
	stop(SIGKILL);
	expect_end(&peers[0]);
}

/* Descriptors beyond the standard ones whose link begins with @prefix. */
static int descriptors(pid_t pid, const char *prefix)
{
	const struct dirent *entry;
	char path[64], text[256];
	ssize_t len;
	int count = 0;
	DIR *links;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	links = opendir(path);
	assert_non_null(links);
	while ((entry = readdir(links))) {
		if (strtol(entry->d_name, NULL, 10) <= STDERR_FILENO)
			continue;
		len = readlinkat(dirfd(links), entry->d_name, text,
				 sizeof(text) - 1);
		text[len > 0 ? len : 0] = '\0';
		if (strncmp(text, prefix, strlen(prefix)) == 0)
			count++;
	}
	closedir(links);
	return count;
}

static bool has_no_new_privileges(pid_t pid)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		found |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
	fclose(file);
	return found;
}

static void the_processes_keep_only_what_they_need(void **state)
{
	pid_t guests[CHILDREN_MAX] = { 0 }, openers[CHILDREN_MAX] = { 0 };
	int i;

	(void)state;

	start(TRANSPORT_UNIX);
	for (i = 0; i < FEW; i++) {
		dial(&peers[i]);
		expect_served(&peers[i]);
	}
	assert_int_equal(children("hostd-guest", guests), FEW);
	assert_int_equal(children("hostd-opener", openers), FEW);

	for (i = 0; i < FEW; i++) {
		/* connection, opener; its own epoll */
		assert_int_equal(descriptors(guests[i], "socket:"), 2);
		assert_int_equal(descriptors(guests[i], ""), 3);
		assert_true(has_no_new_privileges(guests[i]));
		/* guest */
		assert_int_equal(descriptors(openers[i], "socket:"), 1);
		assert_int_equal(descriptors(openers[i], ""), 1);
		assert_true(has_no_new_privileges(openers[i]));
	}
	/* The address alone: no connection, no end of an opener's socket. */
	assert_int_equal(descriptors(daemon_pid, "socket:"), 1);
}

static void a_guest_may_have_64_connections(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };
	int i;

	(void)state;

	start(TRANSPORT_UNIX);
	for (i = 0; i < LISTENER_PER_GUEST_MAX; i++)
		dial(&peers[i]);
	for (i = 0; i < LISTENER_PER_GUEST_MAX; i++)
		expect_served(&peers[i]);

	dial(&peers[i]);
	expect_refused(&peers[i], EUSERS, VMS_GOAWAY_LIMIT);
	assert_true(logged("refused: 64 connections of this guest, 64 of all"));

	/* One that ends makes room for one. */
	guest_peer_finish(&peers[0]);
	wait_for_children("hostd-guest", LISTENER_PER_GUEST_MAX - 1, pids);
	wait_for_children("hostd-opener", LISTENER_PER_GUEST_MAX - 1, pids);
	dial(&peers[0]);
	expect_served(&peers[0]);
	dial(&peers[i]);
	expect_refused(&peers[i], EUSERS, VMS_GOAWAY_LIMIT);
}

static void a_stranger_is_told_so_and_the_log_how_to_change_it(void **state)
{
	char line[128];
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	policy.own_uid = geteuid() + 1;
	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	snprintf(line, sizeof(line),
		 "uid %u: refused: no rule: hostd --allow uid:%u\n", geteuid(),
		 geteuid());
	assert_true(logged(line));
	assert_int_equal(children("hostd-guest", pids), 0);
	assert_int_equal(children("hostd-opener", pids), 0);
}

static void a_hybrid_listener_is_a_guest_that_needs_a_rule(void **state)
{
	char rule[128], line[256], why[OPTIONS_WHY_LEN];

	(void)state;

	start(TRANSPORT_HYBRID);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	snprintf(rule, sizeof(rule), "hybrid:%s", socket_path);
	snprintf(line, sizeof(line),
		 "hybrid %s: refused: no rule: hostd --allow %s\n", socket_path,
		 rule);
	assert_true(logged(line));
	stop(SIGTERM);

	assert_int_equal(policy_add(&policy, rule, why), 0);
	start(TRANSPORT_HYBRID);
	dial(&peers[0]);
	expect_served(&peers[0]);
}

/*
 * As if it slept in close(2): SIGSTOP holds it, SIGKILL ends it nevertheless.
 * Those that it had taken end without a word.
 */
static void a_refuser_that_hangs_is_replaced(void **state)
{
	pid_t first[CHILDREN_MAX] = { 0 }, second[CHILDREN_MAX];
	int i;

	(void)state;

	policy.own_uid = geteuid() + 1;
	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	wait_for_children("hostd-refuser", 1, first);
	assert_int_equal(kill(first[0], SIGSTOP), 0);

	for (i = 0; i < REFUSALS_QUEUE; i++) {
		dial(&peers[0]);
		guest_peer_finish(&peers[0]);
	}
	for (i = 0; i < PATIENCE_MS / 10; i++) {
		if (children("hostd-refuser", second) == 1 &&
		    second[0] != first[0])
			break;
		pause_ms(10);
	}
	assert_int_not_equal(second[0], first[0]);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(kill(first[0], 0), -1);
	assert_int_equal(descriptors(daemon_pid, "socket:"), 2);
}

static void a_refuser_that_died_is_replaced(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	policy.own_uid = geteuid() + 1;
	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	wait_for_children("hostd-refuser", 1, pids);
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	wait_for_children("hostd-refuser", 0, pids);
	dial(&peers[0]);
	expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
}

static void a_guest_process_that_crashes_harms_nobody_else(void **state)
{
	const uint8_t *section;
	struct vms_header header;
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_served(&peers[0]);
	assert_int_equal(children("hostd-guest", pids), 1);
	dial(&peers[1]);
	expect_served(&peers[1]);

	assert_int_equal(kill(pids[0], SIGKILL), 0);
	expect_end(&peers[0]);
	assert_true(logged("guest process ended by signal 9 (Killed)\n"));
	wait_for_children("hostd-guest", 1, pids);
	wait_for_children("hostd-opener", 1, pids);

	guest_peer_open(&peers[1], 1);
	assert_true(next(&peers[1], &header, &section));
	assert_int_equal(header.type, VMS_RESP);
}

static void without_its_opener_a_guest_process_ends(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_served(&peers[0]);
	assert_int_equal(children("hostd-opener", pids), 1);
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	expect_end(&peers[0]);
	assert_true(logged("opener process ended by signal 9 (Killed)\n"));
	wait_for_children("hostd-guest", 0, pids);
}

static void a_stuck_opener_counts_but_is_killed(void **state)
{
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_served(&peers[0]);
	assert_int_equal(children("hostd-opener", pids), 1);
	assert_int_equal(kill(pids[0], SIGSTOP), 0);
	guest_peer_finish(&peers[0]);
	wait_for_children("hostd-opener", 0, pids);
	wait_for_children("hostd-guest", 0, pids);
}

static void ctrl_c_in_a_terminal_is_for_the_listener(void **state)
{
	const uint8_t *section;
	struct vms_header header;
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	start(TRANSPORT_UNIX);
	dial(&peers[0]);
	expect_served(&peers[0]);
	assert_int_equal(children("hostd-guest", pids), 1);
	assert_int_equal(kill(pids[0], SIGINT), 0);
	guest_peer_open(&peers[0], 1);
	assert_true(next(&peers[0], &header, &section));
	assert_int_equal(header.type, VMS_RESP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_connection_has_two_processes),
		TEST(at_its_end_nothing_is_left),
		TEST(a_killed_listener_takes_its_children_along),
		TEST(the_processes_keep_only_what_they_need),
		TEST(a_guest_may_have_64_connections),
		TEST(a_stranger_is_told_so_and_the_log_how_to_change_it),
		TEST(a_hybrid_listener_is_a_guest_that_needs_a_rule),
		TEST(a_refuser_that_hangs_is_replaced),
		TEST(a_refuser_that_died_is_replaced),
		TEST(a_guest_process_that_crashes_harms_nobody_else),
		TEST(without_its_opener_a_guest_process_ends),
		TEST(a_stuck_opener_counts_but_is_killed),
		TEST(ctrl_c_in_a_terminal_is_for_the_listener),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
