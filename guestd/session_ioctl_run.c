// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctl(2): from the complete argument to whoever answers.
 *
 * Whether anybody answers is a column of the ioctl table, and what guestd does for its
 * part the switch in session_ioctl_run(): all that the table leaves to guestd is there,
 * the host has the rest.  What guestd keeps of the host's answers is the switch in
 * forward_account().
 */
#include "guestd/session_ioctl_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "common/log.h"
#include "common/stats.h"
#include "guestd/dqbuf.h"
#include "guestd/pipeline.h"
#include "guestd/qbuf.h"
#include "guestd/querybuf.h"
#include "guestd/reqbufs.h"
#include "guestd/shape.h"
#include "guestd/strict.h"

static void forwarded(struct hostlink_call *call, int error);

static void stream_done(struct request *request)
{
	struct guest_session *session = request->session;
	struct queue *queue = session_queue(session, request->payload.arg.u32);
	unsigned int i;
	unsigned int p;

	if (!queue)
		return;
	/*
	 * On a queue that streams it does nothing: EPIPE stays EPIPE.  Buffers that
	 * were refused late are there to be taken.
	 */
	if (request->payload.desc->cmd == VIDIOC_STREAMON) {
		queue->streaming = true;
		if (queue->done)
			session_wake_queue(session);
		return;
	}
	queue_stop(queue, request->pushes);
	for (i = 0; i < queue->count; i++)
		for (p = 0; queue->buffers[i] && p < VIDEO_MAX_PLANES; p++)
			if (queue->buffers[i]->planes[p].mapping)
				queue->buffers[i]
					->planes[p]
					.mapping->generation++;
	session_buffers_gone(session, queue);
}

/* V4L2_ENC_CMD_START is the same number. */
static bool starts_codec(const struct request *request)
{
	uint32_t cmd = request->payload.desc->cmd;

	return (cmd == VIDIOC_DECODER_CMD || cmd == VIDIOC_ENCODER_CMD) &&
	       request->payload.arg.u32 == V4L2_DEC_CMD_START;
}

/*
 * A codec that is started again gives buffers after LAST, if its driver says so
 * to vb2 (vb2_clear_last_buffer_dequeued()).  Not all do: vicodec of 6.1 forgets
 * it, and then the host tells before it answers.
 */
static void ioctl_codec(struct request *request)
{
	struct queue *queues = request->session->queues;
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		if (starts_codec(request))
			queues[type].ending = false;
		else
			queues[type].halted = true;
	}
	session_forward(request, forwarded);
}

static void codec_started(struct guest_session *session)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		queue_restart(&session->queues[type]);
	session_wake(session);
}

/* guestd's account of what the host has done. */
static void forward_account(struct request *request, int error)
{
	struct guest_session *session = request->session;
	union payload_arg *arg = &request->payload.arg;
	struct queue *queue;

	switch (request->payload.desc->cmd) {
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		queue = session_queue(session, arg->u32);
		if (queue)
			queue->starting = false;
		if (!error)
			stream_done(request);
		break;
	case VIDIOC_SUBSCRIBE_EVENT:
		events_subscribed(&session->events, &arg->subscription, error);
		break;
	case VIDIOC_UNSUBSCRIBE_EVENT:
		if (!error)
			events_unsubscribe(&session->events,
					   &arg->subscription);
		break;
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		/* Only a word of our own has to be kept. */
		if (session_caps(session) !=
		    session->device->ack.capability.device_caps)
			profile_parm(session_caps(session), &arg->parm);
		break;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		if (!error && starts_codec(request))
			codec_started(session);
		break;
	default:
		break;
	}
}

/* What an application is told of a control is what guestd goes by. */
static bool control_fits(const struct request *request)
{
	struct guest_device *device = request->session->device;
	const union payload_arg *arg = &request->payload.arg;
	const struct v4l2_queryctrl *old = (const void *)arg->bytes;
	struct v4l2_query_ext_ctrl info = { 0 };

	switch (request->payload.desc->cmd) {
	case VIDIOC_QUERY_EXT_CTRL:
		info = arg->query_ext_ctrl;
		break;
	case VIDIOC_QUERYCTRL:
		info.id = old->id;
		info.type = old->type;
		info.flags = old->flags;
		break;
	default:
		return true;
	}
	/* What finds no room is asked for again. */
	return guest_device_learn_control(device, &info) != -EPROTO;
}

static void forwarded(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (shape_may_change(request->payload.desc->cmd))
		pipeline_doubt(request->session);
	if (!error && call->filled && session_is_strict(request->session) &&
	    !strict_answer(request))
		return;
	if (error == HOSTLINK_LIE ||
	    (!error && call->filled && !control_fits(request))) {
		session_lied(request);
		return;
	}
	if (!error)
		request->session->wrong =
			shape_answered(request->session, &request->payload);
	if (request->session->wrong) {
		session_lied(request);
		return;
	}
	forward_account(request, error);
	session_finish(request, error, call->filled);
}

