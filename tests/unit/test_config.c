// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd.conf(5): what it says; where it is wrong, test_config_errors.c knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "hostd/config_parts.h"
#include "tests/config_rig.h"

static struct host_settings *const settings = &config_rig.settings;
static struct config_errors *const errors = &config_rig.errors;

static void it_can_say_everything(void **state)
{
	struct grant grant;

	(void)state;

	config_rig_good("# a comment\n"
			"[hostd]\n"
			"listen = vsock:848\n"
			"listen = unix:/run/x y  ; a path with a blank\n"
			"verbose = yes\n"
			"\n"
			"[guest cid:3]\n"
			"devices = other, cam\n"
			"class = view\n"
			"controls = user, camera\n"
			"any-port = yes\n"
			"shm = /dev/shm/vm 3\n"
			"connections = 2\n"
			"sessions = 3\n"
			"buffers = 4\n"
			"requests = 5\n"
			"memory = 6M\n"
			"shared = 1G\n"
			"control-payload = 8192\n"
			"[device unused]\n"
			"pattern = 320x240\n"
			"[device cam]\n"
			"  node = /dev/video0,convert\r\n"
			"[device other]\n"
			"pattern =\n"
			"[ guest  uid:0 ] ; another one\n"
			"share: yes\n"
			"[guest hybrid:/run/vm]");

	assert_int_equal(settings->address_count, 2);
	assert_string_equal(settings->addresses[1].path, "/run/x y");
	assert_int_equal(settings->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(settings->devices.count, 3);
	assert_string_equal(settings->devices.devices[0].name, "unused");
	assert_string_equal(settings->devices.devices[1].ops->name, "convert");
	assert_string_equal(settings->devices.devices[2].ops->name, "pattern");

	assert_int_equal(settings->policy.count, 3);
	assert_true(settings->policy.rules[0].any_port);
	grant = config_rig_granted("cid:3");
	assert_string_equal(grant.rule, "f:7");
	assert_string_equal(grant.shmem, "/dev/shm/vm 3");
	assert_int_equal(grant.devices, 1u << 1 | 1u << 2);
	assert_int_equal(grant.class, GRANT_VIEW);
	assert_int_equal(grant.controls.count, 2);
	assert_false(grant.share);
	assert_int_equal(grant.connections, 2);
	assert_int_equal(grant.sessions, 3);
	assert_int_equal(grant.buffers, 4);
	assert_int_equal(grant.requests, 5);
	assert_int_equal(grant.memory, 6u << 20);
	assert_int_equal(grant.shared, 1u << 30);
	assert_int_equal(grant.control_payload, 8192);

	assert_true(config_rig_granted("uid:0").share);
	assert_int_equal(config_rig_granted("uid:0").devices, UINT64_MAX);
	assert_int_equal(config_rig_granted("uid:0").class, GRANT_FULL);
	assert_string_equal(config_rig_granted("hybrid:/run/vm").rule, "f:28");
}

static void a_section_without_keys_lets_a_guest_in(void **state)
{
	(void)state;

	config_rig_good("[guest cid:3]\n[guest cid:4]");
	config_rig_granted("cid:3");
	config_rig_granted("cid:4");
	assert_int_equal(settings->policy.count, 2);
}

static void a_device_may_be_forgotten(void **state)
{
	(void)state;

	config_rig_good("[device a]\nmemo = off\nnode = /dev/video0,convert\n"
			"[device b]\npattern = fps=5\n"
			"[device c]\npattern =\nmemo = off\n"
			"[device d]\nnode = /dev/video1\nmemo = auto\n");
	assert_true(settings->devices.devices[0].forget);
	assert_string_equal(settings->devices.devices[0].target, "/dev/video0");
	assert_false(settings->devices.devices[1].forget);
	assert_true(settings->devices.devices[2].forget);
	assert_false(settings->devices.devices[3].forget);
}

static void an_empty_file_says_nothing(void **state)
{
	(void)state;

	config_rig_good("");
	config_rig_good("\n\n  \n# [guest cid:3]\n; [guest cid:3]\n");
	config_rig_good("\xef\xbb\xbf");
	assert_int_equal(settings->policy.count, 0);
	assert_int_equal(settings->devices.count, 0);
	config_rig_good("\xef\xbb\xbf[guest cid:3]");
	assert_int_equal(settings->policy.count, 1);
}

static void it_adds_to_what_the_options_say(void **state)
{
	char why[OPTIONS_WHY_LEN];

	(void)state;

	assert_int_equal(
		device_list_add(&settings->devices, "cam=/dev/video3", why), 0);
	assert_int_equal(policy_add(&settings->policy, "cid:3", why), 0);
	config_rig_good(
		"[device b]\npattern=\n[guest cid:4]\ndevices = cam b\n");
	assert_int_equal(settings->devices.count, 2);
	assert_int_equal(config_rig_granted("cid:4").devices, 3);
	config_rig_granted("cid:3");

	assert_int_equal(
		config_rig_parse("[device cam]\npattern=\n[guest cid:3]\n"),
		-EINVAL);
	assert_string_equal(errors->texts[0],
			    "f:1: [device]: the name cam is taken");
	assert_string_equal(errors->texts[1],
			    "f:3: [guest]: there is a rule for this guest: "
			    "--allow cid:3");
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	char path[] = "/tmp/test_config.XXXXXX";
	static const char text[] = "[guest cid:3]\n";
	int fd = mkstemp(path);

	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(config_read(settings, path, errors), 0);
	config_rig_granted("cid:3");

	assert_int_equal(ftruncate(fd, CONFIG_LEN_MAX + 1), 0);
	assert_int_equal(config_read(settings, path, errors), -EINVAL);
	assert_non_null(strstr(errors->texts[0], ": longer than 262144 bytes"));
	close(fd);
	unlink(path);
	assert_int_equal(config_read(settings, path, errors), -EINVAL);
	assert_non_null(
		strstr(errors->texts[0], ": No such file or directory"));
	assert_int_equal(config_read(settings, "/tmp", errors), -EINVAL);
	assert_string_equal(errors->texts[0], "/tmp: Is a directory");
}

/* For tests/manual knows options only. */
static void the_manual_has_every_key(void **state)
{
	static char manual[65536];
	const struct config_section *section;
	const struct config_key *key;
	char item[64];
	size_t len;
	FILE *file;

	(void)state;

	file = fopen("man/hostd.conf.5", "re");
	assert_non_null(file);
	len = fread(manual, 1, sizeof(manual) - 1, file);
	fclose(file);
	manual[len] = '\0';
	for (section = config_sections; section->name; section++) {
		for (key = section->keys; key->name; key++) {
			snprintf(item, sizeof(item), "\n.It Ic %s ", key->name);
			if (!strstr(manual, item))
				fail_msg("hostd.conf(5) has no %s", key->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(it_can_say_everything),
		CONFIG_TEST(a_section_without_keys_lets_a_guest_in),
		CONFIG_TEST(a_device_may_be_forgotten),
		CONFIG_TEST(an_empty_file_says_nothing),
		CONFIG_TEST(it_adds_to_what_the_options_say),
		CONFIG_TEST(a_file_that_cannot_be_read_is_an_error),
		CONFIG_TEST(the_manual_has_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
