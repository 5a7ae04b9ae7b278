// SPDX-License-Identifier: BSD-3-Clause
/*
 * Output: contents are at the device before it is told of them; write().
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

#include "tests/streamer.h"

#define WRITABLE (EPOLLOUT | EPOLLWRNORM)
#define BIG      (300u << 10)

static struct front_file file;
static struct front_file other;
static struct stream_buffer buffer;
static uint8_t bytes[BIG];
static bool right;

static void open_output(enum profile_choice choice)
{
	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	harness_connect("fake", choice);
	harness_open(&file);
}

static int queue(uint32_t index, uint32_t used)
{
	stream_buffer(&buffer, OUTPUT, index);
	buffer.v4l2.bytesused = used;
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

/* In place of QBUF: are the contents there in this moment? */
static int look_at_contents(void *arg)
{
	const struct v4l2_buffer *v4l2 = arg;

	right = stream_filled(fake_plane(OUTPUT, v4l2->index, 0), BIG,
			      v4l2->index);
	return 0;
}

static void contents_are_there_before_qbuf(void **state)
{
	unsigned int i;

	(void)state;
	fake.plane_len[0] = BIG;
	open_output(PROFILE_CHOICE_STREAM);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 3), 3);
	fake_on(VIDIOC_QBUF, look_at_contents);
	for (i = 0; i < 3; i++) {
		stream_fill(stream_bytes(&file, OUTPUT, i, 0), BIG, i);
		right = false;
		assert_int_equal(queue(i, BIG), 0);
		harness_settle();
		assert_true(right);
	}
	assert_int_equal(front_close(&file), 0);
}

static void as_much_travels_as_is_used(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_STREAM);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 3), 3);
	stream_fill(stream_bytes(&file, OUTPUT, 0, 0), 4096, 1);
	assert_int_equal(queue(0, 10), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 10, 1));
	assert_int_equal(fake_plane(OUTPUT, 0, 0)[10], 0);
	assert_int_equal(fake_last(VIDIOC_QBUF)->arg.buffer.bytesused, 10);
	/* videodev2.h: if 0, the whole plane */
	stream_fill(stream_bytes(&file, OUTPUT, 1, 0), 4096, 2);
	assert_int_equal(queue(1, 0), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 1, 0), 4096, 2));
	/* More than there is: __verify_length() */
	assert_int_equal(queue(2, 4097), -EINVAL);
	stream_fill(stream_bytes(&file, OUTPUT, 2, 0), 4096, 3);
	assert_int_equal(queue(2, 4096), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 2, 0), 4096, 3));
	assert_int_equal(front_close(&file), 0);
}

static void every_plane_travels(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	fake.plane_len[0] = 8192;
	harness_open_fake(&file);
	assert_int_equal(
		stream_reqbufs(&file, OUTPUT_MPLANE, V4L2_MEMORY_MMAP, 1), 1);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 0), 8192, 4);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 1), 4096, 5);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.v4l2.length = 2;
	buffer.planes[0].bytesused = 7000;
	buffer.planes[1].bytesused = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 7000, 4));
	assert_int_equal(fake_plane(OUTPUT_MPLANE, 0, 0)[7000], 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 1), 4096, 5));
	assert_int_equal(front_close(&file), 0);
}

static void contents_may_be_prepared(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_STREAM);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 1), 1);
	stream_fill(stream_bytes(&file, OUTPUT, 0, 0), 4096, 6);
	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.bytesused = 4096;
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 4096, 6));
	assert_int_equal(queue(0, 4096), 0);
	assert_int_equal(front_close(&file), 0);
}

static void contents_do_not_come_back(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_STREAM);
	stream_start(&file, OUTPUT, 2);
	memset(fake_plane(OUTPUT, 0, 0), 0x77, 4096);
	fake_finish(OUTPUT, 0, 4096, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(stream_bytes(&file, OUTPUT, 0, 0)[0], 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_stream_that_is_stopped_forgets_contents_under_way(void **state)
{
	struct front_call queueing;

	(void)state;
	fake.plane_len[0] = BIG;
	open_output(PROFILE_CHOICE_STREAM);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	stream_buffer(&buffer, OUTPUT, 0);
	front_begin_ioctl(&queueing, &file, VIDIOC_QBUF, &buffer.v4l2);
	assert_int_equal(stream_off(&file, OUTPUT), 0);
	assert_int_equal(front_wait(&harness.front, &queueing), 0);

	stream_fill(stream_bytes(&file, OUTPUT, 0, 0), BIG, 8);
	assert_int_equal(queue(0, BIG), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), BIG, 8));
	assert_int_equal(front_close(&file), 0);
}

