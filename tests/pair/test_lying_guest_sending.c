// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that does not read what it is sent, and wants the buffer meanwhile: what is
 * being sent stays as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_guest.h"

#define BIG (1u << 20)

static uint64_t addrs[2];
static uint32_t session;

/* A frame of 1 MiB that the guest does not read. */
static void send_a_frame_that_is_not_read(void)
{
	fake.plane_len[0] = BIG;
	session = raw_open();
	raw_buffers(session, CAPTURE, 2, addrs);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 1)), 0);
	raw_stream(session, CAPTURE, true);
	raw.reading = false;
	memset(fake_plane(CAPTURE, 0, 0), 0x11, BIG);
	fake_finish(CAPTURE, 0, BIG, 0);
	raw_settle();
}

static void a_buffer_that_is_being_sent_cannot_be_queued(void **state)
{
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	tag = raw_qbuf(session, CAPTURE, 0);
	raw_settle();
	raw.reading = true;
	assert_int_equal(raw_status(tag), EINVAL);
	while (!raw_events())
		raw_run();
	assert_int_equal(raw.data_bytes, BIG);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_wait(raw_close(session));
}

static void a_buffer_that_is_being_sent_cannot_be_removed(void **state)
{
	const struct v4l2_remove_buffers remove = {
		.index = 0,
		.count = 1,
		.type = CAPTURE,
	};
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	tag = raw_ioctl(session, VIDIOC_REMOVE_BUFS, &remove);
	raw_settle();
	raw.reading = true;
	assert_int_equal(raw_status(tag), EBUSY);
	raw_wait(raw_close(session));
}

/* RESP(STREAMOFF) first removes unsent contents and their event. */
static void streamoff_takes_back_what_is_being_sent(void **state)
{
	uint32_t type = CAPTURE;
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	fake_finish(CAPTURE, 1, BIG, 0);
	raw_settle();
	tag = raw_ioctl(session, VIDIOC_STREAMOFF, &type);
	/* What is run behind it shows that it was answered. */
	raw_ioctl(session, VIDIOC_G_PRIORITY, NULL);
	while (!fake_count(VIDIOC_G_PRIORITY))
		raw_run();
	raw.reading = true;
	assert_int_equal(raw_status(tag), 0);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)), 0);
	assert_true(raw.data_bytes < BIG);
	assert_int_equal(raw_events(), 0);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_wait(raw_close(session));
}

static void munmap_takes_back_what_is_being_sent(void **state)
{
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	tag = raw_munmap(addrs[0]);
	raw_settle();
	raw.reading = true;
	assert_int_equal(raw_status(tag), 0);
	assert_int_equal(fake.mapped, 1);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)), 0);
	raw_wait(raw_close(session));
}

static void close_takes_back_what_is_being_sent(void **state)
{
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	tag = raw_close(session);
	raw_settle();
	raw.reading = true;
	raw_wait(tag);
	assert_int_equal(raw_events(), 0);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(fake.file_count, 0);
}

static void a_guest_that_leaves_takes_nothing_with_it(void **state)
{
	(void)state;
	send_a_frame_that_is_not_read();
	guest_peer_finish(&raw.peer);
	harness_settle();
	assert_null(harness.guest);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(fake.file_count, 0);
}

/* An answer overtakes contents: control goes first. */
static void answers_do_not_wait_for_contents(void **state)
{
	uint32_t tag;

	(void)state;
	send_a_frame_that_is_not_read();
	tag = raw_ioctl(session, VIDIOC_G_PRIORITY, NULL);
	raw_settle();
	raw.reading = true;
	raw_wait(tag);
	assert_true(raw.data_bytes < BIG);
	while (!raw_events())
		raw_run();
	assert_int_equal(raw.data_bytes, BIG);
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(a_buffer_that_is_being_sent_cannot_be_queued),
		RAW_TEST(a_buffer_that_is_being_sent_cannot_be_removed),
		RAW_TEST(streamoff_takes_back_what_is_being_sent),
		RAW_TEST(munmap_takes_back_what_is_being_sent),
		RAW_TEST(close_takes_back_what_is_being_sent),
		RAW_TEST(a_guest_that_leaves_takes_nothing_with_it),
		RAW_TEST(answers_do_not_wait_for_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
