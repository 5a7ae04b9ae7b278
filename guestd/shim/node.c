// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whether an open file is a node that guestd may have made.
 */
#include "guestd/shim/node.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "guestd/shim/raw.h"

/* One word per number, so that no lock is needed: a hit is right, and who comes
 * last of two whose places are the same is remembered.  Device numbers have 12
 * and 20 bits (include/linux/kdev_t.h); there is no 0:0. */
#define MINOR_BITS 20
#define PLACES     64

static uint32_t known_ours[PLACES];
static uint32_t known_others[PLACES];

static uint32_t *place(uint32_t *table, uint32_t number)
{
	return &table[(number ^ number >> MINOR_BITS) % PLACES];
}

static bool is_known(uint32_t *table, uint32_t number)
{
	return __atomic_load_n(place(table, number), __ATOMIC_RELAXED) ==
	       number;
}

static void remember(uint32_t *table, uint32_t number)
{
	__atomic_store_n(place(table, number), number, __ATOMIC_RELAXED);
}

/* 0 if @fd is no character device. */
static uint32_t device_number(int fd)
{
	struct statx st;

	if (SHIM_RAW(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) < 0 ||
	    !S_ISCHR(st.stx_mode))
		return 0;
	return st.stx_rdev_major << MINOR_BITS | st.stx_rdev_minor;
}

static char *put_text(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

static char *put_number(char *to, uint32_t number)
{
	char digits[10];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		*to++ = digits[--count];
	return to;
}

#define PATH_LEN 64

static void sysfs_path(uint32_t number, const char *file, char *path)
{
	path = put_text(path, "/sys/dev/char/");
	path = put_number(path, number >> MINOR_BITS);
	path = put_text(path, ":");
	path = put_number(path, number & ((1u << MINOR_BITS) - 1));
	*put_text(path, file) = 0;
}

/* Bytes, less than @len, and @text is ended; a negative errno. */
static long read_file(const char *path, char *text, size_t len)
{
	long fd = SHIM_RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	long got;

	if (fd < 0)
		return fd;
	got = SHIM_RAW(SYS_read, fd, text, len - 1);
	SHIM_RAW(SYS_close, fd);
	if (got >= 0)
		text[got] = 0;
	return got;
}

/* The value of DEVNAME= in the device's uevent, with an end; NULL: none. */
static const char *device_name(uint32_t number, char *text, size_t len)
{
	static const char key[] = "DEVNAME=";
	char path[PATH_LEN];
	char *line = text;
	char *end;

	sysfs_path(number, "/uevent", path);
	if (read_file(path, text, len) < 0)
		return NULL;
	while ((end = strchr(line, '\n'))) {
		*end = 0;
		if (!strncmp(line, key, sizeof(key) - 1))
			return line + sizeof(key) - 1;
		line = end + 1;
	}
	return NULL;
}

/* v4l2-dev.c: what the kernel's nodes are called, and guestd's. */
static bool is_v4l2_name(const char *name)
{
	static const char *const bases[] = { "video", "vbi", "radio", "swradio",
					     "v4l-touch" };
	size_t i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		size_t len = strlen(bases[i]);

		if (!strncmp(name, bases[i], len) && name[len] >= '0' &&
		    name[len] <= '9')
			return true;
	}
	return false;
}

#define UEVENT_LEN 512

static bool is_cuse_node(uint32_t number, bool *sure)
{
	static const char end[] = "/cuse";
	char uevent[UEVENT_LEN];
	char link[256];
	char path[PATH_LEN];
	const char *name;
	long len;

	sysfs_path(number, "/subsystem", path);
	len = SHIM_RAW(SYS_readlinkat, AT_FDCWD, path, link, sizeof(link));
	*sure = len >= 0;
	if (len < (long)sizeof(end) - 1 || len >= (long)sizeof(link) ||
	    memcmp(link + len - (sizeof(end) - 1), end, sizeof(end) - 1) != 0)
		return false;
	name = device_name(number, uevent, sizeof(uevent));
	*sure = name;
	return name && is_v4l2_name(name);
}

bool shim_node_ours(int fd)
{
	uint32_t number = device_number(fd);
	bool sure;
	bool ours;

	if (!number || is_known(known_others, number))
		return false;
	if (is_known(known_ours, number))
		return true;
	ours = is_cuse_node(number, &sure);
	if (sure)
		remember(ours ? known_ours : known_others, number);
	return ours;
}

void shim_node_name(int fd, char *name)
{
	char uevent[UEVENT_LEN];
	const char *found =
		device_name(device_number(fd), uevent, sizeof(uevent));
	size_t len = found ? strnlen(found, SHIM_NODE_NAME_LEN - 1) : 0;

	if (len)
		memcpy(name, found, len);
	name[len] = 0;
}