/* ---- write() ----------------------------------------------------------- */

static void write_gathers_until_a_buffer_is_full(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_AUTO);
	stream_fill(bytes, 4096 + 100, 1);
	assert_int_equal(front_write(&file, bytes, 1000, 0), 1000);
	assert_int_equal(front_write(&file, bytes + 1000, 3000, 0), 3000);
	stream_barrier(&file);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	/* Short at the buffer's end. */
	assert_int_equal(front_write(&file, bytes + 4000, 200, 0), 96);
	stream_barrier(&file);
	assert_int_equal(fake_count(VIDIOC_QBUF), 1);
	assert_int_equal(fake_last(VIDIOC_QBUF)->arg.buffer.bytesused, 4096);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 4096, 1));
	assert_int_equal(front_close(&file), 0);
}

static void write_waits_for_a_buffer(void **state)
{
	struct front_call call;
	unsigned int i;

	(void)state;
	open_output(PROFILE_CHOICE_AUTO);
	for (i = 0; i < 4; i++)
		assert_int_equal(front_write(&file, bytes, 4096, 0), 4096);
	stream_barrier(&file);
	assert_int_equal(fake_queued(OUTPUT), 4);
	assert_int_equal(front_write(&file, bytes, 4096, O_NONBLOCK), -EAGAIN);
	assert_int_equal(front_poll(&file, WRITABLE), 0);

	front_begin_write(&call, &file, bytes, 4096, 0);
	assert_int_equal(front_state(&call), REQUEST_PARKED);
	front_give_up(&call, -ENOMEM);
	assert_int_equal(front_wait(&harness.front, &call), -ENOMEM);

	stream_fill(bytes, 4096, 3);
	front_begin_write(&call, &file, bytes, 4096, 0);
	harness_settle();
	assert_false(front_done(&call));
	fake_finish(OUTPUT, 2, 4096, 0);
	assert_int_equal(front_wait(&harness.front, &call), 4096);
	stream_barrier(&file);
	assert_true(stream_filled(fake_plane(OUTPUT, 2, 0), 4096, 3));
	fake_finish(OUTPUT, 0, 4096, 0);
	harness_settle();
	assert_int_equal(front_poll(&file, WRITABLE), WRITABLE);
	assert_int_equal(front_close(&file), 0);
}

static void poll_says_at_once_that_it_is_writable(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_AUTO);
	assert_int_equal(front_poll(&file, WRITABLE), WRITABLE);
	assert_int_equal(front_poll(&file, WRITABLE), WRITABLE);
	stream_barrier(&file);
	harness_settle();
	assert_int_equal(front_poll(&file, WRITABLE), WRITABLE);
	assert_int_equal(front_write(&file, bytes, 4096, O_NONBLOCK), 4096);
	assert_int_equal(front_close(&file), 0);
}

static void a_second_writer_is_busy(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_AUTO);
	harness_open(&other);
	assert_int_equal(front_write(&file, bytes, 10, 0), 10);
	assert_int_equal(front_write(&other, bytes, 10, 0), -EBUSY);
	assert_int_equal(front_read(&file, bytes, 10, 0), -EINVAL);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_write(&other, bytes, 10, 0), 10);
	assert_int_equal(front_close(&other), 0);
}

static void a_buffer_that_the_device_refuses_is_told_next_time(void **state)
{
	(void)state;
	open_output(PROFILE_CHOICE_AUTO);
	fake_fail(VIDIOC_QBUF, -EIO, 1);
	assert_int_equal(front_write(&file, bytes, 4096, 0), 4096);
	stream_barrier(&file);
	assert_int_equal(front_write(&file, bytes, 4096, 0), -EIO);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(contents_are_there_before_qbuf),
		HARNESS_TEST(as_much_travels_as_is_used),
		HARNESS_TEST(every_plane_travels),
		HARNESS_TEST(contents_may_be_prepared),
		HARNESS_TEST(contents_do_not_come_back),
		HARNESS_TEST(
			a_stream_that_is_stopped_forgets_contents_under_way),
		HARNESS_TEST(write_gathers_until_a_buffer_is_full),
		HARNESS_TEST(write_waits_for_a_buffer),
		HARNESS_TEST(poll_says_at_once_that_it_is_writable),
		HARNESS_TEST(a_second_writer_is_busy),
		HARNESS_TEST(
			a_buffer_that_the_device_refuses_is_told_next_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
