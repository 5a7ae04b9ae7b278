// SPDX-License-Identifier: BSD-3-Clause
/*
 * The ioctls of the fuzzers' device, and its buffers.
 */
#include "tests/fuzz_device_ioctls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz_device.h"

#define TYPES   15
#define BUFFERS 16
#define PLANES  2           /* of multi-planar buffers */
#define CONTROL 0x00980000u /* ids above this have payload */

enum buffer_state { IDLE, QUEUED, DONE };

struct fuzz_buffer {
	enum buffer_state state;
	uint32_t used;
	uint32_t flags;
};

struct fuzz_queue {
	bool streaming;
	bool ended; /* DQBUF is EPIPE */
	uint32_t count;
	struct fuzz_buffer buffers[BUFFERS];
};

static struct fuzz_queue queues[TYPES];
static int said;

void fuzz_must(bool truth)
{
	if (!truth)
		abort();
}

void fuzz_ioctls_reset(void)
{
	memset(queues, 0, sizeof(queues));
	said = -ENOTTY;
}

void fuzz_device_answer(int result)
{
	said = result;
}

int fuzz_ioctls_said(void)
{
	return said;
}

void fuzz_device_finish(uint32_t type, uint32_t index, uint32_t used,
			uint32_t flags)
{
	struct fuzz_queue *queue = &queues[type % TYPES];
	struct fuzz_buffer *buffer = &queue->buffers[index % BUFFERS];

	if (!queue->streaming || buffer->state != QUEUED)
		return;
	buffer->state = DONE;
	buffer->used = used;
	buffer->flags = flags & (V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_LAST);
}

/* ---- what it is given ------------------------------------------------------- */

void fuzz_touch(void *bytes, size_t len)
{
	volatile uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(at[i] + 1);
}

static void touch_controls(struct v4l2_ext_controls *controls)
{
	uint32_t i;

	fuzz_must(!controls->count || controls->controls);
	fuzz_must(controls->request_fd ==
		  (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL ? -1 : 0));
	for (i = 0; i < controls->count; i++) {
		struct v4l2_ext_control *control = &controls->controls[i];

		if (control->id >= CONTROL && control->size)
			fuzz_touch(control->ptr, control->size);
		else
			control->value64++;
	}
}

/* Only memory, or nothing, gets here as a descriptor. */
static bool number_is_good(int fd)
{
	int seals;

	if (fd == -1)
		return true;
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_SHRINK);
}

static bool memory_is_good(const struct v4l2_buffer *buffer,
			   unsigned long userptr, int fd)
{
	return buffer->memory == V4L2_MEMORY_DMABUF ? !fd || number_is_good(fd)
						    : !userptr;
}

static void touch_planes(struct v4l2_buffer *buffer)
{
	uint32_t i;

	fuzz_must(buffer->request_fd == 0);
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		fuzz_must(memory_is_good(buffer, buffer->m.userptr,
					 buffer->m.fd));
		return;
	}
	fuzz_must(!buffer->length || buffer->m.planes);
	for (i = 0; i < buffer->length; i++) {
		fuzz_must(memory_is_good(buffer, buffer->m.planes[i].m.userptr,
					 buffer->m.planes[i].m.fd));
		fuzz_touch(buffer->m.planes[i].reserved,
			   sizeof(buffer->m.planes[i].reserved));
	}
}

static void touch_arg(const struct ioctl_desc *desc, void *arg)
{
	switch (desc->nested) {
	case IOCTL_NESTED_CONTROLS:
		touch_controls(arg);
		break;
	case IOCTL_NESTED_EDID: {
		struct v4l2_edid *edid = arg;

		fuzz_must(!edid->blocks || edid->edid);
		fuzz_touch(edid->edid, (size_t)edid->blocks * 128);
		break;
	}
	case IOCTL_NESTED_PLANES:
		touch_planes(arg);
		break;
	case IOCTL_NESTED_WINDOW: {
		const struct v4l2_format *format = arg;

		if (format->type == V4L2_BUF_TYPE_VIDEO_OVERLAY)
			fuzz_must(!format->fmt.win.clips &&
				  !format->fmt.win.bitmap);
		break;
	}
	case IOCTL_NESTED_FBUF: {
		const struct v4l2_framebuffer *framebuffer = arg;

		fuzz_must(!framebuffer->base);
		break;
	}
	case IOCTL_NESTED_NONE:
		fuzz_touch(arg, ioctl_size(desc));
		break;
	}
}

/* ---- buffers ------------------------------------------------------------------ */

static struct fuzz_queue *find_queue(uint32_t type)
{
	return type && type < TYPES ? &queues[type] : NULL;
}

