// SPDX-License-Identifier: BSD-3-Clause
/*
 * A V4L2 node by the rules of videobuf2.
 */
#include "tests/placed_node.h"

#include <errno.h>
#include <string.h>

#include "common/videodev2_new.h"

#define CAPABILITIES                                                           \
	(V4L2_BUF_CAP_SUPPORTS_USERPTR | V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS)

struct placed_node placed_node;

static unsigned int planes_of(uint32_t type)
{
	return V4L2_TYPE_IS_MULTIPLANAR(type) ? PLACED_NODE_PLANES : 1;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static int reqbufs(struct v4l2_requestbuffers *arg)
{
	if (arg->memory != V4L2_MEMORY_MMAP &&
	    (arg->memory != V4L2_MEMORY_USERPTR || placed_node.no_userptr))
		return refuse(EINVAL);
	if (placed_node.streaming)
		return refuse(EBUSY);
	memset(placed_node.buffers, 0, sizeof(placed_node.buffers));
	placed_node.queued = 0;
	placed_node.memory = arg->memory;
	placed_node.type = arg->type;
	if (arg->count > PLACED_NODE_BUFFERS)
		arg->count = PLACED_NODE_BUFFERS;
	placed_node.count = arg->count;
	arg->capabilities = CAPABILITIES;
	return 0;
}

static int create(struct v4l2_create_buffers *arg)
{
	if (placed_node.count && arg->memory != placed_node.memory)
		return refuse(EINVAL);
	arg->index = placed_node.count;
	if (arg->count > PLACED_NODE_BUFFERS - placed_node.count)
		arg->count = PLACED_NODE_BUFFERS - placed_node.count;
	placed_node.count += arg->count;
	arg->capabilities = CAPABILITIES;
	return 0;
}

static void tell(struct v4l2_buffer *arg)
{
	bool mmap = placed_node.memory == V4L2_MEMORY_MMAP;
	unsigned int p;

	arg->memory = placed_node.memory;
	arg->flags = placed_node.buffers[arg->index].queued
			     ? V4L2_BUF_FLAG_QUEUED
			     : 0;
	if (!V4L2_TYPE_IS_MULTIPLANAR(arg->type)) {
		arg->length = PLACED_NODE_LEN;
		arg->m.userptr =
			mmap ? arg->index << 12
			     : placed_node.buffers[arg->index].memory[0];
		return;
	}
	arg->length = PLACED_NODE_PLANES;
	for (p = 0; p < PLACED_NODE_PLANES; p++) {
		arg->m.planes[p].length = PLACED_NODE_LEN;
		arg->m.planes[p].m.userptr =
			mmap ? (arg->index * PLACED_NODE_PLANES + p) << 12
			     : placed_node.buffers[arg->index].memory[p];
	}
}

static int queue(struct v4l2_buffer *arg)
{
	bool mplane = V4L2_TYPE_IS_MULTIPLANAR(arg->type);
	unsigned int p;

	if (arg->index >= placed_node.count ||
	    arg->memory != placed_node.memory ||
	    placed_node.buffers[arg->index].queued)
		return refuse(EINVAL);
	if (placed_node.memory == V4L2_MEMORY_USERPTR &&
	    placed_node.queue_error)
		return refuse(placed_node.queue_error);
	for (p = 0; placed_node.memory == V4L2_MEMORY_USERPTR &&
		    p < planes_of(arg->type);
	     p++) {
		if ((mplane ? arg->m.planes[p].length : arg->length) <
		    PLACED_NODE_LEN)
			return refuse(EINVAL);
		placed_node.buffers[arg->index].memory[p] =
			mplane ? arg->m.planes[p].m.userptr : arg->m.userptr;
	}
	placed_node.buffers[arg->index].used =
		mplane ? arg->m.planes[0].bytesused : arg->bytesused;
	placed_node.buffers[arg->index].queued = true;
	placed_node.queued++;
	tell(arg);
	return 0;
}

int placed_node_call(unsigned long cmd, void *arg)
{
	struct v4l2_buffer *buffer = arg;

	switch (cmd) {
	case VIDIOC_REQBUFS:
		return reqbufs(arg);
	case VIDIOC_CREATE_BUFS:
		return create(arg);
	case VIDIOC_QUERYBUF:
		if (buffer->index >= placed_node.count)
			return refuse(EINVAL);
		tell(buffer);
		return 0;
	case VIDIOC_QBUF:
		return queue(arg);
	case VIDIOC_REMOVE_BUFS:
		return 0;
	default:
		return refuse(ENOTTY);
	}
}
