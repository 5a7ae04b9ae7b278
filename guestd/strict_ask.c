// SPDX-License-Identifier: BSD-3-Clause
/*
 * --strict: a camera, and no more.  What is asked of the host, and what becomes of
 * its answers.
 *
 * Which of the formats the device has is asked once: programs are told from that list,
 * and one that wants another format gets the first of it, as drivers give theirs.  A
 * device that somebody has set to another format is set to the first, too, when a
 * program asks for its format.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/plausible.h"
#include "guestd/shape.h"
#include "guestd/strict.h"

#define NEXT_FLAGS                                                             \
	((uint32_t)(V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND))
#define NO_CONTROL (V4L2_CTRL_CLASS_USER | 0xfffe) /* no device has this */

static uint32_t queue_type(const struct guest_session *session)
{
	return session_caps(session) & V4L2_CAP_VIDEO_CAPTURE_MPLANE
		       ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
		       : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static struct device_formats *formats_of(const struct request *request)
{
	return &request->session->device->formats;
}

/* ---- the list ------------------------------------------------------------------- */

static void listed(struct hostlink_call *call, int error);

static void ask_for(struct request *request, uint32_t index)
{
	const struct v4l2_fmtdesc next = {
		.index = index,
		.type = queue_type(request->session),
	};

	payload_init(request->query, ioctl_lookup(VIDIOC_ENUM_FMT), &next);
	session_forward_other(request, request->query, listed);
}

static void add_format(struct device_formats *formats,
		       const struct v4l2_fmtdesc *got)
{
	unsigned int i;

	if (!strict_has_format(got->pixelformat))
		return;
	for (i = 0; i < formats->count; i++)
		if (formats->list[i].pixelformat == got->pixelformat)
			return;
	if (formats->count < DEVICE_FORMATS_MAX)
		formats->list[formats->count++] = *got;
}

static void drop_query(struct request *request)
{
	payload_finish(request->query);
	free(request->query);
	request->query = NULL;
}

static void listed(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct device_formats *formats = formats_of(request);
	const struct v4l2_fmtdesc *got = &request->query->arg.fmtdesc;

	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (error && error != -EINVAL) {
		session_finish(request, error, false);
		return;
	}
	if (!error) {
		add_format(formats, got);
		/* plausible_answer(): it has an end. */
		ask_for(request, got->index + 1);
		return;
	}
	formats->known = true;
	drop_query(request);
	request->step(request);
}

/* Return: true if it is known */
static bool learn_formats(struct request *request,
			  void (*again)(struct request *request))
{
	if (formats_of(request)->known)
		return true;
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query) {
		session_finish(request, -ENOMEM, false);
		return false;
	}
	request->step = again;
	ask_for(request, 0);
	return false;
}

static bool is_listed(const struct request *request, uint32_t fourcc)
{
	const struct device_formats *formats = formats_of(request);
	unsigned int i;

	for (i = 0; i < formats->count; i++)
		if (formats->list[i].pixelformat == fourcc)
			return true;
	return false;
}

static void show_format(struct request *request)
{
	const struct device_formats *formats = formats_of(request);
	struct v4l2_fmtdesc *arg = &request->payload.arg.fmtdesc;
	uint32_t index = arg->index;

	if (index >= formats->count) {
		session_finish(request, -EINVAL, false);
		return;
	}
	*arg = formats->list[index];
	arg->index = index;
	session_finish(request, 0, true);
}

/* Both have it in the same place. */
static uint32_t *pixelformat(struct v4l2_format *format)
{
	return &format->fmt.pix.pixelformat;
}

static bool choose_format(struct request *request)
{
	struct v4l2_format *format = &request->payload.arg.format;

	if (!formats_of(request)->count) {
		session_finish(request, -EINVAL, false);
		return false;
	}
	if (!is_listed(request, *pixelformat(format)))
		*pixelformat(format) = formats_of(request)->list[0].pixelformat;
	return true;
}

/* ---- a format that is none of them -------------------------------------------------- */

static void was_set(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct v4l2_format *got = &request->query->arg.format;

	if (!error)
		request->session->wrong =
			shape_answered(request->session, request->query);
	if (error == HOSTLINK_LIE || (!error && !call->filled) ||
	    request->session->wrong) {
		session_lied(request);
		return;
	}
	if (!error && !is_listed(request, *pixelformat(got)))
		error = -EINVAL;
	if (!error)
		request->payload.arg.format = *got;
	session_finish(request, error, !error);
}

/* What the host has told is none of them, so it becomes the first. */
static bool set_first(struct request *request)
{
	if (!choose_format(request))
		return false;
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query) {
		session_finish(request, -ENOMEM, false);
		return false;
	}
	payload_init(request->query, ioctl_lookup(VIDIOC_S_FMT),
		     &request->payload.arg.format);
	session_forward_other(request, request->query, was_set);
	return false;
}

/* ---- controls -------------------------------------------------------------------------- */