/* Streaming calls are for the file that has the buffers. */
static void ioctl_stream(struct request *request)
{
	struct guest_session *session = request->session;
	struct queue *queue = session_queue(session, request->payload.arg.u32);

	if (guest_device_busy(session->device, &session->member) ||
	    session_fileio(session)) {
		session_finish(request, -EBUSY, false);
		return;
	}
	if (queue)
		request->pushes = queue->pushes;
	if (queue && request->payload.desc->cmd == VIDIOC_STREAMON)
		queue->starting = true;
	session_forward(request, forwarded);
}

static void ioctl_subscribe(struct request *request)
{
	struct guest_session *session = request->session;
	int ret;

	/* Before the host's answer: a SEND_INITIAL event precedes it. */
	ret = events_subscribe(&session->events,
			       &request->payload.arg.subscription);
	if (ret)
		session_finish(request, ret, false);
	else
		session_forward(request, forwarded);
}

static void ioctl_querycap(struct request *request)
{
	struct guest_session *session = request->session;

	profile_capability(session->profile, guest_device_io(session->device),
			   &session->device->ack.capability,
			   &request->payload.arg.capability);
	session_finish(request, 0, true);
}

static void ioctl_log_status(struct request *request)
{
	struct guest_session *session = request->session;

	if (!(session->device->ack.features & VMS_FEATURE_LOG_STATUS)) {
		session_finish(request, -ENOTTY, false);
		return;
	}
	log_line(guest_device_level(session->device, DEVICE_NOTICE_LOG_STATUS,
				    LOG_LEVEL_INFO),
		 "session %u: LOG_STATUS by uid %u", session_id(session),
		 (unsigned int)request->caller.uid);
	session_finish(request, 0, false);
}

static void hw_freq_answer(void *data, int nonblock)
{
	struct request *request = data;
	const struct guest_device *device = request->session->device;

	request->call.nonblock = nonblock;
	/* As drivers do it: a seek takes its time (vivid-radio-rx.c). */
	if (nonblock && !(device->ack.features & VMS_FEATURE_NONBLOCK))
		session_finish(request, -EWOULDBLOCK, false);
	else
		session_forward(request, forwarded);
}

static void ioctl_hw_freq_seek(struct request *request)
{
	struct guest_device *device = request->session->device;

	caller_nonblock(&request->question, device->loop, device->memory,
			&request->caller,
			!!(request->session->open_flags & O_NONBLOCK),
			hw_freq_answer, request);
}

/* What the wire can carry only if both sides said so. */
static bool agreed(const struct guest_session *session,
		   const struct ioctl_desc *desc)
{
	uint64_t features = session->device->ack.features;

	switch (desc->cmd) {
	case VIDIOC_G_EDID:
	case VIDIOC_S_EDID:
		return features & VMS_FEATURE_EDID;
	case VIDIOC_REMOVE_BUFS:
		return features & VMS_FEATURE_REMOVE_BUFS;
	default:
		return true;
	}
}

static bool offered(const struct guest_session *session,
		    const struct ioctl_desc *desc)
{
	return desc->where != IOCTL_NOBODY &&
	       profile_has(session->profile, desc) && agreed(session, desc) &&
	       (!session_is_strict(session) || strict_has(desc));
}

void session_ioctl_run(struct request *request)
{
	/* Behind the copies, as video_usercopy() asks the driver. */
	if (!offered(request->session, request->payload.desc)) {
		session_finish(request, -ENOTTY, false);
		return;
	}
	if (session_is_strict(request->session) &&
	    !strict_ask(request, session_ioctl_run))
		return;
	stats_add(STATS_IOCTLS, 1);
	switch (request->payload.desc->cmd) {
	case VIDIOC_QUERYCAP:
		ioctl_querycap(request);
		return;
	case VIDIOC_LOG_STATUS:
		ioctl_log_status(request);
		return;
	case VIDIOC_REQBUFS:
		reqbufs_run(request);
		return;
	case VIDIOC_CREATE_BUFS:
		reqbufs_create(request);
		return;
	case VIDIOC_REMOVE_BUFS:
		reqbufs_remove(request);
		return;
	case VIDIOC_QUERYBUF:
		querybuf_run(request);
		return;
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		qbuf_run(request);
		return;
	case VIDIOC_DQBUF:
		dqbuf_run(request);
		return;
	case VIDIOC_DQEVENT:
		dqbuf_event(request);
		return;
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		ioctl_stream(request);
		return;
	case VIDIOC_SUBSCRIBE_EVENT:
		ioctl_subscribe(request);
		return;
	case VIDIOC_S_HW_FREQ_SEEK:
		ioctl_hw_freq_seek(request);
		return;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		ioctl_codec(request);
		return;
	default:
		assert(request->payload.desc->where == IOCTL_HOST);
		session_forward(request, forwarded);
		return;
	}
}
