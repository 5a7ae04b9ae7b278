// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory-to-memory nodes: two queues per file, as many files as there are, the
 * end of a stream and what comes after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/fake_device_buffers.h"
#include "tests/streamer.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)
#define BOTH     (READABLE | WRITABLE)

static struct front_file file;
static struct front_file other;
static struct front_call call;
static struct stream_buffer buffer;

static void open_codec(void)
{
	fake.caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	harness_open_fake(&file);
}

static void start_codec(void)
{
	open_codec();
	stream_start(&file, OUTPUT, 2);
	stream_start(&file, CAPTURE, 2);
}

static int command(uint32_t cmd, uint32_t what)
{
	struct v4l2_decoder_cmd arg = { .cmd = what };

	return front_ioctl(&file, cmd, &arg);
}

static int queue_output(uint32_t index, uint32_t used, uint32_t flags)
{
	stream_buffer(&buffer, OUTPUT, index);
	buffer.v4l2.bytesused = used;
	buffer.v4l2.flags = flags;
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

static int dqbuf_now(uint32_t type)
{
	int ret;

	harness.helper.nonblock = 1;
	ret = stream_dqbuf(&file, type, &buffer);
	harness.helper.nonblock = 0;
	return ret;
}

/* ---- the end of a stream -------------------------------------------------------- */

/* An empty LAST buffer, and then nothing more to dequeue. */
static void take_last(void)
{
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(front_poll(&file, READABLE), READABLE);
}

/* Rule: R8 */
static void the_end_is_over_after_streamoff(void **state)
{
	(void)state;
	start_codec();
	take_last();
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * vb2_core_streamon(): "already streaming", and nothing happens.
 *
 * Rule: R8
 */
static void streamon_of_a_stream_leaves_the_end(void **state)
{
	(void)state;
	start_codec();
	take_last();
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

static void the_end_is_over_after_a_start(uint32_t cmd)
{
	start_codec();
	take_last();
	assert_int_equal(command(cmd, V4L2_DEC_CMD_STOP), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(command(cmd, V4L2_DEC_CMD_START), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EAGAIN);
	fake_finish(CAPTURE, 1, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R8 */
static void a_decoder_goes_on_after_start(void **state)
{
	(void)state;
	the_end_is_over_after_a_start(VIDIOC_DECODER_CMD);
}

/* Rule: R8 */
static void an_encoder_goes_on_after_start(void **state)
{
	(void)state;
	the_end_is_over_after_a_start(VIDIOC_ENCODER_CMD);
}

/* A START that fails starts nothing. */
static void a_start_that_is_refused_leaves_the_end(void **state)
{
	(void)state;
	start_codec();
	take_last();
	fake_fail(VIDIOC_DECODER_CMD, -EBUSY, 1);
	assert_int_equal(command(VIDIOC_DECODER_CMD, V4L2_DEC_CMD_START),
			 -EBUSY);
	assert_int_equal(dqbuf_now(CAPTURE), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

/*
 * vicodec of 6.1: v4l2_m2m_decoder_cmd() clears has_stopped before it is asked
 * whether vb2 has to be told.
 *
 * Rule: R8
 */
static void a_driver_may_forget_to_tell_vb2_of_a_start(void **state)
{
	(void)state;
	fake.forgetful = true;
	start_codec();
	take_last();
	assert_int_equal(command(VIDIOC_DECODER_CMD, V4L2_DEC_CMD_START), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EPIPE);
	assert_int_equal(front_poll(&file, READABLE), READABLE);
	/* So again, and STREAMOFF ends it. */
	assert_int_equal(command(VIDIOC_DECODER_CMD, V4L2_DEC_CMD_START), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EPIPE);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

/* START before LAST was dequeued: vb2 remembers LAST when it is. */
static void a_start_before_the_last_was_taken_comes_too_early(void **state)
{
	(void)state;
	start_codec();
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	harness_settle();
	assert_int_equal(command(VIDIOC_DECODER_CMD, V4L2_DEC_CMD_START), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

/* coda and amphion set last_buffer_dequeued themselves when no buffer is left. */
static void a_stream_may_end_without_a_last_buffer(void **state)
{
	(void)state;
	start_codec();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	harness_settle();
	assert_false(front_done(&call));
	file.wakes = 0;
	fake_end(CAPTURE);
	assert_int_equal(front_wait(&harness.front, &call), -EPIPE);
	assert_true(file.wakes > 0);
	assert_int_equal(front_poll(&file, READABLE), READABLE);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(dqbuf_now(CAPTURE), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* Nor need there be one that could have been the last. */
static void a_stream_may_end_while_it_has_no_buffer(void **state)
{
	(void)state;
	open_codec();
	stream_start(&file, OUTPUT, 2);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(OUTPUT, 0, 10, 0);
	harness_settle();
	assert_int_equal(dqbuf_now(CAPTURE), -EAGAIN);
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	harness_settle();
	fake_end(CAPTURE);
	assert_int_equal(front_wait(&harness.front, &call), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

/* What was finished before can be dequeued, and then it is over. */
static void what_was_finished_before_the_end_is_not_lost(void **state)
{
	(void)state;
	start_codec();
	fake_finish(CAPTURE, 0, 5, 0);
	harness_settle();
	fake_end(CAPTURE);
	harness_settle();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 5);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(front_close(&file), 0);
}

/* ---- what is put in ---------------------------------------------------------------- */

/* videodev2.h: LAST in an output buffer is the application's word. */
static void last_in_an_output_buffer_ends_no_queue(void **state)
{
	(void)state;
	start_codec();
	fake_finish(OUTPUT, 0, 10, 0);
	fake_finish(OUTPUT, 1, 10, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(queue_output(0, 10, V4L2_BUF_FLAG_LAST), 0);
	fake_finish(OUTPUT, 0, 10, V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_LAST);
	assert_int_equal(queue_output(0, 10, 0), 0);
	fake_finish(OUTPUT, 0, 10, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(dqbuf_now(OUTPUT), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

/*
 * An empty buffer drains old codecs (allow_zero_bytesused); for all other drivers
 * it is a full one.  Which it is shows in what vb2 answers.
 */
static void an_empty_buffer_is_empty_where_the_driver_says_so(void **state)
{
	(void)state;
	fake.takes_empty = true;
	open_codec();
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 2), 2);
	stream_fill(stream_bytes(&file, OUTPUT, 0, 0), 4096, 1);
	assert_int_equal(queue_output(0, 0, V4L2_BUF_FLAG_LAST), 0);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(fake_last(VIDIOC_QBUF)->arg.buffer.bytesused, 0);
	/* Now that it is known, nothing is sent. */
	stream_fill(stream_bytes(&file, OUTPUT, 1, 0), 4096, 2);
	assert_int_equal(queue_output(1, 0, 0), 0);
	assert_int_equal(fake_plane(OUTPUT, 1, 0)[100], 0);
	assert_int_equal(front_close(&file), 0);
}

static void an_empty_buffer_is_full_where_it_does_not(void **state)
{
	unsigned int i;

	(void)state;
	open_codec();
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 2), 2);
	for (i = 0; i < 2; i++) {
		stream_fill(stream_bytes(&file, OUTPUT, i, 0), 4096, i);
		assert_int_equal(queue_output(i, 0, 0), 0);
		assert_int_equal(buffer.v4l2.bytesused, 4096);
		assert_true(stream_filled(fake_plane(OUTPUT, i, 0), 4096, i));
	}
	assert_int_equal(front_close(&file), 0);
}

/* v4l2_m2m_qbuf() */
static void a_capture_buffer_has_no_request(void **state)
{
	(void)state;
	start_codec();
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), -EPERM);
	/* Of another type than the node's, v4l_qbuf() says so before that. */
	buffer.v4l2.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	buffer.v4l2.length = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* ---- several files, several sizes ---------------------------------------------------- */

/*
 * R14: both have buffers at the same offsets of their own files.
 *
 * Rule: R14, B20
 */
static void two_files_have_the_same_offsets(void **state)
{
	struct stream_buffer mine;
	unsigned int i;

	(void)state;
	fake.own_queues = true;
	open_codec();
	harness_open(&other);
	stream_start(&file, CAPTURE, 2);
	stream_start(&other, CAPTURE, 2);
	for (i = 0; i < 4; i++) {
		fake_choose(0);
		stream_fill(fake_plane(CAPTURE, i % 2, 0), 4096, 10 + i);
		fake_finish(CAPTURE, i % 2, 4096, 0);
		fake_choose(1);
		stream_fill(fake_plane(CAPTURE, i % 2, 0), 4096, 20 + i);
		fake_finish(CAPTURE, i % 2, 4096, 0);
		assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), 0);
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &mine), 0);
		assert_true(stream_filled(
			stream_bytes(&file, CAPTURE, i % 2, 0), 4096, 10 + i));
		assert_true(stream_filled(
			stream_bytes(&other, CAPTURE, i % 2, 0), 4096, 20 + i));
		assert_int_equal(stream_qbuf(&file, CAPTURE, i % 2), 0);
		assert_int_equal(stream_qbuf(&other, CAPTURE, i % 2), 0);
	}
	/* One ends, the other goes on. */
	assert_int_equal(front_close(&file), 0);
	fake_choose(0);
	fake_finish(CAPTURE, 0, 9, 0);
	assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&other), 0);
}

static void finish_output(uint32_t index)
{
	fake_finish(OUTPUT, index, 10, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(queue_output(index, 10, 0), 0);
}

/*
 * The stateful decoder's "dynamic resolution change"
 *
 * Rule: B39
 */
static void one_queue_is_made_anew_while_the_other_streams(void **state)
{
	uint32_t index;

	(void)state;
	start_codec();
	take_last();
	finish_output(0);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	finish_output(1);
	assert_int_equal(front_poll(&file, WRITABLE), 0);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 3, &index), 3);
	assert_int_equal(index, 0);
	finish_output(0);
	for (index = 0; index < 3; index++)
		assert_int_equal(stream_qbuf(&file, CAPTURE, index), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	stream_fill(fake_plane(CAPTURE, 2, 0), 4096, 9);
	fake_finish(CAPTURE, 2, 4096, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_true(stream_filled(stream_bytes(&file, CAPTURE, 2, 0), 4096, 9));
	finish_output(1);
	assert_int_equal(front_close(&file), 0);
}

/* A seek: the output queue is emptied, the capture queue goes on. */
static void the_output_queue_stops_alone(void **state)
{
	(void)state;
	start_codec();
	fake_finish(OUTPUT, 0, 10, 0);
	harness_settle();
	assert_int_equal(stream_off(&file, OUTPUT), 0);
	assert_int_equal(dqbuf_now(OUTPUT), -EINVAL);
	/* The capture queue can go on: no error. */
	assert_int_equal(front_poll(&file, BOTH), 0);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(queue_output(0, 10, 0), 0);
	assert_int_equal(queue_output(1, 10, 0), 0);
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	fake_finish(OUTPUT, 1, 10, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(front_close(&file), 0);
}

/* Each queue has its own who waits. */
static void both_queues_can_be_waited_for(void **state)
{
	struct stream_buffer taken;
	struct front_call second;

	(void)state;
	start_codec();
	stream_begin_dqbuf(&call, &file, OUTPUT, &buffer);
	stream_begin_dqbuf(&second, &file, CAPTURE, &taken);
	harness_settle();
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(front_wait(&harness.front, &second), -EINVAL);
	assert_false(front_done(&call));
	fake_finish(OUTPUT, 0, 3, 0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(the_end_is_over_after_streamoff),
		HARNESS_TEST(streamon_of_a_stream_leaves_the_end),
		HARNESS_TEST(a_decoder_goes_on_after_start),
		HARNESS_TEST(an_encoder_goes_on_after_start),
		HARNESS_TEST(a_start_that_is_refused_leaves_the_end),
		HARNESS_TEST(a_driver_may_forget_to_tell_vb2_of_a_start),
		HARNESS_TEST(a_start_before_the_last_was_taken_comes_too_early),
		HARNESS_TEST(a_stream_may_end_without_a_last_buffer),
		HARNESS_TEST(a_stream_may_end_while_it_has_no_buffer),
		HARNESS_TEST(what_was_finished_before_the_end_is_not_lost),
		HARNESS_TEST(last_in_an_output_buffer_ends_no_queue),
		HARNESS_TEST(an_empty_buffer_is_empty_where_the_driver_says_so),
		HARNESS_TEST(an_empty_buffer_is_full_where_it_does_not),
		HARNESS_TEST(a_capture_buffer_has_no_request),
		HARNESS_TEST(two_files_have_the_same_offsets),
		HARNESS_TEST(one_queue_is_made_anew_while_the_other_streams),
		HARNESS_TEST(the_output_queue_stops_alone),
		HARNESS_TEST(both_queues_can_be_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
