// SPDX-License-Identifier: BSD-3-Clause
/*
 * Several threads with one open file: what one does to buffers while another's
 * call is under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;

static int reqbufs(uint32_t count)
{
	return stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, count);
}

/* Two threads of an application ask at the same time. */
static void of_two_reqbufs_at_once_one_is_busy(void **state)
{
	struct v4l2_requestbuffers first = {
		.count = 3,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_requestbuffers second = first;
	struct front_call calls[2];

	(void)state;
	harness_open_fake(&file);
	second.count = 2;
	front_begin_ioctl(&calls[0], &file, VIDIOC_REQBUFS, &first);
	front_begin_ioctl(&calls[1], &file, VIDIOC_REQBUFS, &second);
	assert_int_equal(front_wait(&harness.front, &calls[0]), 0);
	assert_int_equal(front_wait(&harness.front, &calls[1]), -EBUSY);
	assert_int_equal(harness.device->window.count, 3);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 2), 0);
	assert_int_equal(front_close(&file), 0);
}

/* One thread queues a buffer that another takes away. */
static void qbuf_beside_reqbufs_finds_no_buffer(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct front_call calls[2];

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	front_begin_ioctl(&calls[0], &file, VIDIOC_REQBUFS, &request);
	stream_buffer(&buffer, CAPTURE, 0);
	front_begin_ioctl(&calls[1], &file, VIDIOC_QBUF, &buffer.v4l2);
	assert_int_equal(front_wait(&harness.front, &calls[1]), -EINVAL);
	assert_int_equal(front_wait(&harness.front, &calls[0]), 0);
	assert_int_equal(fake_queued(CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(front_close(&file), 0);
}

/* One thread goes on with its buffers while another makes more. */
static void qbuf_beside_create_bufs_is_done(void **state)
{
	struct v4l2_create_buffers more = {
		.count = 20,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};
	struct front_call creating;
	unsigned int rounds;

	(void)state;
	harness.config.no_pipeline = true;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	front_begin_ioctl(&creating, &file, VIDIOC_CREATE_BUFS, &more);
	for (rounds = 0; !front_done(&creating); rounds++) {
		fake_finish(CAPTURE, rounds % 2, 8, 0);
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(stream_qbuf(&file, CAPTURE, buffer.v4l2.index),
				 0);
	}
	assert_true(rounds > 0);
	assert_int_equal(creating.result, 0);
	assert_int_equal(more.index, 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 21), 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_close_in_the_middle_of_reqbufs_leaves_nothing(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 20,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct front_call calls[3];
	unsigned int rounds;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	for (rounds = 0; rounds < 8; rounds++) {
		unsigned int i;

		harness_open(&file);
		front_begin_ioctl(&calls[0], &file, VIDIOC_REQBUFS, &request);
		for (i = 0; i < rounds; i++)
			front_run(&harness.front);
		/* The kernel releases only what has no call; give it up. */
		session_kill(file.session, -EIO);
		front_wait(&harness.front, &calls[0]);
		assert_int_equal(front_close(&file), 0);
	}
	harness_settle();
	harness_open(&file);
	stream_barrier(&file);
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(of_two_reqbufs_at_once_one_is_busy),
		HARNESS_TEST(qbuf_beside_reqbufs_finds_no_buffer),
		HARNESS_TEST(qbuf_beside_create_bufs_is_done),
		HARNESS_TEST(a_close_in_the_middle_of_reqbufs_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
