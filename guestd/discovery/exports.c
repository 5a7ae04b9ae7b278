// SPDX-License-Identifier: BSD-3-Clause
/*
 * libguestd-udev.so: what programs call instead of libudev's.
 *
 * The kernel has the nodes of CUSE in a class of their own, so who asks libudev for
 * the devices of subsystem video4linux does not get them.  Here whoever asks for it
 * is asking for subsystem cuse, too, and is given those of it that are V4L2 devices,
 * and they say that they are of video4linux.  All else is the real libudev's answer.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "guestd/discovery/asked.h"
#include "guestd/discovery/libudev.h"
#include "guestd/discovery/node.h"

#define HOOK __attribute__((visibility("default")))

HOOK struct udev_enumerate *udev_enumerate_new(struct udev *udev);
HOOK int udev_enumerate_add_match_subsystem(struct udev_enumerate *enumerate,
					    const char *subsystem);
HOOK int udev_enumerate_scan_devices(struct udev_enumerate *enumerate);
HOOK struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev,
							const char *name);
HOOK int
udev_monitor_filter_add_match_subsystem_devtype(struct udev_monitor *monitor,
						const char *subsystem,
						const char *devtype);
HOOK struct udev_device *
udev_monitor_receive_device(struct udev_monitor *monitor);
HOOK const char *udev_device_get_subsystem(struct udev_device *device);
HOOK const char *udev_device_get_property_value(struct udev_device *device,
						const char *key);

/* ---- enumerators ----------------------------------------------------------- */

struct udev_enumerate *udev_enumerate_new(struct udev *udev)
{
	const struct libudev *real = libudev();
	struct udev_enumerate *enumerate =
		real ? real->enumerate_new(udev) : NULL;

	if (enumerate)
		asked_set(enumerate, ASKED_NOTHING);
	return enumerate;
}

int udev_enumerate_add_match_subsystem(struct udev_enumerate *enumerate,
				       const char *subsystem)
{
	const struct libudev *real = libudev();
	int ret =
		real ? real->enumerate_add_match_subsystem(enumerate, subsystem)
		     : -ENOSYS;

	if (ret < 0 || !enumerate || !subsystem)
		return ret;
	/* What is asked for may be a pattern. */
	if (!fnmatch(subsystem, SUBSYSTEM_CUSE, 0))
		asked_set(enumerate, ASKED_CUSE);
	else if (!fnmatch(subsystem, SUBSYSTEM_V4L, 0) &&
		 asked_get(enumerate) == ASKED_NOTHING &&
		 real->enumerate_add_match_subsystem(enumerate,
						     SUBSYSTEM_CUSE) >= 0)
		asked_set(enumerate, ASKED_V4L);
	return ret;
}

/* Has the device left out from the next scan on. */
static bool leave_out(const struct libudev *real,
		      struct udev_enumerate *enumerate,
		      struct udev_device *device)
{
	const char *number = real->device_get_sysattr_value(device, "dev");

	return number && real->enumerate_add_nomatch_sysattr(enumerate, "dev",
							     number) >= 0;
}

/* Whether there was a node of somebody else, and now there may be none. */
static bool leave_out_others(const struct libudev *real,
			     struct udev_enumerate *enumerate)
{
	struct udev *udev = real->enumerate_get_udev(enumerate);
	struct udev_list_entry *entry =
		real->enumerate_get_list_entry(enumerate);
	bool found = false;

	for (; entry; entry = real->list_entry_get_next(entry)) {
		const char *path = real->list_entry_get_name(entry);
		struct udev_device *device;

		/* Most devices are not looked at. */
		if (!path || !strstr(path, "/" SUBSYSTEM_CUSE "/"))
			continue;
		device = real->device_new_from_syspath(udev, path);
		if (!device)
			continue;
		if (node_is_cuse(real, device) && !node_is_ours(real, device))
			found |= leave_out(real, enumerate, device);
		real->device_unref(device);
	}
	return found;
}

/* As often as nodes of others come while we are looking, and no more. */
#define SCANS_MAX 8

int udev_enumerate_scan_devices(struct udev_enumerate *enumerate)
{
	const struct libudev *real = libudev();
	int ret = real ? real->enumerate_scan_devices(enumerate) : -ENOSYS;
	int i;

	for (i = 1; i < SCANS_MAX; i++) {
		if (ret < 0 || asked_get(enumerate) != ASKED_V4L ||
		    !leave_out_others(real, enumerate))
			break;
		ret = real->enumerate_scan_devices(enumerate);
	}
	return ret;
}

/* ---- monitors -------------------------------------------------------------- */

struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev,
						   const char *name)
{
	const struct libudev *real = libudev();
	struct udev_monitor *monitor =
		real ? real->monitor_new_from_netlink(udev, name) : NULL;

	if (monitor)
		asked_set(monitor, ASKED_NOTHING);
	return monitor;
}

int udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *monitor, const char *subsystem,
	const char *devtype)
{
	const struct libudev *real = libudev();
	int ret = real ? real->monitor_filter_add_match_subsystem_devtype(
				 monitor, subsystem, devtype)
		       : -ENOSYS;

	/* V4L2 devices have no type. */
	if (ret < 0 || !monitor || !subsystem || devtype)
		return ret;
	if (!strcmp(subsystem, SUBSYSTEM_CUSE))
		asked_set(monitor, ASKED_CUSE);
	else if (!strcmp(subsystem, SUBSYSTEM_V4L) &&
		 asked_get(monitor) == ASKED_NOTHING &&
		 real->monitor_filter_add_match_subsystem_devtype(
			 monitor, SUBSYSTEM_CUSE, NULL) >= 0)
		asked_set(monitor, ASKED_V4L);
	return ret;
}

struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor)
{
	const struct libudev *real = libudev();
	struct udev_device *device;

	if (!real)
		return NULL;
	while ((device = real->monitor_receive_device(monitor))) {
		if (asked_get(monitor) != ASKED_V4L ||
		    !node_is_cuse(real, device) || node_is_ours(real, device))
			break;
		real->device_unref(device);
	}
	return device;
}

/* ---- devices --------------------------------------------------------------- */

const char *udev_device_get_subsystem(struct udev_device *device)
{
	const struct libudev *real = libudev();

	if (!real)
		return NULL;
	return node_is_ours(real, device) ? SUBSYSTEM_V4L
					  : real->device_get_subsystem(device);
}

const char *udev_device_get_property_value(struct udev_device *device,
					   const char *key)
{
	const struct libudev *real = libudev();

	if (!real)
		return NULL;
	return key && !strcmp(key, "SUBSYSTEM") && node_is_ours(real, device)
		       ? SUBSYSTEM_V4L
		       : real->device_get_property_value(device, key);
}
