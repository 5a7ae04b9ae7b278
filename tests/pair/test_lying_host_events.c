// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies in events, and about contents: nobody ends, and nothing of it
 * goes where it does not belong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_host.h"

static struct front_file *const file = &lying.file;
static struct stream_buffer buffer;
static uint8_t bytes[LYING_LEN + 64];

static void contents_go_only_where_they_belong(void **state)
{
	uint32_t session;

	(void)state;
	session = lying_stream();
	stream_fill(bytes, sizeof(bytes), 1);
	lying_buffer(session, CAPTURE, 0, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	lying_data(lying_addr(0), 0, bytes, 64); /* the application's */
	lying_data(lying_addr(1), 1, bytes, 64); /* another generation */
	lying_data(lying_addr(1) + 64, 0, bytes, LYING_LEN); /* too long */
	lying_data(lying_addr(1) + LYING_LEN, 0, bytes, 8);  /* behind it */
	lying_data(lying_addr(1) - 8, 0, bytes, 16);         /* before it */
	lying_data(0, 0, bytes, 64);                         /* nowhere */
	lying_data((1ull << 63) - 8, 0, bytes, 64);
	lying_settle();
	assert_int_equal(stream_bytes(file, CAPTURE, 0, 0)[1], 0);
	assert_int_equal(stream_bytes(file, CAPTURE, 1, 0)[1], 0);
	assert_int_equal(stream_bytes(file, CAPTURE, 1, 0)[65], 0);
	lying_data(lying_addr(1) + LYING_LEN - 8, 0, bytes, 8);
	lying_settle();
	assert_memory_equal(stream_bytes(file, CAPTURE, 1, 0) + LYING_LEN - 8,
			    bytes, 8);
	assert_int_equal(front_close(file), 0);
}

static void a_buffer_is_not_longer_than_its_memory(void **state)
{
	uint32_t session;

	(void)state;
	session = lying_stream();
	lying_buffer(session, CAPTURE, 1, LYING_LEN + 1);
	lying_buffer(session, CAPTURE, 2, UINT32_MAX);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, LYING_LEN);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, LYING_LEN);
	assert_int_equal(front_close(file), 0);
}

/* read() copies as much as the host says. */
static void nor_is_what_read_gives(void **state)
{
	static uint8_t much[4 * LYING_LEN];
	struct front_call call;

	(void)state;
	harness.front.choice = PROFILE_CHOICE_READ;
	harness_open(file);
	front_begin_read(&call, file, much, sizeof(much), 0);
	lying_settle();
	lying_buffer(lying.sessions, CAPTURE, 0, UINT32_MAX);
	assert_int_equal(front_wait(&harness.front, &call), LYING_LEN);
	assert_int_equal(front_close(file), 0);
}

/* What an application is told of its own buffer is guestd's. */
static void a_buffer_keeps_its_identity(void **state)
{
	struct stream_buffer said;
	uint32_t session;

	(void)state;
	session = lying_stream();
	memset(&said, 0xff, sizeof(said));
	said.v4l2.index = 1;
	said.v4l2.type = CAPTURE;
	lying_buffer_event(session, &said);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(buffer.v4l2.type, CAPTURE);
	assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(buffer.v4l2.length, LYING_LEN);
	assert_int_equal(buffer.v4l2.bytesused, LYING_LEN);
	assert_int_equal(buffer.v4l2.m.offset, queue_offset(CAPTURE, 1, 0));
	assert_int_equal(buffer.v4l2.reserved2, 0);
	assert_int_equal(buffer.v4l2.request_fd, 0);
	assert_int_equal(buffer.v4l2.field, V4L2_FIELD_ANY);
	assert_int_equal(buffer.v4l2.timecode.type, 0);
	assert_int_equal(buffer.v4l2.flags &
				 (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |
				  V4L2_BUF_FLAG_MAPPED |
				  V4L2_BUF_FLAG_REQUEST_FD |
				  V4L2_BUF_FLAG_TIMESTAMP_MASK |
				  V4L2_BUF_FLAG_TSTAMP_SRC_MASK |
				  V4L2_BUF_FLAG_TIMECODE),
			 0);
	assert_int_equal(front_close(file), 0);
}

/* Nothing is queued there, or nothing streams, or it has been said. */
static void an_end_that_is_none_is_none(void **state)
{
	struct front_call call;
	unsigned int i;
	uint32_t session;

	(void)state;
	session = lying_stream();
	for (i = 0; i < 1000; i++)
		lying_queue_error(session, OUTPUT, EPIPE);
	lying_queue_error(session, CAPTURE_MPLANE, EPIPE);
	lying_queue_error(session, 0, EPIPE);
	lying_queue_error(session, UINT32_MAX, EPIPE);
	stream_begin_dqbuf(&call, file, CAPTURE, &buffer);
	lying_settle();
	assert_false(front_done(&call));
	for (i = 0; i < 1000; i++)
		lying_queue_error(session, CAPTURE, EPIPE);
	assert_int_equal(front_wait(&harness.front, &call), -EPIPE);
	/* It comes all the same, and it is over all the same. */
	lying_buffer(session, CAPTURE, 0, 1);
	lying_settle();
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(stream_off(file, CAPTURE), 0);
	lying_queue_error(session, CAPTURE, EPIPE);
	lying_settle();
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(front_close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(contents_go_only_where_they_belong),
		LYING_TEST(a_buffer_is_not_longer_than_its_memory),
		LYING_TEST(nor_is_what_read_gives),
		LYING_TEST(a_buffer_keeps_its_identity),
		LYING_TEST(an_end_that_is_none_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
