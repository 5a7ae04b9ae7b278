// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's account of what the device did: which buffers there are, who has them,
 * what streams, what is subscribed.
 */
#include "hostd/session_account.h"

#include <errno.h>

#include "hostd/session_making.h"

static void account_queue(struct host_session *session, uint32_t cmd,
			  uint32_t type)
{
	struct buffer_queue *queue = buffers_queue(&session->buffers, type);

	if (!queue)
		return;
	if (cmd == VIDIOC_STREAMON)
		buffers_begun(&session->buffers, queue);
	else
		buffers_stopped(&session->buffers, queue);
}

/* Contents that began to come while QBUF waited its turn end here. */
static void account_qbuf(struct host_session *session, struct buffer *buffer)
{
	const struct client_output *output = session->env->output;
	const struct mapping *mapping;
	unsigned int i;

	for (i = 0; i < VIDEO_MAX_PLANES; i++) {
		mapping = buffer->planes[i].mapping;
		if (mapping)
			output->ops->forget(output->owner, mapping->map.bytes,
					    mapping->map.len);
	}
	buffers_queued(buffer);
}

static void count_streams(struct host_session *session)
{
	bool streams = session->buffers.streaming;

	if (streams == session->streams)
		return;
	session->streams = streams;
	session->env->streams += streams ? 1U : -1U;
}

static void account(struct host_session *session, struct host_command *command)
{
	const struct payload *payload = &command->payload;
	const union payload_arg *arg = &payload->arg;
	struct buffer *buffer;

	switch (payload->desc->cmd) {
	case VIDIOC_REQBUFS:
	case VIDIOC_CREATE_BUFS:
		host_session_make_end(session, command);
		break;
	case VIDIOC_REMOVE_BUFS:
		buffers_remove(&session->buffers, arg->remove.type,
			       arg->remove.index, arg->remove.count);
		break;
	case VIDIOC_QUERYBUF:
		buffers_learn(&session->buffers, &arg->buffer,
			      (const struct v4l2_plane *)(const void *)
				      payload->nested);
		break;
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		buffer = buffers_find(&session->buffers, arg->buffer.type,
				      arg->buffer.index);
		if (buffer)
			import_hold_keep(&buffer->hold, &command->hold);
		if (buffer && payload->desc->cmd == VIDIOC_QBUF)
			account_qbuf(session, buffer);
		break;
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		account_queue(session, payload->desc->cmd, arg->u32);
		break;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		if (arg->u32 == V4L2_DEC_CMD_START)
			pump_restart(&session->pump);
		break;
	case VIDIOC_SUBSCRIBE_EVENT:
		session->pump.subscribed = true;
		subscriptions_add(&session->subscriptions,
				  arg->subscription.type, arg->subscription.id);
		if (arg->subscription.flags & V4L2_EVENT_SUB_FL_SEND_INITIAL)
			pump_events(&session->pump);
		break;
	case VIDIOC_UNSUBSCRIBE_EVENT:
		subscriptions_remove(&session->subscriptions,
				     arg->subscription.type,
				     arg->subscription.id);
		if (arg->subscription.type == V4L2_EVENT_ALL)
			session->pump.subscribed = false;
		break;
	default:
		break;
	}
}

void host_session_account(struct host_session *session,
			  struct host_command *command)
{
	account(session, command);
	count_streams(session);
}

static bool still_there(struct host_session *session, uint32_t type,
			unsigned int index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;

	return !host_session_query(session, type, index, &buffer, planes);
}

/* vb2_core_reqbufs() frees the old buffers before it asks about new ones. */
void host_session_account_failed(struct host_session *session,
				 const struct host_command *command)
{
	struct buffer_queue *queue;
	unsigned int index = 0;

	if (command->payload.desc->cmd != VIDIOC_REQBUFS ||
	    command->result == -EBUSY)
		return;
	queue = buffers_queue(&session->buffers,
			      command->payload.arg.reqbufs.type);
	if (!queue || !queue->count)
		return;
	while (index < queue->count && !queue->buffers[index])
		index++;
	if (index == queue->count || !still_there(session, queue->type, index))
		buffers_reset(&session->buffers, queue);
	count_streams(session);
}
