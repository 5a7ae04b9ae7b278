// SPDX-License-Identifier: BSD-3-Clause
/*
 * REQBUFS, CREATE_BUFS and REMOVE_BUFS of applications.
 *
 * The host makes MMAP buffers where an application wants USERPTR: which memory
 * that has, and may have, is known here alone.
 */
#include "guestd/reqbufs.h"

#include <errno.h>
#include <stdlib.h>

#include "common/stats.h"
#include "guestd/planes.h"
#include "guestd/setup.h"

#define MEMORY_NONE 0 /* no enum v4l2_memory */

static bool has_memory(const struct guest_session *session, uint32_t memory)
{
	return profile_memory(memory, session_userptr(session),
			      session_import(session));
}

static uint32_t buf_caps(const struct guest_session *session, uint32_t host)
{
	return profile_buf_caps(host, session_userptr(session),
				session_import(session));
}

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
	arg->capabilities = buf_caps(request->session, arg->capabilities);
}

static void reqbufs_looked(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	struct queue *queue =
		session_queue(session, request->payload.arg.reqbufs.type);

	queue->making = 0;
	if (error == HOSTLINK_LIE) {
		session_lied(request);
		return;
	}
	if (error && error != -EINTR) {
		planes_forget(session, queue);
		session_buffers_gone(session, queue);
	}
	session_finish(request, request->result, false);
}

/*
 * vb2_core_reqbufs() frees the old buffers before it asks the driver about new
 * ones: after an error they may be gone.  QUERYBUF of one of them tells.
 */
static void reqbufs_look(struct request *request, struct queue *queue)
{
	unsigned int index = 0;

	while (!queue_find(queue, index))
		index++;
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query ||
	    setup_buffer(request->query, VIDIOC_QUERYBUF, queue->type, index)) {
		session_kill(request->session, -ENODEV);
		session_finish(request, -ENOMEM, false);
		return;
	}
	queue->making = VIDIOC_REQBUFS;
	request->call.done = reqbufs_looked;
	stats_add(STATS_WAITS, 1);
	session_ask(request->session, &request->call, request->query);
}

static void reqbufs_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	struct v4l2_requestbuffers *arg = &request->payload.arg.reqbufs;
	struct queue *queue = session_queue(session, arg->type);

	if (queue)
		queue->making = 0;
	if (queue && (error || !arg->count))
		setup_forget_ahead(queue);
	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (error && error != -EBUSY && queue && queue_busy(queue)) {
		request->result = error;
		reqbufs_look(request, queue);
		return;
	}
	if (error || !queue) {
		session_finish(request, error, false);
		return;
	}
	show_reqbufs(request);
	planes_forget(session, queue);
	session_buffers_gone(session, queue);
	if (!arg->count) {
		session_finish(request, 0, true);
		return;
	}
	queue->memory = request->memory;
	if (setup_buffers(session, queue, 0, arg->count, NULL, request_made,
			  request))
		session_finish(request, -ENOMEM, false);
}

static void refused(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (!error || error == HOSTLINK_LIE)
		session_lied(request);
	else
		session_finish(request, error, false);
}

/*
 * Memory that there is none of here, or not in this queue, a queue that there
 * cannot be: the host is asked all the same, for it may have another reason
 * (v4l2_prio_check()).  That a queue streams, or that somebody else has it, is
 * none: a device without VB2_DMABUF says EINVAL of DMABUF before it looks at that
 * (vb2_verify_memory_type()), and REQBUFS does not offer it.
 */
static void refuse(struct request *request, uint32_t *memory)
{
	if (*memory != V4L2_MEMORY_DMABUF)
		*memory = MEMORY_NONE;
	session_forward(request, refused);
}

void reqbufs_run(struct request *request)
{
	struct guest_session *session = request->session;
	struct v4l2_requestbuffers *arg = &request->payload.arg.reqbufs;
	struct queue *queue = session_queue(session, arg->type);
	unsigned int count = arg->count;

	request->memory = arg->memory;
	if (!has_memory(session, arg->memory) || !queue) {
		refuse(request, &arg->memory);
		return;
	}
	if (queue->setup || queue->making || (queue->waiting && arg->count) ||
	    queue->fileio) {
		session_finish(request, -EBUSY, false);
		return;
	}
	if (arg->memory != V4L2_MEMORY_MMAP)
		arg->flags = 0;
	arg->memory = queue_host_memory(arg->memory);
	queue->making = VIDIOC_REQBUFS;
	session_forward(request, reqbufs_done);
	if (count && !session->dead)
		setup_ahead(session, queue, count);
}

static void show_create(struct request *request)
{
	struct v4l2_create_buffers *arg = &request->payload.arg.create;

	arg->memory = request->memory;
	arg->capabilities = buf_caps(request->session, arg->capabilities);
}

/* Nothing is to be made: could it be, and which index would be next? */
static void create_checked(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	request->payload.arg.create.count = 0;
	show_create(request);
	session_finish(request, error, !error);
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
	if (error || !queue) {
		session_finish(request, error, false);
		return;
	}
	show_create(request);
	if (!arg->count) {
		session_finish(request, 0, true);
		return;
	}
	queue->memory = request->memory;
	if (setup_buffers(session, queue, arg->index, arg->count, &arg->format,
			  request_made, request))
		session_finish(request, -ENOMEM, false);
}

void reqbufs_create(struct request *request)
{
	struct guest_session *session = request->session;
	struct v4l2_create_buffers *arg = &request->payload.arg.create;
	struct queue *queue = session_queue(session, arg->format.type);

	request->memory = arg->memory;
	if (!has_memory(session, arg->memory) || !queue) {
		refuse(request, &arg->memory);
		return;
	}
	if (arg->memory != V4L2_MEMORY_MMAP)
		arg->flags = 0;
	arg->memory = queue_host_memory(arg->memory);
	/* vb2_ioctl_create_bufs() looks at nothing else then. */
	if (!arg->count) {
		session_forward(request, create_checked);
		return;
	}
	if (queue->setup || queue->making || queue->fileio ||
	    (queue->waiting && !queue_busy(queue))) {
		session_finish(request, -EBUSY, false);
		return;
	}
	if (queue_busy(queue) && queue->memory != request->memory) {
		refuse(request, &arg->memory);
		return;
	}
	queue->making = VIDIOC_CREATE_BUFS;
	session_forward(request, create_done);
}

/*
 * A host answers in order, so what it removes was there when the application
 * asked, when nothing was being made and nobody was reading.
 */
static bool removal_is_late(const struct queue *queue,
			    const struct v4l2_remove_buffers *arg)
{
	return queue && arg->count && (queue->setup || queue->fileio);
}

static void remove_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	const struct v4l2_remove_buffers *arg = &request->payload.arg.remove;
	struct queue *queue = session_queue(session, arg->type);
	unsigned int i;

	if (error == HOSTLINK_LIE || (!error && removal_is_late(queue, arg))) {
		session_lied(request);
		return;
	}
	for (i = 0;
	     !error && queue && i < arg->count && arg->index + i < queue->count;
	     i++)
		planes_forget_buffer(session, queue, arg->index + i);
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
