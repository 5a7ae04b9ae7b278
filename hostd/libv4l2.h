/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libv4l2, of Debian's libv4l-0: a camera's own formats made into RGB24, BGR24,
 * YU12 and YV12.
 *
 * It decodes what cameras send, so nobody links with it.  Only a process that
 * uses a device of the kind convert loads it.
 */
#ifndef HOSTD_LIBV4L2_H
#define HOSTD_LIBV4L2_H

#include <stddef.h>
#include <stdint.h>

/* Open files that it has room for in a process: V4L2_MAX_DEVICES. */
#define LIBV4L2_FILES_MAX 16

/**
 * struct libv4l2 - Its functions, as libv4l2.h declares them
 * @fd_open:	Takes part in what is done with @fd from now on
 * @plain:	Not its own: ioctl(2), which asks the device itself
 * @said:	Not its own: what it logged last on this thread as an error; ""
 *		if nothing
 *
 * All but the last return -1 (or MAP_FAILED) and set errno, and take @fd that is
 * not known to them for the system call's.
 */
struct libv4l2 {
	int (*fd_open)(int fd, int flags);
	int (*close)(int fd);
	int (*ioctl)(int fd, unsigned long request, ...);
	void *(*mmap)(void *start, size_t len, int prot, int flags, int fd,
		      int64_t offset);
	int (*munmap)(void *start, size_t len);
	int (*plain)(int fd, unsigned long request, ...);
	const char *(*said)(void);
};

/**
 * libv4l2_load() - Load it, unless that was done; any thread
 *
 * Opens files.  A process that will not be allowed to has to call it before.
 *
 * Return: its functions, or NULL
 */
const struct libv4l2 *libv4l2_load(void);

/** libv4l2_why() - Why it could not be loaded, in words */
const char *libv4l2_why(void);

#endif
