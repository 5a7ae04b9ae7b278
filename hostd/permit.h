/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which ioctls a guest may make: its class against the table's.
 */
#ifndef HOSTD_PERMIT_H
#define HOSTD_PERMIT_H

#include "common/payload.h"
#include "hostd/grant.h"

/**
 * permit_ioctl() - May it make this one?
 * @payload:	From payload_get_request()
 *
 * Besides what the table says, GRANT_VIEW has no buffers for output: what is shown
 * or sent there is not looked at.
 *
 * Return: 0, or -EPERM
 */
int permit_ioctl(const struct grant *grant, const struct payload *payload);

/**
 * permit_io() - May it do this to a device without buffers?
 * @direction:	enum vms_io_direction
 *
 * Return: 0, or -EPERM
 */
int permit_io(const struct grant *grant, unsigned int direction);

#endif
