// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an application says of an output buffer: how much is in it, where, in
 * whose memory; and what vb2 refuses of that (vb2_queue_or_prepare_buf()).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device_buffers.h"
#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;
static uint8_t memory[4][8192];

static void open_node(uint32_t caps)
{
	fake.caps = caps | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	fake.plane_len[0] = 8192;
	memset(memory, 0, sizeof(memory));
	harness_open_fake(&file);
}

static void open_planes(uint32_t kind, uint32_t count)
{
	open_node(V4L2_CAP_VIDEO_OUTPUT_MPLANE);
	assert_int_equal(stream_reqbufs(&file, OUTPUT_MPLANE, kind, count),
			 count);
}

static int pass(uint32_t cmd)
{
	return front_ioctl(&file, cmd, &buffer.v4l2);
}

/* A buffer in memory[0] and memory[1] */
static void userptr_planes(uint32_t type, uint32_t index)
{
	stream_buffer(&buffer, type, index);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.length = 2;
	buffer.planes[0].m.userptr = (unsigned long)memory[0];
	buffer.planes[0].length = sizeof(memory[0]);
	buffer.planes[1].m.userptr = (unsigned long)memory[1];
	buffer.planes[1].length = sizeof(memory[1]);
}

/* ---- how much, and where ------------------------------------------------------ */

static int queue_plane(uint32_t plane, uint32_t used, uint32_t offset)
{
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.planes[plane].bytesused = used;
	buffer.planes[plane].data_offset = offset;
	return pass(VIDIOC_QBUF);
}

/*
 * __verify_length()
 *
 * Rule: R6
 */
static void contents_end_with_the_plane(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_MMAP, 1);
	assert_int_equal(queue_plane(0, 8193, 0), -EINVAL);
	assert_int_equal(queue_plane(1, 4097, 0), -EINVAL);
	assert_int_equal(queue_plane(0, 100, 100), -EINVAL);
	assert_int_equal(queue_plane(0, 100, 101), -EINVAL);
	/* bytesused 0 is all of it */
	assert_int_equal(queue_plane(0, 0, 8192), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(queue_plane(0, 0, 8191), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * FFmpeg queues with length 8 and planes that it has not filled in.
 *
 * Rule: R6
 */
static void planes_that_the_format_has_not_are_not_looked_at(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_MMAP, 1);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	memset(&buffer.planes[2], 0xee, 6 * sizeof(buffer.planes[0]));
	buffer.planes[0].bytesused = 10;
	buffer.planes[1].bytesused = 10;
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(buffer.v4l2.length, 2);
	/* As they were: vb2 fills in the planes that there are. */
	assert_int_equal(buffer.planes[2].bytesused, 0xeeeeeeee);
	assert_int_equal(front_close(&file), 0);
}

static void what_is_before_the_offset_travels_too(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_MMAP, 1);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 0), 8192, 3);
	assert_int_equal(queue_plane(0, 500, 200), 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 500, 3));
	assert_int_equal(fake_plane(OUTPUT_MPLANE, 0, 0)[500], 0);
	assert_int_equal(
		((const struct v4l2_plane *)(const void *)fake_last(VIDIOC_QBUF)
			 ->nested)
			->data_offset,
		200);
	assert_int_equal(front_close(&file), 0);
}

static void an_offset_of_the_device_arrives(void **state)
{
	static const uint32_t used[] = { 500, 60 };

	(void)state;
	open_node(V4L2_CAP_VIDEO_CAPTURE_MPLANE);
	stream_start(&file, CAPTURE_MPLANE, 1);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), 500, 4);
	fake.queues[CAPTURE_MPLANE].buffers[0].data_offset[0] = 128;
	/* An error, and contents all the same. */
	fake_finish_planes(CAPTURE_MPLANE, 0, used, V4L2_BUF_FLAG_ERROR);
	assert_int_equal(stream_dqbuf(&file, CAPTURE_MPLANE, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.planes[0].data_offset, 128);
	assert_int_equal(buffer.planes[0].bytesused, 500);
	assert_int_equal(buffer.planes[1].bytesused, 60);
	assert_true(stream_filled(stream_bytes(&file, CAPTURE_MPLANE, 0, 0),
				  500, 4));
	assert_int_equal(front_close(&file), 0);
}

