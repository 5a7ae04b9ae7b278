// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is known of one open file: the small things that everybody needs.
 */
#include "guestd/session_state.h"

#include <errno.h>
#include <stdlib.h>

#include "common/stats.h"
#include "guestd/faults.h"

struct request *request_of(struct hostlink_call *call)
{
	return (struct request *)((char *)call -
				  offsetof(struct request, call));
}

struct queue *session_queue(struct guest_session *session, uint32_t type)
{
	if (type < 1 || type >= VMS_BUF_TYPE_COUNT)
		return NULL;
	return &session->queues[type];
}

void session_set_buffer(struct request *request, struct queue_buffer *buffer)
{
	request->buffer = buffer;
	request->buffer_number = buffer ? buffer->number : 0;
}

bool session_has_buffer(const struct request *request)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	const struct queue *queue = session_queue(request->session, arg->type);
	const struct queue_buffer *buffer =
		queue ? queue_find(queue, arg->index) : NULL;

	return buffer && buffer->number == request->buffer_number;
}

bool session_fileio(const struct guest_session *session)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		if (session->queues[type].fileio)
			return true;
	return false;
}

int session_refuses(const struct guest_session *session, uint32_t type)
{
	const struct guest_device *device = session->device;

	if (type < 1 || type >= VMS_BUF_TYPE_COUNT)
		return -EINVAL;
	if (guest_device_busy(device, &session->member) &&
	    device->owned->type == type)
		return -EBUSY;
	return session->queues[type].fileio ? -EBUSY : 0;
}

bool session_userptr(const struct guest_session *session)
{
	return session->profile == PROFILE_STREAM &&
	       session->device->config->userptr;
}

bool session_import(const struct guest_session *session)
{
	const struct guest_device *device = session->device;

	return session->profile == PROFILE_STREAM && device->link &&
	       hostlink_imports(device->link);
}

void session_free(struct guest_session *session)
{
	events_finish(&session->events);
	free(session);
}

uint32_t session_caps(const struct guest_session *session)
{
	const struct guest_device *device = session->device;

	return profile_device_caps(session->profile, guest_device_io(device),
				   device->ack.capability.device_caps);
}

void session_wake(struct guest_session *session)
{
	if (session->file)
		session->ops->wake(session->file);
}

void session_wake_queue(struct guest_session *session)
{
	struct device_member *member;

	session_wake(session);
	if (guest_device_m2m(session->device))
		return;
	for (member = session->device->members; member; member = member->next)
		if (member != &session->member)
			session_wake((struct guest_session *)member);
}

void session_ask(struct guest_session *session, struct hostlink_call *call,
		 struct payload *payload)
{
	hostlink_ioctl(session->device->link, call, session_id(session),
		       payload, session);
}

static void answered(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;

	/* What the call is about is gone. */
	session->wrong = call->wrong;
	if (session->dead)
		request->ops->reply_error(request, session->dead);
	else
		request->answered(call, error);
}

void session_forward_other(struct request *request, struct payload *payload,
			   void (*done)(struct hostlink_call *call, int error))
{
	struct guest_session *session = request->session;

	/* It may have died while the caller was looked at. */
	if (session->dead) {
		request->ops->reply_error(request, session->dead);
		return;
	}
	request_set_state(request, REQUEST_WIRE);
	request->answered = done;
	request->call.done = answered;
	stats_add(STATS_WAITS, 1);
	session_ask(session, &request->call, payload);
}

void session_forward(struct request *request,
		     void (*done)(struct hostlink_call *call, int error))
{
	const struct guest_session *session = request->session;
	int error;

	if (!session->dead &&
	    hostlink_recall(session->device->link, &request->call,
			    &request->payload, &error)) {
		request->answered = done;
		answered(&request->call, error);
		return;
	}
	session_forward_other(request, &request->payload, done);
}

void session_list_init(struct session_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void session_park(struct session_list *list, struct request *request)
{
	request_set_state(request, REQUEST_PARKED);
	request->next = NULL;
	*list->last = request;
	list->last = &request->next;
}

void session_park_first(struct session_list *list, struct request *request)
{
	request_set_state(request, REQUEST_PARKED);
	request->next = list->first;
	if (!list->first)
		list->last = &request->next;
	list->first = request;
}

bool session_unpark(struct session_list *list, struct request *request)
{
	struct request **at = &list->first;

	while (*at && *at != request)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = request->next;
	if (!*at)
		list->last = at;
	request->next = NULL;
	return true;
}

void session_fail_parked(struct session_list *list, struct request *request,
			 int error)
{
	if (session_unpark(list, request))
		request->ops->reply_error(request, error);
}

void session_fail_all_parked(struct session_list *list, int error)
{
	while (list->first)
		session_fail_parked(list, list->first, error);
}

static void stored(struct request *request, int result)
{
	const struct ioctl_desc *desc = request->payload.desc;

	if (result == -EFAULT)
		faults_store(request);
	else if (result)
		request->ops->reply_error(request, -EFAULT);
	else
		request->ops->reply_ioctl(
			request, request->result, request->payload.arg.bytes,
			ioctl_writes(desc) ? ioctl_size(desc) : 0);
}

void session_finish(struct request *request, int result, bool filled)
{
	const struct payload_extent *extents;
	unsigned int count;
	int ret;

	if (!filled) {
		if (result)
			request->ops->reply_error(request, result);
		else
			request->ops->reply_ioctl(request, 0, NULL, 0);
		return;
	}
	request_set_state(request, REQUEST_STORE);
	request->result = result;
	ret = payload_results(&request->payload, &extents, &count);
	if (ret) {
		request->ops->reply_error(request, ret);
		return;
	}
	request->stored = count;
	ret = count ? request->ops->store(request, extents, count, stored) : 1;
	if (ret)
		stored(request, ret < 0 ? ret : 0);
}
