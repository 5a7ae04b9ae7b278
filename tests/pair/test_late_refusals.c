// SPDX-License-Identifier: BSD-3-Clause
/*
 * What becomes of a buffer that the host refuses after its program has gone on, or that
 * is queued while the host has yet to answer what changes the queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/pipeline_rig.h"

static void expect_refused(uint32_t index)
{
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), 0);
	assert_int_equal(pipeline.buffer.v4l2.index, index);
	assert_true(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(pipeline.buffer.v4l2.bytesused, 0);
}

static void a_buffer_that_is_refused_late_comes_back(void **state)
{
	unsigned int wakes;

	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_fail(VIDIOC_QBUF, -EINVAL, 2);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), 0);
	wakes = pipeline.file.wakes;
	harness_settle();
	assert_true(pipeline.file.wakes > wakes);
	assert_true(front_poll(&pipeline.file, EPOLLIN) & EPOLLIN);
	harness_expect_said("buffer 1 was refused late: Invalid argument");
	pipeline_count();
	expect_refused(1);
	/* From now on it is asked first. */
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), -EINVAL);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(pipeline_waits(),
			 3); /* and QUERYBUF after the error */
	assert_int_equal(stream_off(&pipeline.file, CAPTURE), 0);
	pipeline_count();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void who_waits_for_a_buffer_gets_the_one_that_was_refused(void **state)
{
	struct stream_buffer got;
	struct front_call call;

	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	stream_begin_dqbuf(&call, &pipeline.file, CAPTURE, &got);
	harness_settle();
	assert_false(front_done(&call));
	fake_fail(VIDIOC_QBUF, -ENOMEM, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(got.v4l2.index, 1);
	assert_true(got.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void one_that_is_refused_before_streamon_comes_after_it(void **state)
{
	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, CAPTURE, V4L2_MEMORY_MMAP, 3),
		3);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), 0);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	assert_true(front_poll(&pipeline.file, EPOLLIN) & EPOLLIN);
	expect_refused(1);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), 0);
	assert_int_equal(fake_queued(CAPTURE), 1);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void a_refusal_before_streamoff_is_over_with_it(void **state)
{
	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(stream_off(&pipeline.file, CAPTURE), 0);
	assert_int_equal(
		stream_query(&pipeline.file, CAPTURE, 1, &pipeline.buffer), 0);
	assert_false(pipeline.buffer.v4l2.flags &
		     (V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_QUEUED |
		      V4L2_BUF_FLAG_ERROR));
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* Under vb2's lock it comes behind it. */
static void
what_is_queued_while_streamoff_is_under_way_stays_queued(void **state)
{
	uint32_t type = CAPTURE;
	struct front_call call;

	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_finish(CAPTURE, 2, 100, 0);
	harness_settle();
	fake_sleep(VIDIOC_STREAMOFF);
	front_begin_ioctl(&call, &pipeline.file, VIDIOC_STREAMOFF, &type);
	harness_asleep();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	harness_settle();
	assert_int_equal(fake_queued(CAPTURE), 1);
	assert_int_equal(
		stream_query(&pipeline.file, CAPTURE, 0, &pipeline.buffer), 0);
	assert_false(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(
		stream_query(&pipeline.file, CAPTURE, 1, &pipeline.buffer), 0);
	assert_true(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), -EINVAL);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), 0);
	pipeline_take(1);
	assert_false(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* start_streaming(), which comes behind buf_prepare() */
static int refuse_to_start(void *arg)
{
	const struct v4l2_buffer *passed = arg;

	fake.queues[CAPTURE].buffers[passed->index].flags =
		V4L2_BUF_FLAG_PREPARED;
	return -ENOSPC;
}

/* vb2_core_qbuf() is done with waiting_for_buffers before it starts the stream. */
static void a_stream_that_did_not_start_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, CAPTURE, V4L2_MEMORY_MMAP, 1),
		1);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), EPOLLERR);
	fake_on(VIDIOC_QBUF, refuse_to_start);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), -ENOSPC);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void a_refused_reqbufs_refuses_no_buffer(void **state)
{
	struct v4l2_requestbuffers more = { .type = CAPTURE,
					    .memory = V4L2_MEMORY_MMAP,
					    .count = 1 };
	struct front_call call;

	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	fake_sleep(VIDIOC_REQBUFS);
	front_begin_ioctl(&call, &pipeline.file, VIDIOC_REQBUFS, &more);
	harness_asleep();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), -EBUSY);
	pipeline_take(1);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* vb2_queue_error(): the buffer is not what is wrong. */
static void in_a_queue_that_has_failed_dqbuf_says_so(void **state)
{
	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_fail(VIDIOC_QBUF, -EIO, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	harness_settle();
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), -EIO);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 2), -EIO);
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN), EPOLLERR);
	assert_int_equal(stream_off(&pipeline.file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIPELINE_TEST(a_buffer_that_is_refused_late_comes_back),
		PIPELINE_TEST(
			who_waits_for_a_buffer_gets_the_one_that_was_refused),
		PIPELINE_TEST(
			one_that_is_refused_before_streamon_comes_after_it),
		PIPELINE_TEST(a_refusal_before_streamoff_is_over_with_it),
		PIPELINE_TEST(
			what_is_queued_while_streamoff_is_under_way_stays_queued),
		PIPELINE_TEST(a_stream_that_did_not_start_is_waited_for),
		PIPELINE_TEST(a_refused_reqbufs_refuses_no_buffer),
		PIPELINE_TEST(in_a_queue_that_has_failed_dqbuf_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
