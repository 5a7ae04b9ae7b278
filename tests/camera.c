// SPDX-License-Identifier: BSD-3-Clause
/*
 * A test pattern camera that is opened twice, for tests.
 */
#include "tests/camera.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include <cmocka.h>

#include "hostd/device_pattern.h"
#include "hostd/frames.h"

static const struct device_ops *const ops = &device_pattern_ops;

struct camera camera;

void camera_open(const char *target)
{
	camera.device = (struct device){ .ops = ops, .name = "cam" };
	strncpy(camera.device.target, target, sizeof(camera.device.target) - 1);
	assert_int_equal(ops->open(&camera.device, -1, &camera.file), 0);
	assert_int_equal(ops->open(&camera.device, -1, &camera.other), 0);
}

int camera_setup(void **state)
{
	(void)state;

	camera_open("160x120,fps=1000");
	return 0;
}

int camera_teardown(void **state)
{
	(void)state;

	while (camera.mapped > 0)
		ops->unmap(camera.file, &camera.maps[--camera.mapped]);
	if (camera.file)
		ops->close(camera.file);
	if (camera.other)
		ops->close(camera.other);
	camera.file = NULL;
	camera.other = NULL;
	return 0;
}

void camera_again(const char *target)
{
	camera_teardown(NULL);
	camera_open(target);
}

int camera_ioctl(struct device_file *who, uint32_t cmd, void *arg)
{
	const struct ioctl_desc *desc = ioctl_lookup(cmd);

	assert_non_null(desc);
	return ops->ioctl(who, desc, arg);
}

struct v4l2_requestbuffers camera_request(uint32_t count)
{
	return (struct v4l2_requestbuffers){
		.type = CAMERA_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};
}

void camera_allocate(uint32_t count)
{
	struct v4l2_requestbuffers arg = camera_request(count);

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_REQBUFS, &arg), 0);
	assert_int_equal(arg.count, count);
	while (camera.mapped < count) {
		struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE,
					      .index = camera.mapped };

		assert_int_equal(
			camera_ioctl(camera.file, VIDIOC_QUERYBUF, &buffer), 0);
		assert_int_equal(ops->map(camera.file, buffer.m.offset,
					  buffer.length,
					  &camera.maps[camera.mapped]),
				 0);
		camera.mapped++;
	}
}

int camera_enqueue(uint32_t index)
{
	struct v4l2_buffer buffer = {
		.type = CAMERA_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};

	return camera_ioctl(camera.file, VIDIOC_QBUF, &buffer);
}

int camera_stream(struct device_file *who, bool on)
{
	uint32_t type = CAMERA_CAPTURE;

	return camera_ioctl(who, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF,
			    &type);
}

void camera_start(uint32_t count)
{
	uint32_t i;

	camera_allocate(count);
	for (i = 0; i < count; i++)
		assert_int_equal(camera_enqueue(i), 0);
	assert_int_equal(camera_stream(camera.file, true), 0);
}

bool camera_readable(struct device_file *who, unsigned int wanted, int wait_ms)
{
	struct pollfd watched = { .events = POLLIN };

	assert_int_equal(ops->poll(who, wanted, &watched.fd), EPOLLIN);
	return poll(&watched, 1, wait_ms) == 1;
}

void camera_rest(long milliseconds)
{
	struct timespec time = { .tv_nsec = milliseconds * 1000000 };

	nanosleep(&time, NULL);
}

int camera_subscribe(struct device_file *who, uint32_t id, uint32_t flags)
{
	struct v4l2_event_subscription arg = {
		.type = V4L2_EVENT_CTRL,
		.id = id,
		.flags = flags,
	};

	return camera_ioctl(who, VIDIOC_SUBSCRIBE_EVENT, &arg);
}

struct v4l2_buffer camera_collect(void)
{
	struct v4l2_buffer buffer = { .type = CAMERA_CAPTURE };
	uint64_t tick = 0;
	int ret;

	do {
		assert_true(camera_readable(camera.file, DEVICE_CAPTURE, 1000));
		ret = ops->collect_buffer(camera.file, &buffer);
	} while (ret == -EAGAIN);

	assert_int_equal(ret, 0);
	assert_true(buffer.index < camera.mapped);
	assert_int_equal(frames_check(camera.maps[buffer.index].bytes,
				      buffer.bytesused, &tick),
			 0);
	assert_int_equal(tick, (uint64_t)buffer.sequence + 1);
	return buffer;
}
