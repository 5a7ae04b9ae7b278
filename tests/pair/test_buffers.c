// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffers of an application: made, shown, queued, taken away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;

static int reqbufs(uint32_t count)
{
	return stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, count);
}

static int prepare(uint32_t index)
{
	stream_buffer(&buffer, CAPTURE, index);
	return front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2);
}

static uint32_t flags_of(uint32_t index)
{
	assert_int_equal(stream_query(&file, CAPTURE, index, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, index);
	return buffer.v4l2.flags & ~(uint32_t)V4L2_BUF_FLAG_TIMESTAMP_MASK;
}

/*
 * What an application sees of a buffer is what guestd knows, not the host.
 *
 * Rule: R17
 */
static void querybuf_shows_who_has_a_buffer(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(3), 3);
	assert_int_equal(flags_of(1), 0);
	assert_int_equal(buffer.v4l2.length, 4096);
	assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(buffer.v4l2.m.offset, queue_offset(CAPTURE, 1, 0));

	assert_int_equal(prepare(1), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_PREPARED,
			 V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(flags_of(1), V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(prepare(1), -EINVAL);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), 0);
	assert_int_equal(flags_of(1) & V4L2_BUF_FLAG_QUEUED,
			 V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(prepare(1), -EINVAL);

	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 1, 1, 0);
	harness_settle();
	assert_int_equal(flags_of(1) & V4L2_BUF_FLAG_DONE, V4L2_BUF_FLAG_DONE);
	assert_int_equal(flags_of(1) & V4L2_BUF_FLAG_QUEUED, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(flags_of(1), 0);
	assert_int_equal(stream_query(&file, CAPTURE, 3, &buffer), -EINVAL);
	assert_int_equal(stream_query(&file, 99, 0, &buffer), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* v4l2-dev.c determine_valid_ioctls(); one question is enough. */
static void a_driver_without_prepare_buf_has_none(void **state)
{
	(void)state;
	harness_open_fake(&file);
	fake_fail(VIDIOC_PREPARE_BUF, -ENOTTY, 1);
	stream_buffer(&buffer, 99, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 -ENOTTY);
	stream_start(&file, CAPTURE, 2);
	assert_int_equal(prepare(0), -ENOTTY);
	assert_int_equal(prepare(7), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_PREPARE_BUF), 1);
	assert_int_equal(front_close(&file), 0);
}

/* buf_finish() of vivid with a TV: it has the time code then. */
static void streamoff_may_tell_something_of_a_buffer(void **state)
{
	unsigned int asked;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	asked = fake_count(VIDIOC_QUERYBUF);
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), 0);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(fake_count(VIDIOC_QUERYBUF), asked);
	fake.queues[CAPTURE].buffers[1].flags = V4L2_BUF_FLAG_TIMECODE;
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_TIMECODE);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED, 0);
	/* That it does not say twice. */
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), 0);
	assert_int_equal(fake_count(VIDIOC_QUERYBUF), asked + 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), 0);
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(fake_count(VIDIOC_QUERYBUF), asked + 1);
	assert_int_equal(front_close(&file), 0);
}

static void every_plane_has_an_offset_of_its_own(void **state)
{
	uint32_t offsets[2][2];
	unsigned int i;

	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	harness_open_fake(&file);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2), 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(
			stream_query(&file, CAPTURE_MPLANE, i, &buffer), 0);
		assert_int_equal(buffer.v4l2.length, 2);
		assert_ptr_equal(buffer.v4l2.m.planes, buffer.planes);
		offsets[i][0] = buffer.planes[0].m.mem_offset;
		offsets[i][1] = buffer.planes[1].m.mem_offset;
	}
	assert_int_not_equal(offsets[0][0], offsets[0][1]);
	assert_int_not_equal(offsets[0][0], offsets[1][0]);
	assert_int_not_equal(offsets[0][1], offsets[1][0]);
	assert_int_not_equal(offsets[1][0], offsets[1][1]);
	assert_int_equal(front_close(&file), 0);
}

static void qbuf_checks_what_vb2_checks(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EINVAL);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 2), -EINVAL);
	assert_int_equal(stream_qbuf(&file, OUTPUT, 0), -EINVAL);
	assert_int_equal(stream_qbuf(&file, 0, 0), -EINVAL);
	assert_int_equal(stream_qbuf(&file, 1000, 0), -EINVAL);

	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), -EBADR);

	assert_int_equal(fake_queued(CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EINVAL);
	assert_int_equal(fake_queued(CAPTURE), 1);
	assert_int_equal(front_close(&file), 0);
}

/*
 * FFmpeg queues with length 8 and planes that it has not filled in.
 *
 * Rule: R6, B28
 */
