// SPDX-License-Identifier: BSD-3-Clause
/*
 * Streaming without waiting for the host: what is counted, and what a program sees.
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

#define FRAMES 100

static int begin_without(void **state)
{
	harness_setup(state);
	harness.config.no_pipeline = true;
	harness_open_fake(&pipeline.file);
	pipeline_count();
	return 0;
}

static void no_call_waits_while_frames_come(void **state)
{
	unsigned int i;

	(void)state;
	pipeline_start(CAPTURE);
	for (i = 1; i <= FRAMES; i++)
		pipeline_frame(CAPTURE, i % PIPELINE_BUFFERS);
	assert_int_equal(pipeline_waits(), 0);
	harness_settle();
	assert_int_equal(fake_queued(CAPTURE), PIPELINE_BUFFERS);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static int begin_output(void **state)
{
	harness_setup(state);
	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	harness_open_fake(&pipeline.file);
	return 0;
}

static void no_call_waits_while_frames_go(void **state)
{
	unsigned int i;

	(void)state;
	pipeline_start(OUTPUT);
	/* The first ones said nothing of their contents. */
	pipeline_frame(OUTPUT, 1);
	pipeline_count();
	for (i = 2; i <= FRAMES; i++) {
		stream_fill(stream_bytes(&pipeline.file, OUTPUT,
					 i % PIPELINE_BUFFERS, 0),
			    4096, i);
		pipeline_frame(OUTPUT, i % PIPELINE_BUFFERS);
		harness_settle();
		assert_true(stream_filled(
			fake_plane(OUTPUT, i % PIPELINE_BUFFERS, 0), 4096, i));
	}
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static int begin_codec(void **state)
{
	harness_setup(state);
	fake.caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	fake.own_queues = true;
	harness_open_fake(&pipeline.file);
	fake_choose(0);
	return 0;
}

static void queue_picture(uint32_t index, uint32_t used)
{
	stream_buffer(&pipeline.buffer, OUTPUT, index);
	pipeline.buffer.v4l2.bytesused = used;
	assert_int_equal(
		front_ioctl(&pipeline.file, VIDIOC_QBUF, &pipeline.buffer.v4l2),
		0);
}

static void code(uint32_t index, uint32_t used)
{
	fake_finish(OUTPUT, index, used, 0);
	fake_finish(CAPTURE, index, 100, 0);
	harness_settle();
	assert_int_equal(stream_dqbuf(&pipeline.file, OUTPUT, &pipeline.buffer),
			 0);
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), 0);
	queue_picture(index, used);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, index), 0);
}

/* What a compressed picture has changes with each. */
static void no_call_of_a_codec_waits_when_both_queues_run(void **state)
{
	struct v4l2_decoder_cmd stop = { .cmd = V4L2_DEC_CMD_STOP };
	struct v4l2_decoder_cmd again = { .cmd = V4L2_DEC_CMD_START };
	unsigned int i;

	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, OUTPUT, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(stream_on(&pipeline.file, OUTPUT), 0);
	pipeline_count();
	queue_picture(0, 100);
	queue_picture(1, 90);
	assert_int_equal(pipeline_waits(), 2);
	stream_start(&pipeline.file, CAPTURE, 2);
	code(0, 80);
	harness_settle();
	pipeline_count();
	for (i = 1; i < FRAMES; i++)
		code(i % 2, 100 + i);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_ioctl(&pipeline.file, VIDIOC_DECODER_CMD, &stop),
			 0);
	harness_settle();
	pipeline_count();
	code(0, 100);
	code(1, 100);
	assert_int_equal(pipeline_waits(), 4);
	assert_int_equal(
		front_ioctl(&pipeline.file, VIDIOC_DECODER_CMD, &again), 0);
	code(0, 100);
	pipeline_count();
	code(1, 100);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* Half of the window, less REQBUFS itself */
#define AHEAD ((VMS_CMD_WINDOW - 1) / 2 - 1)

