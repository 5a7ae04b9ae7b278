/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another open file of a device, whose node the opener opens.
 */
#ifndef HOSTD_DEVICE_OPEN_H
#define HOSTD_DEVICE_OPEN_H

#include "hostd/device.h"
#include "hostd/opener.h"

/**
 * device_open() - Open a device; blocks, any thread
 * @index:	Its number for the opener
 * @out:	To be closed by its kind's close()
 *
 * Return: 0; a negative errno of opener_open() or of the kind
 */
int device_open(struct device *device, unsigned int index,
		struct opener *opener, struct device_file **out);

#endif
