// SPDX-License-Identifier: BSD-3-Clause
/*
 * QBUF that is answered before the host has answered it.
 *
 * Its call and its payload belong to the buffer: nothing is allocated per frame,
 * and there are no more of them than buffers.
 */
#include "guestd/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/**
 * struct pipeline_call - QBUF of one buffer
 * @call:	Under way, or not; must be first
 * @turn:	buffer->turn when it was sent: what has happened to the buffer since
 *		is more than the answer can say
 * @field:	queue_habit_asked()
 * @planes:	payload.nested
 */
struct pipeline_call {
	struct hostlink_call call;
	struct guest_session *session;
	struct queue *queue;
	struct queue_buffer *buffer;
	uint64_t turn;
	uint32_t field;
	struct payload payload;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
};

/* ---- what the host says ------------------------------------------------------- */

/* As if its driver had finished it, with an error. */
static void give_back(const struct pipeline_call *sent)
{
	struct guest_session *session = sent->session;
	struct v4l2_buffer v4l2 = sent->buffer->v4l2;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	unsigned int i;

	memcpy(planes, sent->buffer->v4l2_planes, sizeof(planes));
	v4l2.index = sent->buffer->index;
	v4l2.type = sent->queue->type;
	v4l2.flags |= V4L2_BUF_FLAG_ERROR;
	v4l2.bytesused = 0;
	for (i = 0; i < VIDEO_MAX_PLANES; i++) {
		planes[i].bytesused = 0;
		planes[i].data_offset = 0;
	}
	session->member.ops->buffer(&session->member, &v4l2, planes);
}

static void refused(const struct pipeline_call *sent, int error)
{
	struct guest_session *session = sent->session;

	sent->queue->refused = true;
	/* The connection or the device has gone: who waits hears of that. */
	if (error == -ENODEV)
		return;
	log_line(guest_device_level(session->device, DEVICE_NOTICE_QUEUE,
				    LOG_LEVEL_WARN),
		 "session %u: queue of type %u: buffer %u was refused late: %s",
		 session_id(session), sent->queue->type, sent->buffer->index,
		 strerror(-error));
	/* vb2_queue_error(): so says DQBUF, whatever was queued. */
	if (error == -EIO && sent->queue->streaming)
		session->member.ops->queue_error(&session->member,
						 sent->queue->type, error);
	else
		give_back(sent);
}

static void taken(struct pipeline_call *sent)
{
	queue_remember(sent->queue, sent->buffer, &sent->payload.arg.buffer,
		       payload_planes(&sent->payload),
		       payload_plane_count(&sent->payload));
	queue_habit_learn(sent->queue, sent->buffer, sent->field);
}

static void answered(struct hostlink_call *call, int error)
{
	struct pipeline_call *sent = (struct pipeline_call *)call;
	struct guest_session *session = sent->session;

	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session->wrong = call->wrong;
		session_note_lie(session, sent->payload.desc->name);
		session_kill(session, -EIO);
		return;
	}
	/* Its event came first, or STREAMOFF did. */
	if (sent->buffer->state != QUEUE_QUEUED ||
	    sent->buffer->turn != sent->turn)
		return;
	if (error)
		refused(sent, error);
	else
		taken(sent);
}

/* ---- may it be answered? ------------------------------------------------------ */

static bool runs(const struct queue *queue)
{
	return queue->streaming && queue->runs && !queue->halted;
}

/* A codec may be done with a buffer at once as long as it has only one side. */
static bool both_run(const struct guest_session *session)
{
	unsigned int running = 0;
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		if (!queue_busy(&session->queues[type]))
			continue;
		if (!runs(&session->queues[type]))
			return false;
		running++;
	}
	return running > 1;
}

static bool may_start(const struct guest_session *session,
		      const struct queue *queue)
{
	if (queue->starting)
		return true;
	if (!queue->streaming)
		return false;
	return guest_device_m2m(session->device) ? !both_run(session)
						 : !runs(queue);
}

static bool may_be_answered(struct request *request, const struct queue *queue)
{
	const struct guest_session *session = request->session;
	const struct queue_buffer *buffer = request->buffer;

	if (session->device->config->no_pipeline ||
	    request->payload.desc->cmd != VIDIOC_QBUF || buffer->prepared ||
	    queue->memory == V4L2_MEMORY_DMABUF || queue->refused ||
	    may_start(session, queue) ||
	    !hostlink_has_room(session->device->link))
		return false;
	return queue_habit_fits(queue, buffer, &request->payload.arg.buffer,
				payload_planes(&request->payload),
				guest_device_m2m(session->device));
}

static struct pipeline_call *call_of(struct request *request,
				     struct queue *queue)
{
	struct queue_buffer *buffer = request->buffer;

	if (!buffer->sent) {
		buffer->sent = calloc(1, sizeof(*buffer->sent));
		if (!buffer->sent)
			return NULL;
		buffer->sent->session = request->session;
		buffer->sent->queue = queue;
		buffer->sent->buffer = buffer;
		buffer->sent->call.done = answered;
	}
	/* Its event came before the last one's answer. */
	return hostlink_under_way(&buffer->sent->call) ? NULL : buffer->sent;
}

struct payload *pipeline_begin(struct request *request, struct queue *queue)
{
	const struct payload *asked = &request->payload;
	struct pipeline_call *sent;

	if (!may_be_answered(request, queue))
		return NULL;
	sent = call_of(request, queue);
	if (!sent)
		return NULL;
	payload_init(&sent->payload, asked->desc, asked->arg.bytes);
	if (asked->nested_len) {
		memcpy(sent->planes, asked->nested, asked->nested_len);
		sent->payload.nested = (uint8_t *)sent->planes;
		sent->payload.nested_len = asked->nested_len;
	}
	sent->field =
		queue_habit_asked(queue, request->buffer, &asked->arg.buffer);
	return &sent->payload;
}

void pipeline_send(struct request *request, struct queue *queue)
{
	struct queue_buffer *buffer = request->buffer;
	struct v4l2_buffer *arg = &request->payload.arg.buffer;
	struct v4l2_plane *planes = payload_planes(&request->payload);

	buffer->sent->turn = buffer->turn;
	session_ask(request->session, &buffer->sent->call,
		    &buffer->sent->payload);
	queue_habit_show(queue, buffer, arg, planes);
	queue_show(queue, buffer, arg, planes,
		   payload_plane_count(&request->payload));
	session_finish(request, 0, true);
}

void pipeline_doubt(struct guest_session *session)
{
	unsigned int type;

	if (!guest_device_m2m(session->device)) {
		if (session->device->owned)
			session->device->owned->habit.known = false;
		return;
	}
	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		session->queues[type].habit.known = false;
}

void pipeline_forget(struct queue_buffer *buffer)
{
	if (!buffer->sent)
		return;
	hostlink_orphan(&buffer->sent->call);
	free(buffer->sent);
	buffer->sent = NULL;
}
