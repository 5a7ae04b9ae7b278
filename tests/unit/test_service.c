// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is said to a service manager, over a socket that a test has made.
 */
#include "common/service.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"
#include "tests/fds.h"
#include "tests/simulated.h"

static char directory[] = "/tmp/test-service-XXXXXX";
static char path[64];
static int manager = -1;
static struct loop *loop;
static struct service *service;
static unsigned int fds, warnings;
static uint64_t now_ns;

static void count_warnings(enum log_level level, const char *line)
{
	(void)line;
	warnings += level == LOG_LEVEL_WARN;
}

static void bind_manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    strlen(name));

	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(manager >= 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address, len), 0);
}

static void create(const char *socket)
{
	if (socket)
		setenv("NOTIFY_SOCKET", socket, 1);
	assert_int_equal(loop_create(&loop), 0);
	simulated_time(loop, &now_ns);
	assert_int_equal(service_create(loop, &service), 0);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static void assert_heard(const char *text)
{
	char heard[1024];
	ssize_t len = recv(manager, heard, sizeof(heard) - 1, 0);

	assert_true(len >= 0);
	heard[len] = '\0';
	assert_string_equal(heard, text);
}

static void assert_heard_nothing(void)
{
	char heard;

	assert_int_equal(recv(manager, &heard, 1, 0), -1);
}

static int setup(void **state)
{
	(void)state;
	fds = fds_count();
	warnings = 0;
	now_ns = 5000;
	snprintf(path, sizeof(path), "%s/notify", directory);
	log_set_sink(count_warnings);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	service_destroy(service);
	service = NULL;
	loop_destroy(loop);
	loop = NULL;
	if (manager >= 0)
		close(manager);
	manager = -1;
	unlink(path);
	log_set_sink(NULL);
	return fds_count() == fds ? 0 : -1;
}

static void each_state_is_one_message(void **state)
{
	(void)state;
	bind_manager(path);
	create(path);
	assert_heard_nothing();
	service_ready(service);
	assert_heard("READY=1");
	service_reloading(service);
	assert_heard("RELOADING=1\nMONOTONIC_USEC=5");
	service_stopping(service);
	assert_heard("STOPPING=1");
	service_status(service, "%u guests", 3u);
	assert_heard("STATUS=3 guests");
}

static void a_status_is_one_line_and_not_too_long(void **state)
{
	char text[SERVICE_TEXT_LEN + 10], wanted[SERVICE_TEXT_LEN];

	(void)state;
	bind_manager(path);
	create(path);
	service_status(service, "%s", "a\nMAINPID=1\x1b");
	assert_heard("STATUS=a?MAINPID=1?");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	service_status(service, "%s", text);
	memset(wanted, 'x', sizeof(wanted) - 1);
	memcpy(wanted, "STATUS=", strlen("STATUS="));
	wanted[sizeof(wanted) - 1] = '\0';
	assert_heard(wanted);
}

static void an_abstract_name_is_one(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "@test-service-%d", getpid());
	bind_manager(path);
	create(path);
	service_ready(service);
	assert_heard("READY=1");
}

static void without_a_manager_nothing_is_said(void **state)
{
	(void)state;
	create(NULL);
	service_ready(service);
	service_stopping(service);
	service_status(service, "here");
	assert_int_equal(loop_run_once(loop, 0), 0);
	service_ready(NULL);
	service_reloading(NULL);
	service_stopping(NULL);
	service_status(NULL, "here");
	assert_int_equal(warnings, 0);
}

static void who_cannot_be_reached_is_warned_of(void **state)
{
	(void)state;
	create(path);
	service_ready(service);
	assert_int_equal(warnings, 1);
	teardown(state);
	create("vsock:2:9");
	assert_int_equal(warnings, 1); /* teardown() has taken the sink away */
}

static void a_manager_that_has_gone_does_no_harm(void **state)
{
	(void)state;
	bind_manager(path);
	create(path);
	close(manager);
	manager = -1;
	service_ready(service);
	service_status(service, "still here");
}

