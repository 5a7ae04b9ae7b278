// SPDX-License-Identifier: BSD-3-Clause
/*
 * Lines for programs to read: how they are written, and how many there are.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/options.h"
#include "hostd/audit.h"
#include "hostd/notices.h"
#include "tests/listener_rig.h"

static struct guest_peer *const peers = listener_rig.peers;
static char said[2 * AUDIT_LEN];

static void sink(enum log_level level, const char *line)
{
	assert_int_equal(level, LOG_LEVEL_INFO);
	snprintf(said, sizeof(said), "%s", line);
}

static const char *line_of(const char *key, const char *value)
{
	const struct transport_peer peer = {
		.kind = TRANSPORT_VSOCK,
		.cid = 3,
		.port = 7,
	};
	struct audit audit;

	log_set_sink(sink);
	audit_begin(&audit, "open", &peer);
	audit_add(&audit, key, value);
	audit_log(&audit);
	log_set_sink(NULL);
	return said;
}

#define BEGIN "audit: event=open guest=cid:3 "

static void a_value_cannot_be_taken_for_another_pair(void **state)
{
	(void)state;

	assert_string_equal(line_of("device", "cam-0_1.x"),
			    BEGIN "device=cam-0_1.x");
	assert_string_equal(line_of("rule", "/etc/x.conf:12"),
			    BEGIN "rule=/etc/x.conf:12");
	assert_string_equal(line_of("a", ""), BEGIN "a=\"\"");
	assert_string_equal(line_of("a", "b c=d"), BEGIN "a=\"b c=d\"");
	assert_string_equal(line_of("a", "\" event=grant \\"),
			    BEGIN "a=\"\\x22 event=grant \\x5c\"");
	assert_string_equal(line_of("a", "\n\t\x7f\xc3\xa4"),
			    BEGIN "a=\"\\x0a\\x09\\x7f\\xc3\\xa4\"");
}

static void what_has_no_room_is_left_out_whole(void **state)
{
	const struct transport_peer peer = { .kind = TRANSPORT_HYBRID,
					     .path = "/run/a b" };
	char text[2 * AUDIT_LEN];
	struct audit audit;
	int i;

	(void)state;

	memset(text, '"', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	audit_begin(&audit, "refuse", &peer);
	for (i = 0; i < 10; i++)
		audit_add(&audit, "a", text);
	audit_add_number(&audit, "n", UINT64_MAX);
	assert_true(strlen(audit.text) == audit.len && audit.len < AUDIT_LEN);
	assert_int_equal(memcmp(audit.text,
				"audit: event=refuse "
				"guest=\"hybrid:/run/a b\" a=\"\\x22",
				50),
			 0);
	assert_string_equal(audit.text + audit.len -
				    strlen("\" n=18446744073709551615"),
			    "\" n=18446744073709551615");
}

static void lines_of_a_period_are_limited_and_counted(void **state)
{
	struct audit_rate rate = { 0 };
	uint64_t now = 5;
	int i;

	(void)state;

	assert_int_equal(audit_rate_wait(&rate, now), 0);
	for (i = 0; i < AUDIT_RATE_MAX; i++)
		assert_true(audit_rate_take(&rate, now++));
	assert_int_equal(audit_rate_left_out(&rate), 0);
	assert_false(audit_rate_take(&rate, now));
	assert_false(audit_rate_take(&rate, now));
	assert_int_equal(audit_rate_left_out(&rate), 2);
	assert_int_equal(audit_rate_wait(&rate, now),
			 AUDIT_PERIOD_NS - AUDIT_RATE_MAX);
	assert_int_equal(audit_rate_wait(&rate, 5 + AUDIT_PERIOD_NS), 0);
	audit_rate_reset(&rate);
	assert_true(audit_rate_take(&rate, now));
}

/* ---- of real processes ------------------------------------------------ */

static void a_guest_that_is_let_in_is_a_line(void **state)
{
	char line[256];
	pid_t pids[CHILDREN_MAX] = { 0 };

	(void)state;

	listener_rig_serve(1, pids, NULL);
	snprintf(line, sizeof(line),
		 "audit: event=grant guest=uid:%u connection=%d uid=%u "
		 "rule=\"no rule: our own user\" class=full share=yes "
		 "devices=pattern\n",
		 geteuid(), pids[0], geteuid());
	assert_true(listener_rig_logged(line));
}

/* One that is cut would be another one's. */
static void names_without_room_are_counted(void **state)
{
	char text[64], why[OPTIONS_WHY_LEN];
	int i;

	(void)state;

	for (i = 1; i < DEVICE_COUNT_MAX; i++) {
		snprintf(text, sizeof(text), "%031d=/dev/nosuch", i);
		assert_int_equal(
			device_list_add(&listener_rig.devices, text, why), 0);
	}
	listener_rig_serve(1, NULL, NULL);
	assert_true(listener_rig_logged("devices=pattern,0"));
	snprintf(text, sizeof(text), ",%031d,+%d\n", 12,
		 DEVICE_COUNT_MAX - 1 - 12);
	assert_true(listener_rig_logged(text));
}

static void a_refusal_is_a_line(void **state)
{
	char line[256];

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	snprintf(line, sizeof(line),
		 "audit: event=refuse guest=uid:%u reason=rule\n", geteuid());
	assert_true(listener_rig_logged(line));
	listener_rig_dial(&peers[0]);
	listener_rig_expect_refused(&peers[0], EACCES, VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(listener_rig_log_count("event=refuse"), 1);
}

/* The first open is HELLO's, which asks the device who it is. */
static void who_opens_all_the_time_is_counted(void **state)
{
	char line[256];
	uint32_t i;

	(void)state;

	listener_rig_serve(1, NULL, NULL);
	for (i = 1; i < AUDIT_RATE_MAX + 7; i++)
		listener_rig_open(&peers[0], i);
	snprintf(line, sizeof(line),
		 "audit: event=open guest=uid:%u device=pattern number=%d\n",
		 geteuid(), AUDIT_RATE_MAX);
	assert_true(listener_rig_logged(line));
	assert_int_equal(listener_rig_log_count("event=open"), AUDIT_RATE_MAX);

	guest_peer_finish(&peers[0]);
	snprintf(line, sizeof(line),
		 "audit: event=left-out guest=uid:%u of=open count=7\n",
		 geteuid());
	assert_true(listener_rig_logged(line));
}

static void who_connects_all_the_time_is_counted(void **state)
{
	int i;

	(void)state;

	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < NOTICES_SERVED_MAX + 5; i++)
		listener_rig_visit("");
	assert_int_equal(listener_rig_log_count("event=grant"),
			 NOTICES_SERVED_MAX);
	assert_int_equal(listener_rig_log_count("event=open"),
			 NOTICES_SERVED_MAX);
	assert_int_equal(listener_rig_log_count("event=left-out"), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, listener_rig_setup,              \
					listener_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_cannot_be_taken_for_another_pair),
		cmocka_unit_test(what_has_no_room_is_left_out_whole),
		cmocka_unit_test(lines_of_a_period_are_limited_and_counted),
		TEST(a_guest_that_is_let_in_is_a_line),
		TEST(names_without_room_are_counted),
		TEST(a_refusal_is_a_line),
		TEST(who_opens_all_the_time_is_counted),
		TEST(who_connects_all_the_time_is_counted),
	};

	return cmocka_run_group_tests(tests, listener_rig_make_directory,
				      listener_rig_remove_directory);
}
