// SPDX-License-Identifier: BSD-3-Clause
/*
 * udev_list SUBSYSTEM [KEY VALUE]: what libudev lists of it, and of those with that
 * property only: subsystem and node of each, one per line.
 *
 * udev_list -m SUBSYSTEM: says "ready", and then of each event the action, subsystem
 * and node.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "guestd/discovery/libudev.h"

/* libudev.h has these; the library is there without it. */
struct udev *udev_new(void);
struct udev_enumerate *udev_enumerate_new(struct udev *udev);
int udev_enumerate_add_match_subsystem(struct udev_enumerate *enumerate,
				       const char *subsystem);
int udev_enumerate_add_match_property(struct udev_enumerate *enumerate,
				      const char *key, const char *value);
int udev_enumerate_scan_devices(struct udev_enumerate *enumerate);
struct udev_list_entry *
udev_enumerate_get_list_entry(struct udev_enumerate *enumerate);
struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry);
const char *udev_list_entry_get_name(struct udev_list_entry *entry);
struct udev_device *udev_device_new_from_syspath(struct udev *udev,
						 const char *syspath);
struct udev_device *udev_device_unref(struct udev_device *device);
const char *udev_device_get_action(struct udev_device *device);
const char *udev_device_get_devnode(struct udev_device *device);
const char *udev_device_get_subsystem(struct udev_device *device);
struct udev_monitor *udev_monitor_new_from_netlink(struct udev *udev,
						   const char *name);
int udev_monitor_filter_add_match_subsystem_devtype(
	struct udev_monitor *monitor, const char *subsystem,
	const char *devtype);
int udev_monitor_enable_receiving(struct udev_monitor *monitor);
int udev_monitor_get_fd(struct udev_monitor *monitor);
struct udev_device *udev_monitor_receive_device(struct udev_monitor *monitor);

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void list(struct udev *udev, char **args, int count)
{
	struct udev_enumerate *enumerate = udev_enumerate_new(udev);
	struct udev_list_entry *entry;

	udev_enumerate_add_match_subsystem(enumerate, args[0]);
	if (count == 3)
		udev_enumerate_add_match_property(enumerate, args[1], args[2]);
	udev_enumerate_scan_devices(enumerate);
	for (entry = udev_enumerate_get_list_entry(enumerate); entry;
	     entry = udev_list_entry_get_next(entry)) {
		struct udev_device *device = udev_device_new_from_syspath(
			udev, udev_list_entry_get_name(entry));

		if (!device)
			continue;
		printf("%s %s\n", or_dash(udev_device_get_subsystem(device)),
		       or_dash(udev_device_get_devnode(device)));
		udev_device_unref(device);
	}
}

static int watch(struct udev *udev, const char *subsystem)
{
	struct udev_monitor *monitor =
		udev_monitor_new_from_netlink(udev, "udev");
	struct pollfd poller;

	if (!monitor)
		return 1;
	udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystem,
							NULL);
	if (udev_monitor_enable_receiving(monitor) < 0)
		return 1;
	poller = (struct pollfd){ .fd = udev_monitor_get_fd(monitor),
				  .events = POLLIN };
	puts("ready");
	fflush(stdout);
	while (poll(&poller, 1, -1) >= 0) {
		struct udev_device *device =
			udev_monitor_receive_device(monitor);

		if (!device)
			continue;
		printf("%s %s %s\n", or_dash(udev_device_get_action(device)),
		       or_dash(udev_device_get_subsystem(device)),
		       or_dash(udev_device_get_devnode(device)));
		fflush(stdout);
		udev_device_unref(device);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct udev *udev = udev_new();

	if (argc == 3 && !strcmp(argv[1], "-m"))
		return watch(udev, argv[2]);
	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: udev_list SUBSYSTEM [KEY VALUE]\n"
				"       udev_list -m SUBSYSTEM\n");
		return 2;
	}
	list(udev, argv + 1, argc - 1);
	return 0;
}
