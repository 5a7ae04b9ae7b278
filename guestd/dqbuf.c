// SPDX-License-Identifier: BSD-3-Clause
/*
 * DQBUF and DQEVENT.
 *
 * The rules are those of vb2_core_dqbuf(), __vb2_wait_for_done_vb() and
 * v4l2_event_dequeue().
 */
#include "guestd/dqbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "guestd/qbuf.h"
#include "guestd/userptr.h"

static struct queue *request_queue(const struct request *request)
{
	return session_queue(request->session,
			     request->payload.arg.buffer.type);
}

/* ---- buffers ---------------------------------------------------------------- */

static void show_buffer(struct request *request)
{
	struct queue *queue = request_queue(request);
	struct queue_buffer *buffer = request->buffer;
	unsigned int i;

	if (request->result) {
		buffer->v4l2.flags |= V4L2_BUF_FLAG_ERROR;
		buffer->v4l2.bytesused = 0;
		for (i = 0; i < buffer->plane_count; i++)
			buffer->v4l2_planes[i].bytesused = 0;
	}
	queue_show(queue, buffer, &request->payload.arg.buffer,
		   payload_planes(&request->payload),
		   payload_plane_count(&request->payload));
	/* Only the state has it (vb2 __fill_v4l2_buffer). */
	buffer->v4l2.flags &= ~(uint32_t)V4L2_BUF_FLAG_ERROR;
	session_finish(request, 0, true);
}

/* The copy is over; the queue may be, too. */
static void copied(struct request *request)
{
	struct guest_session *session = request->session;

	if (session->dead)
		session_finish(request, session->dead, false);
	else if (!session_has_buffer(request))
		session_finish(request, -EINVAL, false);
	else
		show_buffer(request);
}

static void take(struct request *request)
{
	struct queue *queue = request_queue(request);
	struct queue_buffer *buffer = queue ? queue->done : NULL;

	if (!buffer ||
	    (V4L2_TYPE_IS_MULTIPLANAR(queue->type) &&
	     payload_plane_count(&request->payload) < buffer->plane_count)) {
		session_finish(request, -EINVAL, false);
		return;
	}
	queue_take(queue);
	session_set_buffer(request, buffer);
	request->payload.arg.buffer.index = buffer->index;
	request->result = 0;
	request_set_state(request, REQUEST_STORE);
	if (queue->memory == V4L2_MEMORY_USERPTR && !queue_is_output(queue))
		userptr_dequeue(request, copied);
	else
		show_buffer(request);
}

/* Return: 0 if there is a buffer, -EAGAIN if one may come */
static int buffer_ready(const struct queue *queue)
{
	if (!queue->streaming)
		return -EINVAL;
	if (queue->error)
		return queue->error;
	if (queue->last)
		return -EPIPE;
	return queue->done ? 0 : -EAGAIN;
}

static void buffer_answer(void *data, int nonblock)
{
	struct request *request = data;
	struct guest_session *session = request->session;
	struct queue *queue = request_queue(request);
	int error = 0;

	if (nonblock)
		error = -EAGAIN;
	else if (queue->waiting)
		error = -EBUSY;
	if (!error) {
		queue->waiting = true;
		request->waits = true;
		return;
	}
	session_unpark(&session->waiting_buffer, request);
	session_finish(request, error, false);
}

static void ask_nonblock(struct request *request,
			 void (*answer)(void *data, int nonblock))
{
	struct guest_device *device = request->session->device;
	int fallback = !!(request->session->open_flags & O_NONBLOCK);

	caller_nonblock(&request->question, device->loop, device->memory,
			&request->caller, fallback, answer, request);
}

void dqbuf_run(struct request *request)
{
	struct guest_session *session = request->session;
	const struct queue *queue = request_queue(request);
	int ret = session_refuses(session, request->payload.arg.buffer.type);

	if (!ret && qbuf_refused(request))
		return;
	if (!ret)
		ret = queue->waiting ? -EBUSY : buffer_ready(queue);
	if (!ret) {
		take(request);
	} else if (ret != -EAGAIN) {
		session_finish(request, ret, false);
	} else {
		request->waits = false;
		session_park(&session->waiting_buffer, request);
		ask_nonblock(request, buffer_answer);
	}
}

