// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a QBUF that vb2 or the driver refuses leaves of the buffer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/epoll.h>

#include "tests/fake_device_io.h"
#include "tests/fake_device_ioctls.h"
#include "tests/streamer.h"

static struct front_file file;
static struct stream_buffer buffer;
static uint8_t memory[8192];

static int reqbufs(uint32_t count)
{
	return stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, count);
}

/* vb2_prepare_buf() knows no requests, vb2_qbuf() refuses them. */
static void requests_are_refused_as_vb2_does(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(1), 1);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), -EBADR);
	assert_int_equal(front_close(&file), 0);
}

/* vb2_fill_vb2_v4l2_buffer() is what comes before that, and before EIO. */
static void flags_and_field_of_what_is_refused_stay(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 1), 1);
	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.field = V4L2_FIELD_TOP;
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD | V4L2_BUF_FLAG_KEYFRAME;
	buffer.v4l2.request_fd = 5;
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(stream_query(&file, OUTPUT, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.field, V4L2_FIELD_NONE);

	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.field = V4L2_FIELD_TOP;
	buffer.v4l2.flags = V4L2_BUF_FLAG_REQUEST_FD | V4L2_BUF_FLAG_KEYFRAME;
	buffer.v4l2.request_fd = 5;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), -EBADR);
	assert_int_equal(buffer.v4l2.request_fd, 5);
	assert_int_equal(stream_query(&file, OUTPUT, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.field, V4L2_FIELD_TOP);
	assert_int_equal(buffer.v4l2.flags & ~V4L2_BUF_FLAG_TIMESTAMP_MASK,
			 V4L2_BUF_FLAG_KEYFRAME);
	assert_int_equal(buffer.v4l2.request_fd, 0);
	assert_int_equal(front_close(&file), 0);
}

/* __prepare_userptr(): "err:" */
static void memory_that_was_refused_is_not_shown(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
			 1);
	assert_int_equal(stream_query(&file, CAPTURE, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.length, 4096);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)memory;
	buffer.v4l2.length = 100;
	buffer.v4l2.flags = 0x40000000 | V4L2_BUF_FLAG_DONE |
			    V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_LAST;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(stream_query(&file, CAPTURE, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.m.userptr, 0);
	assert_int_equal(buffer.v4l2.length, 0);
	assert_int_equal(buffer.v4l2.flags,
			 0x40000000 | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_int_equal(front_close(&file), 0);
}

/* waiting_for_buffers is cleared by a QBUF that succeeds. */
/* vicodec's decoder with what is no picture: it is done before QBUF returns. */
static int be_done(void *arg)
{
	struct v4l2_buffer *passed = arg;

	passed->flags |= V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR;
	return 0;
}

static void qbuf_may_say_done(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	fake_on(VIDIOC_QBUF, be_done);
	stream_buffer(&buffer, CAPTURE, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(buffer.v4l2.flags &
				 (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE),
			 V4L2_BUF_FLAG_DONE);
	fake_on(VIDIOC_QBUF, NULL);
	assert_int_equal(front_close(&file), 0);
}

/* vivid's vid_out_buf_prepare(), which wants whole pictures */
static int refuse_to_prepare(void *arg)
{
	const struct v4l2_buffer *passed = arg;

	fake.queues[OUTPUT].buffers[passed->index].used[0] = passed->bytesused;
	return -EINVAL;
}

/* start_streaming(), which comes behind buf_prepare() */
static int refuse_to_start(void *arg)
{
	const struct v4l2_buffer *passed = arg;

	fake.queues[OUTPUT].buffers[passed->index].flags =
		V4L2_BUF_FLAG_PREPARED;
	return -ENOSPC;
}

static void pass_picture(int want)
{
	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)memory;
	buffer.v4l2.length = sizeof(memory);
	buffer.v4l2.bytesused = 77;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), want);
	assert_int_equal(stream_query(&file, OUTPUT, 0, &buffer), 0);
}

/* __prepare_userptr() releases what there was before it looks at the new. */
static void contents_go_with_the_memory(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_USERPTR, 1),
			 1);
	pass_picture(0);
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	fake_finish(OUTPUT, 0, 77, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);

	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)memory;
	buffer.v4l2.length = 100;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(stream_query(&file, OUTPUT, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 77);

	stream_buffer(&buffer, OUTPUT, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = 0;
	buffer.v4l2.length = sizeof(memory);
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 -EFAULT);
	assert_int_equal(buffer.v4l2.length, sizeof(memory));
	assert_int_equal(stream_query(&file, OUTPUT, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(buffer.v4l2.length, 0);
	assert_int_equal(front_close(&file), 0);
}

static void what_the_driver_refused_is_as_vb2_leaves_it(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_USERPTR, 1),
			 1);
	fake_on(VIDIOC_QBUF, refuse_to_prepare);
	pass_picture(-EINVAL);
	assert_int_equal(buffer.v4l2.bytesused, 77);
	assert_int_equal(buffer.v4l2.m.userptr, 0);
	assert_int_equal(buffer.v4l2.length, 0);
	fake_on(VIDIOC_QBUF, refuse_to_start);
	pass_picture(-ENOSPC);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(buffer.v4l2.m.userptr, (unsigned long)memory);
	fake.queues[OUTPUT].buffers[0].flags = 0;
	fake_on(VIDIOC_QBUF, NULL);
	pass_picture(0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(front_close(&file), 0);
}

static void a_qbuf_that_was_refused_is_not_waited_for(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(2), 2);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EINVAL);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLERR);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), -EINVAL);
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	assert_int_equal(front_close(&file), 0);
}

/* video_usercopy() copies planes before it asks whether there is such a call. */
static void a_node_without_buffers_looks_at_planes_first(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QUERYBUF, VIDIOC_QBUF,
					 VIDIOC_DQBUF, VIDIOC_PREPARE_BUF };
	size_t i;

	(void)state;
	fake.caps = FAKE_RADIO;
	harness_open_fake(&file);
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		stream_buffer(&buffer, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 0);
		assert_int_equal(front_ioctl(&file, cmds[i], &buffer.v4l2),
				 -ENOTTY);
		buffer.v4l2.m.planes = NULL;
		assert_int_equal(front_ioctl(&file, cmds[i], &buffer.v4l2),
				 -EFAULT);
		buffer.v4l2.length = VIDEO_MAX_PLANES + 1;
		assert_int_equal(front_ioctl(&file, cmds[i], &buffer.v4l2),
				 -EINVAL);
		buffer.v4l2.type = CAPTURE;
		assert_int_equal(front_ioctl(&file, cmds[i], &buffer.v4l2),
				 -ENOTTY);
	}
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(requests_are_refused_as_vb2_does),
		HARNESS_TEST(flags_and_field_of_what_is_refused_stay),
		HARNESS_TEST(memory_that_was_refused_is_not_shown),
		HARNESS_TEST(qbuf_may_say_done),
		HARNESS_TEST(contents_go_with_the_memory),
		HARNESS_TEST(what_the_driver_refused_is_as_vb2_leaves_it),
		HARNESS_TEST(a_qbuf_that_was_refused_is_not_waited_for),
		HARNESS_TEST(a_node_without_buffers_looks_at_planes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
