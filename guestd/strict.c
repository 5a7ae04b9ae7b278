// SPDX-License-Identifier: BSD-3-Clause
/*
 * --strict: a camera, and no more.  What belongs to one.
 */
#include "guestd/strict.h"

#include "common/control_set.h"
#include "guestd/profile.h"

#define QUEUES (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)
#define CAPS                                                                   \
	(QUEUES | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE |                    \
	 V4L2_CAP_EXT_PIX_FORMAT | V4L2_CAP_DEVICE_CAPS)

static bool is_camera(uint32_t device_caps)
{
	return (device_caps & QUEUES) && (device_caps & V4L2_CAP_STREAMING) &&
	       !profile_m2m(device_caps) && !profile_is_output(device_caps) &&
	       !(device_caps & (V4L2_CAP_TOUCH | V4L2_CAP_META_CAPTURE |
				V4L2_CAP_SDR_CAPTURE));
}

const char *strict_mask(struct v4l2_capability *capability)
{
	if (!is_camera(capability->device_caps))
		return "--strict: this device is no camera: choose another "
		       "with "
		       "--remote, or leave --strict out";
	capability->device_caps &= CAPS;
	capability->capabilities &= CAPS;
	return NULL;
}

bool strict_has(const struct ioctl_desc *desc)
{
	switch (desc->cmd) {
	case VIDIOC_QUERYCAP:
	case VIDIOC_ENUM_FMT:
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
	case VIDIOC_ENUM_FRAMESIZES:
	case VIDIOC_ENUM_FRAMEINTERVALS:
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
	case VIDIOC_ENUMINPUT:
	case VIDIOC_G_INPUT:
	case VIDIOC_S_INPUT:
	case VIDIOC_CROPCAP:
	case VIDIOC_G_CROP:
	case VIDIOC_S_CROP:
	case VIDIOC_G_SELECTION:
	case VIDIOC_S_SELECTION:
	case VIDIOC_G_PRIORITY:
	case VIDIOC_S_PRIORITY:
	case VIDIOC_LOG_STATUS:
	case VIDIOC_REQBUFS:
	case VIDIOC_CREATE_BUFS:
	case VIDIOC_REMOVE_BUFS:
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_DQBUF:
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
	case VIDIOC_QUERYMENU:
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
	case VIDIOC_DQEVENT:
	case VIDIOC_SUBSCRIBE_EVENT:
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return true;
	default:
		return false;
	}
}

bool strict_has_control(uint32_t id)
{
	static const struct control_set controls = {
		.items = { V4L2_CTRL_CLASS_USER, V4L2_CTRL_CLASS_CAMERA },
		.count = 2,
	};

	return control_set_contains(&controls, id);
}

bool strict_has_format(uint32_t fourcc)
{
	switch (fourcc) {
	case V4L2_PIX_FMT_NV12:
	case V4L2_PIX_FMT_YUYV:
	case V4L2_PIX_FMT_MJPEG:
	case V4L2_PIX_FMT_RGB24:
	case V4L2_PIX_FMT_BGR24:
		return true;
	default:
		return false;
	}
}
