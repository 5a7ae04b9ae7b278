// SPDX-License-Identifier: BSD-3-Clause
/*
 * Do a queue's buffers have room for the pictures that programs were told of?
 */
#include "guestd/shape.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "guestd/plausible.h"

static const char *const too_small = "buffers are smaller than the format";

static void forget(struct guest_session *session)
{
	memset(session->shapes, 0, sizeof(session->shapes));
}

void shape_forget(struct guest_session *session)
{
	struct device_member *member;

	forget(session);
	if (guest_device_m2m(session->device))
		return;
	for (member = session->device->members; member; member = member->next)
		forget((struct guest_session *)member);
}

static bool codec_streams(const struct guest_session *session)
{
	unsigned int type;

	if (!guest_device_m2m(session->device))
		return false;
	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		if (session->queues[type].streaming)
			return true;
	return false;
}

/* Programs bring the memory of DMABUF. */
static bool has_room(const struct queue *queue, unsigned int first,
		     unsigned int end, const struct v4l2_format *format,
		     bool wanted)
{
	const struct queue_buffer *buffer;
	uint32_t lengths[VIDEO_MAX_PLANES];
	unsigned int i;
	unsigned int p;

	if (queue->memory == V4L2_MEMORY_DMABUF)
		return true;
	for (i = first; i < end; i++) {
		buffer = queue_find(queue, i);
		if (!buffer)
			continue;
		for (p = 0; p < buffer->plane_count; p++)
			lengths[p] = buffer->planes[p].length;
		if (!plausible_room(format, wanted, lengths,
				    buffer->plane_count))
			return false;
	}
	return true;
}

/* G_FMT and S_FMT */
static const char *told(struct guest_session *session,
			const struct v4l2_format *format, bool set)
{
	const struct queue *queue = session_queue(session, format->type);
	struct session_shape *shape;

	/* One that is set may change another; who else has it open knows nothing. */
	if (set || codec_streams(session))
		shape_forget(session);
	if (!queue || codec_streams(session))
		return NULL;
	shape = &session->shapes[format->type];
	shape->format = *format;
	if (shape->settled && queue_busy(queue) && !queue->setup &&
	    !has_room(queue, 0, queue->count, format, false))
		return too_small;
	return NULL;
}

bool shape_may_change(uint32_t cmd)
{
	switch (cmd) {
	case VIDIOC_S_FMT:
	case VIDIOC_S_INPUT:
	case VIDIOC_S_OUTPUT:
	case VIDIOC_S_STD:
	case VIDIOC_S_DV_TIMINGS:
	case VIDIOC_S_EDID:
	case VIDIOC_S_SELECTION:
	case VIDIOC_S_CROP:
	case VIDIOC_S_PARM:
	case VIDIOC_S_CTRL:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_ENCODER_CMD:
	case VIDIOC_DECODER_CMD:
		return true;
	default:
		return false;
	}
}

const char *shape_answered(struct guest_session *session,
			   const struct payload *payload)
{
	switch (payload->desc->cmd) {
	case VIDIOC_G_FMT:
		return told(session, &payload->arg.format, false);
	case VIDIOC_S_FMT:
		return told(session, &payload->arg.format, true);
	case VIDIOC_STREAMON:
		if (guest_device_m2m(session->device))
			shape_forget(session);
		return NULL;
	default:
		if (shape_may_change(payload->desc->cmd))
			shape_forget(session);
		return NULL;
	}
}

int shape_made(struct guest_session *session, const struct queue *queue,
	       unsigned int first, unsigned int count,
	       const struct v4l2_format *wanted)
{
	struct session_shape *shape = &session->shapes[queue->type];

	if (wanted) {
		/* Those before it may be for other formats from now on. */
		shape->settled = false;
		if (!has_room(queue, first, first + count, wanted, true)) {
			session->wrong = too_small;
			return -EPROTO;
		}
		return 0;
	}
	shape->settled = true;
	if (!shape->format.type || codec_streams(session) ||
	    has_room(queue, first, first + count, &shape->format, false))
		return 0;
	shape->settled = false;
	if (guest_device_m2m(session->device)) {
		session->wrong = too_small;
		return -EPROTO;
	}
	log_line(
		guest_device_level(session->device, DEVICE_NOTICE_FORMAT,
				   LOG_LEVEL_WARN),
		"session %u: REQBUFS: buffers are smaller than the format that "
		"the program knows: another program of the host has changed "
		"it, or the host lies",
		session_id(session));
	return -EBUSY;
}
