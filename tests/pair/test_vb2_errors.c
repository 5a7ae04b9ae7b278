// SPDX-License-Identifier: BSD-3-Clause
/*
 * What vb2 leaves behind when a call fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include "tests/fake_device_ioctls.h"
#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;
static uint8_t memory[8192];

static int reqbufs(uint32_t count)
{
	return stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, count);
}

/* ---- REQBUFS ------------------------------------------------------------------ */

/* vb2_core_reqbufs(): the old buffers are freed before the driver is asked. */
static int free_and_fail(void *arg)
{
	struct v4l2_requestbuffers none = *(struct v4l2_requestbuffers *)arg;

	none.count = 0;
	fake_default(VIDIOC_REQBUFS, &none);
	return -ENOMEM;
}

static void buffers_that_are_gone_are_forgotten(void **state)
{
	uint32_t index;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	fake_on(VIDIOC_REQBUFS, free_and_fail);
	assert_int_equal(reqbufs(4), -ENOMEM);
	fake_on(VIDIOC_REQBUFS, NULL);
	assert_int_equal(stream_query(&file, CAPTURE, 0, &buffer), -EINVAL);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EINVAL);
	assert_int_equal(harness.device->window.count, 0);
	harness_settle();
	assert_int_equal(fake.mapped, 0);
	/* Another file may have them now. */
	assert_null(harness.device->owner);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 2, &index),
		2);
	assert_int_equal(index, 0);
	assert_int_equal(front_close(&file), 0);
}

static void buffers_that_are_there_stay(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	fake_fail(VIDIOC_REQBUFS, -EINVAL, 1);
	assert_int_equal(reqbufs(4), -EINVAL);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), 0);
	assert_int_equal(front_close(&file), 0);
}

static void planes_that_are_gone_are_forgotten(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	harness_open_fake(&file);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2), 2);
	fake_on(VIDIOC_REQBUFS, free_and_fail);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 4),
		-ENOMEM);
	assert_int_equal(stream_query(&file, CAPTURE_MPLANE, 0, &buffer),
			 -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* ---- CREATE_BUFS -------------------------------------------------------------- */

static void nothing_can_be_created_whatever_there_is(void **state)
{
	uint32_t index;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 0, &index),
		0);
	assert_int_equal(index, 0);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 0, &index),
		0);
	assert_int_equal(index, 2);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_DMABUF, 0, &index),
		-EINVAL);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1, &index),
		-EINVAL);
	/* v4l2_prio_check() comes before all that. */
	fake_fail(VIDIOC_CREATE_BUFS, -EBUSY, 1);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1, &index),
		-EBUSY);
	assert_int_equal(front_close(&file), 0);
}

/* vb2_verify_memory_type() comes before EBUSY, if a device has no such memory. */
static void memory_that_is_not_offered_is_refused_first(void **state)
{
	uint32_t index;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	assert_int_equal(reqbufs(2), -EBUSY);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_DMABUF, 2),
			 -EINVAL);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_DMABUF, 0),
			 -EINVAL);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_DMABUF, 1, &index),
		-EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* ---- QBUF ---------------------------------------------------------------------- */

static void a_buffer_with_an_error_has_it_once(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_ERROR);
	fake_finish(CAPTURE, 1, 0, V4L2_BUF_FLAG_ERROR);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR,
			 V4L2_BUF_FLAG_ERROR);
	assert_int_equal(stream_query(&file, CAPTURE, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR, 0);
	harness_settle();
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR, 0);
	assert_int_equal(front_close(&file), 0);
}

/* v4l2-ioctl.c looks at the type before vb2 at the owner. */
static void a_type_that_the_node_has_not_is_einval(void **state)
{
	struct front_file other;

	(void)state;
	harness_open_fake(&file);
	harness_open(&other);
	stream_start(&file, CAPTURE, 1);
	assert_int_equal(stream_qbuf(&other, CAPTURE, 0), -EBUSY);
	assert_int_equal(stream_qbuf(&other, OUTPUT, 0), -EINVAL);
	assert_int_equal(stream_dqbuf(&other, OUTPUT, &buffer), -EINVAL);
	assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), -EBUSY);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

/* ---- the start of read() ------------------------------------------------------- */

