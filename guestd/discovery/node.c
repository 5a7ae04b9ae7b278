// SPDX-License-Identifier: BSD-3-Clause
/*
 * Devices of libudev's that are nodes of guestd's.
 */
#include "guestd/discovery/node.h"

#include <stddef.h>
#include <string.h>

bool node_is_cuse(const struct libudev *real, struct udev_device *device)
{
	const char *subsystem =
		device ? real->device_get_subsystem(device) : NULL;

	return subsystem && !strcmp(subsystem, SUBSYSTEM_CUSE);
}

bool node_is_ours(const struct libudev *real, struct udev_device *device)
{
	return node_is_cuse(real, device) &&
	       real->device_get_property_value(device, "ID_V4L_VERSION");
}