static void show(struct v4l2_buffer *buffer)
{
	const struct fuzz_buffer *known =
		&queues[buffer->type].buffers[buffer->index];
	uint32_t i;

	buffer->memory = V4L2_MEMORY_MMAP;
	buffer->flags = known->flags;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->bytesused = known->used;
		buffer->length = FUZZ_PLANE_LEN;
		buffer->m.offset = (buffer->type << 8 | buffer->index << 1)
				   << 12;
		return;
	}
	buffer->length = PLANES;
	for (i = 0; i < PLANES; i++) {
		buffer->m.planes[i].bytesused = known->used;
		buffer->m.planes[i].length = FUZZ_PLANE_LEN;
		buffer->m.planes[i].m.mem_offset =
			(buffer->type << 8 | buffer->index << 1 | i) << 12;
	}
}

static struct fuzz_buffer *find_buffer(const struct v4l2_buffer *buffer)
{
	struct fuzz_queue *queue = find_queue(buffer->type);

	if (!queue || buffer->index >= queue->count)
		return NULL;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type) && buffer->length < PLANES)
		return NULL;
	return &queue->buffers[buffer->index];
}

static int call_buffer(uint32_t cmd, struct v4l2_buffer *buffer)
{
	struct fuzz_buffer *known;

	touch_planes(buffer);
	known = find_buffer(buffer);
	if (!known || (cmd != VIDIOC_QUERYBUF && known->state != IDLE))
		return -EINVAL;
	if (cmd == VIDIOC_QBUF)
		known->state = QUEUED;
	show(buffer);
	return 0;
}

static int call_reqbufs(struct v4l2_requestbuffers *request)
{
	struct fuzz_queue *queue = find_queue(request->type);

	fuzz_must(request->memory == V4L2_MEMORY_MMAP ||
		  request->memory == V4L2_MEMORY_DMABUF ||
		  request->memory == 0);
	if (!queue || !request->memory)
		return -EINVAL;
	memset(queue, 0, sizeof(*queue));
	if (request->count > BUFFERS)
		request->count = BUFFERS;
	queue->count = request->count;
	return 0;
}

static int call_create(struct v4l2_create_buffers *create)
{
	struct fuzz_queue *queue = find_queue(create->format.type);

	fuzz_must(create->memory == V4L2_MEMORY_MMAP ||
		  create->memory == V4L2_MEMORY_DMABUF || create->memory == 0);
	if (!queue || !create->memory)
		return -EINVAL;
	create->index = queue->count;
	if (create->count > BUFFERS - queue->count)
		create->count = BUFFERS - queue->count;
	queue->count += create->count;
	return 0;
}

static int call_stream(uint32_t type, bool on)
{
	struct fuzz_queue *queue = find_queue(type);
	uint32_t i;

	if (!queue)
		return -EINVAL;
	queue->streaming = on;
	queue->ended = queue->ended && on;
	for (i = 0; i < BUFFERS && !on; i++)
		queue->buffers[i].state = IDLE;
	return 0;
}

/* Some drivers forget what START is for. */
static int call_codec(const struct ioctl_desc *desc,
		      struct v4l2_encoder_cmd *arg)
{
	bool forgets = arg->flags & 1;
	unsigned int i;

	for (i = 0; i < TYPES && !said && !forgets; i++)
		queues[i].ended = false;
	touch_arg(desc, arg);
	return said;
}

int fuzz_ioctls_call(const struct ioctl_desc *desc, void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	fuzz_must(desc->where != IOCTL_NOBODY);
	fuzz_must(desc->where != IOCTL_GUEST || desc->cmd == VIDIOC_QUERYCAP ||
		  desc->cmd == VIDIOC_LOG_STATUS);
	switch (desc->cmd) {
	case VIDIOC_QUERYCAP:
		memset(arg, 0, sizeof(struct v4l2_capability));
		return said == -ENODEV ? said : 0;
	case VIDIOC_REQBUFS:
		return call_reqbufs(arg);
	case VIDIOC_CREATE_BUFS:
		return call_create(arg);
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		return call_buffer(desc->cmd, arg);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		return call_stream(*(const uint32_t *)arg,
				   desc->cmd == VIDIOC_STREAMON);
	case VIDIOC_QUERY_EXT_CTRL:
		query->flags =
			query->id >= CONTROL ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0;
		return 0;
	case VIDIOC_SUBSCRIBE_EVENT:
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return 0;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		return call_codec(desc, arg);
	default:
		touch_arg(desc, arg);
		return said;
	}
}

int fuzz_ioctls_collect(struct v4l2_buffer *buffer)
{
	struct fuzz_queue *queue = find_queue(buffer->type);
	uint32_t i;

	fuzz_must(queue != NULL);
	if (said == -ENODEV)
		return said;
	if (queue->ended)
		return -EPIPE;
	for (i = 0; i < queue->count; i++) {
		if (queue->buffers[i].state != DONE)
			continue;
		queue->buffers[i].state = IDLE;
		queue->ended = !V4L2_TYPE_IS_OUTPUT(buffer->type) &&
			       (queue->buffers[i].flags & V4L2_BUF_FLAG_LAST);
		buffer->index = i;
		show(buffer);
		return 0;
	}
	return -EAGAIN;
}
