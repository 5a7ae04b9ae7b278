/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kind convert: a camera whose pictures are converted by libv4l2.
 */
#ifndef HOSTD_DEVICE_CONVERT_H
#define HOSTD_DEVICE_CONVERT_H

#include "hostd/device.h"

extern const struct device_ops device_convert_ops;

#endif
