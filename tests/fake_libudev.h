/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libudev with devices of a test's, for one enumerator and one monitor.
 *
 * It is as particular as the real one: what is given NULL refuses, and a device that
 * is not unreferenced is missed at the end.
 */
#ifndef TESTS_FAKE_LIBUDEV_H
#define TESTS_FAKE_LIBUDEV_H

#include <stdbool.h>
#include <stddef.h>

#include "guestd/discovery/libudev.h"

#define FAKE_LIBUDEV_MATCHES 8

/**
 * struct udev_device - One
 * @path:	In sysfs, which is its name in lists
 * @number:	Its attribute dev
 * @version:	Its property ID_V4L_VERSION
 * @hidden:	It is not there yet
 */
struct udev_device {
	const char *path;
	const char *subsystem;
	const char *number;
	const char *version;
	bool hidden;
};

struct udev_enumerate {
	const char *matches[FAKE_LIBUDEV_MATCHES];
	size_t match_count;
	const char *left_out[FAKE_LIBUDEV_MATCHES];
	size_t left_out_count;
};

struct udev_monitor {
	const char *matches[FAKE_LIBUDEV_MATCHES];
	size_t match_count;
};

/**
 * struct fake_libudev - All of it
 * @missing:	There is none in the process
 * @devices:	Until one without a path
 * @enumerate:	What every enumerate_new() gives
 * @monitor:	What every monitor_new_from_netlink() gives
 * @events:	What it has to receive, until NULL
 * @scanned:	Called at the end of each scan; NULL: nothing
 * @scans:	How often that was
 * @keep_number: nomatch_sysattr is refused
 * @refs:	To devices
 */
struct fake_libudev {
	bool missing;
	struct udev_device *devices;
	struct udev_enumerate enumerate;
	struct udev_monitor monitor;
	struct udev_device **events;
	void (*scanned)(void);
	unsigned int scans;
	bool keep_number;
	int refs;
};

extern struct fake_libudev fake_libudev;

#endif
