// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a program can do as often as it likes: the log is not filled with it, and
 * numbers that have run out are not given twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/log_rate.h"
#include "guestd/session_state.h"
#include "hostd/client.h"
#include "hostd/guest_state.h"
#include "tests/streamer.h"

#define TIMES (LOG_RATE_MAX + 5)

static struct front_file file;

static unsigned int lines_with(const char *what)
{
	const char *at = harness.said;
	unsigned int count = 0;

	while ((at = strstr(at, what))) {
		at++;
		count++;
	}
	return count;
}

static void fail_a_queue(void)
{
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	fake_queue_error(CAPTURE);
	harness_settle();
	assert_int_equal(front_close(&file), 0);
}

static void queues_that_fail_do_not_fill_the_log(void **state)
{
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	for (i = 0; i < TIMES; i++)
		fail_a_queue();
	/* guestd's and hostd's */
	assert_int_equal(lines_with("queue of type 1"), 2 * LOG_RATE_MAX);

	harness_pass_ms(60000);
	fail_a_queue();
	assert_int_equal(lines_with("5 more lines like the next"), 2);
	assert_int_equal(lines_with("queue of type 1"), 2 * LOG_RATE_MAX + 2);
}

static void a_queue_that_cannot_be_shared_is_logged_once(void **state)
{
	unsigned int i;

	(void)state;
	harness.grant.share = true;
	fake.shares = true;
	fake.exports_none = true;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 4),
			 4);
	assert_int_equal(lines_with("cannot be shared"), 1);
	for (i = 0; i < TIMES; i++)
		assert_int_equal(
			stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 4), 4);
	assert_int_equal(lines_with("cannot be shared"), LOG_RATE_MAX);
	assert_int_equal(front_close(&file), 0);
}

static void numbers_of_sessions_begin_anew_without_those_in_use(void **state)
{
	static struct front_file files[3];
	uint32_t ids[3];
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	assert_int_equal(session_id(file.session), 1);
	client_number_from(harness.guest->client, UINT32_MAX);
	for (i = 0; i < 3; i++) {
		harness_open(&files[i]);
		ids[i] = session_id(files[i].session);
	}
	assert_int_equal(ids[0], UINT32_MAX);
	assert_int_equal(ids[1], 2);
	assert_int_equal(ids[2], 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(front_close(&files[i]), 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(queues_that_fail_do_not_fill_the_log),
		HARNESS_TEST(a_queue_that_cannot_be_shared_is_logged_once),
		HARNESS_TEST(
			numbers_of_sessions_begin_anew_without_those_in_use),
	};

	return cmocka_run_group_tests_name("device_notices", tests, NULL, NULL);
}
