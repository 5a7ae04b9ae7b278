// SPDX-License-Identifier: BSD-3-Clause
/*
 * The node: what its host answers to an ioctl is looked at here before anybody else
 * sees it, whoever has asked.
 */
#include "guestd/device.h"

#include <string.h>

#include "guestd/plausible.h"

static uint32_t control_type(const struct guest_device *device,
			     const union payload_arg *asked)
{
	struct v4l2_query_ext_ctrl info = { 0 };
	struct v4l2_querymenu menu;

	memcpy(&menu, asked->bytes, sizeof(menu));
	guest_device_control(device, menu.id & V4L2_CTRL_ID_MASK, 0, &info);
	return info.type;
}

const char *guest_device_wrong(void *owner, const union payload_arg *asked,
			       struct payload *payload)
{
	const struct guest_device *device = owner;
	struct plausible_about about = {
		.device_caps = device->ack.capability.device_caps,
	};

	if (payload->desc->cmd == VIDIOC_QUERYMENU)
		about.control_type = control_type(device, asked);
	return plausible_answer(&about, payload->desc, asked, &payload->arg);
}
