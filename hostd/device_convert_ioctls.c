// SPDX-License-Identifier: BSD-3-Clause
/*
 * The ioctls of a camera whose pictures are converted.
 *
 * libv4l2 asks a device for its format when it is opened and when it sets it, and
 * believes that for good: when another open file has set another one, it takes a
 * small frame for a large one, and reads what is behind it.  So what it believes
 * is compared before there are buffers; with buffers, nobody can set it.
 */
#include "hostd/device_convert_state.h"

#include <errno.h>

/* The device's own, not what is made of it. */
static int convert_get_source(struct convert_file *file,
			      struct v4l2_pix_format *pix)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	int ret = convert_plain(file, VIDIOC_G_FMT, &format);

	if (ret == 0)
		*pix = format.fmt.pix;
	return ret;
}

int convert_learn(struct convert_file *file)
{
	return convert_get_source(file, &file->source);
}

static bool convert_same_source(const struct v4l2_pix_format *a,
				const struct v4l2_pix_format *b)
{
	return a->width == b->width && a->height == b->height &&
	       a->pixelformat == b->pixelformat &&
	       a->bytesperline == b->bytesperline &&
	       a->sizeimage == b->sizeimage && a->field == b->field;
}

/* Is the device's format what libv4l2 takes it for? */
static bool convert_in_step(struct convert_file *file)
{
	struct v4l2_pix_format pix;

	return !convert_get_source(file, &pix) &&
	       convert_same_source(&pix, &file->source);
}

/* Does libv4l2 ask for the format after it, if it succeeds? */
static bool convert_asks(struct convert_file *file, uint32_t cmd,
			 const void *arg)
{
	const struct v4l2_format *format = arg;

	switch (cmd) {
	case VIDIOC_S_FMT:
		return format->type == V4L2_BUF_TYPE_VIDEO_CAPTURE;
	case VIDIOC_S_PARM:
		/* It sets another one, or none at all. */
		return convert_in_step(file);
	default:
		return true;
	}
}

/* An ioctl by which the format may change */
static int convert_change(struct convert_file *file, uint32_t cmd, void *arg)
{
	bool asks = convert_asks(file, cmd, arg);
	int ret = convert_call(file, cmd, arg);

	if (ret == 0 && asks)
		convert_learn(file);
	return ret;
}

static int convert_make_buffers(struct convert_file *file,
				struct v4l2_requestbuffers *request)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers none = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret = 0;

	if (!convert_in_step(file)) {
		ret = convert_call(file, VIDIOC_G_FMT, &format);
		if (ret == 0)
			ret = convert_change(file, VIDIOC_S_FMT, &format);
		if (ret < 0)
			return ret;
	}

	ret = convert_call(file, VIDIOC_REQBUFS, request);
	if (ret == 0 && request->count > 0 && !convert_in_step(file)) {
		convert_call(file, VIDIOC_REQBUFS, &none);
		ret = -EBUSY;
	}
	return ret;
}

static int convert_reqbufs(struct convert_file *file,
			   struct v4l2_requestbuffers *request)
{
	struct convert_plane *plane;
	int ret;

	if (request->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return convert_call(file, VIDIOC_REQBUFS, request);

	ret = request->count > 0 ? convert_make_buffers(file, request)
				 : convert_call(file, VIDIOC_REQBUFS, request);
	request->capabilities &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS;
	if (ret == -EBUSY)
		return ret;
	/* vb2_core_reqbufs() frees them before it can fail otherwise. */
	LIST_FOREACH(plane, &file->planes, all)
	{
		plane->orphan = true;
	}
	return ret;
}

/* It takes 0 for the index of a buffer that another file has made. */
static int convert_querybuf(struct convert_file *file,
			    struct v4l2_buffer *buffer)
{
	uint32_t index = buffer->index;
	int ret = convert_call(file, VIDIOC_QUERYBUF, buffer);

	buffer->index = index;
	return ret;
}

static int convert_locked(struct convert_file *file, uint32_t cmd, void *arg)
{
	int ret;

	pthread_mutex_lock(&convert_lock);
	ret = cmd == VIDIOC_REQBUFS ? convert_reqbufs(file, arg)
				    : convert_change(file, cmd, arg);
	pthread_mutex_unlock(&convert_lock);
	return ret;
}

static int convert_excess(struct convert_file *file, uint32_t cmd, void *arg)
{
	struct v4l2_capability *capability = arg;
	int ret;

	if (cmd != VIDIOC_QUERYCAP)
		return -EMFILE;

	ret = convert_plain(file, cmd, capability);
	if (ret < 0)
		return ret;
	/* As libv4l2 says of every camera. */
	capability->capabilities |= V4L2_CAP_READWRITE;
	capability->device_caps |= V4L2_CAP_READWRITE;
	return 0;
}

int convert_ioctl(struct device_file *base, const struct ioctl_desc *desc,
		  void *arg)
{
	struct convert_file *file = convert_file(base);

	if (file->excess)
		return convert_excess(file, desc->cmd, arg);

	switch (desc->cmd) {
	case VIDIOC_CREATE_BUFS:
	case VIDIOC_REMOVE_BUFS:
		/* It does not see them, so it would not know of the buffers. */
		return -ENOTTY;
	case VIDIOC_QUERYBUF:
		return convert_querybuf(file, arg);
	case VIDIOC_REQBUFS:
	case VIDIOC_S_FMT:
	case VIDIOC_S_STD:
	case VIDIOC_S_INPUT:
	case VIDIOC_S_DV_TIMINGS:
	case VIDIOC_S_PARM:
		return convert_locked(file, desc->cmd, arg);
	default:
		return convert_call(file, desc->cmd, arg);
	}
}
