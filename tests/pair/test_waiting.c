// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who waits for a buffer: what ends the wait, and who may not wait at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;
static struct front_call call;

static void open_and_stream(void)
{
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);
}

/* A DQBUF that waits, and has been looked at. */
static void wait_for_buffer(void)
{
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	harness_settle();
	assert_false(front_done(&call));
	assert_int_equal(front_state(&call), REQUEST_PARKED);
}

static int result(void)
{
	return (int)front_wait(&harness.front, &call);
}

static void who_waits_gets_the_next_buffer(void **state)
{
	(void)state;
	open_and_stream();
	wait_for_buffer();
	fake_finish(CAPTURE, 1, 77, 0);
	assert_int_equal(result(), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(buffer.v4l2.bytesused, 77);
	assert_int_equal(call.argument_len, sizeof(buffer.v4l2));

	wait_for_buffer();
	fake_finish(CAPTURE, 0, 78, 0);
	assert_int_equal(result(), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R9, B9 */
static void streamoff_ends_the_wait(void **state)
{
	(void)state;
	open_and_stream();
	wait_for_buffer();
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_true(front_done(&call));
	assert_int_equal(result(), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void reqbufs_of_none_ends_the_wait(void **state)
{
	(void)state;
	open_and_stream();
	wait_for_buffer();
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	assert_true(front_done(&call));
	assert_int_equal(result(), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/*
 * videobuf2-core.c, waiting_in_dqbuf
 *
 * Rule: R15
 */
static void while_one_waits_others_are_busy(void **state)
{
	struct stream_buffer other;
	struct v4l2_create_buffers create = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};

	(void)state;
	open_and_stream();
	wait_for_buffer();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &other), -EBUSY);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 -EBUSY);
	/* There are buffers already, so more may be made. */
	assert_int_equal(front_ioctl(&file, VIDIOC_CREATE_BUFS, &create), 0);
	assert_false(front_done(&call));

	fake_finish(CAPTURE, 2, 1, 0);
	assert_int_equal(result(), 0);
	fake_finish(CAPTURE, 1, 1, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &other), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * Two threads ask at the same time, before it is known whether they wait.
 *
 * Rule: B9
 */
static void of_two_at_once_one_waits(void **state)
{
	struct stream_buffer other;
	struct front_call second;

	(void)state;
	open_and_stream();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	stream_begin_dqbuf(&second, &file, CAPTURE, &other);
	assert_int_equal(front_wait(&harness.front, &second), -EBUSY);
	assert_false(front_done(&call));
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(result(), 0);
	assert_int_equal(front_close(&file), 0);
}

static void who_does_not_want_to_wait_gets_eagain(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	open_and_stream();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EAGAIN);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EAGAIN);
	/* It is what the file is now that counts, as with fcntl(2). */
	harness.helper.nonblock = 0;
	wait_for_buffer();
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(result(), 0);

	/* Who finds a buffer is not asked. */
	fake_finish(CAPTURE, 1, 1, 0);
	harness_settle();
	harness.helper.asked[HELPER_NONBLOCK] = 0;
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(harness.helper.asked[HELPER_NONBLOCK], 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_caller_that_runs_is_looked_at_again(void **state)
{
	(void)state;
	open_and_stream();
	harness.helper.nonblock = -EAGAIN;
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	harness_settle();
	assert_false(front_done(&call));
	harness_pass_ms(6);
	assert_int_equal(harness.helper.asked[HELPER_NONBLOCK], 3);
	assert_false(front_done(&call));
	harness.helper.nonblock = 1;
	harness_pass_ms(25);
	assert_true(front_done(&call));
	assert_int_equal(result(), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

static void what_open_said_counts_if_nothing_else_is_known(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	assert_int_equal(front_open(&harness.front, &file, O_RDWR | O_NONBLOCK),
			 0);
	stream_start(&file, CAPTURE, 2);
	harness.helper.nonblock = -EFAULT;
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EAGAIN);
	assert_int_equal(front_close(&file), 0);

	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	wait_for_buffer();
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(result(), 0);
	assert_int_equal(front_close(&file), 0);
}

/* A signal comes while it waits: nothing has happened, so it is run again. */
static void a_signal_restarts_who_waits(void **state)
{
	(void)state;
	open_and_stream();
	wait_for_buffer();
	front_interrupt(&call);
	assert_true(front_done(&call));
	assert_int_equal(call.reply, FRONT_REPLY_RESTART);

	/* It is no waiter any more. */
	wait_for_buffer();
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(result(), 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_before_anybody_looked_restarts_too(void **state)
{
	(void)state;
	open_and_stream();
	harness.helper.silent = true;
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	front_interrupt(&call);
	assert_int_equal(call.reply, FRONT_REPLY_RESTART);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	harness_settle();
	assert_int_equal(front_close(&file), 0);
}

/* Of two whose O_NONBLOCK is still asked for, one gets LAST: nothing follows. */
static void who_comes_after_last_does_not_wait(void **state)
{
	struct stream_buffer other;
	struct front_call second;

	(void)state;
	open_and_stream();
	harness.helper.silent = true;
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	stream_begin_dqbuf(&second, &file, CAPTURE, &other);
	fake_finish(CAPTURE, 0, 8, V4L2_BUF_FLAG_LAST);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &second), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

static void dqbuf_needs_a_stream(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(stream_dqbuf(&file, 77, &buffer), -EINVAL);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void nothing_comes_after_the_last_buffer(void **state)
{
	(void)state;
	open_and_stream();
	fake_finish(CAPTURE, 0, 10, 0);
	fake_finish(CAPTURE, 1, 0, V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);

	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, 10, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&file), 0);
}

static void who_waits_hears_of_the_last_buffer(void **state)
{
	(void)state;
	open_and_stream();
	wait_for_buffer();
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	assert_int_equal(result(), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(who_waits_gets_the_next_buffer),
		HARNESS_TEST(streamoff_ends_the_wait),
		HARNESS_TEST(reqbufs_of_none_ends_the_wait),
		HARNESS_TEST(while_one_waits_others_are_busy),
		HARNESS_TEST(of_two_at_once_one_waits),
		HARNESS_TEST(who_comes_after_last_does_not_wait),
		HARNESS_TEST(who_does_not_want_to_wait_gets_eagain),
		HARNESS_TEST(a_caller_that_runs_is_looked_at_again),
		HARNESS_TEST(what_open_said_counts_if_nothing_else_is_known),
		HARNESS_TEST(a_signal_restarts_who_waits),
		HARNESS_TEST(a_signal_before_anybody_looked_restarts_too),
		HARNESS_TEST(dqbuf_needs_a_stream),
		HARNESS_TEST(nothing_comes_after_the_last_buffer),
		HARNESS_TEST(who_waits_hears_of_the_last_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
