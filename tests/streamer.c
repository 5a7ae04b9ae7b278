// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an application does to stream.
 */
#include "tests/streamer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/stats.h"
#include "hostd/frames.h"

void stream_buffer(struct stream_buffer *buffer, uint32_t type, uint32_t index)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->v4l2.index = index;
	buffer->v4l2.type = type;
	buffer->v4l2.memory = V4L2_MEMORY_MMAP;
	if (!V4L2_TYPE_IS_MULTIPLANAR(type))
		return;
	buffer->v4l2.m.planes = buffer->planes;
	buffer->v4l2.length = VIDEO_MAX_PLANES;
}

int stream_reqbufs(struct front_file *file, uint32_t type, uint32_t memory,
		   uint32_t count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = type,
		.memory = memory,
	};
	int ret = front_ioctl(file, VIDIOC_REQBUFS, &request);

	if (ret)
		return ret;
	assert_int_equal(request.memory, memory);
	assert_int_equal(request.type, type);
	return (int)request.count;
}

int stream_create(struct front_file *file, uint32_t type, uint32_t memory,
		  uint32_t count, uint32_t *index)
{
	struct v4l2_create_buffers arg = {
		.count = count,
		.memory = memory,
		.format.type = type,
	};
	int ret = front_ioctl(file, VIDIOC_CREATE_BUFS, &arg);

	if (index)
		*index = arg.index;
	return ret ? ret : (int)arg.count;
}

int stream_qbuf(struct front_file *file, uint32_t type, uint32_t index)
{
	struct stream_buffer buffer;

	stream_buffer(&buffer, type, index);
	return front_ioctl(file, VIDIOC_QBUF, &buffer.v4l2);
}

int stream_query(struct front_file *file, uint32_t type, uint32_t index,
		 struct stream_buffer *buffer)
{
	stream_buffer(buffer, type, index);
	return front_ioctl(file, VIDIOC_QUERYBUF, &buffer->v4l2);
}

int stream_on(struct front_file *file, uint32_t type)
{
	return front_ioctl(file, VIDIOC_STREAMON, &type);
}

int stream_off(struct front_file *file, uint32_t type)
{
	return front_ioctl(file, VIDIOC_STREAMOFF, &type);
}

void stream_begin_dqbuf(struct front_call *call, struct front_file *file,
			uint32_t type, struct stream_buffer *buffer)
{
	stream_buffer(buffer, type, 0);
	front_begin_ioctl(call, file, VIDIOC_DQBUF, &buffer->v4l2);
}

int stream_dqbuf(struct front_file *file, uint32_t type,
		 struct stream_buffer *buffer)
{
	struct front_call call;

	stream_begin_dqbuf(&call, file, type, buffer);
	return (int)front_wait(file->front, &call);
}

void stream_start(struct front_file *file, uint32_t type, uint32_t count)
{
	uint32_t i;

	assert_int_equal(stream_reqbufs(file, type, V4L2_MEMORY_MMAP, count),
			 count);
	for (i = 0; i < count; i++)
		assert_int_equal(stream_qbuf(file, type, i), 0);
	assert_int_equal(stream_on(file, type), 0);
}

uint8_t *stream_bytes(struct front_file *file, uint32_t type,
		      unsigned int index, unsigned int plane)
{
	const struct queue *queue = &file->session->queues[type];

	assert_true(index < queue->count);
	assert_non_null(queue->buffers[index]->planes[plane].mapping);
	return queue->buffers[index]->planes[plane].mapping->bytes;
}

void stream_see_frames(struct front_file *file, unsigned int count)
{
	struct stream_buffer buffer;
	uint64_t last = 0;
	uint64_t tick;

	while (count--) {
		uint32_t index;

		assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.bytesused, HARNESS_FRAME);
		index = buffer.v4l2.index;
		assert_int_equal(
			frames_check(stream_bytes(file, CAPTURE, index, 0),
				     HARNESS_FRAME, &tick),
			0);
		assert_true(tick > last);
		last = tick;
		assert_int_equal(stream_qbuf(file, CAPTURE, index), 0);
	}
}

void stream_read_frames(struct front_file *file, unsigned int count)
{
	static uint8_t frame[HARNESS_FRAME];
	uint64_t last = 0;
	uint64_t tick;

	for (; count; count--) {
		assert_int_equal(front_read(file, frame, sizeof(frame), 0),
				 sizeof(frame));
		assert_int_equal(frames_check(frame, sizeof(frame), &tick), 0);
		assert_true(tick > last);
		last = tick;
	}
}

void stream_see_one(struct front_file *file, unsigned int index)
{
	struct stream_buffer buffer;

	stream_fill(fake_plane(CAPTURE, index, 0), 64, 3);
	fake_finish(CAPTURE, index, 64, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_true(
		stream_filled(stream_bytes(file, CAPTURE, index, 0), 64, 3));
}

void stream_see_two_planes(struct front_file *file)
{
	static const uint32_t used[] = { 4096, 100 };
	struct stream_buffer buffer;
	unsigned int p;

	for (p = 0; p < 2; p++)
		stream_fill(fake_plane(CAPTURE_MPLANE, 0, p), used[p], p + 1);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE_MPLANE, &buffer), 0);
	for (p = 0; p < 2; p++)
		assert_true(
			stream_filled(stream_bytes(file, CAPTURE_MPLANE, 0, p),
				      used[p], p + 1));
}

void stream_write_one(struct front_file *file)
{
	static uint8_t bytes[4096];

	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(file);
	stream_fill(bytes, sizeof(bytes), 5);
	assert_int_equal(front_write(file, bytes, sizeof(bytes), 0),
			 sizeof(bytes));
	harness_settle();
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), sizeof(bytes), 5));
}

uint64_t stream_travelled(void)
{
	return stats_get(STATS_DATA_OUT) + stats_get(STATS_DATA_IN) +
	       stats_get(STATS_DATA_DISCARDED);
}

void stream_expect_dead(struct front_file *file)
{
	struct v4l2_capability capability;
	struct stream_buffer buffer;
	uint8_t byte = 0;

	assert_int_equal(front_ioctl(file, VIDIOC_QUERYCAP, &capability),
			 -ENODEV);
	assert_int_equal(stream_off(file, CAPTURE), -ENODEV);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), -ENODEV);
	assert_int_equal(stream_qbuf(file, CAPTURE, 0), -ENODEV);
	assert_int_equal(front_read(file, &byte, 1, 0), -ENODEV);
	assert_int_equal(front_write(file, &byte, 1, 0), -ENODEV);
	assert_int_equal(front_poll(file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
}

int stream_subscribe(struct front_file *file, uint32_t type, uint32_t id,
		     uint32_t flags)
{
	struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
		.flags = flags,
	};

	return front_ioctl(file, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

int stream_unsubscribe(struct front_file *file, uint32_t type, uint32_t id)
{
	struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	return front_ioctl(file, VIDIOC_UNSUBSCRIBE_EVENT, &subscription);
}

int stream_dqevent(struct front_file *file, struct v4l2_event *event)
{
	memset(event, 0xee, sizeof(*event));
	return front_ioctl(file, VIDIOC_DQEVENT, event);
}

void stream_barrier(struct front_file *file)
{
	uint32_t priority;

	assert_int_equal(front_ioctl(file, VIDIOC_G_PRIORITY, &priority), 0);
}

void stream_fill(uint8_t *bytes, size_t len, unsigned int seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256 + seed);
}

bool stream_filled(const uint8_t *bytes, size_t len, unsigned int seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != (uint8_t)(i * 7 + i / 256 + seed))
			return false;
	return true;
}
