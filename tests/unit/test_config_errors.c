// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd.conf(5): where it is wrong, and what would be right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/config_rig.h"

static struct host_settings *const settings = &config_rig.settings;
static struct config_errors *const errors = &config_rig.errors;

/* Exactly these errors, one a line */
static void bad(const char *text, const char *expected)
{
	char all[CONFIG_ERRORS_MAX * (CONFIG_ERROR_LEN + 1)] = "";
	size_t len = 0;
	unsigned int i;

	assert_int_equal(config_rig_setup(NULL), 0);
	assert_int_equal(config_rig_parse(text), -EINVAL);
	for (i = 0; i < errors->count && i < CONFIG_ERRORS_MAX; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
					i ? "\n" : "", errors->texts[i]);
	assert_string_equal(all, expected);
}

static void each_error_has_its_line_and_a_cure(void **state)
{
	(void)state;

	bad("x = 1\n",
	    "f:1: before any section: begin with [hostd], [device NAME] or "
	    "[guest GUEST]");
	bad("\n[foo]\nx = 1\n",
	    "f:2: no such section: [foo]: there are [hostd], [device NAME] and "
	    "[guest GUEST]");
	bad("[hostd\n", "f:1: no ] after [");
	bad("[hostd] x\n", "f:1: \"x\" after ]: begin a line for it");
	bad("[hostd now]\n", "f:1: [hostd now]: say [hostd]");
	bad("[guest]\n", "f:1: [guest]: say [guest GUEST]");
	bad("[hostd]\n[hostd]\n", "f:2: [hostd]: begun in line 1 already");
	bad("[hostd]\nverbose = true\n",
	    "f:2: verbose = true: neither yes nor no");
	bad("[hostd]\nverbose = yes\nverbose = no\n",
	    "f:3: verbose: said in line 2 already");
	bad("[hostd]\nlisten =\n", "f:2: listen: needs a value");
	bad("[hostd]\nlisten = 848\n",
	    "f:2: listen = 848: neither vsock:[CID:]PORT nor unix:PATH nor "
	    "hybrid:PATH nor fd:N");
	bad("[hostd]\nlisten = vsock:848\nlisten = vsock:848\n",
	    "f:3: listen = vsock:848: said already");
	bad("[hostd]\nallow = cid:3\n",
	    "f:2: no such key in [hostd]: allow: there are listen, verbose");
	bad("[hostd]\nlisten\n",
	    "f:2: neither [section] nor KEY = VALUE nor # comment");
	bad("[hostd]\nlisten\nverbose\n",
	    "f:2: neither [section] nor KEY = VALUE nor # comment\n"
	    "f:3: neither [section] nor KEY = VALUE nor # comment");
}

static void a_device_is_wrong_in_its_own_ways(void **state)
{
	(void)state;

	bad("[device cam]\n",
	    "f:1: [device]: nothing says what it is: node = /dev/videoM or "
	    "pattern = PARAMETERS");
	bad("[device cam]\nnode = /dev/video0\npattern = 64x64\n",
	    "f:3: pattern = 64x64: a device is either a node or a pattern");
	bad("[device cam]\nnode = pattern\n",
	    "f:2: node = pattern: not a path: say /dev/videoM or "
	    "/dev/videoM,convert");
	bad("[device cam]\nnode = /dev/video0\nmemo = yes\n",
	    "f:3: memo = yes: neither off nor auto");
	bad("[device c m]\npattern =\n",
	    "f:1: [device]: a name has letters, digits, '-', '_' and '.', 31 "
	    "of them at most");
	bad("[device cam]\nnode = /dev/../etc/shadow\n"
	    "[guest cid:3]\ndevices = cam\n",
	    "f:1: [device]: no \"..\" in the path");
}

static void a_guest_is_wrong_in_its_own_ways(void **state)
{
	(void)state;

	bad("[guest 3]\n",
	    "f:1: [guest 3]: neither cid:N[,any-port] nor uid:N[,share] nor "
	    "unix:PATH[,share] nor hybrid:PATH");
	bad("[guest uid:0,share]\n",
	    "f:1: [guest uid:0,share]: share is a key here: a line share = yes "
	    "below it");
	bad("[guest cid:3,any-port]\n",
	    "f:1: [guest cid:3,any-port]: any-port is a key here: a line "
	    "any-port = yes below it");
	bad("[guest cid:3]\n[guest cid:3]\n",
	    "f:2: [guest]: there is a rule for this guest: f:1");
	bad("[guest cid:3]\nshare = yes\n",
	    "f:2: share = yes: buffers are shared with [guest uid:...] and "
	    "[guest unix:...] alone");
	bad("[guest cid:3]\nshm = vm\n",
	    "f:2: shm = vm: not the path of a file, from /, of at most 255 "
	    "bytes");
	bad("[guest cid:3]\nshm = /dev/shm/vm\n"
	    "[guest cid:4]\nshm = /dev/shm/vm\n",
	    "f:3: [guest]: shm: that memory is another guest's: f:1");
	bad("[guest uid:0]\nany-port = yes\n",
	    "f:2: any-port = yes: only a [guest cid:...] has a port");
	bad("[guest cid:3]\nclass = all\n",
	    "f:2: class = all: neither view nor use nor full");
	bad("[guest cid:3]\ndevices = cam\n",
	    "f:2: devices: no device cam: make it a [device cam]");
	bad("[guest cid:3]\ndevices = /dev/video0\n",
	    "f:2: devices: no device /dev/video0: make it a [device "
	    "/dev/video0]");
	bad("[device a]\npattern=\n[guest cid:3]\ndevices = a,a\n",
	    "f:4: devices: a twice");
	bad("[guest cid:3]\ndevices = ,\n",
	    "f:2: devices: names none: name one, or leave out the line for "
	    "all");
	bad("[guest cid:3]\nconnections = 65\n",
	    "f:2: connections = 65: not a number from 1 to 64");
	bad("[guest cid:3]\nmemory = 5G\n",
	    "f:2: memory = 5G: not bytes from 64K to 4096M; K, M or G may "
	    "follow the number");
}

