// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the test pattern camera can send: sizes, rates, and the ioctls about
 * them.  Whatever is asked for, the nearest that exists is given.
 */
#include "hostd/device_pattern_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The usual sizes; the configured one comes behind them if it is another. */
static const struct v4l2_frmsize_discrete device_pattern_sizes[] = {
	{ 160, 120 },  { 320, 240 },   { 640, 480 },
	{ 1280, 720 }, { 1920, 1080 }, { 3840, 2160 },
};
#define DEVICE_PATTERN_SIZES                                                   \
	(sizeof(device_pattern_sizes) / sizeof(device_pattern_sizes[0]))

/* Frames per second, in the same way. */
static const uint32_t device_pattern_rates[] = { 15, 30, 60 };
#define DEVICE_PATTERN_RATES                                                   \
	(sizeof(device_pattern_rates) / sizeof(device_pattern_rates[0]))

/* Size number @index; false behind the last. */
static bool device_pattern_size_at(const struct device_pattern *camera,
				   uint32_t index,
				   struct v4l2_frmsize_discrete *out)
{
	unsigned int i;

	if (index < DEVICE_PATTERN_SIZES) {
		*out = device_pattern_sizes[index];
		return true;
	}
	if (index > DEVICE_PATTERN_SIZES)
		return false;

	for (i = 0; i < DEVICE_PATTERN_SIZES; i++)
		if (device_pattern_sizes[i].width == camera->config.width &&
		    device_pattern_sizes[i].height == camera->config.height)
			return false;

	out->width = camera->config.width;
	out->height = camera->config.height;
	return true;
}

/* Rate number @index; 0 behind the last. */
static uint32_t device_pattern_rate_at(const struct device_pattern *camera,
				       uint32_t index)
{
	unsigned int i;

	if (index < DEVICE_PATTERN_RATES)
		return device_pattern_rates[index];
	if (index > DEVICE_PATTERN_RATES)
		return 0;

	for (i = 0; i < DEVICE_PATTERN_RATES; i++)
		if (device_pattern_rates[i] == camera->config.fps)
			return 0;
	return camera->config.fps;
}

static int64_t device_pattern_distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* v4l2_find_nearest_size() */
static struct v4l2_frmsize_discrete
device_pattern_nearest_size(const struct device_pattern *camera, uint32_t width,
			    uint32_t height)
{
	struct v4l2_frmsize_discrete size, best = device_pattern_sizes[0];
	int64_t least = INT64_MAX;
	uint32_t i;

	for (i = 0; device_pattern_size_at(camera, i, &size); i++) {
		int64_t distance = device_pattern_distance(size.width, width) +
				   device_pattern_distance(size.height, height);

		if (distance < least) {
			least = distance;
			best = size;
		}
	}
	return best;
}

/*
 * |n/d - 1/f| is |n * f - d| / (d * f); d is the same for all, and fractions are
 * compared by multiplying crosswise.
 */
static uint32_t device_pattern_nearest_rate(const struct device_pattern *camera,
					    const struct v4l2_fract *interval)
{
	uint32_t best = device_pattern_rate_at(camera, 0);
	int64_t least = INT64_MAX / DEVICE_PATTERN_FPS_MAX;
	uint32_t i, fps;

	for (i = 0; (fps = device_pattern_rate_at(camera, i)) > 0; i++) {
		int64_t distance = device_pattern_distance(
			(int64_t)interval->numerator * fps,
			interval->denominator);

		if (distance * best < least * fps) {
			least = distance;
			best = fps;
		}
	}
	return best;
}

uint32_t device_pattern_frame_len(const struct device_pattern *camera)
{
	return camera->width * camera->height * 2;
}

int device_pattern_enum_fmt(struct device_pattern_file *file, void *arg)
{
	struct v4l2_fmtdesc *format = arg;
	uint32_t index = format->index;

	(void)file;

	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || index > 0)
		return -EINVAL;

	memset(format, 0, sizeof(*format));
	format->index = index;
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	format->pixelformat = V4L2_PIX_FMT_YUYV;
	snprintf((char *)format->description, sizeof(format->description),
		 "YUYV 4:2:2");
	return 0;
}

