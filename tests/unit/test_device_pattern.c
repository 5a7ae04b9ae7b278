// SPDX-License-Identifier: BSD-3-Clause
/*
 * The test pattern camera, through the interface that every kind has: what every
 * kind must do, and frames.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "common/options.h"
#include "hostd/device_pattern.h"
#include "tests/camera.h"
#include "tests/fds.h"

static const struct device_ops *const ops = &device_pattern_ops;

static void every_operation_answers(void **state)
{
	struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };
	struct v4l2_event event;
	struct device_map map;
	char why[OPTIONS_WHY_LEN];
	int fd = 42;

	(void)state;

	assert_string_equal(ops->name, "pattern");
	assert_int_equal(ops->check("", why), 0);
	assert_null(ops->open_node);
	assert_ptr_equal(camera.file->device, &camera.device);
	assert_int_equal(ops->map(camera.file, 0, 4096, &map), -EINVAL);
	assert_int_equal(ops->poll(camera.file, 0, &fd), 0);
	assert_int_equal(ops->poll(camera.file, DEVICE_OUTPUT, &fd), 0);
	assert_int_equal(fd, 42);
	assert_int_equal(ops->poll(camera.file, DEVICE_EVENT, &fd), EPOLLIN);
	assert_int_not_equal(fd, 42);
	assert_int_equal(ops->collect_buffer(camera.file, &buffer), -EINVAL);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);
	assert_null(ops->set_blocking);
}

static void an_open_takes_no_descriptor(void **state)
{
	struct device_file *third;

	(void)state;

	assert_int_equal(ops->open(&camera.device, 0, &third), -EINVAL);
}

static void every_ioctl_is_known_or_enotty_whatever_its_argument(void **state)
{
	const struct ioctl_desc *desc;
	uint8_t arg[IOCTL_ARG_MAX];
	unsigned int known = 0;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		int ret;

		memset(arg, 0, sizeof(arg));
		ret = ops->ioctl(camera.file, desc, arg);
		assert_true(ret == 0 || ret == -ENOTTY || ret == -EINVAL ||
			    ret == -EACCES);
		known += ret != -ENOTTY;

		/* Pointers of an argument are always good ones. */
		if (desc->nested == IOCTL_NESTED_CONTROLS)
			continue;
		memset(arg, 0xff, sizeof(arg));
		ret = ops->ioctl(camera.file, desc, arg);
		assert_true(ret == 0 || ret == -ENOTTY || ret == -EINVAL ||
			    ret == -EACCES);
	}
	assert_int_equal(known, 31);
}

