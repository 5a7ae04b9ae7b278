// SPDX-License-Identifier: BSD-3-Clause
/*
 * A kind that takes its time over each frame, because it converts it: on the
 * session's worker, where it holds up nobody and runs beside no other call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/streamer.h"

static struct device_ops slow_ops;
static pthread_t loop_thread;
static atomic_bool long_one; /* the next conversion lasts until fake_wake() */
static atomic_uint inside;   /* calls for a file */
static atomic_bool overlapped;
static atomic_uint on_loop;

static void enter(void)
{
	if (atomic_fetch_add(&inside, 1))
		overlapped = true;
}

static void leave(void)
{
	atomic_fetch_sub(&inside, 1);
}

static void convert(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.sleeping++;
	pthread_mutex_unlock(&fake.lock);
	sem_wait(&fake.gate);
	pthread_mutex_lock(&fake.lock);
	fake.sleeping--;
	pthread_mutex_unlock(&fake.lock);
}

static int slow_collect(struct device_file *file, struct v4l2_buffer *buffer)
{
	int ret;

	enter();
	if (pthread_equal(pthread_self(), loop_thread))
		on_loop++;
	ret = fake_device_ops.collect_buffer(file, buffer);
	if (atomic_exchange(&long_one, false))
		convert();
	leave();
	return ret;
}

static int slow_ioctl(struct device_file *file, const struct ioctl_desc *desc,
		      void *arg)
{
	int ret;

	/* That one may come at any time. */
	if (desc->cmd == VIDIOC_QUERYCAP)
		return fake_device_ops.ioctl(file, desc, arg);
	enter();
	ret = fake_device_ops.ioctl(file, desc, arg);
	leave();
	return ret;
}

static int setup(void **state)
{
	if (harness_setup(state))
		return -1;
	loop_thread = pthread_self();
	long_one = false;
	overlapped = false;
	on_loop = 0;
	slow_ops = fake_device_ops;
	slow_ops.collect_sleeps = true;
	slow_ops.collect_buffer = slow_collect;
	slow_ops.ioctl = slow_ioctl;
	harness.devices.devices[1].ops = &slow_ops;
	return 0;
}

static int teardown(void **state)
{
	assert_false(overlapped);
	assert_int_equal(on_loop, 0);
	return harness_teardown(state);
}

/* A frame is there, and being converted for as long as the test likes. */
static void convert_long(unsigned int index)
{
	long_one = true;
	fake_finish(CAPTURE, index, 100 + index, 0);
	harness_asleep();
}

static struct front_file file;

static void open_and_convert(void)
{
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	convert_long(0);
}

static void frames_arrive_in_order(void **state)
{
	struct stream_buffer buffer;
	unsigned int i;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 4);
	for (i = 0; i < 40; i++) {
		fake_finish(CAPTURE, i % 4, i, 0);
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, i % 4);
		assert_int_equal(buffer.v4l2.bytesused, i);
		assert_int_equal(stream_qbuf(&file, CAPTURE, i % 4), 0);
		harness_settle();
	}
	for (i = 0; i < 4; i++)
		fake_finish(CAPTURE, i, i, 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.bytesused, i);
	}
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(front_close(&file), 0);
}

static void another_session_does_not_wait_for_a_conversion(void **state)
{
	uint32_t priority;
	struct front_file other;

	(void)state;
	open_and_convert();
	harness_open(&other);
	/* What runs for one file is no matter of another. */
	atomic_fetch_sub(&inside, 1);
	assert_int_equal(front_ioctl(&other, VIDIOC_G_PRIORITY, &priority), 0);
	atomic_fetch_add(&inside, 1);
	assert_int_equal(fake_sleeping(), 1);
	fake_wake();
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Also those that need no worker otherwise. */
static void a_command_waits_for_the_conversion(void **state)
{
	struct stream_buffer buffer, other;
	struct front_call call;

	(void)state;
	open_and_convert();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	harness_settle();
	assert_false(front_done(&call));
	assert_int_equal(fake_sleeping(), 1);
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(buffer.v4l2.index, 0);

	convert_long(1);
	harness.config.no_pipeline = true;
	stream_buffer(&other, CAPTURE, 0);
	front_begin_ioctl(&call, &file, VIDIOC_QBUF, &other.v4l2);
	harness_settle();
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(front_close(&file), 0);
}

static void streamoff_follows_the_conversion(void **state)
{
	struct front_call call;
	uint32_t type = CAPTURE;

	(void)state;
	open_and_convert();
	front_begin_ioctl(&call, &file, VIDIOC_STREAMOFF, &type);
	harness_settle();
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(fake_queued(CAPTURE), 0);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(front_close(&file), 0);
}

/* While a command sleeps, its queue may fill up: frames come after it. */
static void frames_wait_for_a_command_that_sleeps(void **state)
{
	struct stream_buffer buffer;
	struct v4l2_input input = { 0 };
	struct front_call call;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	fake_sleep(VIDIOC_ENUMINPUT);
	front_begin_ioctl(&call, &file, VIDIOC_ENUMINPUT, &input);
	harness_asleep();
	fake_finish(CAPTURE, 0, 5, 0);
	fake_finish(CAPTURE, 1, 6, 0);
	harness_settle();
	assert_false(front_done(&call));
	fake_wake();
	front_wait(&harness.front, &call);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 5);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 6);
	assert_int_equal(front_close(&file), 0);
}

static void unplugging_ends_the_session(void **state)
{
	struct stream_buffer buffer;
	struct front_call call;

	(void)state;
	open_and_convert();
	stream_begin_dqbuf(&call, &file, CAPTURE, &buffer);
	fake_unplug();
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &call), 0);
	/* It waits before the guest has heard. */
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EINVAL);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

static void close_follows_the_conversion(void **state)
{
	(void)state;
	open_and_convert();
	fake_wake();
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(fake.file_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_arrive_in_order),
		TEST(another_session_does_not_wait_for_a_conversion),
		TEST(a_command_waits_for_the_conversion),
		TEST(streamoff_follows_the_conversion),
		TEST(frames_wait_for_a_command_that_sleeps),
		TEST(unplugging_ends_the_session),
		TEST(close_follows_the_conversion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
