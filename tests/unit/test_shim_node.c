// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which files the shim takes for nodes of guestd's, and what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guestd/shim/attach.h"
#include "guestd/shim/map.h"
#include "guestd/shim/node.h"
#include "guestd/shim/report.h"
#include "tests/shim_rig.h"

/* ---- which ----------------------------------------------------------------- */

static void names_of_v4l2_are_ours(void **state)
{
	static const struct {
		const char *uevent;
		bool ours;
	} cases[] = {
		{ "MAJOR=81\nDEVNAME=video0\n", true },
		{ "DEVNAME=vbi12\nMAJOR=81\n", true },
		{ "DEVNAME=radio0\n", true },
		{ "DEVNAME=swradio3\n", true },
		{ "DEVNAME=v4l-touch0\n", true },
		{ "DEVNAME=dsp\n", false },
		{ "DEVNAME=video\n", false },
		{ "DEVNAME=videos1\n", false },
		{ "DEVNAME=snd/video0\n", false },
		{ "MAJOR=81\nXDEVNAME=video0\n", false },
		{ "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shim_rig_new_number();
		shim_rig.uevent = cases[i].uevent;
		assert_int_equal(shim_node_ours(shim_rig.node), cases[i].ours);
	}
}

static void class_cuse_is_ours(void **state)
{
	static const struct {
		const char *link;
		bool ours;
	} cases[] = {
		{ "../../../../class/cuse", true },
		{ "../../class/video4linux", false },
		{ "../../class/mycuse", false },
		{ "cuse", false },
		{ "", false },
		{ NULL, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shim_rig_new_number();
		shim_rig.link = cases[i].link;
		assert_int_equal(shim_node_ours(shim_rig.node), cases[i].ours);
	}
}

static void answers_are_remembered(void **state)
{
	unsigned int lookups;

	(void)state;
	assert_true(shim_node_ours(shim_rig.node));
	lookups = shim_rig.lookups;
	assert_true(shim_node_ours(shim_rig.node));
	assert_int_equal(shim_rig.lookups, lookups);

	shim_rig_new_number();
	shim_rig.link = "../../class/video4linux";
	assert_false(shim_node_ours(shim_rig.node));
	lookups = shim_rig.lookups;
	assert_false(shim_node_ours(shim_rig.node));
	assert_int_equal(shim_rig.lookups, lookups);
}

static void silence_of_sysfs_is_not_remembered(void **state)
{
	(void)state;
	shim_rig.link = NULL;
	assert_false(shim_node_ours(shim_rig.node));
	shim_rig.link = "../../class/cuse";
	shim_rig.uevent = NULL;
	assert_false(shim_node_ours(shim_rig.node));
	shim_rig.uevent = "DEVNAME=video0\n";
	assert_true(shim_node_ours(shim_rig.node));
}

static void more_nodes_than_are_remembered_are_ours(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		shim_rig_new_number();
		assert_true(shim_node_ours(shim_rig.node));
	}
}

static void no_file_is_not_ours(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_false(shim_node_ours(-1));
	assert_false(shim_node_ours(9999));
	assert_false(shim_node_ours(ends[0]));
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(shim_rig.lookups, 0);
}

/* ---- what it says ---------------------------------------------------------- */

/* Runs @what with standard error in @text. */
static void listen_to(void (*what)(void), char *text, size_t len)
{
	int saved = dup(STDERR_FILENO);
	int file = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t got;

	dup2(file, STDERR_FILENO);
	what();
	dup2(saved, STDERR_FILENO);
	got = pread(file, text, len - 1, 0);
	text[got < 0 ? 0 : got] = 0;
	close(file);
	close(saved);
}

static void say_all(void)
{
	struct shim_attach attach;

	shim_attach_file(shim_rig.node, &attach);
	shim_attach_file(shim_rig.node, &attach);
	shim_map(NULL, 4096, PROT_READ, MAP_SHARED, shim_rig.node, 0);
	shim_rig.manner = SHIM_RIG_HANGS_UP;
	shim_map(NULL, 4096, PROT_READ, MAP_SHARED, shim_rig.node, 0);
	shim_rig.attach_error = EBUSY;
	shim_map(NULL, 4096, PROT_READ, MAP_SHARED, shim_rig.node, 0);
}

static void reports_are_lines(void **state)
{
	char expected[400];
	char said[400];
	int fd = shim_rig.node;

	(void)state;
	listen_to(say_all, said, sizeof(said));
	assert_string_equal(said, "");

	shim_rig.attach_error = 0;
	shim_rig.manner = SHIM_RIG_ANSWERS;
	shim_rig.attach.token[0]++;
	setenv("GUESTD_SHIM_VERBOSE", "1", 1);
	shim_report_setup();
	listen_to(say_all, said, sizeof(said));
	unsetenv("GUESTD_SHIM_VERBOSE");
	shim_report_setup();
	snprintf(expected, sizeof(expected),
		 "guestd-shim: fd %d: attached: video7\n"
		 "guestd-shim: fd %d: guestd refuses to map: error %d\n"
		 "guestd-shim: fd %d: guestd has hung up: error %d\n"
		 "guestd-shim: fd %d: not attached: error %d\n",
		 fd, fd, ENOMSG, fd, ENODEV, fd, EBUSY);
	assert_string_equal(said, expected);
}

static void say_much(void)
{
	char much[400];

	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = 0;
	shim_report(-2147483647 - 1, much, much, 7);
}

static void long_reports_are_cut(void **state)
{
	char said[800];

	(void)state;
	setenv("GUESTD_SHIM_VERBOSE", "1", 1);
	shim_report_setup();
	listen_to(say_much, said, sizeof(said));
	unsetenv("GUESTD_SHIM_VERBOSE");
	shim_report_setup();
	assert_int_equal(strlen(said), 200);
	assert_int_equal(said[199], '\n');
	assert_int_equal(strncmp(said, "guestd-shim: fd -2147483648: xxx", 32),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, shim_rig_setup, shim_rig_teardown)
		TEST(names_of_v4l2_are_ours),
		TEST(class_cuse_is_ours),
		TEST(answers_are_remembered),
		TEST(silence_of_sysfs_is_not_remembered),
		TEST(more_nodes_than_are_remembered_are_ours),
		TEST(no_file_is_not_ours),
		TEST(reports_are_lines),
		TEST(long_reports_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
