// SPDX-License-Identifier: BSD-3-Clause
/*
 * What vb2 refuses: vb2_queue_or_prepare_buf(), vb2_core_qbuf() and
 * vb2_core_prepare_buf(), in their order.
 */
#include "guestd/qbuf_check.h"

#include <errno.h>

bool qbuf_preparing(const struct request *request)
{
	return request->payload.desc->cmd == VIDIOC_PREPARE_BUF;
}

/* v4l2_m2m_qbuf() looks at that first, of a type that the node has. */
static bool requests_capture(const struct request *request)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	uint32_t planar =
		session_caps(request->session) & V4L2_CAP_VIDEO_M2M_MPLANE;

	return guest_device_m2m(request->session->device) &&
	       !qbuf_preparing(request) &&
	       arg->type == (planar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
				    : V4L2_BUF_TYPE_VIDEO_CAPTURE) &&
	       (arg->flags & V4L2_BUF_FLAG_REQUEST_FD);
}

int qbuf_check_owner(const struct request *request)
{
	int ret = session_refuses(request->session,
				  request->payload.arg.buffer.type);

	return !ret && requests_capture(request) ? -EPERM : ret;
}

/* vb->prepared is true from PREPARE_BUF or QBUF to DQBUF. */
static bool takes_argument(const struct queue_buffer *buffer)
{
	return buffer->state == QUEUE_IDLE && !buffer->prepared;
}

/*
 * An application's memory may be longer than the plane, but where it is copied the
 * host's buffer has no more.
 */
static int check_plane(const struct queue_plane *plane, uint32_t memory,
		       uint32_t length, uint32_t used, uint32_t offset)
{
	if (memory == V4L2_MEMORY_MMAP ||
	    (memory == V4L2_MEMORY_USERPTR && length > plane->length))
		length = plane->length;
	if (used > length || (offset && offset >= (used ? used : length)))
		return -EINVAL;
	return 0;
}

/*
 * __verify_length().  The only plane of a DMABUF buffer counts as long as it was the
 * last time, and not as is said now.
 */
static int check_contents(const struct request *request,
			  const struct queue *queue,
			  const struct queue_buffer *buffer)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	const struct v4l2_plane *planes =
		(const struct v4l2_plane *)request->payload.nested;
	uint32_t length = arg->length;
	unsigned int i;
	int ret = 0;

	if (!V4L2_TYPE_IS_OUTPUT(arg->type) || !takes_argument(buffer))
		return 0;
	if (arg->memory == V4L2_MEMORY_DMABUF)
		length = queue_plane_room(queue, &buffer->planes[0]);
	if (!planes)
		ret = check_plane(&buffer->planes[0], arg->memory, length,
				  arg->bytesused, 0);
	for (i = 0; !ret && planes && i < buffer->plane_count; i++)
		ret = check_plane(&buffer->planes[i], arg->memory,
				  planes[i].length, planes[i].bytesused,
				  planes[i].data_offset);
	/* It is one field or the other; only formats alternate. */
	if (!ret && arg->field == V4L2_FIELD_ALTERNATE)
		ret = -EINVAL;
	return ret;
}

int qbuf_check_planes(const struct request *request,
		      const struct queue_buffer *buffer)
{
	if (!V4L2_TYPE_IS_MULTIPLANAR(request->payload.arg.buffer.type))
		return 0;
	if (payload_plane_count(&request->payload) < buffer->plane_count)
		return -EINVAL;
	return 0;
}

/* Has the conversation that makes it come to its end? */
bool qbuf_made(const struct queue *queue, const struct queue_buffer *buffer)
{
	unsigned int i;

	if (queue->memory == V4L2_MEMORY_DMABUF)
		return buffer->plane_count;
	for (i = 0; i < buffer->plane_count; i++)
		if (!buffer->planes[i].mapping)
			return false;
	return buffer->plane_count;
}

/* What vb2 says of the buffer before it looks who has it. */
static int check_argument(const struct request *request,
			  const struct queue *queue,
			  const struct queue_buffer *buffer)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;

	if (!buffer || !qbuf_made(queue, buffer) ||
	    arg->memory != queue->memory || qbuf_check_planes(request, buffer))
		return -EINVAL;
	/* Of a queue that streams it takes none away. */
	if (queue->making == VIDIOC_REQBUFS && !queue->streaming)
		return -EINVAL;
	if ((arg->flags & V4L2_BUF_FLAG_REQUEST_FD) &&
	    (qbuf_preparing(request) || buffer->state != QUEUE_IDLE))
		return -EINVAL;
	return check_contents(request, queue, buffer);
}

static int check_state(const struct request *request, const struct queue *queue,
		       const struct queue_buffer *buffer)
{
	/* No queue of ours has supports_requests. */
	if (request->payload.arg.buffer.flags & V4L2_BUF_FLAG_REQUEST_FD)
		return -EBADR;
	if (queue->error && !qbuf_preparing(request))
		return queue->error;
	if (buffer->state != QUEUE_IDLE ||
	    (qbuf_preparing(request) && buffer->prepared))
		return -EINVAL;
	return queue->error;
}

int qbuf_check(const struct request *request, const struct queue *queue,
	       struct queue_buffer *buffer)
{
	int ret = check_argument(request, queue, buffer);

	if (ret)
		return ret;
	ret = check_state(request, queue, buffer);
	if (ret && takes_argument(buffer))
		queue_take_over(buffer, &request->payload.arg.buffer);
	return ret;
}
