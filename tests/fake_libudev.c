// SPDX-License-Identifier: BSD-3-Clause
/*
 * A libudev with devices of a test's.
 */
#include "tests/fake_libudev.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct fake_libudev fake_libudev;

/* An entry of a list is the place of its device. */
struct udev_list_entry {
	struct udev_device *device;
};

#define DEVICES_MAX 16

static struct udev_list_entry list[DEVICES_MAX + 1];

/* ---- enumerators ----------------------------------------------------------- */

static struct udev_enumerate *fake_enumerate_new(struct udev *udev)
{
	(void)udev;
	fake_libudev.enumerate = (struct udev_enumerate){ 0 };
	return &fake_libudev.enumerate;
}

static int fake_add_match_subsystem(struct udev_enumerate *enumerate,
				    const char *subsystem)
{
	if (!enumerate || enumerate->match_count == FAKE_LIBUDEV_MATCHES)
		return -EINVAL;
	if (subsystem)
		enumerate->matches[enumerate->match_count++] = subsystem;
	return 0;
}

static int fake_add_nomatch_sysattr(struct udev_enumerate *enumerate,
				    const char *sysattr, const char *value)
{
	if (strcmp(sysattr, "dev") != 0 || fake_libudev.keep_number ||
	    enumerate->left_out_count == FAKE_LIBUDEV_MATCHES)
		return -EINVAL;
	enumerate->left_out[enumerate->left_out_count++] = value;
	return 0;
}

static bool is_listed(const struct udev_enumerate *enumerate,
		      const struct udev_device *device)
{
	bool listed = !enumerate->match_count;
	size_t i;

	for (i = 0; i < enumerate->match_count; i++)
		if (!fnmatch(enumerate->matches[i], device->subsystem, 0))
			listed = true;
	for (i = 0; i < enumerate->left_out_count; i++)
		if (device->number &&
		    !strcmp(enumerate->left_out[i], device->number))
			listed = false;
	return listed && !device->hidden;
}

static int fake_scan_devices(struct udev_enumerate *enumerate)
{
	struct udev_device *device;
	size_t count = 0;

	if (!enumerate)
		return -EINVAL;
	for (device = fake_libudev.devices; device->path; device++)
		if (is_listed(enumerate, device))
			list[count++].device = device;
	list[count].device = NULL;
	fake_libudev.scans++;
	if (fake_libudev.scanned)
		fake_libudev.scanned();
	return 0;
}

static struct udev *fake_get_udev(struct udev_enumerate *enumerate)
{
	(void)enumerate;
	return NULL;
}

static struct udev_list_entry *
fake_get_list_entry(struct udev_enumerate *enumerate)
{
	(void)enumerate;
	return list[0].device ? list : NULL;
}

static struct udev_list_entry *fake_get_next(struct udev_list_entry *entry)
{
	return entry[1].device ? entry + 1 : NULL;
}

static const char *fake_get_name(struct udev_list_entry *entry)
{
	return entry->device->path;
}

/* ---- devices --------------------------------------------------------------- */

static struct udev_device *fake_new_from_syspath(struct udev *udev,
						 const char *syspath)
{
	struct udev_device *device;

	(void)udev;
	for (device = fake_libudev.devices; device->path; device++)
		if (!strcmp(device->path, syspath)) {
			fake_libudev.refs++;
			return device;
		}
	return NULL;
}

static struct udev_device *fake_unref(struct udev_device *device)
{
	if (device)
		fake_libudev.refs--;
	return NULL;
}

static const char *fake_get_subsystem(struct udev_device *device)
{
	return device ? device->subsystem : NULL;
}

static const char *fake_get_property_value(struct udev_device *device,
					   const char *key)
{
	if (!device || !key)
		return NULL;
	if (!strcmp(key, "SUBSYSTEM"))
		return device->subsystem;
	return !strcmp(key, "ID_V4L_VERSION") ? device->version : NULL;
}

static const char *fake_get_sysattr_value(struct udev_device *device,
					  const char *sysattr)
{
	return device && !strcmp(sysattr, "dev") ? device->number : NULL;
}

/* ---- monitors -------------------------------------------------------------- */

static struct udev_monitor *fake_monitor_new(struct udev *udev,
					     const char *name)
{
	(void)udev;
	if (!name)
		return NULL;
	fake_libudev.monitor = (struct udev_monitor){ 0 };
	return &fake_libudev.monitor;
}

static int fake_filter_add(struct udev_monitor *monitor, const char *subsystem,
			   const char *devtype)
{
	(void)devtype;
	if (!monitor || !subsystem ||
	    monitor->match_count == FAKE_LIBUDEV_MATCHES)
		return -EINVAL;
	monitor->matches[monitor->match_count++] = subsystem;
	return 0;
}

static bool is_received(const struct udev_monitor *monitor,
			const struct udev_device *device)
{
	size_t i;

	for (i = 0; i < monitor->match_count; i++)
		if (!strcmp(monitor->matches[i], device->subsystem))
			return true;
	return !monitor->match_count;
}

static struct udev_device *fake_receive(struct udev_monitor *monitor)
{
	struct udev_device *device;

	if (!monitor)
		return NULL;
	while ((device = *fake_libudev.events)) {
		fake_libudev.events++;
		if (is_received(monitor, device)) {
			fake_libudev.refs++;
			return device;
		}
	}
	errno = EAGAIN;
	return NULL;
}

/* Instead of the one that looks for the real one. */
const struct libudev *libudev(void)
{
	static const struct libudev fake = {
		.enumerate_new = fake_enumerate_new,
		.enumerate_add_match_subsystem = fake_add_match_subsystem,
		.enumerate_add_nomatch_sysattr = fake_add_nomatch_sysattr,
		.enumerate_scan_devices = fake_scan_devices,
		.enumerate_get_udev = fake_get_udev,
		.enumerate_get_list_entry = fake_get_list_entry,
		.list_entry_get_next = fake_get_next,
		.list_entry_get_name = fake_get_name,
		.device_new_from_syspath = fake_new_from_syspath,
		.device_unref = fake_unref,
		.device_get_subsystem = fake_get_subsystem,
		.device_get_property_value = fake_get_property_value,
		.device_get_sysattr_value = fake_get_sysattr_value,
		.monitor_new_from_netlink = fake_monitor_new,
		.monitor_filter_add_match_subsystem_devtype = fake_filter_add,
		.monitor_receive_device = fake_receive,
	};

	return fake_libudev.missing ? NULL : &fake;
}
