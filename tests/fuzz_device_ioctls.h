/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ioctls of the fuzzers' device, and its buffers: for fuzz_device.c alone.
 *
 * All its files share one set of queues.
 */
#ifndef TESTS_FUZZ_DEVICE_IOCTLS_H
#define TESTS_FUZZ_DEVICE_IOCTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "hostd/device.h"

#define FUZZ_PLANE_LEN 8192u /* of every plane */

/** fuzz_must() - @truth, or abort() */
void fuzz_must(bool truth);

/** fuzz_touch() - Read and write every byte */
void fuzz_touch(void *bytes, size_t len);

/** fuzz_ioctls_reset() - No buffers, and calls are not known */
void fuzz_ioctls_reset(void);

/** fuzz_ioctls_said() - What fuzz_device_answer() set */
int fuzz_ioctls_said(void);

/** fuzz_ioctls_call() - struct device_ops, ioctl */
int fuzz_ioctls_call(const struct ioctl_desc *desc, void *arg);

/** fuzz_ioctls_collect() - struct device_ops, collect_buffer */
int fuzz_ioctls_collect(struct v4l2_buffer *buffer);

#endif
