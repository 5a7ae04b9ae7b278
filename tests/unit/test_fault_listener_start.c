// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory, descriptors or processes run out while hostd starts, or reads its file
 * again.
 *
 * Then it does not, or goes on with what it had; it says why, nothing is left of it,
 * and it can when there is enough again.
 */
#include "hostd/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostd/confine.h"
#include "hostd/settings.h"
#include "tests/fault.h"
#include "tests/fds.h"
#include "tests/heard.h"

static char directory[] = "/tmp/test_fault_start.XXXXXX";
static char socket_path[64];
static char config_path[64];
static struct host_settings settings;
static unsigned int fault_number;

static bool is_scarce(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -EAGAIN ||
	       error == -ENOSPC;
}

/*
 * @start: returns 0 or a negative errno, and leaves nothing behind.  Return: how many
 * calls can fail
 */
static unsigned int each_call_fails(int (*start)(void))
{
	unsigned int count = fds_count();
	unsigned int at, hits;
	int ret;

	fault_watch(getpid());
	for (at = 1;; at++) {
		fault_number = at;
		fault_arm(FAULT_ALL, at, 1);
		ret = start();
		hits = fault_disarm();
		if (hits ? !is_scarce(ret) : ret)
			fail_msg("fault %u, %s: %s", at, fault_name(),
				 strerror(-ret));
		assert_int_equal(fds_count(), count);
		assert_int_equal(fault_kept(), 0);
		if (!hits)
			return at - 1;
		assert_int_equal(start(), 0);
	}
}

/* ---- listening ------------------------------------------------------------- */

static void on_signal(void *data, int signo)
{
	(void)data;
	(void)signo;
}

static int listen_on(struct loop *loop)
{
	struct transport_address address = { .kind = TRANSPORT_UNIX };
	struct listener *listener;
	int ret;

	snprintf(address.path, sizeof(address.path), "%s", socket_path);
	ret = listener_create(loop, &settings.devices, &settings.policy,
			      &listener);
	if (ret)
		return ret;
	ret = loop_signal(loop, SIGHUP, on_signal, NULL);
	if (!ret)
		ret = listener_add(listener, &address);
	assert_int_equal(access(socket_path, F_OK), ret ? -1 : 0);
	listener_destroy(listener);
	assert_int_equal(access(socket_path, F_OK), -1);
	return ret;
}

static int begin_to_listen(void)
{
	struct loop *loop;
	int ret;

	ret = loop_create(&loop);
	if (ret)
		return ret;
	ret = listen_on(loop);
	loop_destroy(loop);
	return ret;
}

static void it_does_not_listen(void **state)
{
	unsigned int faults;

	(void)state;
	faults = each_call_fails(begin_to_listen);
	print_message("%u faults\n", faults);
	assert_true(faults >= 10);
}

/* ---- confining --------------------------------------------------------------- */

/* What it prepares is for the whole process, hence one each time. */
static int prepare(void)
{
	int status;
	pid_t pid;

	fault_spare(true);
	pid = fork();
	fault_spare(false);
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(-confine_prepare());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

/* It would not be confined as it could be. */
static void it_does_not_do_without_confinement(void **state)
{
	unsigned int faults;

	(void)state;
	faults = each_call_fails(prepare);
	print_message("%u faults\n", faults);
	assert_true(faults >= 3);
}

/* ---- reading the file ---------------------------------------------------------- */

/* Return: 0, or the errno that it has said */
static int read_file(void)
{
	char *argv[] = { "hostd", "--config", config_path, NULL };
	static struct host_settings again;
	enum options_result result;
	const char *said;

	heard_begin();
	result = host_settings_parse(3, argv, &again);
	said = heard_end();
	if (result == OPTIONS_RUN) {
		assert_int_equal(again.policy.count, 1);
		assert_int_equal(again.devices.count, 1);
		return 0;
	}
	if (strstr(said, strerror(ENOMEM)) || strstr(said, "out of memory"))
		return -ENOMEM;
	if (strstr(said, strerror(EMFILE)))
		return -EMFILE;
	fail_msg("fault %u, %s: no line says why: %s", fault_number,
		 fault_name(), said);
	return 0;
}

static void the_file_is_not_read(void **state)
{
	unsigned int faults;

	(void)state;
	faults = each_call_fails(read_file);
	print_message("%u faults\n", faults);
	assert_true(faults >= 4);
}

/* ---- the whole ------------------------------------------------------------------- */

static int setup(void **state)
{
	static const char text[] = "[device cam]\nnode = /dev/null\n"
				   "[guest cid:3]\nclass = view\n";
	int fd;

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", directory);
	snprintf(config_path, sizeof(config_path), "%s/conf", directory);
	fd = open(config_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -1;
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	unlink(config_path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_does_not_listen),
		cmocka_unit_test(it_does_not_do_without_confinement),
		cmocka_unit_test(the_file_is_not_read),
	};

	return cmocka_run_group_tests_name("fault_listener_start", tests, setup,
					   teardown);
}