static void numbers_are_taken_only_as_they_are_meant(void **state)
{
	static const char *const texts[] = {
		"sessions = 0",
		"sessions = 257",
		"sessions = -1",
		"sessions = +1",
		"sessions = 1.5",
		"sessions = 0x10",
		"sessions = 1K",
		"sessions = one",
		"sessions = 99999999999999999999",
		"sessions = 4294967297", /* 1, if it were cut */
		"sessions = 1 # a comment is a line",
		"buffers = 4097",
		"requests = 65",
		"memory = 0",
		"memory = 63K",
		"memory = 1k",
		"memory = 1KB",
		"memory = 1MM",
		"memory = K",
		"memory = 17179869185G", /* 1G, if it were cut */
		"memory = 18446744073709551615G",
		"shared = 1025M",
		"control-payload = 1023",
		"control-payload = 1025K",
		"controls = 0x", /* of control_set_parse() */
		"share = maybe",
		"any-port = 1",
	};
	char text[128];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		config_rig_setup(NULL);
		snprintf(text, sizeof(text), "[guest cid:3]\n%s\n", texts[i]);
		if (config_rig_parse(text) != -EINVAL || errors->count != 1 ||
		    strncmp(errors->texts[0], "f:2: ", 5) != 0)
			fail_msg("%s: %s", texts[i], errors->texts[0]);
	}
	config_rig_setup(NULL);
	config_rig_good(
		"[guest cid:3]\nsessions = 256\nmemory = 4096M\nshared = 64K\n"
		"control-payload = 1K\nrequests = 1\n");
	assert_int_equal(config_rig_granted("cid:3").memory, GRANT_MEMORY_MAX);
	assert_int_equal(config_rig_granted("cid:3").shared, 65536);
}

static void lines_that_are_no_text_are_refused(void **state)
{
	static const char nul[] = "[hostd]\nverb\0ose = yes\n[guest cid:3]\n";
	char text[512] = "[guest hybrid:/";

	(void)state;

	assert_int_equal(
		config_parse(settings, "f", nul, sizeof(nul) - 1, errors),
		-EINVAL);
	assert_int_equal(errors->count, 1);
	assert_string_equal(errors->texts[0],
			    "f:2: has a byte that is no text: 0x00");
	bad("[hostd]\nverbose = \x1byes\n",
	    "f:2: has a byte that is no text: 0x1b");

	memset(text + strlen(text), 'x', 200);
	bad(text, "f:1: longer than 190 characters");
	/* inih's own limit of a section is 49. */
	memcpy(text + 114, "]", sizeof("]"));
	config_rig_setup(NULL);
	config_rig_good(text);
	assert_int_equal(strlen(settings->policy.rules[0].peer.path), 100);
	memset(text, '#', 400);
	text[400] = '\0';
	config_rig_setup(NULL);
	config_rig_good(text);
}

static void a_line_that_is_wrong_hides_no_other(void **state)
{
	(void)state;

	bad("[device cam]\nnode = x\n"
	    "[guest cid:3]\nclass = x\ndevices = cam\n"
	    "[guest cid:3]\nbogus = 1\n"
	    "[wrong]\nclass = x\n"
	    "[guest cid:4]\nconnections = 0\n",
	    "f:2: node = x: not a path: say /dev/videoM or "
	    "/dev/videoM,convert\n"
	    "f:4: class = x: neither view nor use nor full\n"
	    "f:7: no such key in [guest]: bogus: there are devices, class, "
	    "controls, share, shm, any-port, connections, sessions, "
	    "buffers, requests, memory, shared, control-payload\n"
	    "f:6: [guest]: there is a rule for this guest: f:3\n"
	    "f:8: no such section: [wrong]: there are [hostd], [device NAME] "
	    "and [guest GUEST]\n"
	    "f:11: connections = 0: not a number from 1 to 64");
}

static void errors_without_room_are_counted(void **state)
{
	char text[1024] = "[hostd]\n";
	size_t len = strlen(text);
	int i;

	(void)state;

	for (i = 0; i < CONFIG_ERRORS_MAX + 5; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"verbose = x\n");
	assert_int_equal(config_rig_parse(text), -EINVAL);
	assert_int_equal(errors->count, CONFIG_ERRORS_MAX + 5);
	assert_string_equal(errors->texts[CONFIG_ERRORS_MAX - 1],
			    "f:21: verbose: said in line 2 already");
}

static void there_is_an_end_to_rules(void **state)
{
	static char text[POLICY_RULES_MAX * 16 + 64];
	size_t len = 0;
	int i;

	(void)state;

	for (i = 0; i <= POLICY_RULES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[guest cid:%d]\n", i);
	bad(text, "f:257: [guest]: more than 256 rules");
	text[len - strlen("[guest cid:256]\n")] = '\0';
	config_rig_setup(NULL);
	config_rig_good(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(each_error_has_its_line_and_a_cure),
		CONFIG_TEST(a_device_is_wrong_in_its_own_ways),
		CONFIG_TEST(a_guest_is_wrong_in_its_own_ways),
		CONFIG_TEST(numbers_are_taken_only_as_they_are_meant),
		CONFIG_TEST(lines_that_are_no_text_are_refused),
		CONFIG_TEST(a_line_that_is_wrong_hides_no_other),
		CONFIG_TEST(errors_without_room_are_counted),
		CONFIG_TEST(there_is_an_end_to_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