/* __vb2_init_fileio(): "err_reqbufs" */
static void expect_undone(uint32_t failing, int error)
{
	struct front_file other;
	ssize_t ret;

	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	harness_open(&other);
	fake_fail(failing, error, 1);
	ret = front_read(&file, memory, sizeof(memory), O_NONBLOCK);
	assert_int_equal(ret, error);
	harness_settle();
	assert_int_equal(fake.mapped, 0);
	assert_null(harness.device->owner);
	assert_int_equal(front_poll(&other, EPOLLPRI), 0);
	/* Anybody may begin now. */
	ret = front_read(&other, memory, sizeof(memory), O_NONBLOCK);
	assert_int_equal(ret, -EAGAIN);
	assert_int_equal(front_close(&other), 0);
	ret = front_read(&file, memory, sizeof(memory), O_NONBLOCK);
	assert_int_equal(ret, -EAGAIN);
	fake_finish(CAPTURE, 0, 9, 0);
	assert_int_equal(front_read(&file, memory, sizeof(memory), 0), 9);
	assert_int_equal(front_close(&file), 0);
}

static void a_start_whose_streamon_fails_is_undone(void **state)
{
	(void)state;
	expect_undone(VIDIOC_STREAMON, -ENOSPC);
}

static void a_start_whose_qbuf_fails_is_undone(void **state)
{
	(void)state;
	expect_undone(VIDIOC_QBUF, -EINVAL);
}

/* poll() for events alone does not look at the queue. */
static void a_failed_start_is_no_event(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	fake_fail(VIDIOC_STREAMON, -ENOSPC, 1);
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	harness_settle();
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLERR);
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	assert_int_equal(front_close(&file), 0);
}

/* ---- vb2_queue_error() --------------------------------------------------------- */

static void a_queue_that_has_failed_is_eio_until_streamoff(void **state)
{
	struct front_call waiting;
	struct stream_buffer later;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 1, 0);
	harness_settle();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	stream_begin_dqbuf(&waiting, &file, CAPTURE, &later);
	harness_settle();
	assert_false(front_done(&waiting));
	fake_queue_error(CAPTURE);
	assert_int_equal(front_wait(&harness.front, &waiting), -EIO);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EIO);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EIO);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLERR);

	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&file), 0);
}

/* A frame that was finished before is not given any more, as natively. */
static void an_error_overtakes_finished_frames(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 1, 0);
	harness_settle();
	fake_queue_error(CAPTURE);
	harness_settle();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EIO);
	assert_int_equal(front_close(&file), 0);
}

static void a_reader_of_a_queue_that_has_failed_gets_eio(void **state)
{
	struct front_call waiting;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	front_begin_read(&waiting, &file, memory, sizeof(memory), 0);
	harness_settle();
	assert_false(front_done(&waiting));
	fake_queue_error(CAPTURE);
	assert_int_equal(front_wait(&harness.front, &waiting), -EIO);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLERR);
	front_begin_read(&waiting, &file, memory, sizeof(memory), 0);
	assert_int_equal(front_wait(&harness.front, &waiting), -EIO);
	assert_int_equal(front_close(&file), 0);
}

/* ---- time ----------------------------------------------------------------------- */

static void a_buffer_without_a_time_gets_none(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 1);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_ERROR);
	fake.queues[CAPTURE].buffers[0].timestamp = (struct timeval){ 0 };
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.timestamp.tv_sec, 0);
	assert_int_equal(buffer.v4l2.timestamp.tv_usec, 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(buffers_that_are_gone_are_forgotten),
		HARNESS_TEST(buffers_that_are_there_stay),
		HARNESS_TEST(planes_that_are_gone_are_forgotten),
		HARNESS_TEST(nothing_can_be_created_whatever_there_is),
		HARNESS_TEST(memory_that_is_not_offered_is_refused_first),
		HARNESS_TEST(a_buffer_with_an_error_has_it_once),
		HARNESS_TEST(a_type_that_the_node_has_not_is_einval),
		HARNESS_TEST(a_start_whose_streamon_fails_is_undone),
		HARNESS_TEST(a_start_whose_qbuf_fails_is_undone),
		HARNESS_TEST(a_failed_start_is_no_event),
		HARNESS_TEST(a_queue_that_has_failed_is_eio_until_streamoff),
		HARNESS_TEST(an_error_overtakes_finished_frames),
		HARNESS_TEST(a_reader_of_a_queue_that_has_failed_gets_eio),
		HARNESS_TEST(a_buffer_without_a_time_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
