// SPDX-License-Identifier: BSD-3-Clause
/*
 * Taking frames from a node.
 *
 * Nobody looks at what is in them: what is measured is how they come.
 */
#include "tests/bench/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kernel.h"

#define BUFFERS 4
#define WAIT_MS 10000

const char *stream_method_name(enum stream_method method)
{
	static const char *const names[] = {
		[STREAM_MMAP] = "mmap",
		[STREAM_USERPTR] = "userptr",
		[STREAM_READ] = "read",
	};

	return names[method];
}

static int stream_failed(struct stream *stream, const char *what, int error)
{
	stream->failed = what;
	return error;
}

static uint32_t stream_memory(const struct stream *stream)
{
	return stream->method == STREAM_MMAP ? V4L2_MEMORY_MMAP
					     : V4L2_MEMORY_USERPTR;
}

/* ---- buffers --------------------------------------------------------------------- */

static int request_buffers(struct stream *stream, unsigned int count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = stream->target->type,
		.memory = stream_memory(stream),
	};
	int ret = kernel_ioctl(stream->target->fd, VIDIOC_REQBUFS, &request);

	if (ret)
		return stream_failed(stream, "REQBUFS", ret);
	if (count && (!request.count || request.count > STREAM_BUFFERS_MAX))
		return stream_failed(stream, "REQBUFS", -ENOBUFS);
	stream->buffer_count = request.count;
	return 0;
}

/* @planes are STREAM_PLANES_MAX, zeroes, for a node that is multi-planar. */
static struct v4l2_buffer describe_buffer(const struct stream *stream,
					  unsigned int index,
					  struct v4l2_plane *planes)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = stream->target->type,
		.memory = stream_memory(stream),
	};

	if (target_is_multiplanar(stream->target)) {
		buffer.m.planes = planes;
		buffer.length = STREAM_PLANES_MAX;
	}
	return buffer;
}

static int map_buffer(struct stream *stream, unsigned int index)
{
	struct v4l2_plane planes[STREAM_PLANES_MAX] = { 0 };
	struct v4l2_buffer buffer = describe_buffer(stream, index, planes);
	bool multiplanar = target_is_multiplanar(stream->target);
	unsigned int i;
	int ret;

	ret = kernel_ioctl(stream->target->fd, VIDIOC_QUERYBUF, &buffer);
	if (ret)
		return stream_failed(stream, "QUERYBUF", ret);
	if (multiplanar && buffer.length > STREAM_PLANES_MAX)
		return stream_failed(stream, "QUERYBUF", -E2BIG);
	stream->plane_count = multiplanar ? buffer.length : 1;
	for (i = 0; i < stream->plane_count; i++) {
		struct stream_plane *plane = &stream->planes[index][i];

		plane->len = multiplanar ? planes[i].length : buffer.length;
		ret = kernel_mmap(stream->target->fd, plane->len,
				  multiplanar ? planes[i].m.mem_offset
					      : buffer.m.offset,
				  &plane->memory);
		if (ret)
			return stream_failed(stream, "mmap()", ret);
	}
	return 0;
}

/* By page, as some drivers want it, and touched, as a program's would be. */
static int allocate(struct stream *stream, struct stream_plane *plane,
		    size_t len)
{
	size_t room = (len + 4095) / 4096 * 4096;

	if (!len)
		return stream_failed(stream, "G_FMT", -ENODATA);
	plane->memory = aligned_alloc(4096, room);
	if (!plane->memory)
		return stream_failed(stream, "memory", -ENOMEM);
	memset(plane->memory, 0, room);
	plane->len = len;
	return 0;
}

static size_t plane_size(const struct target *target, unsigned int plane)
{
	if (!target->has_format)
		return 0;
	return target_is_multiplanar(target)
		       ? target->format.fmt.pix_mp.plane_fmt[plane].sizeimage
		       : target->format.fmt.pix.sizeimage;
}

static int allocate_buffer(struct stream *stream, unsigned int index)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < stream->plane_count && !ret; i++)
		ret = allocate(stream, &stream->planes[index][i],
			       plane_size(stream->target, i));
	return ret;
}

static int queue_buffer(struct stream *stream, unsigned int index)
{
	struct v4l2_plane planes[STREAM_PLANES_MAX] = { 0 };
	struct v4l2_buffer buffer = describe_buffer(stream, index, planes);
	const struct stream_plane *own = stream->planes[index];
	unsigned int i;
	int ret;

	if (buffer.m.planes) {
		buffer.length = stream->plane_count;
		for (i = 0; i < stream->plane_count; i++) {
			planes[i].m.userptr = (unsigned long)own[i].memory;
			planes[i].length = (uint32_t)own[i].len;
		}
	} else if (stream->method == STREAM_USERPTR) {
		buffer.m.userptr = (unsigned long)own[0].memory;
		buffer.length = (uint32_t)own[0].len;
	}
	ret = kernel_ioctl(stream->target->fd, VIDIOC_QBUF, &buffer);
	return ret ? stream_failed(stream, "QBUF", ret) : 0;
}

static void free_buffers(struct stream *stream)
{
	unsigned int i, j;

	for (i = 0; i < STREAM_BUFFERS_MAX; i++) {
		for (j = 0; j < STREAM_PLANES_MAX; j++) {
			struct stream_plane *plane = &stream->planes[i][j];

			if (plane->memory && stream->method == STREAM_MMAP)
				kernel_munmap(plane->memory, plane->len);
			else
				free(plane->memory);
			plane->memory = NULL;
		}
	}
}

/* ---- begin and end ---------------------------------------------------------------- */

