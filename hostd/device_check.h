/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A look at all devices, to warn of those that no guest could use as it is.
 */
#ifndef HOSTD_DEVICE_CHECK_H
#define HOSTD_DEVICE_CHECK_H

#include "hostd/device_kinds.h"

/**
 * device_check_start() - Look at them in a process of its own
 *
 * For open(2) of a node may sleep, and the listener must not.  Nobody waits for
 * that process; it ends by itself, or with this one, whose SIGCHLD it causes.
 * None is started if there are only software kinds.
 *
 * Return: 0 or a negative errno
 */
int device_check_start(const struct device_list *devices);

/**
 * device_check() - Open a device, ask who it is, and close it; may sleep
 *
 * If that fails, there is one warning.  A device that is not there is no error:
 * it may come later.
 */
void device_check(const struct device *device);

#endif
