// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is said of devices that no guest could use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "hostd/device_check.h"

static struct device_list devices;
static char said[1000];

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(said);

	assert_int_equal(level, LOG_LEVEL_WARN);
	snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static int setup(void **state)
{
	(void)state;

	devices.count = 0;
	said[0] = '\0';
	log_set_sink(sink);
	return 0;
}

static int teardown(void **state)
{
	(void)state;

	log_set_sink(NULL);
	return 0;
}

/* What is said of the device that @text names. */
static const char *check(const char *text)
{
	char why[OPTIONS_WHY_LEN];

	assert_int_equal(device_list_add(&devices, text, why), 0);
	said[0] = '\0';
	device_check(&devices.devices[devices.count - 1]);
	return said;
}

static void what_is_not_there_may_come_later(void **state)
{
	(void)state;

	assert_string_equal(check("cam=/dev/nosuch"),
			    "device cam: /dev/nosuch: No such file or "
			    "directory: guests are refused until it is "
			    "there\n");
	assert_string_equal(check("/dev/video98,convert"),
			    "device video98: /dev/video98: No such file or "
			    "directory: guests are refused until it is "
			    "there\n");
}

static void what_is_no_camera_is_said_to_be_none(void **state)
{
	(void)state;

	assert_string_equal(check("/dev/null"),
			    "device null: /dev/null is not a V4L2 node\n");
}

static void nor_one_whose_pictures_can_be_converted(void **state)
{
	(void)state;

	assert_string_equal(check("null=/dev/null,convert"),
			    "device null: /dev/null is not a V4L2 node\n");
}

static void software_needs_no_look(void **state)
{
	(void)state;

	assert_string_equal(check("pattern"), "");
}

/* The errno comes from elsewhere: tests may be root. */
static void whoever_may_not_is_told_what_to_do(void **state)
{
	char why[DEVICE_WHY_LEN], expected[DEVICE_WHY_LEN];

	(void)state;

	check("cam=/dev/null");
	device_explain(&devices.devices[0], -EACCES, why);
	snprintf(expected, sizeof(expected),
		 "/dev/null: Permission denied: hostd runs as uid %u, give it "
		 "the group of the node",
		 geteuid());
	assert_string_equal(why, expected);
	device_explain(&devices.devices[0], -EBUSY, why);
	assert_string_equal(why, "/dev/null: Device or resource busy");
	check("pattern");
	device_explain(&devices.devices[1], -EBUSY, why);
	assert_string_equal(why, "Device or resource busy");
}

static void the_longest_path_fits(void **state)
{
	char text[2 + DEVICE_TARGET_LEN], why[OPTIONS_WHY_LEN];
	char full[DEVICE_WHY_LEN];

	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "c=/dev/", 7);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(device_list_add(&devices, text, why), 0);
	device_explain(&devices.devices[0], -EACCES, full);
	assert_non_null(strstr(full, "the group of the node"));
}

static void it_is_done_by_a_process_of_its_own(void **state)
{
	char text[200] = "";
	int fds[2], saved, status;
	ssize_t len;

	(void)state;

	assert_int_equal(device_check_start(&devices), 0);
	assert_int_equal(waitpid(-1, &status, 0), -1);
	check("pattern");
	assert_int_equal(device_check_start(&devices), 0);
	assert_int_equal(waitpid(-1, &status, 0), -1);

	check("cam=/dev/null");
	log_set_sink(NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(device_check_start(&devices), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(status, 0);
	len = read(fds[0], text, sizeof(text) - 1);
	assert_true(len > 0);
	assert_non_null(
		strstr(text, "device cam: /dev/null is not a V4L2 node\n"));
	close(fds[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_there_may_come_later),
		TEST(what_is_no_camera_is_said_to_be_none),
		TEST(nor_one_whose_pictures_can_be_converted),
		TEST(software_needs_no_look),
		TEST(whoever_may_not_is_told_what_to_do),
		TEST(the_longest_path_fits),
		TEST(it_is_done_by_a_process_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