static bool is_offered(const struct target *target, enum stream_method method)
{
	return target->caps & (method == STREAM_READ ? V4L2_CAP_READWRITE
						     : V4L2_CAP_STREAMING);
}

static int prepare_buffers(struct stream *stream)
{
	unsigned int i;
	int ret;

	if (stream->method == STREAM_READ)
		return allocate_buffer(stream, 0);
	ret = request_buffers(stream, BUFFERS);
	for (i = 0; i < stream->buffer_count && !ret; i++)
		ret = stream->method == STREAM_MMAP
			      ? map_buffer(stream, i)
			      : allocate_buffer(stream, i);
	return ret;
}

/* Undo what is there of prepare_buffers(), and keep what failed. */
static void release_buffers(struct stream *stream)
{
	const char *failed = stream->failed;

	free_buffers(stream);
	if (stream->buffer_count)
		request_buffers(stream, 0);
	stream->failed = failed;
}

static int stream_prepare(struct stream *stream, const struct target *target,
			  enum stream_method method)
{
	int ret;

	memset(stream, 0, sizeof(*stream));
	stream->target = target;
	stream->method = method;
	stream->plane_count = 1;
	if (target_is_multiplanar(target) && target->has_format)
		stream->plane_count = target->format.fmt.pix_mp.num_planes;
	if (!target->type)
		return stream_failed(stream, "no video capture", -ENOTSUP);
	if (!is_offered(target, method))
		return stream_failed(stream, "neither STREAMING nor READWRITE",
				     -ENOTSUP);
	if (stream->plane_count > STREAM_PLANES_MAX)
		return stream_failed(stream, "G_FMT", -E2BIG);
	ret = prepare_buffers(stream);
	if (ret)
		release_buffers(stream);
	return ret;
}

int stream_choose(const struct target *target, enum stream_method *out,
		  const char **failed)
{
	enum stream_method method;
	struct stream stream;
	int error = 0;
	int ret;

	for (method = 0; method < STREAM_METHODS; method++) {
		ret = stream_prepare(&stream, target, method);
		if (!ret) {
			release_buffers(&stream);
			*out = method;
			return 0;
		}
		/* Not "it has none of that", if there is a better reason. */
		if (ret != -ENOTSUP || !method) {
			*failed = stream.failed;
			error = ret;
		}
	}
	return error;
}

int stream_begin(struct stream *stream, const struct target *target,
		 enum stream_method method)
{
	uint32_t type = target->type;
	unsigned int i;
	int ret = stream_prepare(stream, target, method);

	if (ret || method == STREAM_READ)
		return ret;
	for (i = 0; i < stream->buffer_count && !ret; i++)
		ret = queue_buffer(stream, i);
	if (!ret) {
		ret = kernel_ioctl(target->fd, VIDIOC_STREAMON, &type);
		if (ret)
			stream_failed(stream, "STREAMON", ret);
	}
	if (ret)
		release_buffers(stream);
	return ret;
}

void stream_end(struct stream *stream)
{
	uint32_t type = stream->target->type;

	if (stream->method != STREAM_READ)
		kernel_ioctl(stream->target->fd, VIDIOC_STREAMOFF, &type);
	release_buffers(stream);
}

/* ---- frames ----------------------------------------------------------------------- */

static int wait_frame(struct stream *stream)
{
	int ret = kernel_poll(stream->target->fd, POLLIN, WAIT_MS);

	if (ret < 0)
		return stream_failed(stream, "poll()", ret);
	if (!ret)
		return stream_failed(stream, "poll()", -ETIMEDOUT);
	if (!(ret & POLLIN))
		return stream_failed(stream, "poll()", -EIO);
	return 0;
}

static int read_frame(struct stream *stream, struct stream_frame *frame)
{
	const struct stream_plane *plane = &stream->planes[0][0];
	ssize_t len =
		kernel_read(stream->target->fd, plane->memory, plane->len);

	frame->arrived_ns = kernel_now_ns();
	if (len <= 0)
		return stream_failed(stream, "read()",
				     len ? (int)len : -ENODATA);
	return 0;
}

static int take_frame(struct stream *stream, struct stream_frame *frame)
{
	struct v4l2_plane planes[STREAM_PLANES_MAX] = { 0 };
	struct v4l2_buffer buffer = describe_buffer(stream, 0, planes);
	int ret = kernel_ioctl(stream->target->fd, VIDIOC_DQBUF, &buffer);

	frame->arrived_ns = kernel_now_ns();
	if (ret)
		return stream_failed(stream, "DQBUF", ret);
	if (buffer.index >= stream->buffer_count)
		return stream_failed(stream, "DQBUF", -EBADMSG);
	frame->described = true;
	frame->sequence = buffer.sequence;
	frame->damaged = buffer.flags & V4L2_BUF_FLAG_ERROR;
	frame->stamped = (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) ==
			 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	frame->stamp_ns = (uint64_t)buffer.timestamp.tv_sec * 1000000000 +
			  (uint64_t)buffer.timestamp.tv_usec * 1000;
	ret = queue_buffer(stream, buffer.index);
	frame->queueing_ns = kernel_now_ns() - frame->arrived_ns;
	return ret;
}

int stream_next(struct stream *stream, struct stream_frame *out)
{
	struct stream_frame frame = { 0 };
	int ret = wait_frame(stream);

	if (!ret)
		ret = stream->method == STREAM_READ
			      ? read_frame(stream, &frame)
			      : take_frame(stream, &frame);
	if (!ret)
		*out = frame;
	return ret;
}
