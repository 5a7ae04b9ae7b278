/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the wire and ioctl(2): pointers in, pointers and secrets out.
 *
 * The device gets the raw structure.  Every pointer and descriptor in it is one
 * that hostd put there: no number that a guest chose reaches the kernel as an
 * address or a descriptor, and no host address leaves.
 */
#ifndef HOSTD_PATCH_H
#define HOSTD_PATCH_H

#include <stdbool.h>

#include "common/control_set.h"
#include "common/payload.h"
#include "common/plane_set.h"
#include "hostd/device.h"

/**
 * patch_run() - Run a request on the device
 * @file:	Its open file
 * @payload:	From payload_get_request(); afterwards what payload_put_response()
 *		sends
 * @planes:	Memory of the guest's, checked, for a QBUF or PREPARE_BUF that is of
 *		DMABUF; NULL: there is no such memory
 * @controls:	Those that the device has, as far as the guest knows
 *
 * Refuses what the wire cannot carry, with the errno of a device that does not
 * have it: memory other than MMAP and that (EINVAL, or what the device says before
 * that), requests (EBADR for buffers; controls get a request that is none), S_FBUF
 * (EPERM) and OVERLAY(1) (EINVAL) where there is an overlay.  Clears those
 * capabilities in answers.  May sleep.
 *
 * Return: 0 or a negative errno
 */
int patch_run(struct device_file *file, struct payload *payload,
	      const struct plane_set *planes,
	      const struct control_set *controls);

/**
 * patch_device_gone() - Is the device there no more?
 *
 * ENODEV has other meanings for single calls; a device that is gone answers
 * even QUERYCAP with it.
 */
bool patch_device_gone(struct device_file *file);

/**
 * patch_scrub_buffer() - Take pointers and descriptors out of a buffer that the device
 * gave
 * @planes:	@count of them, which it has, too
 */
void patch_scrub_buffer(struct v4l2_buffer *buffer, struct v4l2_plane *planes,
			size_t count);

#endif