static bool hide_controls(struct request *request)
{
	struct v4l2_ext_controls *arg = &request->payload.arg.controls;
	struct v4l2_ext_control *list = (void *)request->payload.nested;
	uint32_t which = V4L2_CTRL_ID2WHICH(arg->which);
	unsigned int i;

	/* From DEF_VAL on they are no classes. */
	if (which && which < V4L2_CTRL_WHICH_DEF_VAL &&
	    which != V4L2_CTRL_CLASS_USER && which != V4L2_CTRL_CLASS_CAMERA) {
		arg->error_idx = arg->count;
		session_finish(request, -EINVAL, true);
		return false;
	}
	/* The host says what it says of one that it has not. */
	for (i = 0; list && i < arg->count; i++)
		if (!strict_has_control(list[i].id))
			list[i].id = NO_CONTROL;
	return true;
}

/* Of QUERYCTRL and QUERY_EXT_CTRL it is the first member, as of many others. */
static bool ask_control(struct request *request)
{
	uint32_t id = request->payload.arg.u32;

	request->control = id;
	if ((id & NEXT_FLAGS) || strict_has_control(id))
		return true;
	session_finish(request, -EINVAL, false);
	return false;
}

/* The next one may be none of ours: then what is behind it. */
static bool next_control(struct request *request)
{
	const struct ioctl_desc *desc = request->payload.desc;
	uint32_t got = request->payload.arg.u32;
	union payload_arg arg;

	if (strict_has_control(got))
		return true;
	if (got > (V4L2_CTRL_CLASS_CAMERA | 0xffff)) {
		session_finish(request, -EINVAL, false);
		return false;
	}
	/* All that travels of it */
	memset(arg.bytes, 0, ioctl_size(desc));
	arg.u32 = got < V4L2_CTRL_CLASS_USER ? V4L2_CTRL_CLASS_USER
					     : V4L2_CTRL_CLASS_CAMERA;
	arg.u32 |= request->control & NEXT_FLAGS;
	payload_init(&request->payload, desc, &arg);
	session_forward(request, request->answered);
	return false;
}

/* ---- both ---------------------------------------------------------------------------------- */

/* Of what has one in its first word; buffers have it behind their index. */
static bool is_of_queue(const struct request *request)
{
	const union payload_arg *arg = &request->payload.arg;
	uint32_t type = queue_type(request->session);

	switch (request->payload.desc->cmd) {
	case VIDIOC_ENUM_FMT:
		return arg->fmtdesc.type == type;
	case VIDIOC_REQBUFS:
		return arg->reqbufs.type == type;
	case VIDIOC_CREATE_BUFS:
		return arg->create.format.type == type;
	case VIDIOC_REMOVE_BUFS:
		return arg->remove.type == type;
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_DQBUF:
		return arg->buffer.type == type;
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		return arg->u32 == type;
	/* They take both (v4l_g_selection()). */
	case VIDIOC_CROPCAP:
	case VIDIOC_G_CROP:
	case VIDIOC_S_CROP:
	case VIDIOC_G_SELECTION:
	case VIDIOC_S_SELECTION:
		return arg->u32 == V4L2_BUF_TYPE_VIDEO_CAPTURE ||
		       arg->u32 == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	default:
		return true;
	}
}

/* ENUM_FRAMESIZES and ENUM_FRAMEINTERVALS have it in the same place. */
static bool is_of_format(const struct request *request)
{
	struct v4l2_frmsizeenum sizes;

	memcpy(&sizes, request->payload.arg.bytes, sizeof(sizes));
	return strict_has_format(sizes.pixel_format);
}

static bool refuse(struct request *request)
{
	session_finish(request, -EINVAL, false);
	return false;
}

bool strict_ask(struct request *request, void (*again)(struct request *request))
{
	if (!is_of_queue(request))
		return refuse(request);
	switch (request->payload.desc->cmd) {
	case VIDIOC_ENUM_FMT:
		if (learn_formats(request, again))
			show_format(request);
		return false;
	case VIDIOC_G_FMT:
		return learn_formats(request, again);
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return learn_formats(request, again) && choose_format(request);
	case VIDIOC_ENUM_FRAMESIZES:
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return is_of_format(request) || refuse(request);
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
		return ask_control(request);
	case VIDIOC_QUERYMENU:
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
		return strict_has_control(request->payload.arg.u32) ||
		       refuse(request);
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return hide_controls(request);
	case VIDIOC_SUBSCRIBE_EVENT:
		return request->payload.arg.subscription.type !=
			       V4L2_EVENT_CTRL ||
		       strict_has_control(
			       request->payload.arg.subscription.id) ||
		       refuse(request);
	default:
		return true;
	}
}

bool strict_answer(struct request *request)
{
	switch (request->payload.desc->cmd) {
	case VIDIOC_G_FMT:
		return is_listed(request,
				 *pixelformat(&request->payload.arg.format)) ||
		       set_first(request);
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return is_listed(request,
				 *pixelformat(&request->payload.arg.format)) ||
		       refuse(request);
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
		return next_control(request);
	default:
		return true;
	}
}
