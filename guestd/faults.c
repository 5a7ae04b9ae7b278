// SPDX-License-Identifier: BSD-3-Clause
/*
 * Extended controls whose payload is nowhere in the application.
 *
 * A copy of all of it says no more than that it failed.  So it is done again,
 * payload by payload, until the first that fails.
 */
#include "guestd/faults.h"

#include <errno.h>

static bool of_controls(const struct request *request)
{
	return request->payload.desc->nested == IOCTL_NESTED_CONTROLS;
}

void faults_reply(struct request *request, int error, uint32_t error_idx)
{
	union payload_arg *arg = &request->payload.arg;

	if (!of_controls(request)) {
		request->ops->reply_error(request, error);
		return;
	}
	arg->controls.error_idx = error_idx;
	request->ops->reply_ioctl(request, error, arg->bytes,
				  ioctl_size(request->payload.desc));
}

/* ---- fetching ----------------------------------------------------------- */

static void fetch_next(struct request *request);

static void fetched_one(struct request *request, int result)
{
	unsigned int count;
	const struct payload_extent *extents =
		payload_control_extents(&request->payload, &count);

	if (result) {
		faults_reply(request, -EFAULT, extents[request->fault].control);
		return;
	}
	request->fault++;
	fetch_next(request);
}

static void fetch_next(struct request *request)
{
	unsigned int count;
	const struct payload_extent *extents =
		payload_control_extents(&request->payload, &count);
	int ret = 1;

	while (request->fault < count) {
		ret = request->ops->fetch(request, &extents[request->fault], 1,
					  fetched_one);
		if (ret <= 0)
			break;
		request->fault++;
	}
	if (ret < 0)
		faults_reply(request, -EFAULT, extents[request->fault].control);
	else if (ret)
		request->step(request);
}

void faults_fetch(struct request *request,
		  void (*again)(struct request *request))
{
	unsigned int count;

	if (!payload_control_extents(&request->payload, &count)) {
		request->ops->reply_error(request, -EFAULT);
		return;
	}
	if (request->payload.desc->cmd == VIDIOC_G_EXT_CTRLS) {
		payload_unfetched(&request->payload);
		again(request);
		return;
	}
	request->fault = 0;
	request->step = again;
	fetch_next(request);
}

/* ---- storing -------------------------------------------------------------- */

static void store_next(struct request *request);

static void list_stored(struct request *request, int result)
{
	if (result)
		request->ops->reply_error(request, -EFAULT);
	else
		faults_reply(request, -EFAULT,
			     request->payload.arg.controls.error_idx);
}

/* v4l2-ctrls has gone no further: numbers from there on are as they were. */
static void store_list(struct request *request, unsigned int control)
{
	struct payload *payload = &request->payload;
	struct v4l2_ext_control *list = (void *)payload->nested;
	unsigned int i;
	int ret;

	payload->arg.controls.error_idx = control;
	for (i = control; i < payload->arg.controls.count; i++)
		list[i].value64 = (int64_t)payload->saved[i].ptr;
	/* The list is what comes first (payload_results()). */
	ret = request->ops->store(request, payload->extents, 1, list_stored);
	if (ret)
		list_stored(request, ret < 0 ? ret : 0);
}

static void stored_one(struct request *request, int result)
{
	if (result) {
		store_list(request,
			   request->payload.extents[request->fault].control);
		return;
	}
	request->fault++;
	store_next(request);
}

static void store_next(struct request *request)
{
	const struct payload_extent *extents = request->payload.extents;
	int ret = 1;

	while (request->fault < request->stored) {
		ret = request->ops->store(request, &extents[request->fault], 1,
					  stored_one);
		if (ret <= 0)
			break;
		request->fault++;
	}
	if (ret < 0)
		store_list(request, extents[request->fault].control);
	else if (ret)
		/* It is only the list itself that is not there. */
		request->ops->reply_error(request, -EFAULT);
}

void faults_store(struct request *request)
{
	if (!of_controls(request)) {
		request->ops->reply_error(request, -EFAULT);
		return;
	}
	request->fault = 1;
	store_next(request);
}
