// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which ioctls a guest may make.
 */
#include "hostd/permit.h"

#include <errno.h>

static bool is_output(const struct payload *payload)
{
	const union payload_arg *arg = &payload->arg;

	switch (payload->desc->cmd) {
	case VIDIOC_REQBUFS:
		return V4L2_TYPE_IS_OUTPUT(arg->reqbufs.type);
	case VIDIOC_CREATE_BUFS:
		return V4L2_TYPE_IS_OUTPUT(arg->create.format.type);
	default:
		return false;
	}
}

int permit_ioctl(const struct grant *grant, const struct payload *payload)
{
	if ((unsigned int)grant->class < payload->desc->least)
		return -EPERM;
	/* Without any, there is nothing to queue. */
	return grant->class == GRANT_VIEW && is_output(payload) ? -EPERM : 0;
}

int permit_io(const struct grant *grant, unsigned int direction)
{
	return grant->class == GRANT_VIEW && direction == VMS_IO_WRITE ? -EPERM
								       : 0;
}