static void planes_that_the_format_has_not_do_not_matter(void **state)
{
	const struct v4l2_plane *planes;

	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	harness_open_fake(&file);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2), 2);
	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	memset(buffer.planes, 0xee, sizeof(buffer.planes));
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(buffer.v4l2.length, 2);
	/* No number of the application's is an address or a descriptor there. */
	planes = (const void *)fake_last(VIDIOC_QBUF)->nested;
	assert_int_equal(planes[0].m.userptr, 0);
	assert_int_equal(planes[7].m.userptr, 0);

	stream_buffer(&buffer, CAPTURE_MPLANE, 1);
	buffer.v4l2.length = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	buffer.v4l2.length = VIDEO_MAX_PLANES + 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void a_buffer_that_the_device_refuses_is_the_applications(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	fake_fail(VIDIOC_QBUF, -EIO, 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EIO);
	assert_int_equal(flags_of(0), 0);
	assert_int_equal(file.session->queues[CAPTURE].queued, 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(file.session->queues[CAPTURE].queued, 1);
	assert_int_equal(front_close(&file), 0);
}

static void capabilities_are_those_that_can_be_kept(void **state)
{
	struct v4l2_requestbuffers request = {
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.flags = 0xff,
	};

	(void)state;
	harness_open_fake(&file);
	/* R11: unknown flags are no error */
	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &request), 0);
	assert_int_equal(request.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_USERPTR |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
	request.memory = V4L2_MEMORY_DMABUF;
	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &request), -EINVAL);
	request.memory = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &request), -EINVAL);
	request.memory = V4L2_MEMORY_MMAP;
	request.type = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &request), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void buffers_can_be_added_and_removed(void **state)
{
	struct v4l2_remove_buffers remove = {
		.index = 1,
		.count = 2,
		.type = CAPTURE,
	};
	uint32_t index;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 2, &index), 2);
	assert_int_equal(index, 0);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 2, &index), 2);
	assert_int_equal(index, 2);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 0, &index), 0);
	assert_int_equal(index, 4);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1, NULL),
		-EINVAL);
	assert_int_equal(harness.device->window.count, 4);

	assert_int_equal(front_ioctl(&file, VIDIOC_REMOVE_BUFS, &remove), 0);
	assert_int_equal(harness.device->window.count, 2);
	assert_int_equal(stream_query(&file, CAPTURE, 1, &buffer), -EINVAL);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 2), -EINVAL);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 3), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 3, 9, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 3);
	assert_int_equal(front_close(&file), 0);
}

/*
 * What there was before is none of its business.
 *
 * Rule: B8
 */
static void what_is_finished_stays_when_buffers_are_added(void **state)
{
	static const unsigned int order[] = { 1, 0, 2, 3 };
	uint32_t index;
	size_t i;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);
	fake_finish(CAPTURE, 1, 7, 0);
	fake_finish(CAPTURE, 0, 7, 0);
	harness_settle();
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 2, &index), 2);
	assert_int_equal(index, 3);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 3), 0);
	harness_settle();
	fake_finish(CAPTURE, 2, 7, 0);
	fake_finish(CAPTURE, 3, 7, 0);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, order[i]);
	}
	assert_int_equal(front_close(&file), 0);
}

/*
 * vb2 says EBUSY while a queue streams; this device does not.
 *
 * Rule: B8
 */
static void what_is_finished_goes_when_others_are_made(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);
	fake_finish(CAPTURE, 1, 7, 0);
	fake_finish(CAPTURE, 0, 7, 0);
	harness_settle();
	assert_int_equal(reqbufs(4), 4);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 3), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	harness_settle();
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	fake_finish(CAPTURE, 3, 9, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 3);
	assert_int_equal(buffer.v4l2.bytesused, 9);
	assert_int_equal(front_close(&file), 0);
}

static void create_bufs_that_fails_takes_nothing_away(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	/* hostd's own, and guestd's. */
	fake_fail(VIDIOC_QUERYBUF, -EIO, 2);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 3, NULL), -EIO);
	assert_int_equal(harness.device->window.count, 2);
	fake_finish(CAPTURE, 1, 9, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 2), -EINVAL);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 1, NULL), 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 5), 0);
	assert_int_equal(front_close(&file), 0);
}

static void reqbufs_again_makes_other_buffers(void **state)
{
	unsigned int i;

	(void)state;
	harness_open_fake(&file);
	for (i = 1; i < 6; i++) {
		assert_int_equal(reqbufs(i), i);
		assert_int_equal(harness.device->window.count, i);
		assert_int_equal(stream_qbuf(&file, CAPTURE, i - 1), 0);
	}
	assert_int_equal(reqbufs(0), 0);
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->owner);
	stream_barrier(&file);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(front_close(&file), 0);
}

/* What the device gives counts, not what was asked for. */
static void a_device_may_make_fewer_buffers(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(1000), FAKE_BUFFERS);
	assert_int_equal(stream_qbuf(&file, CAPTURE, FAKE_BUFFERS - 1), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, FAKE_BUFFERS), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void reqbufs_that_fails_tells_why(void **state)
{
	(void)state;
	harness_open_fake(&file);
	fake_fail(VIDIOC_REQBUFS, -ENOMEM, 1);
	assert_int_equal(reqbufs(3), -ENOMEM);
	/* A later step of the conversation: as if it had never begun. */
	fake_fail(VIDIOC_QUERYBUF, -EIO, 2);
	assert_int_equal(reqbufs(3), -EIO);
	assert_int_equal(fake.queues[CAPTURE].count, 0);
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->owner);
	assert_int_equal(reqbufs(3), 3);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(querybuf_shows_who_has_a_buffer),
		HARNESS_TEST(a_driver_without_prepare_buf_has_none),
		HARNESS_TEST(streamoff_may_tell_something_of_a_buffer),
		HARNESS_TEST(every_plane_has_an_offset_of_its_own),
		HARNESS_TEST(qbuf_checks_what_vb2_checks),
		HARNESS_TEST(planes_that_the_format_has_not_do_not_matter),
		HARNESS_TEST(
			a_buffer_that_the_device_refuses_is_the_applications),
		HARNESS_TEST(capabilities_are_those_that_can_be_kept),
		HARNESS_TEST(buffers_can_be_added_and_removed),
		HARNESS_TEST(what_is_finished_stays_when_buffers_are_added),
		HARNESS_TEST(what_is_finished_goes_when_others_are_made),
		HARNESS_TEST(create_bufs_that_fails_takes_nothing_away),
		HARNESS_TEST(reqbufs_again_makes_other_buffers),
		HARNESS_TEST(a_device_may_make_fewer_buffers),
		HARNESS_TEST(reqbufs_that_fails_tells_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
