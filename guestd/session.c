// SPDX-License-Identifier: BSD-3-Clause
/*
 * One open file of the node: routes its calls, and ends it.
 *
 * An ioctl is filled in from the application step by step (payload_next), then
 * it goes to whoever answers it.  Which that is, is a column of the ioctl table;
 * what guestd does for its part is the switch in ioctl_run().
 */
#include "guestd/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"
#include "guestd/dqbuf.h"
#include "guestd/fileio.h"
#include "guestd/poll.h"
#include "guestd/qbuf.h"
#include "guestd/setup.h"

static const struct device_member_ops session_member_ops;

static void list_init(struct session_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

/* ---- the end ------------------------------------------------------------------ */

/* @tell: the host still has the session's mappings */
static void forget_buffers(struct guest_session *session, bool tell)
{
	unsigned int type;

	for (type = 1; type < QUEUE_TYPES; type++)
		setup_forget(session, &session->queues[type], tell);
}

static void session_die(struct guest_session *session, int error, bool tell)
{
	if (session->dead)
		return;
	session->dead = error;
	setup_stop(session, error);
	dqbuf_fail(session, NULL, error);
	fileio_fail(session, error);
	fileio_destroy(session);
	forget_buffers(session, tell);
	session_wake(session);
}

static void session_lost(struct device_member *member, int error)
{
	session_die((struct guest_session *)member, error, false);
}

void session_kill(struct guest_session *session, int error)
{
	struct guest_device *device = session->device;

	if (session->dead)
		return;
	guest_device_leave(device, &session->member);
	session_die(session, error, true);
	if (device->ready)
		hostlink_close(device->link, NULL, session_id(session),
			       session);
}

void session_lied(struct request *request)
{
	struct guest_session *session = request->session;

	log_warn("session %u: %s: the host's answer is impossible",
		 session_id(session), request->payload.desc->name);
	stats_add(STATS_LIES, 1);
	request->ops->reply_error(request, -EIO);
	session_kill(session, -EIO);
}

void session_buffers_gone(struct guest_session *session, struct queue *queue)
{
	dqbuf_fail(session, queue, -EINVAL);
	session_wake(session);
}

/* ---- open and release ------------------------------------------------------------ */

static void session_free(struct guest_session *session)
{
	events_finish(&session->events);
	free(session);
}

static void opened(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;

	if (error) {
		request->session = NULL;
		request->ops->reply_error(request,
					  error == -EPROTO ? -EIO : error);
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
	session->device = device;
	session->ops = request->ops;
	session->file = file;
	session->open_flags = request->flags;
	session->profile =
		profile_choose(choice, device->ack.capability.device_caps);
	for (type = 0; type < QUEUE_TYPES; type++)
		queue_init(&session->queues[type], type);
	events_init(&session->events);
	list_init(&session->waiting_buffer);
	list_init(&session->waiting_event);
	request->session = session;
	request->state = REQUEST_WIRE;
	request->call.done = opened;
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

	log_warn("session %u: the host does not answer CLOSE",
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
	session_die(session, -ENODEV, alive);
	if (!alive || loop_timer(device->loop, release_late, request,
				 &session->patience)) {
		release_end(request);
		return;
	}
	loop_timer_set(session->patience, SESSION_RELEASE_NS);
	request->state = REQUEST_WIRE;
	request->call.done = released;
	hostlink_close(device->link, &request->call, session_id(session),
		       session);
}

void session_discard(struct guest_session *session)
{
	session->file = NULL;
	session_kill(session, -ENODEV);
	session_free(session);
}

/* ---- ioctl ------------------------------------------------------------------------ */

static void ioctl_walk(struct request *request);

static void stream_done(struct request *request)
{
	struct guest_session *session = request->session;
	struct queue *queue = session_queue(session, request->payload.arg.u32);
	unsigned int i;
	unsigned int p;

	if (!queue)
		return;
	if (request->payload.desc->cmd == VIDIOC_STREAMON) {
		queue->streaming = true;
		queue->last = false;
		session_wake(session);
		return;
	}
	queue_stop(queue);
	for (i = 0; i < queue->count; i++)
		for (p = 0; queue->buffers[i] && p < VIDEO_MAX_PLANES; p++)
			if (queue->buffers[i]->planes[p].mapping)
				queue->buffers[i]
					->planes[p]
					.mapping->generation++;
	session_buffers_gone(session, queue);
}

/* A codec that is started again gives buffers after LAST. */
static void codec_started(struct guest_session *session)
{
	unsigned int type;

	for (type = 1; type < QUEUE_TYPES; type++)
		session->queues[type].last = false;
	session_wake(session);
}

/* guestd's account of what the host has done. */
static void forward_account(struct request *request, int error)
{
	struct guest_session *session = request->session;
	union payload_arg *arg = &request->payload.arg;

	switch (request->payload.desc->cmd) {
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		if (!error)
			stream_done(request);
		break;
	case VIDIOC_SUBSCRIBE_EVENT:
		if (error && request->result != -EEXIST)
			events_unsubscribe(&session->events,
					   &arg->subscription);
		break;
	case VIDIOC_UNSUBSCRIBE_EVENT:
		if (!error)
			events_unsubscribe(&session->events,
					   &arg->subscription);
		break;
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		profile_parm(session_caps(session), &arg->parm);
		break;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		if (!error && arg->u32 == V4L2_DEC_CMD_START)
			codec_started(session);
		break;
	default:
		break;
	}
}

static void forwarded(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (error == -EPROTO) {
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
	    (queue && queue->fileio))
		session_finish(request, -EBUSY, false);
	else
		session_forward(request, forwarded);
}

static void ioctl_subscribe(struct request *request)
{
	struct guest_session *session = request->session;

	/* Before the host's answer: a SEND_INITIAL event precedes it. */
	request->result = events_subscribe(&session->events,
					   &request->payload.arg.subscription);
	if (request->result == -ENOMEM)
		session_finish(request, -ENOMEM, false);
	else
		session_forward(request, forwarded);
}

static void ioctl_controls(struct request *request)
{
	struct v4l2_ext_controls *controls = &request->payload.arg.controls;

	/* v4l2-ctrls-request.c, without a media device */
	if (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		session_finish(request, -EINVAL, false);
	else
		session_forward(request, forwarded);
}

static void ioctl_querycap(struct request *request)
{
	struct guest_session *session = request->session;

	profile_capability(session->profile, &session->device->ack.capability,
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
	log_info("session %u: LOG_STATUS by uid %u", session_id(session),
		 (unsigned int)request->caller.uid);
	session_finish(request, 0, false);
}

static void hw_freq_answer(void *data, int nonblock)
{
	struct request *request = data;

	/* As drivers do it: a seek takes its time (vivid-radio-rx.c). */
	if (nonblock)
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

static void ioctl_run(struct request *request)
{
	stats_add(STATS_IOCTLS, 1);
	switch (request->payload.desc->cmd) {
	case VIDIOC_QUERYCAP:
		ioctl_querycap(request);
		return;
	case VIDIOC_LOG_STATUS:
		ioctl_log_status(request);
		return;
	case VIDIOC_REQBUFS:
		setup_reqbufs(request);
		return;
	case VIDIOC_CREATE_BUFS:
		setup_create_bufs(request);
		return;
	case VIDIOC_REMOVE_BUFS:
		setup_remove_bufs(request);
		return;
	case VIDIOC_QUERYBUF:
		qbuf_query(request);
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
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		ioctl_controls(request);
		return;
	case VIDIOC_S_HW_FREQ_SEEK:
		ioctl_hw_freq_seek(request);
		return;
	default:
		session_forward(request, forwarded);
		return;
	}
}

static void control_told(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_device *device = request->session->device;
	const struct v4l2_query_ext_ctrl *info =
		&request->query->arg.query_ext_ctrl;

	if (error == -EPROTO) {
		session_lied(request);
		return;
	}
	if (error == -ENODEV) {
		request->ops->reply_error(request, error);
		return;
	}
	if (!error)
		guest_device_learn_control(device, info);
	payload_control(&request->payload, error ? NULL : info);
	payload_finish(request->query);
	free(request->query);
	request->query = NULL;
	ioctl_walk(request);
}

/* Return: 1 if it is known already, 0 if the host was asked, or an errno */
static int ioctl_control(struct request *request,
			 const struct payload_need *need)
{
	struct guest_device *device = request->session->device;
	struct v4l2_query_ext_ctrl info;

	if (guest_device_control(device, need->control, need->size, &info)) {
		payload_control(&request->payload, &info);
		return 1;
	}
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query)
		return -ENOMEM;
	memset(&info, 0, sizeof(info));
	info.id = need->control;
	payload_init(request->query, ioctl_lookup(VIDIOC_QUERY_EXT_CTRL),
		     &info);
	request->call.done = control_told;
	session_ask(request->session, &request->call, request->query);
	return 0;
}

static void fetched(struct request *request, int result)
{
	if (result)
		request->ops->reply_error(request, -EFAULT);
	else
		ioctl_walk(request);
}

/* Get what the argument points to, one step after another. */
static void ioctl_walk(struct request *request)
{
	struct payload_need need;
	int ret = 1;

	while (ret > 0) {
		if (request->session->dead) {
			ret = request->session->dead;
			break;
		}
		ret = payload_next(&request->payload, &need);
		if (ret)
			break;
		switch (need.kind) {
		case PAYLOAD_COMPLETE:
			ioctl_run(request);
			return;
		case PAYLOAD_BYTES:
			ret = request->ops->fetch(request, need.extents,
						  need.count, fetched);
			break;
		case PAYLOAD_CONTROL:
			ret = ioctl_control(request, &need);
			break;
		}
	}
	if (ret < 0)
		request->ops->reply_error(request, ret);
}

void session_ioctl(struct guest_session *session, struct request *request,
		   const void *arg)
{
	const struct ioctl_desc *desc = ioctl_lookup(request->caller.cmd);

	request->session = session;
	request->state = REQUEST_FETCH;
	if (session->dead) {
		request->ops->reply_error(request, session->dead);
		return;
	}
	if (!desc || desc->where == IOCTL_NOBODY ||
	    !profile_has(session->profile, desc)) {
		request->ops->reply_error(request, -ENOTTY);
		return;
	}
	payload_init(&request->payload, desc, arg);
	ioctl_walk(request);
}

/* ---- read, write, poll --------------------------------------------------------------- */

void session_read(struct guest_session *session, struct request *request)
{
	request->session = session;
	request->state = REQUEST_WIRE;
	if (session->dead)
		request->ops->reply_error(request, session->dead);
	else
		fileio_read(request);
}

void session_write(struct guest_session *session, struct request *request)
{
	request->session = session;
	request->state = REQUEST_WIRE;
	if (session->dead)
		request->ops->reply_error(request, session->dead);
	else
		fileio_write(request);
}

static uint32_t poll_m2m_session(struct guest_session *session,
				 uint32_t requested)
{
	bool mplane = session->device->ack.capability.device_caps &
		      V4L2_CAP_VIDEO_M2M_MPLANE;

	return poll_m2m(
		&session->queues[mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE :
					  V4L2_BUF_TYPE_VIDEO_OUTPUT],
		&session->queues[mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE :
					  V4L2_BUF_TYPE_VIDEO_CAPTURE],
		requested);
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
		return EPOLLERR | EPOLLHUP;
	if (session->events.pending)
		ready |= EPOLLPRI;
	if (guest_device_m2m(device))
		return ready | poll_m2m_session(session, requested);
	if (session->profile == PROFILE_NATIVE)
		return ready;
	output = profile_is_output(device->ack.capability.device_caps);
	fileio = profile_io_type(caps, output);
	if (fileio && fileio_failed(session))
		return ready | EPOLLERR;
	if (fileio_starting(session))
		return ready | (output ? EPOLLOUT | EPOLLWRNORM : 0);
	ready |= poll_queue(device->owned, output, requested, fileio, &start);
	if (start)
		fileio_poll(session, output);
	return ready;
}

/* ---- signals ------------------------------------------------------------------------- */

static void give_up(struct request *request, int error)
{
	struct guest_session *session = request->session;

	log_info("session %u: a call was given up", session_id(session));
	setup_orphan(session, request);
	request->ops->reply_error(request, error);
	session_kill(session, -ENODEV);
}

/* An open that is given up: if the host opens it after all, it is closed. */
static void give_up_open(struct request *request)
{
	struct guest_session *session = request->session;

	request->session = NULL;
	request->ops->reply_error(request, -EINTR);
	session_free(session);
}

static void signalled(void *data, int signals)
{
	struct request *request = data;
	struct loop *loop = request->session->device->loop;
	bool impatient = loop_now(loop) - request->interrupted_ns >=
			 SESSION_PATIENCE_NS;

	if (!signals)
		return;
	if (request->kind == REQUEST_OPEN) {
		give_up_open(request);
		return;
	}
	if (request->state == REQUEST_PARKED) {
		fileio_interrupt(request);
		return;
	}
	if (signals != CALLER_GIVE_UP && !impatient)
		return;
	if (request->state == REQUEST_STORE) {
		request->ops->withdraw(request);
		request->ops->reply_error(request, -EFAULT);
		return;
	}
	give_up(request, -EINTR);
}

static void watch_signals(struct request *request)
{
	struct guest_device *device = request->session->device;

	caller_signals(&request->question, device->loop, device->memory,
		       &request->caller, signalled, request);
}

/* Nothing has left guestd: the kernel may run the call again. */
static void restart(struct request *request)
{
	request->ops->withdraw(request);
	request->ops->reply_restart(request);
}

void session_interrupt(struct request *request)
{
	if (request->interrupted || request->kind == REQUEST_RELEASE ||
	    !request->session)
		return;
	request->interrupted = true;
	request->interrupted_ns = loop_now(request->session->device->loop);
	switch (request->state) {
	case REQUEST_FETCH:
		restart(request);
		return;
	case REQUEST_PARKED:
		if (!dqbuf_interrupt(request))
			watch_signals(request);
		return;
	case REQUEST_WIRE:
		hostlink_cancel(&request->call);
		watch_signals(request);
		return;
	case REQUEST_STORE:
		watch_signals(request);
		return;
	}
}

/* ---- what the host tells --------------------------------------------------------------- */

static void session_buffer(struct device_member *member,
			   const struct v4l2_buffer *v4l2,
			   const struct v4l2_plane *planes)
{
	struct guest_session *session = (struct guest_session *)member;
	struct queue *queue = session_queue(session, v4l2->type);

	if (!queue || !queue_finished(queue, v4l2, planes)) {
		/* Late events are normal (virtio-media has two queues). */
		log_debug("session %u: buffer %u of type %u is not queued",
			  member->id, v4l2->index, v4l2->type);
		return;
	}
	stats_add(STATS_BUFFERS_DONE, 1);
	if (queue->fileio)
		fileio_wake(session);
	else
		dqbuf_wake(session, queue);
	session_wake(session);
}

static void session_event(struct device_member *member,
			  const struct v4l2_event *event)
{
	struct guest_session *session = (struct guest_session *)member;

	if (!events_queue(&session->events, event))
		return;
	stats_add(STATS_EVENTS, 1);
	dqbuf_wake_event(session);
	session_wake(session);
}

static const struct device_member_ops session_member_ops = {
	.lost = session_lost,
	.buffer = session_buffer,
	.event = session_event,
};
