// SPDX-License-Identifier: BSD-3-Clause
/*
 * libudev, as far as it is needed here.
 */
#include "guestd/discovery/libudev.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define COUNT (sizeof(struct libudev) / sizeof(void *))
#define ROW(function)                                                          \
	[offsetof(struct libudev, function) / sizeof(void *)] =                \
		"udev_" #function

static const char *const names[] = {
	ROW(enumerate_new),
	ROW(enumerate_add_match_subsystem),
	ROW(enumerate_add_nomatch_sysattr),
	ROW(enumerate_scan_devices),
	ROW(enumerate_get_udev),
	ROW(enumerate_get_list_entry),
	ROW(list_entry_get_next),
	ROW(list_entry_get_name),
	ROW(device_new_from_syspath),
	ROW(device_unref),
	ROW(device_get_subsystem),
	ROW(device_get_property_value),
	ROW(device_get_sysattr_value),
	ROW(monitor_new_from_netlink),
	ROW(monitor_filter_add_match_subsystem_devtype),
	ROW(monitor_receive_device),
};

_Static_assert(sizeof(names) / sizeof(names[0]) == COUNT,
	       "every function has a name");

/*
 * Where whoever calls a hook came with a plugin, as in GStreamer, libudev is not
 * among the libraries that come next, but it is loaded.
 */
static void *find(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	void *library;

	if (function)
		return function;
	/* Never closed: what is found stays. */
	library = dlopen("libudev.so.1", RTLD_LAZY | RTLD_NOLOAD);
	return library ? dlsym(library, name) : NULL;
}

static bool find_all(struct libudev *out)
{
	void *functions[COUNT] = { NULL };
	size_t i;

	for (i = 0; i < COUNT; i++) {
		functions[i] = find(names[i]);
		if (!functions[i])
			return false;
	}
	memcpy(out, functions, sizeof(functions));
	return true;
}

const struct libudev *libudev(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct libudev real;
	static bool found;

	if (__atomic_load_n(&found, __ATOMIC_ACQUIRE))
		return &real;
	pthread_mutex_lock(&lock);
	if (!found && find_all(&real))
		__atomic_store_n(&found, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	return found ? &real : NULL;
}
