// SPDX-License-Identifier: BSD-3-Clause
/*
 * One open file of the node: its beginning, its end, read(), write(), poll(),
 * and what the host tells of it.
 */
#include "guestd/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/memo_wire.h"
#include "common/stats.h"
#include "guestd/dqbuf.h"
#include "guestd/fileio.h"
#include "guestd/nativeio.h"
#include "guestd/pipeline.h"
#include "guestd/planes.h"
#include "guestd/plausible.h"
#include "guestd/poll.h"
#include "guestd/setup.h"
#include "guestd/shape.h"

#define SECOND_NS 1000000000ull

static const struct device_member_ops session_member_ops;

/* ---- the end ------------------------------------------------------------------ */

static void forget_buffers(struct guest_session *session)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		planes_forget(session, &session->queues[type]);
}

static void session_die(struct guest_session *session, int error)
{
	if (session->dead)
		return;
	session->dead = error;
	setup_stop(session, error);
	dqbuf_fail(session, NULL, error);
	fileio_fail(session, error);
	fileio_destroy(session);
	nativeio_destroy(session, error);
	forget_buffers(session);
	session_wake_queue(session);
}

static void session_lost(struct device_member *member, int error, int waiting)
{
	struct guest_session *session = (struct guest_session *)member;
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		dqbuf_fail(session, &session->queues[type], waiting);
	fileio_fail(session, waiting);
	session_die(session, error);
}

void session_kill(struct guest_session *session, int error)
{
	struct guest_device *device = session->device;

	if (session->dead)
		return;
	guest_device_leave(device, &session->member);
	session_die(session, error);
	if (device->ready)
		hostlink_close(device->link, NULL, session_id(session),
			       session);
}

void session_note_lie(struct guest_session *session, const char *what)
{
	log_line(guest_device_level(session->device, DEVICE_NOTICE_LIE,
				    LOG_LEVEL_WARN),
		 "session %u: %s: the host's answer is impossible%s%s",
		 session_id(session), what, session->wrong ? ": " : "",
		 session->wrong ? session->wrong : "");
	session->wrong = NULL;
	stats_add(STATS_LIES, 1);
}

void session_lied(struct request *request)
{
	struct guest_session *session = request->session;

	session_note_lie(session, request->payload.desc->name);
	request->ops->reply_error(request, -EIO);
	session_kill(session, -EIO);
}

void session_buffers_gone(struct guest_session *session, struct queue *queue)
{
	dqbuf_fail(session, queue, -EINVAL);
	session_wake_queue(session);
}

/* ---- open and release ------------------------------------------------------------ */

static void opened(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;

	if (error == HOSTLINK_LIE) {
		session_note_lie(session, "OPEN");
		error = -EIO;
	}
	if (error) {
		request->session = NULL;
		request->ops->reply_error(request, error);
		session_free(session);
		return;
	}
	session->member.id = call->session_id;
	guest_device_join(session->device, &session->member);
	request->ops->reply_open(request, session);
}

void session_open(struct guest_device *device, struct request *request,
		  enum profile_choice choice, void *file)
{
	struct guest_session *session;
	unsigned int type;

	if (!device->ready) {
		request->ops->reply_error(request, -ENODEV);
		return;
	}
	session = calloc(1, sizeof(*session));
	if (!session) {
		request->ops->reply_error(request, -ENOMEM);
		return;
	}
	session->member.ops = &session_member_ops;
	session->member.file = request->caller.file;
	session->device = device;
	session->ops = request->ops;
	session->file = file;
	session->open_flags = request->flags;
	session->profile =
		profile_choose(choice, device->ack.capability.device_caps);
	for (type = 0; type < VMS_BUF_TYPE_COUNT; type++)
		queue_init(&session->queues[type], type);
	events_init(&session->events);
	session_list_init(&session->waiting_buffer);
	session_list_init(&session->waiting_event);
	request->session = session;
	request_set_state(request, REQUEST_WIRE);
	request->call.done = opened;
	stats_add(STATS_WAITS, 1);
	hostlink_open(device->link, &request->call);
}

static void release_end(struct request *request)
{
	struct guest_session *session = request->session;

	loop_timer_destroy(session->patience);
	request->ops->reply_done(request);
	session_free(session);
}

static void released(struct hostlink_call *call, int error)
{
	(void)error;
	release_end(request_of(call));
}

