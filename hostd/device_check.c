// SPDX-License-Identifier: BSD-3-Clause
/*
 * A look at all devices, at the start and after a reload.
 */
#include "hostd/device_check.h"

#include <errno.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/child.h"
#include "hostd/confine.h"

#define DEVICE_CHECK_NAME "hostd-check"

/* Return: 0 or a negative errno; @device is a copy, its kind may keep a state */
static int device_check_open(struct device *device)
{
	const struct device_ops *ops = device->ops;
	struct v4l2_capability capability;
	struct device_file *file;
	int fd, ret;

	fd = ops->open_node(device->target);
	if (fd < 0)
		return fd;

	ret = ops->open(device, fd, &file);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	ret = ops->ioctl(file, ioctl_lookup(VIDIOC_QUERYCAP), &capability);
	ops->close(file);
	return ret;
}

void device_check(const struct device *device)
{
	struct device copy = *device;
	char why[DEVICE_WHY_LEN];
	bool later;
	int ret;

	if (!device->ops->open_node)
		return;
	ret = device_check_open(&copy);
	if (ret == 0)
		return;

	later = ret == -ENOENT || ret == -ENXIO || ret == -ENODEV;
	device_explain(device, ret, why);
	log_warn("device %s: %s%s", device->name, why,
		 later ? ": guests are refused until it is there" : "");
}

/* The process: does not return. */
static void device_check_run(const struct device_list *list)
{
	struct device_list devices = *list;
	unsigned int i;
	int ret;

	device_list_load(&devices, UINT64_MAX);
	ret = confine_enter(SANDBOX_CHECK, NULL, 0);
	if (ret < 0)
		child_fail(DEVICE_CHECK_NAME, ret);

	for (i = 0; i < devices.count; i++)
		device_check(&devices.devices[i]);
	_exit(0);
}

int device_check_start(const struct device_list *devices)
{
	bool nodes = false;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < devices->count; i++)
		nodes |= devices->devices[i].ops->open_node != NULL;
	if (!nodes)
		return 0;

	pid = child_fork(NULL, DEVICE_CHECK_NAME);
	if (pid == 0)
		device_check_run(devices);
	return pid < 0 ? pid : 0;
}
