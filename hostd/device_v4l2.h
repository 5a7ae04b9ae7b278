/* SPDX-License-Identifier: BSD-3-Clause */
/* A real V4L2 node. */
#ifndef HOSTD_DEVICE_V4L2_H
#define HOSTD_DEVICE_V4L2_H

#include "hostd/device.h"

extern const struct device_ops device_v4l2_ops;

#endif