static void a_buffer_has_one_field_of_two_that_alternate(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_MMAP, 1);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.v4l2.field = V4L2_FIELD_ALTERNATE;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	buffer.v4l2.field = V4L2_FIELD_BOTTOM;
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * What is wrong with a buffer's values is said before what is with its queue, but
 * of one that is queued they are not looked at (vb->prepared).
 */
static void values_are_looked_at_before_the_queue(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_MMAP, 2);
	assert_int_equal(queue_plane(0, 0, 0), 0);
	assert_int_equal(stream_on(&file, OUTPUT_MPLANE), 0);
	fake_queue_error(OUTPUT_MPLANE);
	harness_settle();
	/* Queued already: vb2_core_qbuf() looks at q->error first. */
	assert_int_equal(queue_plane(0, 0, 0), -EIO);
	assert_int_equal(queue_plane(0, 8193, 0), -EIO);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), -EINVAL);
	stream_buffer(&buffer, OUTPUT_MPLANE, 1);
	buffer.planes[0].bytesused = 8193;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	stream_buffer(&buffer, OUTPUT_MPLANE, 1);
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), -EIO);
	stream_buffer(&buffer, OUTPUT_MPLANE, 1);
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(pass(VIDIOC_QBUF), -EBADR);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* ---- in whose memory ------------------------------------------------------------- */

static void each_plane_comes_from_its_address(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_USERPTR, 1);
	stream_fill(memory[0], 8192, 5);
	stream_fill(memory[1], 8192, 6);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[0].bytesused = 7000;
	buffer.planes[0].data_offset = 100;
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	/* They have been read: what comes later is for the next one. */
	memset(memory, 0xcc, sizeof(memory));
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 7000, 5));
	assert_int_equal(fake_plane(OUTPUT_MPLANE, 0, 0)[7000], 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 1), 4096, 6));
	assert_int_equal(buffer.planes[1].m.userptr, (unsigned long)memory[1]);
	assert_int_equal(buffer.planes[1].length, sizeof(memory[1]));
	assert_int_equal(front_close(&file), 0);
}

static void each_plane_must_be_there_and_large_enough(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_USERPTR, 1);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].length = 4095;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].m.userptr = 0;
	assert_int_equal(pass(VIDIOC_QBUF), -EFAULT);
	/* What it says is wrong, wherever it is. */
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].m.userptr = 0;
	buffer.planes[1].bytesused = sizeof(memory[1]) + 1;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	/* The host's plane holds no more. */
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].bytesused = 4097;
	assert_int_equal(pass(VIDIOC_QBUF), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].bytesused = 4096;
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * vb2 does not look at what QBUF says of a buffer that is prepared.
 *
 * Rule: B37
 */
static void what_was_prepared_is_what_counts(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_USERPTR, 1);
	stream_fill(memory[0], 8192, 7);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[0].bytesused = 600;
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_PREPARED);

	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[0].m.userptr = 16;
	buffer.planes[0].length = 1;
	buffer.planes[0].bytesused = 100000;
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(buffer.planes[0].m.userptr, (unsigned long)memory[0]);
	assert_int_equal(buffer.planes[0].length, sizeof(memory[0]));
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 600, 7));
	assert_int_equal(fake_plane(OUTPUT_MPLANE, 0, 0)[600], 0);
	assert_int_equal(front_close(&file), 0);
}

