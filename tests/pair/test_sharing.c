// SPDX-License-Identifier: BSD-3-Clause
/*
 * Several open files of one node: whose the buffers are, and what the others see.
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

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define MANY     20

static struct front_file first;
static struct front_file second;
static struct stream_buffer buffer;

static void open_both(void)
{
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness_open(&first);
	harness_open(&second);
}

static void close_both(void)
{
	assert_int_equal(front_close(&first), 0);
	assert_int_equal(front_close(&second), 0);
}

static void who_has_no_buffers_is_busy(void **state)
{
	(void)state;
	open_both();
	stream_start(&first, CAPTURE, 2);
	assert_int_equal(stream_qbuf(&second, CAPTURE, 0), -EBUSY);
	assert_int_equal(stream_dqbuf(&second, CAPTURE, &buffer), -EBUSY);
	assert_int_equal(stream_on(&second, CAPTURE), -EBUSY);
	assert_int_equal(stream_off(&second, CAPTURE), -EBUSY);
	/* The owner goes on. */
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(stream_dqbuf(&first, CAPTURE, &buffer), 0);
	close_both();
}

/* The device decides about REQBUFS: the pattern has vb2's rules. */
static void the_device_keeps_its_queue_for_the_owner(void **state)
{
	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&first);
	harness_open(&second);
	stream_start(&first, CAPTURE, 2);
	assert_int_equal(stream_reqbufs(&second, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 -EBUSY);
	assert_int_equal(front_close(&first), 0);
	/* RELEASE is answered when the host has closed. */
	assert_int_equal(stream_reqbufs(&second, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(front_close(&second), 0);
}

static void everybody_sees_the_owners_queue(void **state)
{
	struct front_call call;

	(void)state;
	open_both();
	assert_int_equal(front_poll(&second, READABLE), EPOLLERR);
	stream_start(&first, CAPTURE, 2);
	assert_int_equal(front_poll(&second, READABLE), 0);
	fake_finish(CAPTURE, 1, 5, 0);
	harness_settle();
	assert_int_equal(front_poll(&second, READABLE), READABLE);
	assert_int_equal(stream_query(&second, CAPTURE, 1, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_DONE);
	assert_int_equal(stream_dqbuf(&first, CAPTURE, &buffer), 0);
	assert_int_equal(front_poll(&second, READABLE), 0);

	front_begin_close(&call, &first);
	assert_int_equal(front_poll(&second, READABLE), EPOLLERR);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(&second), 0);
}

/* uvc_ioctl_querybuf() */
static void a_driver_may_show_buffers_to_their_owner_only(void **state)
{
	(void)state;
	open_both();
	stream_start(&first, CAPTURE, 2);
	fake_fail(VIDIOC_QUERYBUF, -EBUSY, 1);
	assert_int_equal(stream_query(&second, CAPTURE, 0, &buffer), -EBUSY);
	assert_int_equal(stream_query(&first, CAPTURE, 0, &buffer), 0);
	assert_int_equal(stream_query(&second, CAPTURE, 0, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(stream_query(&second, CAPTURE, 2, &buffer), -EINVAL);
	close_both();
}

/* Others poll the owner's queue, so they are woken, too. */
static void everybody_is_woken(void **state)
{
	(void)state;
	open_both();
	stream_start(&first, CAPTURE, 2);
	assert_int_equal(front_poll(&second, READABLE), 0);
	second.wakes = 0;
	fake_finish(CAPTURE, 0, 5, 0);
	harness_settle();
	assert_true(second.wakes > 0);
	second.wakes = 0;
	assert_int_equal(stream_off(&first, CAPTURE), 0);
	assert_true(second.wakes > 0);
	close_both();
}

static void buffers_that_are_given_up_are_free(void **state)
{
	(void)state;
	open_both();
	assert_int_equal(stream_reqbufs(&first, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(stream_reqbufs(&first, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	stream_start(&second, CAPTURE, 3);
	assert_int_equal(stream_qbuf(&first, CAPTURE, 0), -EBUSY);
	close_both();
}

static void codecs_have_queues_of_their_own(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	open_both();
	assert_int_equal(stream_reqbufs(&first, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	/* This device has one set of buffers, but nobody says EBUSY. */
	assert_int_equal(stream_qbuf(&second, CAPTURE, 0), -EINVAL);
	assert_int_equal(stream_dqbuf(&second, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(front_poll(&second, READABLE), EPOLLERR);
	close_both();
}

static void many_files_may_be_open(void **state)
{
	static struct front_file files[MANY];
	struct front_call calls[MANY];
	struct v4l2_capability capability;
	unsigned int i;

	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	for (i = 0; i < MANY; i++)
		front_begin_open(&harness.front, &calls[i], &files[i], 0);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(front_wait(&harness.front, &calls[i]), 0);
		assert_int_equal(
			front_ioctl(&files[i], VIDIOC_QUERYCAP, &capability),
			0);
	}
	for (i = 0; i < MANY; i++)
		front_begin_close(&calls[i], &files[i]);
	for (i = 0; i < MANY; i++)
		assert_int_equal(front_wait(&harness.front, &calls[i]), 0);
	assert_null(harness.device->members);
}

/* Rule: B2, B25 */
static void one_slow_file_does_not_delay_another(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct front_call slow;

	(void)state;
	open_both();
	fake_sleep(VIDIOC_S_FMT);
	front_begin_ioctl(&slow, &first, VIDIOC_S_FMT, &format);
	harness_asleep();
	stream_start(&second, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(&second, CAPTURE, &buffer), 0);
	assert_false(front_done(&slow));
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &slow), -ENOTTY);
	close_both();
}

static void calls_of_one_file_are_run_in_order(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct front_call slow;
	struct front_call quick;
	uint32_t priority;

	(void)state;
	open_both();
	fake_sleep(VIDIOC_S_FMT);
	front_begin_ioctl(&slow, &first, VIDIOC_S_FMT, &format);
	front_begin_ioctl(&quick, &first, VIDIOC_G_PRIORITY, &priority);
	harness_asleep();
	harness_settle();
	assert_false(front_done(&quick));
	assert_int_equal(fake_count(VIDIOC_G_PRIORITY), 0);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &quick), 0);
	assert_true(front_done(&slow));
	close_both();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(who_has_no_buffers_is_busy),
		HARNESS_TEST(the_device_keeps_its_queue_for_the_owner),
		HARNESS_TEST(everybody_sees_the_owners_queue),
		HARNESS_TEST(a_driver_may_show_buffers_to_their_owner_only),
		HARNESS_TEST(everybody_is_woken),
		HARNESS_TEST(buffers_that_are_given_up_are_free),
		HARNESS_TEST(codecs_have_queues_of_their_own),
		HARNESS_TEST(many_files_may_be_open),
		HARNESS_TEST(one_slow_file_does_not_delay_another),
		HARNESS_TEST(calls_of_one_file_are_run_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
