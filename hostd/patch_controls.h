/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Controls on their way to ioctl(2) and back: where their payload is, and those that
 * are not for this guest.
 *
 * What it may not see it asks for by a number that no device has.  So the device
 * itself says what it says of a control that it has not, in its own order and with
 * its own error_idx (v4l2-ctrls-api.c), and nothing was set.
 */
#ifndef HOSTD_PATCH_CONTROLS_H
#define HOSTD_PATCH_CONTROLS_H

#include "common/control_set.h"
#include "common/payload.h"
#include "hostd/device.h"

/**
 * patch_controls_run() - G_, S_ or TRY_EXT_CTRLS
 * @set:	Those that the guest may see
 *
 * Return: 0 or a negative errno
 */
int patch_controls_run(struct device_file *file, struct payload *payload,
		       const struct control_set *set);

/**
 * patch_control_run() - An ioctl that is about one control, or about none
 *
 * The next of QUERYCTRL and QUERY_EXT_CTRL is the next one that the guest may see.
 *
 * Return: 0 or a negative errno
 */
int patch_control_run(struct device_file *file, struct payload *payload,
		      const struct control_set *controls);

#endif
