// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an open node is.
 *
 * Nothing is set: a node is measured as it is.
 */
#include "tests/bench/target.h"

#include <stdio.h>
#include <string.h>

#include "tests/bench/kernel.h"

bool target_is_multiplanar(const struct target *target)
{
	return target->type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

uint32_t target_pixelformat(const struct target *target)
{
	if (!target->has_format)
		return 0;
	return target_is_multiplanar(target)
		       ? target->format.fmt.pix_mp.pixelformat
		       : target->format.fmt.pix.pixelformat;
}

void target_size(const struct target *target, uint32_t *width, uint32_t *height)
{
	*width = *height = 0;
	if (!target->has_format)
		return;
	*width = target_is_multiplanar(target) ? target->format.fmt.pix_mp.width
					       : target->format.fmt.pix.width;
	*height = target_is_multiplanar(target)
			  ? target->format.fmt.pix_mp.height
			  : target->format.fmt.pix.height;
}

static uint32_t capture_type(uint32_t caps)
{
	if (caps & V4L2_CAP_VIDEO_CAPTURE)
		return V4L2_BUF_TYPE_VIDEO_CAPTURE;
	if (caps & V4L2_CAP_VIDEO_CAPTURE_MPLANE)
		return V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	return 0;
}

static double nominal_rate(int fd, uint32_t type)
{
	struct v4l2_streamparm parm = { .type = type };
	const struct v4l2_fract *time = &parm.parm.capture.timeperframe;

	if (kernel_ioctl(fd, VIDIOC_G_PARM, &parm) || !time->numerator)
		return 0;
	return (double)time->denominator / time->numerator;
}

static void describe(const struct target *target,
		     const struct v4l2_capability *capability,
		     struct results_node *name)
{
	uint32_t pixelformat = target_pixelformat(target);
	uint32_t width, height;
	char code[5];

	results_printable(name->driver, sizeof(name->driver),
			  capability->driver, sizeof(capability->driver));
	results_printable(name->card, sizeof(name->card), capability->card,
			  sizeof(capability->card));
	results_printable(code, sizeof(code), (const uint8_t *)&pixelformat,
			  sizeof(pixelformat));
	target_size(target, &width, &height);
	if (width)
		snprintf(name->format, sizeof(name->format), "%ux%u %s", width,
			 height, code);
	name->nominal = target->nominal;
}

int target_look(const char *path, struct results_node *name, struct target *out)
{
	struct v4l2_capability capability = { 0 };
	struct target target = { .fd = kernel_open(path) };
	int ret;

	if (target.fd < 0)
		return target.fd;
	ret = kernel_ioctl(target.fd, VIDIOC_QUERYCAP, &capability);
	if (ret) {
		kernel_close(target.fd);
		return ret;
	}
	target.caps = capability.capabilities & V4L2_CAP_DEVICE_CAPS
			      ? capability.device_caps
			      : capability.capabilities;
	target.type = capture_type(target.caps);
	target.format.type =
		target.type ? target.type : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	target.has_format =
		!kernel_ioctl(target.fd, VIDIOC_G_FMT, &target.format);
	target.nominal = nominal_rate(target.fd, target.format.type);
	if (name)
		describe(&target, &capability, name);
	*out = target;
	return 0;
}

void target_look_all(const struct results *results, struct target *out)
{
	unsigned int i;

	for (i = 0; i < results->node_count; i++)
		if (target_look(results->nodes[i].path, NULL, &out[i]))
			out[i].fd = -1;
}

void target_close_all(const struct results *results,
		      const struct target *targets)
{
	unsigned int i;

	for (i = 0; i < results->node_count; i++)
		if (targets[i].fd >= 0)
			kernel_close(targets[i].fd);
}
