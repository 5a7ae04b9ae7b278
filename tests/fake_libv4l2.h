/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A libv4l2 that does what a test wants, with a camera behind it.
 *
 * It is as particular as the real one: no buffers are requested while some are
 * mapped, and it believes that the camera's format is what it was when it asked.
 */
#ifndef TESTS_FAKE_LIBV4L2_H
#define TESTS_FAKE_LIBV4L2_H

#include <stdint.h>

#include "common/videodev2_new.h"
#include "hostd/libv4l2.h"

#define FAKE_LIBV4L2_FRAMES 4
#define FAKE_LIBV4L2_LEN    8192 /* of a frame's memory */
#define FAKE_LIBV4L2_OFFSET 0xabcdef00u

/**
 * struct fake_libv4l2 - All of it
 * @caps:	The camera's device_caps
 * @format:	The camera's
 * @believed:	What it takes that for
 * @open_error:	Of the next fd_open()
 * @fail_cmd:	This ioctl fails with @fail_error, so many times
 * @mmap_fails:	So many times
 * @requested:	Called in the middle of REQBUFS; NULL: nothing
 * @said:	Its last error message
 * @opens:	Files that are open
 * @mapped:	Its mappings
 * @buffers:	Of the camera
 * @set_formats: How often S_FMT came
 * @ioctls:	How often any ioctl came
 * @last_cmd:	The last one
 * @done:	Index of the buffer that DQBUF gives; -1: none
 * @used:	Its bytes
 * @frames:	Memory of each
 */
struct fake_libv4l2 {
	uint32_t caps;
	struct v4l2_pix_format format;
	struct v4l2_pix_format believed;
	int open_error;
	unsigned long fail_cmd;
	int fail_error;
	unsigned int fail_count;
	unsigned int mmap_fails;
	void (*requested)(void);
	const char *said;

	unsigned int opens;
	unsigned int mapped;
	unsigned int buffers;
	unsigned int set_formats;
	unsigned int ioctls;
	unsigned long last_cmd;
	int done;
	uint32_t used;
	uint8_t frames[FAKE_LIBV4L2_FRAMES][FAKE_LIBV4L2_LEN];
};

extern struct fake_libv4l2 fake_libv4l2;
extern const struct libv4l2 fake_libv4l2_table;

/** fake_libv4l2_init() - A camera of 16x16, and nobody has opened it */
void fake_libv4l2_init(void);

#endif
