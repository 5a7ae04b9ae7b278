// SPDX-License-Identifier: BSD-3-Clause
/*
 * REQBUFS, CREATE_BUFS and REMOVE_BUFS of applications.
 *
 * The host always makes MMAP buffers; which memory an application has, and may
 * have, is known here alone.
 */
#include "guestd/reqbufs.h"

#include <errno.h>

#include "guestd/setup.h"

static void request_made(void *data, int error)
{
	if (error == HOSTLINK_LIE)
		session_lied(data);
	else
		session_finish(data, error, !error);
}

/* What the application sees: its own memory type, what we offer. */
static void show_reqbufs(struct request *request)
{
	struct v4l2_requestbuffers *arg = &request->payload.arg.reqbufs;

	arg->memory = request->memory;
	arg->capabilities = profile_buf_caps(arg->capabilities,
					     session_userptr(request->session));
}

static void reqbufs_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	struct v4l2_requestbuffers *arg = &request->payload.arg.reqbufs;
	struct queue *queue = session_queue(session, arg->type);

	if (queue)
		queue->making = 0;
	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (call->filled)
		show_reqbufs(request);
	if (error || !queue) {
		session_finish(request, error, call->filled);
		return;
	}
	setup_forget(session, queue);
	session_buffers_gone(session, queue);
	if (!arg->count) {
		session_finish(request, 0, true);
		return;
	}
	queue->memory = request->memory;
	if (setup_buffers(session, queue, 0, arg->count, request_made, request))
		session_finish(request, -ENOMEM, false);
}

void reqbufs_run(struct request *request)
{
	struct guest_session *session = request->session;
	struct v4l2_requestbuffers *arg = &request->payload.arg.reqbufs;
	struct queue *queue = session_queue(session, arg->type);

	request->memory = arg->memory;
	if (!profile_memory(arg->memory, session_userptr(session)) || !queue) {
		session_finish(request, -EINVAL, false);
		return;
	}
	if (queue->setup || queue->making || (queue->waiting && arg->count) ||
	    queue->fileio) {
		session_finish(request, -EBUSY, false);
		return;
	}
	if (arg->memory != V4L2_MEMORY_MMAP)
		arg->flags = 0;
	arg->memory = V4L2_MEMORY_MMAP;
	queue->making = VIDIOC_REQBUFS;
	session_forward(request, reqbufs_done);
}

static void create_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	struct v4l2_create_buffers *arg = &request->payload.arg.create;
	struct queue *queue = session_queue(session, arg->format.type);

	if (queue)
		queue->making = 0;
	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (call->filled) {
		arg->memory = request->memory;
		arg->capabilities = profile_buf_caps(arg->capabilities,
						     session_userptr(session));
	}
	if (error || !queue || !arg->count) {
		session_finish(request, error, call->filled);
		return;
	}
	queue->memory = request->memory;
	if (setup_buffers(session, queue, arg->index, arg->count, request_made,
			  request))
		session_finish(request, -ENOMEM, false);
}

void reqbufs_create(struct request *request)
{
	struct guest_session *session = request->session;
	struct v4l2_create_buffers *arg = &request->payload.arg.create;
	struct queue *queue = session_queue(session, arg->format.type);

	request->memory = arg->memory;
	/* vb2_create_bufs() checks both before the count. */
	if (!profile_memory(arg->memory, session_userptr(session)) || !queue ||
	    (queue_busy(queue) && queue->memory != arg->memory)) {
		session_finish(request, -EINVAL, false);
		return;
	}
	if (queue->setup || queue->making || queue->fileio ||
	    (queue->waiting && !queue_busy(queue))) {
		session_finish(request, -EBUSY, false);
		return;
	}
	arg->memory = V4L2_MEMORY_MMAP;
	queue->making = VIDIOC_CREATE_BUFS;
	session_forward(request, create_done);
}

static void remove_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	const struct v4l2_remove_buffers *arg = &request->payload.arg.remove;
	struct queue *queue = session_queue(session, arg->type);
	unsigned int i;

	if (error == HOSTLINK_LIE) {
		session_lied(request);
		return;
	}
	for (i = 0;
	     !error && queue && i < arg->count && arg->index + i < queue->count;
	     i++)
		setup_forget_buffer(session, queue, arg->index + i);
	if (queue && !queue_busy(queue) && session->device->owned == queue)
		guest_device_own(session->device, &session->member, NULL);
	session_finish(request, error, call->filled);
}

void reqbufs_remove(struct request *request)
{
	struct guest_session *session = request->session;
	const struct v4l2_remove_buffers *arg = &request->payload.arg.remove;
	struct queue *queue = session_queue(session, arg->type);

	if (queue && (queue->setup || queue->making || queue->fileio)) {
		session_finish(request, -EBUSY, false);
		return;
	}
	session_forward(request, remove_done);
}