/* uvcvideo has no PREPARE_BUF: nothing has happened. */
static void what_could_not_be_prepared_is_as_before(void **state)
{
	(void)state;
	open_planes(V4L2_MEMORY_USERPTR, 1);
	fake_fail(VIDIOC_PREPARE_BUF, -ENOTTY, 2);
	userptr_planes(OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), -ENOTTY);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_QUERYBUF), 0);
	assert_int_equal(buffer.planes[0].m.userptr, 0);
	assert_int_equal(buffer.planes[1].length, 4096);

	userptr_planes(OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(stream_off(&file, OUTPUT_MPLANE), 0);
	userptr_planes(OUTPUT_MPLANE, 0);
	buffer.planes[1].m.userptr = (unsigned long)memory[2];
	assert_int_equal(pass(VIDIOC_PREPARE_BUF), -ENOTTY);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_QUERYBUF), 0);
	assert_int_equal(buffer.planes[1].m.userptr, (unsigned long)memory[1]);
	assert_int_equal(front_close(&file), 0);
}

/* A codec with an application's memory on both sides */
static void both_queues_of_a_codec_may_be_userptr(void **state)
{
	static const uint32_t used[] = { 8192, 300 };

	(void)state;
	open_node(V4L2_CAP_VIDEO_M2M_MPLANE);
	assert_int_equal(
		stream_reqbufs(&file, OUTPUT_MPLANE, V4L2_MEMORY_USERPTR, 1),
		1);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_USERPTR, 1),
		1);
	stream_fill(memory[0], 8192, 8);
	userptr_planes(OUTPUT_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 8192, 8));

	userptr_planes(CAPTURE_MPLANE, 0);
	buffer.planes[0].m.userptr = (unsigned long)memory[2];
	buffer.planes[1].m.userptr = (unsigned long)memory[3];
	assert_int_equal(pass(VIDIOC_QBUF), 0);
	assert_int_equal(stream_on(&file, OUTPUT_MPLANE), 0);
	assert_int_equal(stream_on(&file, CAPTURE_MPLANE), 0);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), 8192, 9);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 1), 300, 10);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	assert_int_equal(pass(VIDIOC_DQBUF), 0);
	assert_true(stream_filled(memory[2], 8192, 9));
	assert_true(stream_filled(memory[3], 300, 10));
	assert_int_equal(memory[3][300], 0);
	assert_int_equal(memory[0][0], 8);
	assert_int_equal(front_close(&file), 0);
}

/* ---- and how many ---------------------------------------------------------------- */

/*
 * V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS: VIDEO_MAX_FRAME is no limit.
 *
 * Rule: R18
 */
static void there_may_be_more_than_32(void **state)
{
	uint32_t index;
	uint32_t i;

	(void)state;
	open_node(V4L2_CAP_VIDEO_CAPTURE);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 30),
			 30);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 18, &index),
		18);
	assert_int_equal(index, 30);
	for (i = 0; i < 48; i++)
		assert_int_equal(stream_qbuf(&file, CAPTURE, i), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	for (i = 48; i--;) {
		stream_fill(fake_plane(CAPTURE, i, 0), 100, i);
		fake_finish(CAPTURE, i, 100, 0);
	}
	for (i = 48; i--;) {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, i);
		assert_true(stream_filled(stream_bytes(&file, CAPTURE, i, 0),
					  100, i));
	}
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(contents_end_with_the_plane),
		HARNESS_TEST(planes_that_the_format_has_not_are_not_looked_at),
		HARNESS_TEST(what_is_before_the_offset_travels_too),
		HARNESS_TEST(an_offset_of_the_device_arrives),
		HARNESS_TEST(a_buffer_has_one_field_of_two_that_alternate),
		HARNESS_TEST(values_are_looked_at_before_the_queue),
		HARNESS_TEST(each_plane_comes_from_its_address),
		HARNESS_TEST(each_plane_must_be_there_and_large_enough),
		HARNESS_TEST(what_was_prepared_is_what_counts),
		HARNESS_TEST(what_could_not_be_prepared_is_as_before),
		HARNESS_TEST(both_queues_of_a_codec_may_be_userptr),
		HARNESS_TEST(there_may_be_more_than_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
