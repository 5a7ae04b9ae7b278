/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices of libudev's that are nodes of guestd's.
 */
#ifndef GUESTD_DISCOVERY_NODE_H
#define GUESTD_DISCOVERY_NODE_H

#include <stdbool.h>

#include "guestd/discovery/libudev.h"

/* How the kernel calls the class of our nodes, and that of native ones. */
#define SUBSYSTEM_CUSE "cuse"
#define SUBSYSTEM_V4L  "video4linux"

/**
 * node_is_cuse() - Whether @device is of CUSE, whoever has made it
 * @device:	May be NULL
 */
bool node_is_cuse(const struct libudev *real, struct udev_device *device);

/**
 * node_is_ours() - Whether @device is of CUSE, and a V4L2 device
 * @device:	May be NULL
 *
 * So it is if it has the property that udev/60-usermedia.rules gives what has such
 * a name and answers v4l_id.
 */
bool node_is_ours(const struct libudev *real, struct udev_device *device);

#endif
