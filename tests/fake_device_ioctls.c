// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the fake device's ioctls do by themselves: enough for guestd and hostd,
 * which check most things before they come here.
 */
#include "tests/fake_device_ioctls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/fake_device_buffers.h"

uint64_t fake_now(void)
{
	struct timespec now;

	if (fake.now)
		return fake.now();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- events --------------------------------------------------------------- */

void fake_add_event(struct fake_file *file, const struct v4l2_event *given)
{
	struct v4l2_event event = *given;
	uint64_t now = fake_now();

	event.timestamp.tv_sec = (time_t)(now / 1000000000);
	event.timestamp.tv_nsec = (long)(now % 1000000000);
	if (event.type == V4L2_EVENT_CTRL && !event.u.ctrl.type)
		event.u.ctrl.type = V4L2_CTRL_TYPE_INTEGER;
	if (fake.kernel_events) {
		event_model_queue(&file->model, &event);
	} else {
		if (file->event_count == FAKE_EVENTS)
			abort();
		event.sequence = file->event_sequence++;
		file->events[file->event_count++] = event;
	}
	fake_look();
}

static int subscribe(void *arg)
{
	const struct v4l2_event_subscription *subscription = arg;
	const struct v4l2_event initial = {
		.type = subscription->type,
		.id = subscription->id,
		.u.ctrl.changes = V4L2_EVENT_CTRL_CH_VALUE,
	};

	if (subscription->type == V4L2_EVENT_ALL)
		return -EINVAL;
	if (fake.kernel_events &&
	    !event_model_subscribe(&fake.current->model, subscription))
		return 0;
	if (fake.initial &&
	    (subscription->flags & V4L2_EVENT_SUB_FL_SEND_INITIAL))
		fake_add_event(fake.current, &initial);
	return 0;
}

static int unsubscribe(void *arg)
{
	if (fake.kernel_events)
		event_model_unsubscribe(&fake.current->model, arg);
	fake_look();
	return 0;
}

/* ---- controls and EDID ----------------------------------------------------- */

static int query_control(void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	switch (query->id) {
	case FAKE_CID_ARRAY:
		query->type = V4L2_CTRL_TYPE_U8;
		query->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
		query->elem_size = 1;
		query->elems = FAKE_ARRAY_LEN;
		query->nr_of_dims = 1;
		query->dims[0] = FAKE_ARRAY_LEN;
		return 0;
	case FAKE_CID_STRING:
		query->type = V4L2_CTRL_TYPE_STRING;
		query->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
		query->elem_size = FAKE_STRING_LEN;
		query->elems = 1;
		query->maximum = FAKE_STRING_LEN - 1;
		return 0;
	case FAKE_CID_SCALAR:
		query->type = V4L2_CTRL_TYPE_INTEGER;
		query->elem_size = 4;
		query->elems = 1;
		return 0;
	default:
		return -EINVAL;
	}
}

static int blob_control(struct v4l2_ext_control *control, void *bytes,
			uint32_t len, bool set)
{
	if (control->size < len) {
		control->size = len;
		return -ENOSPC;
	}
	control->size = len;
	if (set)
		memcpy(bytes, control->ptr, len);
	else
		memcpy(control->ptr, bytes, len);
	return 0;
}

static int one_control(struct v4l2_ext_control *control, bool set)
{
	switch (control->id) {
	case FAKE_CID_ARRAY:
		return blob_control(control, fake.array, FAKE_ARRAY_LEN, set);
	case FAKE_CID_STRING:
		return blob_control(control, fake.string, FAKE_STRING_LEN, set);
	case FAKE_CID_SCALAR:
		if (set)
			fake.scalar = control->value;
		else
			control->value = fake.scalar;
		return 0;
	default:
		return -EINVAL;
	}
}

static int ext_controls(void *arg, bool set)
{
	struct v4l2_ext_controls *controls = arg;
	unsigned int i;
	int ret;

	for (i = 0; i < controls->count; i++) {
		ret = one_control(&controls->controls[i], set);
		if (ret) {
			controls->error_idx = i;
			return ret;
		}
	}
	return 0;
}

static int g_edid(void *arg)
{
	struct v4l2_edid *edid = arg;

	if (edid->start_block + edid->blocks > FAKE_EDID_LEN / 128)
		return -EINVAL;
	if (!edid->blocks) {
		edid->blocks = FAKE_EDID_LEN / 128;
		return 0;
	}
	memcpy(edid->edid, &fake.edid[(size_t)edid->start_block * 128],
	       (size_t)edid->blocks * 128);
	return 0;
}

static int s_edid(void *arg)
{
	struct v4l2_edid *edid = arg;

	if (edid->blocks > FAKE_EDID_LEN / 128) {
		edid->blocks = FAKE_EDID_LEN / 128;
		return -E2BIG;
	}
	memcpy(fake.edid, edid->edid, (size_t)edid->blocks * 128);
	return 0;
}

/* ---- all -------------------------------------------------------------------- */

static int querycap(void *arg)
{
	struct v4l2_capability *capability = arg;

	memset(capability, 0, sizeof(*capability));
	snprintf((char *)capability->driver, sizeof(capability->driver),
		 "fake");
	snprintf((char *)capability->card, sizeof(capability->card), "Fake");
	memcpy(capability->bus_info, fake.bus_info, sizeof(fake.bus_info));
	capability->device_caps = fake.caps;
	capability->capabilities = fake.caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

int fake_default(uint32_t cmd, void *arg)
{
	switch (cmd) {
	case VIDIOC_QUERYCAP:
		return querycap(arg);
	case VIDIOC_LOG_STATUS:
		return fake.log_status;
	case VIDIOC_REQBUFS:
		return fake_reqbufs(arg);
	case VIDIOC_CREATE_BUFS:
		return fake_create_bufs(arg);
	case VIDIOC_QUERYBUF:
		return fake_querybuf(arg);
	case VIDIOC_QBUF:
		return fake_qbuf(arg);
	case VIDIOC_PREPARE_BUF:
		return fake_prepare_buf(arg);
	case VIDIOC_REMOVE_BUFS:
		return fake_remove_bufs(arg);
	case VIDIOC_STREAMON:
		return fake_stream(arg, true);
	case VIDIOC_STREAMOFF:
		return fake_stream(arg, false);
	case VIDIOC_SUBSCRIBE_EVENT:
		return subscribe(arg);
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return unsubscribe(arg);
	case VIDIOC_G_PRIORITY:
		return 0;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		return fake_codec_cmd(arg);
	case VIDIOC_QUERY_EXT_CTRL:
		return query_control(arg);
	case VIDIOC_G_EXT_CTRLS:
		return ext_controls(arg, false);
	case VIDIOC_S_EXT_CTRLS:
		return ext_controls(arg, true);
	case VIDIOC_G_EDID:
		return g_edid(arg);
	case VIDIOC_S_EDID:
		return s_edid(arg);
	default:
		return -ENOTTY;
	}
}