static void frames_come_in_order_and_whole(void **state)
{
	uint32_t sequence = 0;
	uint64_t before = 0;
	int i;

	(void)state;

	camera_start(8);
	for (i = 0; i < 100; i++) {
		struct v4l2_buffer buffer = camera_collect();
		uint64_t time_us = (uint64_t)buffer.timestamp.tv_sec * 1000000 +
				   (uint64_t)buffer.timestamp.tv_usec;

		assert_int_equal(buffer.bytesused, 160 * 120 * 2);
		assert_int_equal(buffer.field, V4L2_FIELD_NONE);
		assert_int_equal(buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
				 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
		assert_true(buffer.flags & V4L2_BUF_FLAG_MAPPED);
		if (i > 0) {
			uint64_t ticks = buffer.sequence - sequence;

			assert_true(ticks >= 1);
			assert_in_range(time_us - before, ticks * 1000 - 1,
					ticks * 1000 + 1);
		}
		sequence = buffer.sequence;
		before = time_us;
		assert_int_equal(camera_enqueue(buffer.index), 0);
	}
}

static void
queued_buffers_lose_no_tick_however_late_they_are_collected(void **state)
{
	uint32_t i;

	(void)state;

	camera_start(8);
	camera_rest(30);
	for (i = 0; i < 8; i++) {
		struct v4l2_buffer buffer = camera_collect();

		assert_int_equal(buffer.sequence, i);
		assert_int_equal(buffer.index, i);
	}
}

static void a_tick_without_a_buffer_is_a_gap(void **state)
{
	struct v4l2_buffer buffer;

	(void)state;

	camera_start(1);
	buffer = camera_collect();
	assert_int_equal(buffer.sequence, 0);
	camera_rest(20);
	assert_int_equal(camera_enqueue(0), 0);
	buffer = camera_collect();
	assert_true(buffer.sequence >= 20);
}

static void a_buffer_gets_no_tick_from_before_it_was_queued(void **state)
{
	struct timespec now;
	struct v4l2_buffer buffer;
	int64_t queued_us;

	(void)state;

	camera_allocate(1);
	assert_int_equal(camera_stream(camera.file, true), 0);
	camera_rest(5);
	clock_gettime(CLOCK_MONOTONIC, &now);
	queued_us = now.tv_sec * 1000000 + now.tv_nsec / 1000;
	assert_int_equal(camera_enqueue(0), 0);
	buffer = camera_collect();
	assert_true(buffer.timestamp.tv_sec * 1000000 +
			    buffer.timestamp.tv_usec >=
		    queued_us);
}

static void every_stream_counts_from_its_start(void **state)
{
	(void)state;

	camera_start(2);
	camera_rest(5);
	camera_collect();
	assert_int_equal(camera_stream(camera.file, false), 0);
	assert_int_equal(camera_enqueue(0), 0);
	assert_int_equal(camera_stream(camera.file, true), 0);
	assert_int_equal(camera_collect().sequence, 0);
}

static void a_static_picture_does_not_move(void **state)
{
	struct v4l2_buffer buffer;
	uint8_t *copy;

	(void)state;

	camera_again("160x120,fps=1000,static");
	camera_start(1);
	buffer = camera_collect();
	copy = malloc(buffer.bytesused);
	assert_non_null(copy);
	memcpy(copy, camera.maps[0].bytes, buffer.bytesused);
	assert_int_equal(camera_enqueue(0), 0);
	buffer = camera_collect();
	assert_memory_equal(copy + 16, (uint8_t *)camera.maps[0].bytes + 16,
			    buffer.bytesused - 24);
	free(copy);
}

static void the_descriptor_rests_while_there_is_nothing_to_do(void **state)
{
	struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };
	int fd, same;

	(void)state;

	assert_false(
		camera_readable(camera.file, DEVICE_CAPTURE | DEVICE_EVENT, 5));
	camera_start(2);
	assert_true(camera_readable(camera.file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->poll(camera.file, DEVICE_CAPTURE, &fd), EPOLLIN);

	/* Frames are there, but nobody asks for frames. */
	assert_int_equal(ops->poll(camera.file, 0, &same), 0);
	assert_false(camera_readable(camera.file, DEVICE_EVENT, 5));

	/* Both are done: readable until both are collected. */
	camera_rest(5);
	assert_true(camera_readable(camera.file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->collect_buffer(camera.file, &buffer), 0);
	assert_true(camera_readable(camera.file, DEVICE_CAPTURE, 1000));
	assert_int_equal(ops->collect_buffer(camera.file, &buffer), 0);

	/* Ticks go on without a buffer, and wake nobody. */
	assert_int_equal(ops->collect_buffer(camera.file, &buffer), -EAGAIN);
	assert_false(camera_readable(camera.file, DEVICE_CAPTURE, 5));
	assert_int_equal(camera_enqueue(0), 0);
	assert_true(camera_readable(camera.file, DEVICE_CAPTURE, 1000));

	assert_int_equal(camera_stream(camera.file, false), 0);
	assert_false(camera_readable(camera.file, DEVICE_CAPTURE, 5));
	assert_int_equal(ops->collect_buffer(camera.file, &buffer), -EINVAL);
	assert_int_equal(ops->poll(camera.file, DEVICE_EVENT, &same), EPOLLIN);
	assert_int_equal(fd, same);
}

static void
who_asks_about_a_buffer_does_not_hide_it_from_the_owner(void **state)
{
	struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };
	struct pollfd watched = { .events = POLLIN };

	(void)state;

	camera_again("160x120,fps=10");
	camera_start(1);
	assert_int_equal(ops->poll(camera.file, DEVICE_CAPTURE, &watched.fd),
			 EPOLLIN);
	camera_rest(110);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_QUERYBUF, &buffer),
			 0);
	assert_true(buffer.flags & V4L2_BUF_FLAG_DONE);
	assert_int_equal(poll(&watched, 1, 30), 1);
	assert_int_equal(camera_collect().sequence, 0);
}