static void unwait(struct request *request)
{
	struct queue *queue = request_queue(request);

	caller_stop(&request->question);
	session_unpark(&request->session->waiting_buffer, request);
	if (request->waits && queue)
		queue->waiting = false;
}

static struct request *first_waiter(const struct guest_session *session,
				    const struct queue *queue)
{
	struct request *request;

	for (request = session->waiting_buffer.first; request;
	     request = request->next)
		if (!queue || request_queue(request) == queue)
			return request;
	return NULL;
}

void dqbuf_wake(struct guest_session *session, struct queue *queue)
{
	struct request *request;

	while (!buffer_ready(queue) &&
	       (request = first_waiter(session, queue))) {
		unwait(request);
		take(request);
	}
	/* Those whose O_NONBLOCK is still asked for would wait for nothing. */
	if (queue->last)
		dqbuf_fail(session, queue, -EPIPE);
}

/* ---- events ----------------------------------------------------------------- */

static void event_answer(void *data, int nonblock)
{
	struct request *request = data;

	if (!nonblock)
		return;
	session_unpark(&request->session->waiting_event, request);
	session_finish(request, -ENOENT, false);
}

static void wait_event(struct request *request)
{
	struct guest_session *session = request->session;

	if (!events_dequeue(&session->events, &request->payload.arg.event)) {
		session_finish(request, 0, true);
		return;
	}
	session_park(&session->waiting_event, request);
	ask_nonblock(request, event_answer);
}

static void has_events(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_device *device = request->session->device;

	if (error == HOSTLINK_LIE) {
		session_lied(request);
		return;
	}
	if (error == -ENODEV || error == -EINTR) {
		session_finish(request, error, false);
		return;
	}
	device->events = error == -ENOTTY ? DEVICE_HAS_NONE : DEVICE_HAS_SOME;
	if (error == -ENOTTY)
		session_finish(request, error, false);
	else
		wait_event(request);
}

/*
 * A driver without events has no DQEVENT either (v4l2-dev.c
 * determine_valid_ioctls()), nor has it UNSUBSCRIBE_EVENT, which changes nothing
 * here: nothing is subscribed.
 */
static void ask_events(struct request *request)
{
	const struct v4l2_event_subscription all = { .type = V4L2_EVENT_ALL };

	request->query = calloc(1, sizeof(*request->query));
	if (!request->query) {
		session_finish(request, -ENOMEM, false);
		return;
	}
	payload_init(request->query, ioctl_lookup(VIDIOC_UNSUBSCRIBE_EVENT),
		     &all);
	session_forward_other(request, request->query, has_events);
}

void dqbuf_event(struct request *request)
{
	const struct guest_session *session = request->session;

	if (!LIST_EMPTY(&session->events.subscriptions) ||
	    session->device->events == DEVICE_HAS_SOME)
		wait_event(request);
	else if (session->device->events == DEVICE_HAS_NONE)
		session_finish(request, -ENOTTY, false);
	else
		ask_events(request);
}

void dqbuf_wake_event(struct guest_session *session)
{
	struct request *request;

	while (session->events.pending &&
	       (request = session->waiting_event.first)) {
		caller_stop(&request->question);
		session_unpark(&session->waiting_event, request);
		events_dequeue(&session->events, &request->payload.arg.event);
		session_finish(request, 0, true);
	}
}

/* ---- the end ----------------------------------------------------------------- */

void dqbuf_fail(struct guest_session *session, struct queue *queue, int error)
{
	struct request *request;

	while ((request = first_waiter(session, queue))) {
		unwait(request);
		session_finish(request, error, false);
	}
	while (!queue && (request = session->waiting_event.first)) {
		caller_stop(&request->question);
		session_unpark(&session->waiting_event, request);
		session_finish(request, error, false);
	}
}

bool dqbuf_interrupt(struct request *request)
{
	struct guest_session *session = request->session;
	struct request *at;

	for (at = session->waiting_buffer.first; at; at = at->next) {
		if (at != request)
			continue;
		unwait(request);
		request->ops->reply_restart(request);
		return true;
	}
	if (!session_unpark(&session->waiting_event, request))
		return false;
	caller_stop(&request->question);
	request->ops->reply_restart(request);
	return true;
}