static void the_watchdog_hears_of_us_twice_in_its_time(void **state)
{
	(void)state;
	bind_manager(path);
	setenv("WATCHDOG_USEC", "2000000", 1);
	create(path);
	assert_heard("WATCHDOG=1");
	assert_heard_nothing();
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(now_ns, 5000 + 1000 * LOOP_MS);
	assert_heard("WATCHDOG=1");
	assert_int_equal(loop_run_once(loop, -1), 1);
	assert_int_equal(now_ns, 5000 + 2000 * LOOP_MS);
	assert_heard("WATCHDOG=1");
	assert_heard_nothing();
}

static void watch(const char *usec, const char *pid)
{
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	create(path);
	service_destroy(service);
	service = NULL;
	loop_destroy(loop);
	loop = NULL;
}

static void a_watchdog_of_somebody_else_hears_nothing(void **state)
{
	char text[32];

	(void)state;
	bind_manager(path);
	watch("2000000", "1");
	watch("", NULL);
	watch("0", NULL);
	watch("2s", NULL);
	watch("-5", NULL);
	watch("99999999999999999999999", NULL);
	assert_heard_nothing();
	snprintf(text, sizeof(text), "%d", getpid());
	watch("2000000", text);
	assert_heard("WATCHDOG=1");
}

static void a_manager_that_does_not_read_stops_no_ping(void **state)
{
	int i;

	(void)state;
	bind_manager(path);
	setenv("WATCHDOG_USEC", "2000000", 1);
	create(path);
	for (i = 0; i < 2000; i++) {
		loop_run_once(loop, -1);
		service_status(service, "%d", i);
	}
	assert_heard("WATCHDOG=1");
}

/* ---- sockets that are given ------------------------------------------------------- */

/* In a child, whose descriptors they are.  Return: what service_sockets() said there */
static int sockets(int open_count, const char *count, const char *pid)
{
	int status, i;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		char text[32];
		unsigned int got;

		close_range(3, ~0u, 0);
		for (i = 0; i < open_count; i++)
			if (open("/dev/null", O_RDONLY) != 3 + i)
				_exit(100);
		snprintf(text, sizeof(text), "%d", getpid());
		setenv("LISTEN_FDS", count, 1);
		setenv("LISTEN_FDNAMES", "a:b", 1);
		if (pid)
			setenv("LISTEN_PID", *pid ? pid : text, 1);
		got = service_sockets();
		for (i = 0; i < (int)got; i++)
			if (fcntl(3 + i, F_GETFD) != FD_CLOEXEC)
				_exit(101);
		if (service_sockets() != got)
			_exit(103);
		if (getenv("LISTEN_FDS") || getenv("LISTEN_PID") ||
		    getenv("LISTEN_FDNAMES"))
			_exit(102);
		_exit((int)got);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void sockets_are_counted_from_the_third_descriptor(void **state)
{
	(void)state;
	assert_int_equal(sockets(2, "2", ""), 2);
	assert_int_equal(sockets(1, "1", ""), 1);
	assert_int_equal(sockets(1, "3", ""), 1); /* two are not open */
}

static void sockets_of_somebody_else_are_none(void **state)
{
	(void)state;
	assert_int_equal(sockets(2, "2", "1"), 0);
	assert_int_equal(sockets(2, "2", NULL), 0);
	assert_int_equal(sockets(2, "", ""), 0);
	assert_int_equal(sockets(2, "two", ""), 0);
	assert_int_equal(sockets(2, "-1", ""), 0);
	assert_int_equal(sockets(2, "2147483647", ""), 0);
	assert_int_equal(service_sockets(), 0);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
		TEST(each_state_is_one_message),
		TEST(a_status_is_one_line_and_not_too_long),
		TEST(an_abstract_name_is_one),
		TEST(without_a_manager_nothing_is_said),
		TEST(who_cannot_be_reached_is_warned_of),
		TEST(a_manager_that_has_gone_does_no_harm),
		TEST(the_watchdog_hears_of_us_twice_in_its_time),
		TEST(a_watchdog_of_somebody_else_hears_nothing),
		TEST(a_manager_that_does_not_read_stops_no_ping),
		cmocka_unit_test(sockets_are_counted_from_the_third_descriptor),
		cmocka_unit_test(sockets_of_somebody_else_are_none),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