int device_pattern_enum_framesizes(struct device_pattern_file *file, void *arg)
{
	struct v4l2_frmsizeenum *sizes = arg;
	struct v4l2_frmsize_discrete size;
	uint32_t index = sizes->index;

	if (sizes->pixel_format != V4L2_PIX_FMT_YUYV ||
	    !device_pattern_size_at(file->camera, index, &size))
		return -EINVAL;

	memset(sizes, 0, sizeof(*sizes));
	sizes->index = index;
	sizes->pixel_format = V4L2_PIX_FMT_YUYV;
	sizes->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	sizes->discrete = size;
	return 0;
}

int device_pattern_enum_frameintervals(struct device_pattern_file *file,
				       void *arg)
{
	struct v4l2_frmivalenum *intervals = arg;
	struct v4l2_frmsize_discrete size = { .width = intervals->width,
					      .height = intervals->height };
	struct v4l2_frmsize_discrete nearest;
	uint32_t index = intervals->index;
	uint32_t fps = device_pattern_rate_at(file->camera, index);

	nearest = device_pattern_nearest_size(file->camera, size.width,
					      size.height);
	if (intervals->pixel_format != V4L2_PIX_FMT_YUYV || fps == 0 ||
	    nearest.width != size.width || nearest.height != size.height)
		return -EINVAL;

	memset(intervals, 0, sizeof(*intervals));
	intervals->index = index;
	intervals->pixel_format = V4L2_PIX_FMT_YUYV;
	intervals->width = size.width;
	intervals->height = size.height;
	intervals->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	intervals->discrete.numerator = 1;
	intervals->discrete.denominator = fps;
	return 0;
}

static void device_pattern_fill_format(uint32_t width, uint32_t height,
				       struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	format->fmt.pix.width = width;
	format->fmt.pix.height = height;
	format->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format->fmt.pix.field = V4L2_FIELD_NONE;
	format->fmt.pix.bytesperline = width * 2;
	format->fmt.pix.sizeimage = width * height * 2;
	format->fmt.pix.colorspace = V4L2_COLORSPACE_SRGB;
	format->fmt.pix.priv = V4L2_PIX_FMT_PRIV_MAGIC;
}

int device_pattern_g_fmt(struct device_pattern_file *file, void *arg)
{
	struct v4l2_format *format = arg;

	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;

	device_pattern_fill_format(file->camera->width, file->camera->height,
				   format);
	return 0;
}

int device_pattern_try_fmt(struct device_pattern_file *file, void *arg)
{
	struct v4l2_format *format = arg;
	struct v4l2_frmsize_discrete size;

	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;

	size = device_pattern_nearest_size(file->camera, format->fmt.pix.width,
					   format->fmt.pix.height);
	device_pattern_fill_format(size.width, size.height, format);
	return 0;
}

int device_pattern_s_fmt(struct device_pattern_file *file, void *arg)
{
	struct v4l2_format *format = arg;
	int ret = device_pattern_try_fmt(file, arg);

	if (ret < 0)
		return ret;
	if (file->camera->queue.count > 0)
		return -EBUSY;

	file->camera->width = format->fmt.pix.width;
	file->camera->height = format->fmt.pix.height;
	return 0;
}

int device_pattern_g_parm(struct device_pattern_file *file, void *arg)
{
	struct v4l2_streamparm *parm = arg;

	if (parm->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;

	memset(parm, 0, sizeof(*parm));
	parm->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	parm->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	parm->parm.capture.timeperframe = file->camera->interval;
	return 0;
}

int device_pattern_s_parm(struct device_pattern_file *file, void *arg)
{
	struct v4l2_streamparm *parm = arg;
	struct v4l2_fract wanted = parm->parm.capture.timeperframe;
	struct device_pattern *camera = file->camera;

	if (parm->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	if (camera->queue.streaming)
		return -EBUSY;

	/* videodev2.h: 0 for either means the driver's choice */
	camera->interval.denominator =
		wanted.numerator && wanted.denominator
			? device_pattern_nearest_rate(camera, &wanted)
			: camera->config.fps;
	return device_pattern_g_parm(file, arg);
}