static void the_queue_belongs_to_who_allocated_it(void **state)
{
	struct v4l2_requestbuffers arg = camera_request(2);
	struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };

	(void)state;

	camera_start(2);
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_REQBUFS, &arg),
			 -EBUSY);
	assert_int_equal(camera_stream(camera.other, true), -EBUSY);
	assert_int_equal(camera_stream(camera.other, false), -EBUSY);
	assert_int_equal(ops->collect_buffer(camera.other, &buffer), -EBUSY);
	assert_false(camera_readable(camera.other, DEVICE_CAPTURE, 5));
	assert_int_equal(camera_ioctl(camera.other, VIDIOC_QUERYBUF, &buffer),
			 0);

	/* The close of the owner frees it, camera.maps or no camera.maps. */
	while (camera.mapped > 1)
		ops->unmap(camera.file, &camera.maps[--camera.mapped]);
	ops->close(camera.file);
	memset(camera.maps[0].bytes, 1, camera.maps[0].len);
	ops->unmap(camera.file, &camera.maps[--camera.mapped]);
	camera.file = camera.other;
	camera.other = NULL;
	camera_start(2);
	assert_int_equal(camera_collect().sequence, 0);
}

static void buffers_hold_a_frame_at_least(void **state)
{
	struct v4l2_create_buffers arg = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAMERA_CAPTURE,
	};

	(void)state;

	arg.format.fmt.pix.sizeimage = 160 * 120 * 2 - 1;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_CREATE_BUFS, &arg),
			 -EINVAL);
	arg.format.fmt.pix.sizeimage++;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_CREATE_BUFS, &arg),
			 0);
	arg.format.type = V4L2_BUF_TYPE_META_CAPTURE;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_CREATE_BUFS, &arg),
			 -EINVAL);
}

static void a_closed_camera_holds_no_descriptor(void **state)
{
	unsigned int before;

	(void)state;

	camera_teardown(NULL);
	before = fds_count();
	camera_open("160x120,fps=1000");
	camera_start(4);
	camera_collect();
	camera_teardown(NULL);
	assert_int_equal(fds_count(), before);
	camera_open("160x120");
}

/* What a worker thread may do while the loop collects. */
static void *disturb(void *data)
{
	const bool *stop = data;
	int32_t value = 0;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };
		struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS,
						.value = value };

		ops->ioctl(camera.other, ioctl_lookup(VIDIOC_S_CTRL), &control);
		ops->ioctl(camera.other, ioctl_lookup(VIDIOC_QUERYBUF),
			   &buffer);
		value = (value + 1) % 256;
	}
	return NULL;
}

static void collecting_and_ioctls_run_at_the_same_time(void **state)
{
	struct v4l2_event event;
	unsigned int events = 0;
	bool stop = false;
	pthread_t worker;
	int i;

	(void)state;

	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS, 0),
			 0);
	camera_start(4);
	assert_int_equal(pthread_create(&worker, NULL, disturb, &stop), 0);
	for (i = 0; i < 100 || !events; i++) {
		struct v4l2_buffer buffer = camera_collect();

		assert_int_equal(camera_enqueue(buffer.index), 0);
		events += ops->collect_event(camera.file, &event) == 0;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(worker, NULL), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, camera_setup, camera_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation_answers),
		TEST(an_open_takes_no_descriptor),
		TEST(every_ioctl_is_known_or_enotty_whatever_its_argument),
		TEST(frames_come_in_order_and_whole),
		TEST(queued_buffers_lose_no_tick_however_late_they_are_collected),
		TEST(a_tick_without_a_buffer_is_a_gap),
		TEST(a_buffer_gets_no_tick_from_before_it_was_queued),
		TEST(every_stream_counts_from_its_start),
		TEST(a_static_picture_does_not_move),
		TEST(the_descriptor_rests_while_there_is_nothing_to_do),
		TEST(who_asks_about_a_buffer_does_not_hide_it_from_the_owner),
		TEST(the_queue_belongs_to_who_allocated_it),
		TEST(buffers_hold_a_frame_at_least),
		TEST(a_closed_camera_holds_no_descriptor),
		TEST(collecting_and_ioctls_run_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
