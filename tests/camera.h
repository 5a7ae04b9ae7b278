/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A test pattern camera that is opened twice, for tests.
 */
#ifndef TESTS_CAMERA_H
#define TESTS_CAMERA_H

#include <stdbool.h>
#include <stdint.h>

#include "hostd/device.h"

#define CAMERA_BUFFERS_MAX 8
#define CAMERA_CAPTURE     V4L2_BUF_TYPE_VIDEO_CAPTURE

/**
 * struct camera - All of it
 * @file, @other: Two opens, NULL if closed by the test
 * @maps:	Of the buffers, mapped through @file
 * @mapped:	Their number
 */
struct camera {
	struct device device;
	struct device_file *file;
	struct device_file *other;
	struct device_map maps[CAMERA_BUFFERS_MAX];
	unsigned int mapped;
};

extern struct camera camera;

/** camera_open() - A new camera with these parameters */
void camera_open(const char *target);

/** camera_setup() - For cmocka: a small, fast camera, 160x120 at 1 kHz */
int camera_setup(void **state);

/** camera_teardown() - For cmocka: unmap and close what is open */
int camera_teardown(void **state);

/** camera_again() - Another camera instead of the present one */
void camera_again(const char *target);

/** camera_ioctl() - An ioctl, by its number */
int camera_ioctl(struct device_file *who, uint32_t cmd, void *arg);

/** camera_request() - The argument of REQBUFS */
struct v4l2_requestbuffers camera_request(uint32_t count);

/** camera_allocate() - Let @file have @count buffers, mapped */
void camera_allocate(uint32_t count);

/** camera_enqueue() - QBUF by @file */
int camera_enqueue(uint32_t index);

/** camera_stream() - STREAMON or STREAMOFF */
int camera_stream(struct device_file *who, bool on);

/** camera_start() - Let @file stream with @count buffers, all queued */
void camera_start(uint32_t count);

/** camera_subscribe() - SUBSCRIBE_EVENT for a control */
int camera_subscribe(struct device_file *who, uint32_t id, uint32_t flags);

/** camera_readable() - Is one of @wanted there, or within @wait_ms? */
bool camera_readable(struct device_file *who, unsigned int wanted, int wait_ms);

/** camera_rest() - Let time pass */
void camera_rest(long milliseconds);

/** camera_collect() - Wait for a frame of @file and check its stamp */
struct v4l2_buffer camera_collect(void);

#endif