static void a_stream_is_set_up_in_four_round_trips(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(stream_reqbufs(&pipeline.file, CAPTURE,
					V4L2_MEMORY_MMAP, AHEAD),
			 AHEAD);
	assert_int_equal(pipeline_waits(), 2);
	for (i = 0; i < AHEAD; i++)
		assert_int_equal(stream_query(&pipeline.file, CAPTURE, i,
					      &pipeline.buffer),
				 0);
	assert_int_equal(pipeline_waits(), 0);
	/* It teaches what the driver does with them. */
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), 0);
	assert_int_equal(pipeline_waits(), 1);
	for (i = 1; i < AHEAD; i++)
		assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, i), 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	assert_int_equal(pipeline_waits(), 1);
	assert_int_equal(fake_queued(CAPTURE), AHEAD);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void each_call_waits_if_that_is_wanted(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, CAPTURE, V4L2_MEMORY_MMAP, 4),
		4);
	assert_int_equal(pipeline_waits(), 3);
	for (i = 0; i < 4; i++)
		assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, i), 0);
	assert_int_equal(pipeline_waits(), 4);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	pipeline_count();
	for (i = 0; i < 4; i++)
		pipeline_frame(CAPTURE, i);
	assert_int_equal(pipeline_waits(), 4);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* As if the host had answered. */
static void what_is_shown_is_what_the_host_shows(void **state)
{
	struct stream_buffer shown;
	struct stream_buffer told;

	(void)state;
	pipeline_start(CAPTURE);
	fake_finish(CAPTURE, 1, 100, 0);
	harness_settle();
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), 0);
	stream_buffer(&shown, CAPTURE, 1);
	shown.v4l2.flags = V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_KEYFRAME;
	shown.v4l2.bytesused = 77;
	shown.v4l2.request_fd = 5;
	shown.v4l2.reserved2 = 6;
	assert_int_equal(front_ioctl(&pipeline.file, VIDIOC_QBUF, &shown.v4l2),
			 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(shown.v4l2.flags,
			 V4L2_BUF_FLAG_QUEUED |
				 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_int_equal(shown.v4l2.bytesused, 0);
	assert_int_equal(shown.v4l2.request_fd, 0);
	assert_int_equal(shown.v4l2.reserved2, 0);
	harness_settle();
	assert_int_equal(stream_query(&pipeline.file, CAPTURE, 1, &told), 0);
	assert_int_equal(told.v4l2.flags, shown.v4l2.flags);
	assert_int_equal(told.v4l2.bytesused, shown.v4l2.bytesused);
	assert_int_equal(told.v4l2.length, shown.v4l2.length);
	assert_int_equal(told.v4l2.m.offset, shown.v4l2.m.offset);
	assert_int_equal(told.v4l2.field, shown.v4l2.field);
	assert_int_equal(told.v4l2.memory, shown.v4l2.memory);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* vb2's rules need no host. */
static void what_vb2_refuses_is_refused_at_once(void **state)
{
	(void)state;
	pipeline_start(CAPTURE);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), -EINVAL);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, PIPELINE_BUFFERS),
			 -EINVAL);
	fake_finish(CAPTURE, 1, 100, 0);
	harness_settle();
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), 0);
	stream_buffer(&pipeline.buffer, CAPTURE, 1);
	pipeline.buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(
		front_ioctl(&pipeline.file, VIDIOC_QBUF, &pipeline.buffer.v4l2),
		-EINVAL);
	stream_buffer(&pipeline.buffer, CAPTURE, 1);
	pipeline.buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(
		front_ioctl(&pipeline.file, VIDIOC_QBUF, &pipeline.buffer.v4l2),
		-EBADR);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* ---- when it is asked first ------------------------------------------------------ */

