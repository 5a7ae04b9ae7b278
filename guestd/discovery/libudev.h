/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libudev, as far as it is needed here: libudev(3).
 *
 * Declared and not included, and looked for when a program first calls a hook: the
 * library is preloaded into programs that have no libudev, or load it later.
 */
#ifndef GUESTD_DISCOVERY_LIBUDEV_H
#define GUESTD_DISCOVERY_LIBUDEV_H

struct udev;
struct udev_device;
struct udev_enumerate;
struct udev_list_entry;
struct udev_monitor;

/**
 * struct libudev - The functions behind the hooks; each is called udev_... there
 *
 * All are of LIBUDEV_183, the oldest version of libudev.so.1.
 */
struct libudev {
	struct udev_enumerate *(*enumerate_new)(struct udev *udev);
	int (*enumerate_add_match_subsystem)(struct udev_enumerate *enumerate,
					     const char *subsystem);
	int (*enumerate_add_nomatch_sysattr)(struct udev_enumerate *enumerate,
					     const char *sysattr,
					     const char *value);
	int (*enumerate_scan_devices)(struct udev_enumerate *enumerate);
	struct udev *(*enumerate_get_udev)(struct udev_enumerate *enumerate);
	struct udev_list_entry *(*enumerate_get_list_entry)(
		struct udev_enumerate *enumerate);
	struct udev_list_entry *(*list_entry_get_next)(
		struct udev_list_entry *entry);
	const char *(*list_entry_get_name)(struct udev_list_entry *entry);
	struct udev_device *(*device_new_from_syspath)(struct udev *udev,
						       const char *syspath);
	struct udev_device *(*device_unref)(struct udev_device *device);
	const char *(*device_get_subsystem)(struct udev_device *device);
	const char *(*device_get_property_value)(struct udev_device *device,
						 const char *key);
	const char *(*device_get_sysattr_value)(struct udev_device *device,
						const char *sysattr);
	struct udev_monitor *(*monitor_new_from_netlink)(struct udev *udev,
							 const char *name);
	int (*monitor_filter_add_match_subsystem_devtype)(
		struct udev_monitor *monitor, const char *subsystem,
		const char *devtype);
	struct udev_device *(*monitor_receive_device)(
		struct udev_monitor *monitor);
};

/**
 * libudev() - The real one
 *
 * Return: the same at each call, from any thread; NULL while there is none in the
 * process
 */
const struct libudev *libudev(void);

#endif
