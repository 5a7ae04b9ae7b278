// SPDX-License-Identifier: BSD-3-Clause
/*
 * The ioctls of the test pattern camera: like a webcam's driver under the V4L2
 * core, so what v4l2-ioctl.c checks and clears before a driver sees it, these
 * functions do.  What is not in the table is ENOTTY.
 */
#include "hostd/device_pattern_state.h"

#include <errno.h>
#include <linux/version.h>
#include <stdio.h>
#include <string.h>

#define DEVICE_PATTERN_CAPS                                                    \
	(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT)

struct device_pattern_ioctl {
	uint32_t cmd;
	int (*run)(struct device_pattern_file *file, void *arg);
	bool changes; /* not for a file of lower priority (INFO_FL_PRIO) */
};

static int device_pattern_querycap(struct device_pattern_file *file, void *arg)
{
	struct v4l2_capability *capability = arg;

	memset(capability, 0, sizeof(*capability));
	snprintf((char *)capability->driver, sizeof(capability->driver),
		 "usermedia");
	snprintf((char *)capability->card, sizeof(capability->card),
		 "usermedia pattern");
	snprintf((char *)capability->bus_info, sizeof(capability->bus_info),
		 "platform:pattern-%.14s", file->base.device->name);
	capability->version = LINUX_VERSION_CODE;
	capability->device_caps = DEVICE_PATTERN_CAPS;
	capability->capabilities = DEVICE_PATTERN_CAPS | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

static int device_pattern_enuminput(struct device_pattern_file *file, void *arg)
{
	struct v4l2_input *input = arg;

	(void)file;

	if (input->index > 0)
		return -EINVAL;

	memset(input, 0, sizeof(*input));
	snprintf((char *)input->name, sizeof(input->name), "Camera 0");
	input->type = V4L2_INPUT_TYPE_CAMERA;
	return 0;
}

static int device_pattern_g_input(struct device_pattern_file *file, void *arg)
{
	uint32_t *index = arg;

	(void)file;

	*index = 0;
	return 0;
}

static int device_pattern_s_input(struct device_pattern_file *file, void *arg)
{
	const uint32_t *index = arg;

	(void)file;

	return *index == 0 ? 0 : -EINVAL;
}

/* v4l2_prio_max() */
static uint32_t device_pattern_priority(const struct device_pattern *camera)
{
	const struct device_pattern_file *file;
	uint32_t highest = V4L2_PRIORITY_UNSET;

	for (file = camera->files; file; file = file->next)
		if (file->priority > highest)
			highest = file->priority;
	return highest;
}

static int device_pattern_g_priority(struct device_pattern_file *file,
				     void *arg)
{
	uint32_t *priority = arg;

	*priority = device_pattern_priority(file->camera);
	return 0;
}

static int device_pattern_s_priority(struct device_pattern_file *file,
				     void *arg)
{
	const uint32_t *priority = arg;

	if (*priority < V4L2_PRIORITY_BACKGROUND ||
	    *priority > V4L2_PRIORITY_RECORD)
		return -EINVAL;

	file->priority = *priority;
	return 0;
}

static int device_pattern_reqbufs(struct device_pattern_file *file, void *arg)
{
	struct v4l2_requestbuffers *request = arg;

	if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	file->camera->queue.slices = file->base.device->slices;
	return softqueue_reqbufs(&file->camera->queue, file,
				 device_pattern_frame_len(file->camera),
				 request);
}

static int device_pattern_create_bufs(struct device_pattern_file *file,
				      void *arg)
{
	struct v4l2_create_buffers *create = arg;

	if (create->format.type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	file->camera->queue.slices = file->base.device->slices;
	return softqueue_create_bufs(&file->camera->queue, file,
				     device_pattern_frame_len(file->camera),
				     create);
}

static int device_pattern_querybuf(struct device_pattern_file *file, void *arg)
{
	device_pattern_advance(file->camera);
	return softqueue_querybuf(&file->camera->queue, arg);
}

static int device_pattern_prepare_buf(struct device_pattern_file *file,
				      void *arg)
{
	return softqueue_prepare_buf(&file->camera->queue, file, arg);
}

static int device_pattern_qbuf(struct device_pattern_file *file, void *arg)
{
	device_pattern_advance(file->camera);
	return softqueue_qbuf(&file->camera->queue, file, arg);
}

static int device_pattern_streamon(struct device_pattern_file *file, void *arg)
{
	struct device_pattern *camera = file->camera;
	const uint32_t *type = arg;
	int ret;

	ret = softqueue_streamon(&camera->queue, file, *type);
	if (ret < 0 || camera->streamer)
		return ret;

	camera->streamer = file;
	return frames_clock_start(&file->clock, camera->interval.numerator,
				  camera->interval.denominator);
}

static int device_pattern_streamoff(struct device_pattern_file *file, void *arg)
{
	struct device_pattern *camera = file->camera;
	const uint32_t *type = arg;
	int ret;

	ret = softqueue_streamoff(&camera->queue, file, *type);
	if (ret == 0 && camera->streamer)
		device_pattern_stop(camera);
	return ret;
}

#define ROW(ioctl, function, changes_)                                         \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .run = device_pattern_##function,       \
		.changes = (changes_),                                         \
	}

/* clang-format off */
static const struct device_pattern_ioctl device_pattern_ioctls[] = {
	ROW(QUERYCAP,			querycap,		false),
	ROW(ENUM_FMT,			enum_fmt,		false),
	ROW(ENUM_FRAMESIZES,		enum_framesizes,	false),
	ROW(ENUM_FRAMEINTERVALS,	enum_frameintervals,	false),
	ROW(G_FMT,			g_fmt,			false),
	ROW(S_FMT,			s_fmt,			true),
	ROW(TRY_FMT,			try_fmt,		false),
	ROW(G_PARM,			g_parm,			false),
	ROW(S_PARM,			s_parm,			true),
	ROW(ENUMINPUT,			enuminput,		false),
	ROW(G_INPUT,			g_input,		false),
	ROW(S_INPUT,			s_input,		true),
	ROW(G_PRIORITY,			g_priority,		false),
	ROW(S_PRIORITY,			s_priority,		true),
	ROW(REQBUFS,			reqbufs,		true),
	ROW(CREATE_BUFS,		create_bufs,		true),
	ROW(QUERYBUF,			querybuf,		false),
	ROW(PREPARE_BUF,		prepare_buf,		false),
	ROW(QBUF,			qbuf,			false),
	ROW(STREAMON,			streamon,		true),
	ROW(STREAMOFF,			streamoff,		true),
	ROW(QUERYCTRL,			queryctrl,		false),
	ROW(QUERY_EXT_CTRL,		query_ext_ctrl,		false),
	ROW(QUERYMENU,			querymenu,		false),
	ROW(G_CTRL,			g_ctrl,			false),
	ROW(S_CTRL,			s_ctrl,			true),
	ROW(G_EXT_CTRLS,		g_ext_ctrls,		false),
	ROW(S_EXT_CTRLS,		s_ext_ctrls,		true),
	ROW(TRY_EXT_CTRLS,		try_ext_ctrls,		false),
	ROW(SUBSCRIBE_EVENT,		subscribe_event,	false),
	ROW(UNSUBSCRIBE_EVENT,		unsubscribe_event,	false),
};
/* clang-format on */
#define DEVICE_PATTERN_IOCTLS                                                  \
	(sizeof(device_pattern_ioctls) / sizeof(device_pattern_ioctls[0]))

int device_pattern_run(struct device_pattern_file *file,
		       const struct ioctl_desc *desc, void *arg)
{
	size_t i;

	for (i = 0; i < DEVICE_PATTERN_IOCTLS; i++) {
		const struct device_pattern_ioctl *row =
			&device_pattern_ioctls[i];

		if (row->cmd != desc->cmd)
			continue;
		if (row->changes &&
		    file->priority < device_pattern_priority(file->camera))
			return -EBUSY;
		return row->run(file, arg);
	}
	return -ENOTTY;
}