static void the_first_after_a_change_hears_of_it(void **state)
{
	struct v4l2_ext_control control = { .id = FAKE_CID_SCALAR, .value = 1 };
	struct v4l2_ext_controls controls = { .count = 1,
					      .controls = &control };
	struct front_file other;

	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	pipeline_take(2);
	harness_open(&other);
	assert_int_equal(front_ioctl(&other, VIDIOC_S_EXT_CTRLS, &controls), 0);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), -EINVAL);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	pipeline_count();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 2), 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void the_first_after_another_source_waits(void **state)
{
	(void)state;
	assert_int_equal(stream_subscribe(&pipeline.file,
					  V4L2_EVENT_SOURCE_CHANGE, 0, 0),
			 0);
	pipeline_start(CAPTURE);
	pipeline_take(1);
	fake_event(V4L2_EVENT_SOURCE_CHANGE, 0, V4L2_EVENT_SRC_CH_RESOLUTION);
	harness_settle();
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), -EINVAL);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* A QBUF may be what starts the device. */
static void after_streamon_they_wait_until_a_frame_has_come(void **state)
{
	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, CAPTURE, V4L2_MEMORY_MMAP, 4),
		4);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&pipeline.file, CAPTURE), 0);
	pipeline_count();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 2), 0);
	assert_int_equal(pipeline_waits(), 2);
	pipeline_take(0);
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 0), 0);
	assert_int_equal(pipeline_waits(), 0);
	assert_int_equal(front_close(&pipeline.file), 0);
}

static void a_prepared_buffer_waits(void **state)
{
	(void)state;
	pipeline_start(CAPTURE);
	pipeline_take(1);
	stream_buffer(&pipeline.buffer, CAPTURE, 1);
	assert_int_equal(front_ioctl(&pipeline.file, VIDIOC_PREPARE_BUF,
				     &pipeline.buffer.v4l2),
			 0);
	pipeline_count();
	assert_int_equal(stream_qbuf(&pipeline.file, CAPTURE, 1), 0);
	assert_int_equal(pipeline_waits(), 1);
	assert_int_equal(front_close(&pipeline.file), 0);
}

/* The helper looks at the memory; the host need not. */
static void memory_of_a_programs_own_waits_for_no_host(void **state)
{
	static uint8_t memory[4096];
	unsigned int i;

	(void)state;
	assert_int_equal(
		stream_reqbufs(&pipeline.file, CAPTURE, V4L2_MEMORY_USERPTR, 2),
		2);
	for (i = 0; i < 2; i++) {
		stream_buffer(&pipeline.buffer, CAPTURE, i);
		pipeline.buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
		pipeline.buffer.v4l2.m.userptr = (unsigned long)memory;
		pipeline.buffer.v4l2.length = sizeof(memory);
		pipeline_count();
		assert_int_equal(front_ioctl(&pipeline.file, VIDIOC_QBUF,
					     &pipeline.buffer.v4l2),
				 0);
		assert_int_equal(pipeline_waits(), !i);
		assert_int_equal(pipeline.buffer.v4l2.m.userptr,
				 (unsigned long)memory);
		assert_int_equal(pipeline.buffer.v4l2.length, sizeof(memory));
	}
	harness_settle();
	assert_int_equal(fake_queued(CAPTURE), 2);
	assert_int_equal(front_close(&pipeline.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIPELINE_TEST(no_call_waits_while_frames_come),
		cmocka_unit_test_setup_teardown(no_call_waits_while_frames_go,
						begin_output, harness_teardown),
		cmocka_unit_test_setup_teardown(
			no_call_of_a_codec_waits_when_both_queues_run,
			begin_codec, harness_teardown),
		PIPELINE_TEST(a_stream_is_set_up_in_four_round_trips),
		cmocka_unit_test_setup_teardown(
			each_call_waits_if_that_is_wanted, begin_without,
			harness_teardown),
		PIPELINE_TEST(what_is_shown_is_what_the_host_shows),
		PIPELINE_TEST(what_vb2_refuses_is_refused_at_once),
		PIPELINE_TEST(the_first_after_a_change_hears_of_it),
		PIPELINE_TEST(the_first_after_another_source_waits),
		PIPELINE_TEST(after_streamon_they_wait_until_a_frame_has_come),
		PIPELINE_TEST(a_prepared_buffer_waits),
		PIPELINE_TEST(memory_of_a_programs_own_waits_for_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
