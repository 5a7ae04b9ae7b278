// SPDX-License-Identifier: BSD-3-Clause
/*
 * When a host says something of read(): how late an answer may be, and IO_READY
 * before it, without it, and again and again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_host.h"

static struct front_call call;
static uint8_t bytes[128];

static ssize_t result(void)
{
	return front_wait(&harness.front, &call);
}

/* A read() whose answer is held back, until answer_held() */
static void hold_read(void)
{
	lying.lie_io = lying_withhold_io;
	front_begin_read(&call, &lying.file, bytes, 16, 0);
}

/* ---- edges --------------------------------------------------------------------- */

static void edges_of_sessions_that_are_not_there_are_ignored(void **state)
{
	(void)state;
	lying_io_ready(77);
	lying_io_ready(0);
	lying_settle();
	assert_int_equal(lying.file.wakes, 0);
	lying_io_ready(1);
	lying_settle();
	assert_int_equal(lying.file.wakes, 1);
	assert_int_equal(front_close(&lying.file), 0);
}

#define FLOOD 1000

static void flood(void)
{
	unsigned int i;

	for (i = 0; i < FLOOD; i++) {
		lying_io_ready(1);
		/* As many as the socket takes at once. */
		if (i % 100 == 99)
			lying_settle();
	}
}

/* The front makes one of those that nobody asked for (cuse_reply.c). */
static void a_flood_of_edges_costs_a_wakeup_each(void **state)
{
	(void)state;
	assert_int_equal(front_read(&lying.file, bytes, 16, O_NONBLOCK),
			 -EAGAIN);
	flood();
	assert_int_equal(lying.file.wakes, FLOOD);
	assert_int_equal(lying.ios[VMS_IO_READ], 1);
	assert_int_equal(lying.ios[VMS_IO_POLL], 0);
	assert_int_equal(front_close(&lying.file), 0);
}

/* The answer that a read() waits for is not asked for again. */
static void a_flood_of_edges_does_not_repeat_a_call(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	flood();
	assert_int_equal(lying.ios[VMS_IO_READ], 1);
	lying.lie_io = NULL;
	/* Its EAGAIN is older than the edges: once more, and once for all. */
	lying_io_put(&lying.io, EAGAIN, 0, NULL, 0);
	lying_release_io();
	lying_settle();
	assert_int_equal(lying.ios[VMS_IO_READ], 2);
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- what was taken is not lost ------------------------------------------------- */

static void answer_held(uint32_t with_status, const char *text)
{
	uint32_t text_len = (uint32_t)strlen(text);

	lying_io_put(&lying.io, with_status, text_len, text, text_len);
	lying_release_io();
}

static void a_read_that_took_bytes_has_them_in_spite_of_a_signal(void **state)
{
	(void)state;
	hold_read();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	lying_settle();
	assert_int_equal(lying.cancels, 1);
	assert_false(front_done(&call));
	answer_held(0, "taken");
	assert_int_equal(result(), 5);
	assert_memory_equal(bytes, "taken", 5);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_signal_while_the_host_looks_ends_a_read(void **state)
{
	(void)state;
	hold_read();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	lying_settle();
	answer_held(EAGAIN, "");
	assert_int_equal(result(), -EINTR);
	assert_int_equal(lying.ios[VMS_IO_POLL], 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void
a_host_that_does_not_answer_keeps_nobody_from_being_killed(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	harness.helper.signals = HELPER_SIGNAL_KILL;
	front_interrupt(&call);
	assert_int_equal(result(), -EINTR);
	assert_int_equal(front_poll(&lying.file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	/* Late bytes are nobody's. */
	answer_held(0, "late");
	lying_settle();
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

/* The edge comes while the host has not said yet that there was nothing. */
static void an_edge_before_the_answer_is_not_missed(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	lying_io_ready(1);
	answer_held(EAGAIN, "");
	lying_settle();
	assert_int_equal(lying.ios[VMS_IO_READ], 2);
	answer_held(0, "abc");
	assert_int_equal(result(), 3);
	assert_int_equal(front_close(&lying.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_RADIO_TEST(
			edges_of_sessions_that_are_not_there_are_ignored),
		LYING_RADIO_TEST(a_flood_of_edges_costs_a_wakeup_each),
		LYING_RADIO_TEST(a_flood_of_edges_does_not_repeat_a_call),
		LYING_RADIO_TEST(
			a_read_that_took_bytes_has_them_in_spite_of_a_signal),
		LYING_RADIO_TEST(a_signal_while_the_host_looks_ends_a_read),
		LYING_RADIO_TEST(
			a_host_that_does_not_answer_keeps_nobody_from_being_killed),
		LYING_RADIO_TEST(an_edge_before_the_answer_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
