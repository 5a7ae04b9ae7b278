// SPDX-License-Identifier: BSD-3-Clause
/*
 * Loading libv4l2, and listening to what it says.
 *
 * By itself it writes to stderr whatever goes wrong, a line for each call or
 * frame.  A guest could fill the log with that, so what it says goes to the log
 * at level debug, and whoever handles the error says it as often as is right.
 */
#include "hostd/libv4l2.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/log.h"

#define LIBV4L2_NAME     "libv4l2.so.0"
#define LIBV4L2_SAID_LEN 200
#define LIBV4L2_WHY_LEN  160

static pthread_once_t libv4l2_once = PTHREAD_ONCE_INIT;
static bool libv4l2_loaded;
static char libv4l2_reason[LIBV4L2_WHY_LEN];
static _Thread_local char libv4l2_last[LIBV4L2_SAID_LEN];

static const char *libv4l2_said(void)
{
	return libv4l2_last;
}

/* libv4l2-priv.h: each line has this before it, then the word if it is one. */
static const char libv4l2_prefix[] = "libv4l2: ";
static const char libv4l2_error[] = "error ";

static void libv4l2_hear(const char *line, size_t len)
{
	size_t prefix = sizeof(libv4l2_prefix) - 1;
	size_t error = sizeof(libv4l2_error) - 1;

	if (len < prefix + error ||
	    strncmp(line, libv4l2_prefix, prefix) != 0 ||
	    strncmp(line + prefix, libv4l2_error, error) != 0)
		return;
	line += prefix + error;
	len -= prefix + error;
	if (len >= sizeof(libv4l2_last))
		len = sizeof(libv4l2_last) - 1;
	memcpy(libv4l2_last, line, len);
	libv4l2_last[len] = '\0';
	log_debug("libv4l2: %s", libv4l2_last);
}

/* What is written to its log: it flushes after each line. */
static ssize_t libv4l2_write(void *cookie, const char *bytes, size_t len)
{
	const char *at = bytes;
	const char *end = bytes + len;
	const char *newline;

	(void)cookie;
	while (at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		libv4l2_hear(at, (size_t)(newline - at));
		at = newline + 1;
	}
	return (ssize_t)len;
}

static struct libv4l2 libv4l2_table = {
	.plain = ioctl,
	.said = libv4l2_said,
};

/* A function and an object have pointers of the same size here: POSIX says so. */
static const struct {
	const char *name;
	void *slot;
} libv4l2_symbols[] = {
	{ "v4l2_fd_open", &libv4l2_table.fd_open },
	{ "v4l2_close", &libv4l2_table.close },
	{ "v4l2_ioctl", &libv4l2_table.ioctl },
	{ "v4l2_mmap", &libv4l2_table.mmap },
	{ "v4l2_munmap", &libv4l2_table.munmap },
};
#define LIBV4L2_SYMBOLS (sizeof(libv4l2_symbols) / sizeof(libv4l2_symbols[0]))

/* A FILE * that it writes to if it is set, and nothing but errors if not. */
static void libv4l2_set_log(void *library)
{
	static const cookie_io_functions_t functions = {
		.write = libv4l2_write,
	};
	FILE **log = dlsym(library, "v4l2_log_file");

	if (log)
		*log = fopencookie(NULL, "w", functions);
}

static void libv4l2_load_once(void)
{
	void *library = dlopen(LIBV4L2_NAME, RTLD_NOW | RTLD_LOCAL);
	void *symbol;
	size_t i;

	for (i = 0; library && i < LIBV4L2_SYMBOLS; i++) {
		symbol = dlsym(library, libv4l2_symbols[i].name);
		if (!symbol)
			break;
		memcpy(libv4l2_symbols[i].slot, &symbol, sizeof(symbol));
	}
	if (!library || i < LIBV4L2_SYMBOLS) {
		snprintf(libv4l2_reason, sizeof(libv4l2_reason), "%s",
			 dlerror());
		return;
	}
	libv4l2_set_log(library);
	libv4l2_loaded = true;
}

const struct libv4l2 *libv4l2_load(void)
{
	pthread_once(&libv4l2_once, libv4l2_load_once);
	return libv4l2_loaded ? &libv4l2_table : NULL;
}

const char *libv4l2_why(void)
{
	return libv4l2_reason;
}
