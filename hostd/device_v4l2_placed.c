// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffers of a V4L2 node in memory that the guest has, too: the ioctls.
 */
#include "hostd/device_v4l2_placed.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/videodev2_new.h"
#include "hostd/device_v4l2_placed_parts.h"

static int request(int fd, uint32_t type, uint32_t memory, uint32_t *count,
		   struct v4l2_requestbuffers *said)
{
	struct v4l2_requestbuffers wanted = {
		.count = *count,
		.type = type,
		.memory = memory,
		.flags = said ? said->flags : 0,
	};
	int ret = placed_node_ioctl(fd, VIDIOC_REQBUFS, &wanted);

	*count = wanted.count;
	if (!ret && said)
		*said = wanted;
	return ret;
}

/* An output buffer that is not empty, which vb2 would complain of. */
static void fill(struct v4l2_buffer *buffer)
{
	unsigned int p;

	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->bytesused = buffer->length;
	else
		for (p = 0; p < buffer->length && p < VIDEO_MAX_PLANES; p++)
			buffer->m.planes[p].bytesused =
				buffer->m.planes[p].length;
}

/* One buffer, as before STREAMON: the driver takes its memory, and starts nothing. */
static int try_one(struct placed *placed, int fd, struct slices *slices,
		   uint32_t type)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;
	uint32_t count = 1;
	int ret;

	ret = request(fd, type, V4L2_MEMORY_USERPTR, &count, NULL);
	if (ret)
		return ret;
	placed_drop_queue(&placed->queues[type]);
	ret = placed_make_buffers(placed, fd, slices, type, 0, 1);
	if (ret)
		return ret;
	placed_begin_buffer(&buffer, planes, type, 0);
	ret = placed_node_ioctl(fd, VIDIOC_QUERYBUF, &buffer);
	if (ret)
		return ret;
	placed_put_memory(&placed->queues[type], &buffer);
	fill(&buffer);
	return placed_node_ioctl(fd, VIDIOC_QBUF, &buffer);
}

/* Return: 0, or a negative errno: then the node has no buffers of ours */
static int place(struct placed *placed, int fd, struct slices *slices,
		 struct v4l2_requestbuffers *arg)
{
	struct placed_queue *queue = &placed->queues[arg->type];
	struct v4l2_requestbuffers said = *arg;
	uint32_t count = arg->count;
	int ret;

	ret = try_one(placed, fd, slices, arg->type);
	if (!ret)
		ret = request(fd, arg->type, V4L2_MEMORY_USERPTR, &count,
			      &said);
	if (!ret)
		ret = placed_make_buffers(placed, fd, slices, arg->type, 0,
					  count);
	if (!ret) {
		said.memory = V4L2_MEMORY_MMAP;
		/* They are for MMAP, which this is not (validate_memory_flags()). */
		said.capabilities &=
			~(uint32_t)V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS;
		*arg = said;
		queue->placed = true;
		return 0;
	}
	log_debug("no buffers of type %u in shared memory: %s", arg->type,
		  strerror(-ret));
	if (ret == -EBUSY)
		return ret;
	count = 0;
	request(fd, arg->type, V4L2_MEMORY_USERPTR, &count, NULL);
	placed_drop_queue(queue);
	return ret;
}

static int placed_reqbufs(struct placed *placed, int fd, struct slices *slices,
			  struct v4l2_requestbuffers *arg)
{
	struct placed_queue *queue = placed_queue(placed, arg->type);
	int ret;

	if (queue && arg->memory == V4L2_MEMORY_MMAP && arg->count &&
	    !arg->flags && place(placed, fd, slices, arg) == 0)
		return 0;
	ret = placed_node_ioctl(fd, VIDIOC_REQBUFS, arg);
	if (queue && !ret)
		placed_drop_queue(queue);
	return ret;
}

/* They are as those that there are. */
static int placed_create_bufs(struct placed *placed, int fd,
			      struct slices *slices,
			      struct v4l2_create_buffers *arg)
{
	struct placed_queue *queue = placed_queue(placed, arg->format.type);
	int ret;

	if (!queue || !queue->placed || arg->memory != V4L2_MEMORY_MMAP)
		return placed_node_ioctl(fd, VIDIOC_CREATE_BUFS, arg);
	arg->memory = V4L2_MEMORY_USERPTR;
	ret = placed_node_ioctl(fd, VIDIOC_CREATE_BUFS, arg);
	arg->memory = V4L2_MEMORY_MMAP;
	arg->capabilities &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS;
	if (!ret && arg->count)
		ret = placed_make_buffers(placed, fd, slices, arg->format.type,
					  arg->index, arg->count);
	return ret;
}

static int placed_buffer_ioctl(struct placed *placed, int fd, uint32_t cmd,
			       struct v4l2_buffer *arg)
{
	const struct placed_queue *queue = placed_queue(placed, arg->type);
	bool ours = queue && queue->placed;
	int ret;

	if (ours && (cmd == VIDIOC_QUERYBUF || arg->memory == V4L2_MEMORY_MMAP))
		placed_put_memory(queue, arg);
	ret = placed_node_ioctl(fd, cmd, arg);
	if (ours)
		placed_show(arg);
	return ret;
}

static int placed_remove(struct placed *placed, int fd,
			 struct v4l2_remove_buffers *arg)
{
	struct placed_queue *queue = placed_queue(placed, arg->type);
	int ret = placed_node_ioctl(fd, VIDIOC_REMOVE_BUFS, arg);

	if (!ret && queue)
		placed_drop_buffers(queue, arg->index, arg->count);
	return ret;
}

int placed_ioctl(struct placed *placed, int fd, struct slices *slices,
		 uint32_t cmd, void *arg)
{
	switch (cmd) {
	case VIDIOC_REQBUFS:
		return placed_reqbufs(placed, fd, slices, arg);
	case VIDIOC_CREATE_BUFS:
		return placed_create_bufs(placed, fd, slices, arg);
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		return placed_buffer_ioctl(placed, fd, cmd, arg);
	case VIDIOC_REMOVE_BUFS:
		return placed_remove(placed, fd, arg);
	default:
		return placed_node_ioctl(fd, cmd, arg);
	}
}
