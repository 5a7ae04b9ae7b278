// SPDX-License-Identifier: BSD-3-Clause
/*
 * libguestd-udev.so, as it is built: what it exports, and that programs see nothing
 * of it where there is no node.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/libraries.h"
#include "tests/shell.h"

#define TEXT_LEN 65536

static char with[TEXT_LEN];
static char without[TEXT_LEN];

/* What @command prints; it must succeed. */
static void run(const char *command, char *text)
{
	assert_int_equal(shell_run(command, text, TEXT_LEN), 0);
}

static const char *exports(const char *path)
{
	(void)path;
	return "udev_device_get_property_value\n"
	       "udev_device_get_subsystem\n"
	       "udev_enumerate_add_match_subsystem\n"
	       "udev_enumerate_new\n"
	       "udev_enumerate_scan_devices\n"
	       "udev_monitor_filter_add_match_subsystem_devtype\n"
	       "udev_monitor_new_from_netlink\n"
	       "udev_monitor_receive_device\n";
}

static void exports_are_these(void **state)
{
	(void)state;
	libraries_check_exports("libguestd-udev.so", exports);
}

/* It would bring libudev into every program. */
static void libudev_is_not_needed(void **state)
{
	(void)state;
	run("readelf -d build/lib*/*/libguestd-udev.so", with);
	assert_non_null(strstr(with, "[libc.so.6]"));
	assert_null(strstr(with, "[libudev"));
	run("build/guestd-run -d cat /proc/self/maps", with);
	assert_non_null(strstr(with, "/libguestd-udev.so"));
	assert_null(strstr(with, "libudev.so.1"));
}

static void it_is_loaded_if_asked_for(void **state)
{
	(void)state;
	run("build/guestd-run cat /proc/self/maps", with);
	assert_null(strstr(with, "/libguestd-udev.so"));
}

/* Each device of this machine, whatever it is. */
static void real_libudev_says_what_it_says_without_it(void **state)
{
	static const char *const subsystems[] = { "'*'", "'m*'", "video4linux",
						  "cuse" };
	char command[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
		snprintf(command, sizeof(command),
			 "build/lab/udev_list %s | head -c 60000",
			 subsystems[i]);
		run(command, without);
		snprintf(command, sizeof(command),
			 "build/guestd-run -d build/lab/udev_list %s | "
			 "head -c 60000",
			 subsystems[i]);
		run(command, with);
		assert_string_equal(with, without);
		assert_true(i > 1 || strstr(with, "/dev/null"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exports_are_these),
		cmocka_unit_test(libudev_is_not_needed),
		cmocka_unit_test(it_is_loaded_if_asked_for),
		cmocka_unit_test(real_libudev_says_what_it_says_without_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