static void release_late(void *data)
{
	struct request *request = data;

	log_line(guest_device_level(request->session->device,
				    DEVICE_NOTICE_NOT_CLOSED, LOG_LEVEL_WARN),
		 "session %u: the host has not closed it after 1 s",
		 session_id(request->session));
	release_end(request);
}

void session_release(struct guest_session *session, struct request *request)
{
	struct guest_device *device = session->device;
	bool alive = !session->dead && device->ready;

	session->file = NULL;
	request->session = session;
	if (device->memory)
		memory_file_closed(device->memory, request->caller.file);
	guest_device_leave(device, &session->member);
	session_die(session, -ENODEV);
	if (!alive) {
		release_end(request);
		return;
	}
	if (loop_timer(device->loop, release_late, request,
		       &session->patience)) {
		hostlink_close(device->link, NULL, session_id(session),
			       session);
		release_end(request);
		return;
	}
	loop_timer_set(session->patience, SESSION_RELEASE_NS);
	request_set_state(request, REQUEST_WIRE);
	request->call.done = released;
	stats_add(STATS_WAITS, 1);
	hostlink_close(device->link, &request->call, session_id(session),
		       session);
}

void session_discard(struct guest_session *session)
{
	session->file = NULL;
	session_kill(session, -ENODEV);
	session_free(session);
}

/* ---- read, write, poll --------------------------------------------------------------- */

void session_io(struct guest_session *session, struct request *request)
{
	request->session = session;
	request_set_state(request, REQUEST_WIRE);
	if (session->dead)
		request->ops->reply_error(request, session->dead);
	else if (nativeio_has(session))
		nativeio_call(request);
	else
		fileio_call(request);
}

void session_give_up(struct request *request, int error)
{
	if (nativeio_has(request->session))
		nativeio_end(request, error);
	else
		fileio_end(request, error);
}

bool session_poll_asks(const struct guest_session *session, uint32_t requested)
{
	return nativeio_asks(session, requested);
}

void session_poll_host(struct guest_session *session, struct request *request)
{
	request->session = session;
	nativeio_poll(request);
}

static uint32_t poll_m2m_session(struct guest_session *session,
				 uint32_t requested)
{
	bool mplane = session->device->ack.capability.device_caps &
		      V4L2_CAP_VIDEO_M2M_MPLANE;

	return poll_m2m(
		&session->queues[mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
					: V4L2_BUF_TYPE_VIDEO_OUTPUT],
		&session->queues[mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
					: V4L2_BUF_TYPE_VIDEO_CAPTURE],
		requested);
}

/* v4l2loopback's node is both: its queue tells which, or who asks. */
static bool polls_output(const struct guest_device *device, uint32_t requested)
{
	uint32_t caps = device->ack.capability.device_caps;

	if (!(caps & V4L2_CAP_VIDEO_CAPTURE) || !profile_is_output(caps))
		return profile_is_output(caps);
	return device->owned ? queue_is_output(device->owned)
			     : !poll_asks(false, requested);
}

uint32_t session_poll(struct guest_session *session, uint32_t requested)
{
	const struct guest_device *device = session->device;
	uint32_t caps = session_caps(session);
	uint32_t ready = 0;
	bool output;
	bool fileio;
	bool start;

	if (session->dead)
		return EPOLLERR | EPOLLHUP | EPOLLPRI;
	if (session->events.pending)
		ready |= EPOLLPRI;
	if (guest_device_m2m(device))
		return ready | poll_m2m_session(session, requested);
	if (session->profile == PROFILE_NATIVE)
		return ready;
	output = polls_output(device, requested);
	fileio = profile_io_type(caps, output, 0);
	if (fileio && poll_asks(output, requested) && fileio_failed(session))
		return ready | EPOLLERR;
	if (fileio_starting(session))
		return ready | (output ? EPOLLOUT | EPOLLWRNORM : 0);
	ready |= poll_queue(device->owned, output, requested, fileio, &start);
	if (start)
		fileio_poll(session, output);
	return ready;
}

/* ---- what the host tells --------------------------------------------------------------- */

