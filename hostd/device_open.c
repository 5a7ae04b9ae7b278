// SPDX-License-Identifier: BSD-3-Clause
/*
 * Another open file of a device, whose node the opener opens.
 */
#include "hostd/device_open.h"

#include <unistd.h>

int device_open(struct device *device, unsigned int index,
		struct opener *opener, struct device_file **out)
{
	int fd;
	int ret;

	ret = opener_open(opener, index, &fd);
	if (ret)
		return ret;
	ret = device->ops->open(device, fd, out);
	/* The kind takes it over on success only. */
	if (ret && fd >= 0)
		close(fd);
	return ret;
}
