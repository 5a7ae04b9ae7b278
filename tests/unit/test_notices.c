// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is said of guests that come again and again, by a simulated clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/options.h"
#include "hostd/notices.h"
#include "tests/simulated.h"

static struct device_list devices;
static struct loop *loop;
static struct notices *notices;
static uint64_t now; /* goes on in minute() only */
static char said[8192];
static char audited[256]; /* the last line for programs */
static unsigned int lines;

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(said);

	if (level == LOG_LEVEL_INFO) {
		snprintf(audited, sizeof(audited), "%s", line);
		return;
	}

	assert_int_equal(level, LOG_LEVEL_WARN);
	snprintf(said + len, sizeof(said) - len, "%s\n", line);
	lines++;
}

static int setup(void **state)
{
	char why[OPTIONS_WHY_LEN];

	(void)state;

	devices.count = 0;
	assert_int_equal(device_list_add(&devices, "cam=pattern", why), 0);
	assert_int_equal(device_list_add(&devices, "other=pattern", why), 0);
	now = 1000;
	assert_int_equal(loop_create(&loop), 0);
	simulated_time_stands(loop, &now);
	assert_int_equal(notices_create(loop, &devices, &notices), 0);
	log_set_sink(sink);
	said[0] = '\0';
	lines = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;

	log_set_sink(NULL);
	notices_destroy(notices);
	loop_destroy(loop);
	return 0;
}

static struct transport_peer user(uid_t uid)
{
	return (struct transport_peer){ .kind = TRANSPORT_UNIX, .uid = uid };
}

static bool add(uid_t uid, unsigned int notice)
{
	const struct transport_peer peer = user(uid);
	bool new = notices_new(notices, &peer, notice);
	bool ret = notices_add(notices, &peer, notice);

	assert_int_equal(new, ret);
	return ret;
}

/* What the end of the period brings. */
static const char *minute(void)
{
	said[0] = '\0';
	lines = 0;
	now += NOTICES_PERIOD;
	assert_true(loop_run_once(loop, 0) >= 0);
	return said;
}

static void it_is_said_once_and_then_counted(void **state)
{
	int i;

	(void)state;

	assert_true(add(0, NOTICE_RULE));
	for (i = 0; i < 37; i++)
		assert_false(add(0, NOTICE_RULE));
	assert_string_equal(
		minute(),
		"uid 0: refused: no rule: 37 more in the last minute\n");
	assert_false(add(0, NOTICE_RULE));
	assert_string_equal(
		minute(),
		"uid 0: refused: no rule: 1 more in the last minute\n");
}

static void after_a_quiet_minute_it_is_said_again(void **state)
{
	(void)state;

	assert_true(add(0, NOTICE_RULE));
	assert_string_equal(minute(), "");
	assert_false(add(0, NOTICE_RULE));
	minute();
	assert_string_equal(minute(), "");
	assert_true(add(0, NOTICE_RULE));
}

static void another_guest_or_another_reason_is_another_line(void **state)
{
	(void)state;

	assert_true(add(0, NOTICE_RULE));
	assert_true(add(1, NOTICE_RULE));
	assert_true(add(0, NOTICE_NAME));
	assert_true(add(0, NOTICE_DEVICE));
	assert_true(add(0, NOTICE_DEVICE + 1));
	assert_false(add(0, NOTICE_DEVICE + 1));
	assert_false(add(0, NOTICE_NAME));
	assert_string_equal(
		minute(),
		"uid 0: refused: no such device: 1 more in the last minute\n"
		"uid 0: refused: device other: 1 more in the last minute\n");
}

static void a_port_makes_no_other_guest(void **state)
{
	struct transport_peer peer = { .kind = TRANSPORT_VSOCK, .cid = 3 };

	(void)state;

	for (peer.port = 2000; peer.port < 2010; peer.port++)
		assert_int_equal(notices_add(notices, &peer, NOTICE_PORT),
				 peer.port == 2000);
	assert_string_equal(minute(), "cid 3: refused: source port is not "
				      "below 1024: 9 more in the last "
				      "minute\n");
}

static void some_connections_are_said_every_minute(void **state)
{
	char line[100];
	int i, j;

	(void)state;

	for (j = 0; j < 3; j++) {
		for (i = 0; i < NOTICES_SERVED_MAX; i++)
			assert_true(add(0, NOTICE_SERVED));
		for (i = 0; i < 5; i++)
			assert_false(add(0, NOTICE_SERVED));
		snprintf(line, sizeof(line),
			 "uid 0: connected: 5 more in the last minute\n");
		assert_string_equal(minute(), line);
	}
}

static void guests_without_number_do_not_fill_the_log(void **state)
{
	uid_t uid;

	(void)state;

	for (uid = 0; uid < 10000; uid++) {
		assert_int_equal(add(uid, NOTICE_RULE),
				 uid < NOTICES_STRANGERS);
		assert_false(add(uid, NOTICE_RULE));
	}
	assert_non_null(strstr(minute(), "uid 63: refused: no rule: 1 more"));
	assert_non_null(strstr(
		said, "19872 more about other guests in the last minute\n"));
	assert_int_equal(lines, NOTICES_STRANGERS + 1);
	/* They take nobody's place who is let in. */
	for (uid = 0; uid < NOTICES_MAX - NOTICES_STRANGERS; uid++)
		assert_true(add(uid, NOTICE_GRANT));
	assert_false(add(uid, NOTICE_GRANT));
	/* Those that do not come back leave room. */
	minute();
	assert_true(add(20000, NOTICE_RULE));
}

static void what_is_left_out_is_a_line_for_programs(void **state)
{
	int i;

	(void)state;

	for (i = 0; i < NOTICES_SERVED_MAX + 3; i++)
		assert_int_equal(add(7, NOTICE_GRANT), i < NOTICES_SERVED_MAX);
	assert_string_equal(minute(), "");
	assert_string_equal(
		audited, "audit: event=left-out guest=uid:7 of=grant count=3");

	add(7, NOTICE_PORT);
	add(7, NOTICE_PORT);
	minute();
	assert_string_equal(
		audited, "audit: event=left-out guest=uid:7 of=refuse count=1");
	audited[0] = '\0';
	add(7, NOTICE_VERSION);
	add(7, NOTICE_VERSION);
	minute();
	assert_string_equal(
		audited, "audit: event=left-out guest=uid:7 of=refuse count=1");
	add(7, NOTICE_DEVICE + 1);
	add(7, NOTICE_DEVICE + 1);
	minute();
	assert_string_equal(audited, "audit: event=left-out guest=uid:7 "
				     "of=refuse device=other count=1");
}

static void without_an_account_everything_is_new(void **state)
{
	const struct transport_peer peer = user(0);

	(void)state;

	assert_true(notices_new(NULL, &peer, NOTICE_LIE));
	notices_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_said_once_and_then_counted),
		TEST(after_a_quiet_minute_it_is_said_again),
		TEST(another_guest_or_another_reason_is_another_line),
		TEST(a_port_makes_no_other_guest),
		TEST(some_connections_are_said_every_minute),
		TEST(guests_without_number_do_not_fill_the_log),
		TEST(what_is_left_out_is_a_line_for_programs),
		TEST(without_an_account_everything_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