/* TIMESTAMP_COPY is an application's, UNKNOWN nobody knows. */
static struct v4l2_buffer buffer_in_time(struct guest_session *session,
					 struct queue *queue,
					 const struct v4l2_buffer *v4l2)
{
	struct v4l2_buffer buffer = *v4l2;
	uint64_t ns = (uint64_t)buffer.timestamp.tv_sec * SECOND_NS +
		      (uint64_t)buffer.timestamp.tv_usec * 1000;

	/* A driver that returns a buffer unfinished has not stamped it. */
	if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) !=
		    V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC ||
	    !ns)
		return buffer;
	hostlink_stamp(session->device->link, &queue->stamps, 1000, &ns);
	buffer.timestamp.tv_sec = (time_t)(ns / SECOND_NS);
	buffer.timestamp.tv_usec = (suseconds_t)(ns % SECOND_NS / 1000);
	return buffer;
}

static void session_buffer(struct device_member *member,
			   const struct v4l2_buffer *v4l2,
			   const struct v4l2_plane *planes)
{
	struct guest_session *session = (struct guest_session *)member;
	struct queue *queue = session_queue(session, v4l2->type);
	struct queue_buffer *finished = NULL;
	struct v4l2_buffer buffer;

	if (queue) {
		buffer = buffer_in_time(session, queue, v4l2);
		finished = queue_finished(queue, &buffer, planes);
	}
	if (!finished) {
		/* Late events are normal (virtio-media has two queues). */
		log_debug("session %u: buffer %u of type %u is not queued",
			  member->id, v4l2->index, v4l2->type);
		return;
	}
	planes_fetch(queue, finished);
	stats_add(STATS_BUFFERS_DONE, 1);
	if (queue->fileio)
		fileio_wake(session);
	else
		dqbuf_wake(session, queue);
	session_wake_queue(session);
}

static void session_event(struct device_member *member,
			  const struct v4l2_event *v4l2)
{
	struct guest_session *session = (struct guest_session *)member;
	struct v4l2_event event = *v4l2;
	const char *wrong = plausible_event(&event);
	uint64_t ns = (uint64_t)event.timestamp.tv_sec * SECOND_NS +
		      (uint64_t)event.timestamp.tv_nsec;

	if (wrong) {
		session->wrong = wrong;
		session_note_lie(session, "event");
		session_kill(session, -EIO);
		return;
	}
	hostlink_stamp(session->device->link, &session->stamps, 1, &ns);
	event.timestamp.tv_sec = (time_t)(ns / SECOND_NS);
	event.timestamp.tv_nsec = (long)(ns % SECOND_NS);
	if (event.type == V4L2_EVENT_SOURCE_CHANGE) {
		shape_forget(session);
		pipeline_doubt(session);
	}
	/* Who has it asks again, maybe before hostd's monitor has heard of it. */
	if (memo_event_changes(&event))
		hostlink_unlearn(session->device->link, VMS_MEMO_CONTROLS);
	if (!events_queue(&session->events, &event))
		return;
	stats_add(STATS_EVENTS, 1);
	dqbuf_wake_event(session);
	session_wake(session);
}

/* LAST came without a buffer (vb2's drivers may say so), or it still holds. */
static void session_queue_end(struct guest_session *session,
			      struct queue *queue)
{
	if (queue_is_output(queue))
		return;
	queue_ends(queue);
	if (queue->last)
		dqbuf_fail(session, queue, -EPIPE);
	session_wake_queue(session);
}

static void session_queue_error(struct device_member *member, uint32_t type,
				int error)
{
	struct guest_session *session = (struct guest_session *)member;
	struct queue *queue = session_queue(session, type);

	/* STREAMOFF may have been on its way. */
	if (!queue || !queue->streaming || queue->error)
		return;
	if (error == -EPIPE && !queue->fileio) {
		session_queue_end(session, queue);
		return;
	}
	log_line(guest_device_level(session->device, DEVICE_NOTICE_QUEUE,
				    LOG_LEVEL_WARN),
		 "session %u: queue of type %u: %s", member->id, type,
		 strerror(-error));
	queue->error = error;
	if (queue->fileio)
		fileio_break(session, error);
	else
		dqbuf_fail(session, queue, error);
	session_wake_queue(session);
}

static void session_io_ready(struct device_member *member)
{
	nativeio_ready((struct guest_session *)member);
}

static const struct device_member_ops session_member_ops = {
	.lost = session_lost,
	.buffer = session_buffer,
	.event = session_event,
	.queue_error = session_queue_error,
	.io_ready = session_io_ready,
};
