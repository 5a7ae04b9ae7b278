// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctl(2): the argument.
 *
 * It is filled in from the application step by step (payload_next), then it goes
 * its way (session_ioctl_run).
 */
#include "guestd/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"
#include "guestd/attach.h"
#include "guestd/faults.h"
#include "guestd/session_ioctl_parts.h"
#include "guestd/strict.h"

static void ioctl_walk(struct request *request);

static void control_told(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_device *device = request->session->device;
	struct v4l2_query_ext_ctrl *info = &request->query->arg.query_ext_ctrl;
	int learned;

	if (error == HOSTLINK_LIE) {
		session_lied(request);
		return;
	}
	if (error == -ENODEV) {
		request->ops->reply_error(request, error);
		return;
	}
	/* What it is called is not the host's to say. */
	info->id = request->payload.saved[request->payload.at].id;
	learned = error ? 0 : guest_device_learn_control(device, info);
	if (learned == -EPROTO) {
		session_lied(request);
		return;
	}
	if (learned) {
		request->ops->reply_error(request, learned);
		return;
	}
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

	if (session_is_strict(request->session) &&
	    !strict_has_control(need->control)) {
		payload_control(&request->payload, NULL);
		return 1;
	}
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
	stats_add(STATS_WAITS, 1);
	session_ask(request->session, &request->call, request->query);
	return 0;
}

static void fetched(struct request *request, int result)
{
	if (result)
		faults_fetch(request, ioctl_walk);
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
			session_ioctl_run(request);
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
	if (ret == -EFAULT)
		faults_fetch(request, ioctl_walk);
	else if (ret == -ENOMEM)
		/* As when v4l2-ctrls has none, before it looks at one. */
		faults_reply(request, ret, request->payload.arg.controls.count);
	else if (ret < 0)
		request->ops->reply_error(request, ret);
}

void session_ioctl(struct guest_session *session, struct request *request,
		   uint32_t cmd, const void *arg)
{
	const struct ioctl_desc *desc = ioctl_lookup(cmd);

	request->session = session;
	if (session->dead) {
		request->ops->reply_error(request, session->dead);
		return;
	}
	if (attach_is(cmd)) {
		attach_run(request);
		return;
	}
	if (!desc) {
		request->ops->reply_error(request, -ENOTTY);
		return;
	}
	payload_init(&request->payload, desc, arg);
	ioctl_walk(request);
}
