/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VIDIOC_EXPBUF: CUSE cannot return a descriptor.
 */
#ifndef GUESTD_SHIM_EXPBUF_H
#define GUESTD_SHIM_EXPBUF_H

/**
 * shim_expbuf() - What guestd's EXPBUF would not do
 * @arg:	struct v4l2_exportbuffer
 *
 * To be called where that has said ENOTTY.
 *
 * Return: 0, or -1 with errno: ENOTTY still, where @fd is no node of guestd's or
 * guestd does not answer
 */
int shim_expbuf(int fd, void *arg);

#endif
