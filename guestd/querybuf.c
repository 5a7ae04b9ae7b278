// SPDX-License-Identifier: BSD-3-Clause
/*
 * QUERYBUF.
 *
 * guestd knows its own buffers; of those that it does not know, or that another
 * file has, the host is asked.
 */
#include "guestd/querybuf.h"

#include <errno.h>
#include <stdlib.h>

#include "guestd/qbuf_check.h"
#include "guestd/setup.h"

static void query_show(struct request *request, const struct queue *queue,
		       const struct queue_buffer *buffer)
{
	queue_show(queue, buffer, &request->payload.arg.buffer,
		   payload_planes(&request->payload),
		   payload_plane_count(&request->payload));
	session_finish(request, 0, true);
}

/* The owner's file knows more than the host: what waits in it. */
static void query_allowed(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct v4l2_buffer *arg = &request->payload.arg.buffer;
	const struct guest_device *device = request->session->device;
	const struct queue_buffer *buffer = NULL;

	if (error == HOSTLINK_LIE) {
		session_lied(request);
		return;
	}
	if (!error && device->owned && device->owned->type == arg->type)
		buffer = queue_find(device->owned, arg->index);
	if (buffer && qbuf_made(device->owned, buffer)) {
		query_show(request, device->owned, buffer);
		return;
	}
	if (call->filled)
		queue_mend(arg, payload_planes(&request->payload),
			   payload_plane_count(&request->payload));
	session_finish(request, error, call->filled);
}

static void renewed(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	struct queue *queue = session_queue(request->session, arg->type);
	struct queue_buffer *buffer = request->buffer;
	const struct payload *told = request->query;

	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (!error && !session_has_buffer(request))
		error = -EINVAL;
	if (error) {
		session_finish(request, error, false);
		return;
	}
	if (buffer->state == QUEUE_IDLE && buffer->stale) {
		queue_remember(queue, buffer, &told->arg.buffer,
			       payload_planes(request->query),
			       payload_plane_count(told));
		buffer->stale = false;
	}
	query_show(request, queue, buffer);
}

/* What the driver has made of a buffer when it was stopped. */
static void query_again(struct request *request, struct queue_buffer *buffer)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;

	session_set_buffer(request, buffer);
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query || setup_buffer(request->query, VIDIOC_QUERYBUF,
					    arg->type, arg->index))
		session_finish(request, -ENOMEM, false);
	else
		session_forward_other(request, request->query, renewed);
}

void querybuf_run(struct request *request)
{
	struct guest_session *session = request->session;
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	struct queue *queue = session_queue(session, arg->type);
	struct queue_buffer *buffer;

	/*
	 * Anybody may look at the buffers of a node (vb2_ioctl_querybuf()), but
	 * not at every driver's (uvc_ioctl_querybuf()).
	 */
	if (!queue || !queue_busy(queue)) {
		session_forward(request, query_allowed);
		return;
	}
	buffer = queue_find(queue, arg->index);
	if (!buffer || !qbuf_made(queue, buffer) ||
	    qbuf_check_planes(request, buffer))
		session_finish(request, -EINVAL, false);
	else if (buffer->stale)
		query_again(request, buffer);
	else
		query_show(request, queue, buffer);
}
