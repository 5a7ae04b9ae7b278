/* SPDX-License-Identifier: BSD-3-Clause */
/* A test pattern camera in software. */
#ifndef HOSTD_DEVICE_PATTERN_H
#define HOSTD_DEVICE_PATTERN_H

#include "hostd/device.h"

extern const struct device_ops device_pattern_ops;

#endif
