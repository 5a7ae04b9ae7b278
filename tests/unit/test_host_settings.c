// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's command line: what is said, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#include "hostd/settings.h"

#define WORDS_MAX 40

static struct host_settings settings;

/* The words end with a NULL. */
static enum options_result parse(const char *const *words)
{
	static char copies[WORDS_MAX][64];
	char *argv[WORDS_MAX + 2] = { copies[0] };
	int argc = 1;

	snprintf(copies[0], sizeof(copies[0]), "hostd");
	for (; words[argc - 1]; argc++) {
		assert_true(argc < WORDS_MAX);
		snprintf(copies[argc], sizeof(copies[argc]), "%s",
			 words[argc - 1]);
		argv[argc] = copies[argc];
	}
	return host_settings_parse(argc, argv, &settings);
}

static unsigned int said;

static void sink(enum log_level level, const char *line)
{
	(void)level;
	(void)line;

	said++;
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__ })

static void without_options_there_is_a_pattern_over_vsock(void **state)
{
	(void)state;

	assert_int_equal(parse((const char *const[]){ NULL }), OPTIONS_RUN);
	assert_int_equal(settings.devices.count, 1);
	assert_string_equal(settings.devices.devices[0].name, "pattern");
	assert_int_equal(settings.address_count, 1);
	assert_int_equal(settings.addresses[0].kind, TRANSPORT_VSOCK);
	assert_int_equal(settings.addresses[0].cid, VMADDR_CID_ANY);
	assert_int_equal(settings.addresses[0].port, VMS_PORT);
	assert_int_equal(settings.policy.count, 0);
	assert_int_equal(settings.policy.own_uid, geteuid());
	assert_int_equal(settings.log_level, LOG_LEVEL_INFO);
}

static void what_is_said_takes_the_place_of_the_defaults(void **state)
{
	(void)state;

	assert_int_equal(PARSE("--device", "cam=/dev/video3", "--device",
			       "pattern", "--listen", "unix:/run/x",
			       "--listen=hybrid:/run/y", "--allow", "cid:3",
			       "--verbose", NULL),
			 OPTIONS_RUN);
	assert_int_equal(settings.devices.count, 2);
	assert_string_equal(settings.devices.devices[0].name, "cam");
	assert_int_equal(settings.address_count, 2);
	assert_int_equal(settings.addresses[0].kind, TRANSPORT_UNIX);
	assert_int_equal(settings.addresses[1].kind, TRANSPORT_HYBRID);
	assert_int_equal(settings.policy.count, 1);
	assert_int_equal(settings.log_level, LOG_LEVEL_DEBUG);
}

static void there_is_an_end_to_addresses(void **state)
{
	const char *words[2 * LISTENER_ADDRESSES_MAX + 3] = { NULL };
	int i;

	(void)state;

	for (i = 0; i <= LISTENER_ADDRESSES_MAX; i++) {
		words[2 * i] = "--listen";
		words[2 * i + 1] = "unix:/run/x";
	}
	words[2 * i] = NULL;
	assert_int_equal(parse(words), OPTIONS_USAGE);
	words[2 * i - 2] = NULL;
	assert_int_equal(parse(words), OPTIONS_RUN);
	assert_int_equal(settings.address_count, LISTENER_ADDRESSES_MAX);
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;

	assert_int_equal(PARSE("--listen", "vsock", NULL), OPTIONS_USAGE);
	assert_int_equal(PARSE("--allow", "3", NULL), OPTIONS_USAGE);
	assert_int_equal(PARSE("--device", "nothing", NULL), OPTIONS_USAGE);
}

static void a_file_adds_to_the_options(void **state)
{
	static const char text[] = "[hostd]\nlisten = unix:/run/y\n"
				   "[device a]\npattern =\n[guest cid:4]\n";
	char path[] = "/tmp/test_host_settings.XXXXXX";
	int fd = mkstemp(path);

	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(PARSE("--config", path, "--listen", "unix:/run/x",
			       "--device", "/dev/video3", "--allow", "cid:3",
			       "--check-config", NULL),
			 OPTIONS_RUN);
	assert_string_equal(settings.file, path);
	assert_true(settings.check);
	assert_int_equal(settings.devices.count, 2);
	assert_string_equal(settings.devices.devices[0].name, "video3");
	assert_int_equal(settings.address_count, 2);
	assert_string_equal(settings.addresses[0].path, "/run/x");
	assert_int_equal(settings.policy.count, 2);

	log_set_sink(sink);
	assert_int_equal(write(fd, "class\nshare\n", 12), 12);
	assert_int_equal(PARSE("--config", path, NULL), OPTIONS_USAGE);
	assert_int_equal(said, 2);
	close(fd);
	unlink(path);
	assert_int_equal(PARSE("--config", path, NULL), OPTIONS_USAGE);
	assert_int_equal(said, 3);
	log_set_sink(NULL);
}

/* As if two files of the test were the manager's sockets: nothing looks at them. */
static void given(unsigned int count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	setenv("LISTEN_FDS", text, 1);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("LISTEN_PID", text, 1);
}

static void sockets_of_a_service_manager_are_addresses(void **state)
{
	int fds[] = { dup(STDERR_FILENO), dup(STDERR_FILENO) };

	(void)state;
	if (fds[0] != 3 || fds[1] != 4)
		skip(); /* not where a manager has them */
	given(2);
	assert_int_equal(parse((const char *const[]){ NULL }), OPTIONS_RUN);
	assert_int_equal(settings.address_count, 2);
	assert_int_equal(settings.addresses[0].kind, TRANSPORT_FD);
	assert_int_equal(settings.addresses[0].fd, 3);
	assert_int_equal(settings.addresses[1].fd, 4);

	given(1);
	assert_int_equal(PARSE("--listen", "vsock:7", NULL), OPTIONS_RUN);
	assert_int_equal(settings.address_count, 2);
	assert_int_equal(settings.addresses[0].kind, TRANSPORT_VSOCK);
	assert_int_equal(settings.addresses[1].fd, 3);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_there_is_a_pattern_over_vsock),
		cmocka_unit_test(what_is_said_takes_the_place_of_the_defaults),
		cmocka_unit_test(there_is_an_end_to_addresses),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(a_file_adds_to_the_options),
		cmocka_unit_test(sockets_of_a_service_manager_are_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
