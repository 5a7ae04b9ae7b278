/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unrestricted ioctls: what the kernel has brought and what it must bring.
 *
 * Each step that needs more than there is ends the call with
 * FUSE_IOCTL_RETRY and a longer list, and the kernel makes the call again from
 * its start (fs/fuse/ioctl.c).  So nothing is remembered between two calls: the
 * same walk asks for the same lists again and finds one more of them brought.
 */
#ifndef GUESTD_RETRY_H
#define GUESTD_RETRY_H

#include <sys/uio.h>

#include "common/payload.h"

/**
 * struct retry - One call of an unrestricted ioctl
 * @in:		What the kernel brought, @in_len bytes
 * @in_at:	How much of it was taken
 * @asked:	Addresses in the application, @asked_count, in order
 * @back:	Our bytes that go back behind the argument, @back_count
 *
 * Zeroed before first use.
 */
struct retry {
	const uint8_t *in;
	size_t in_len;
	size_t in_at;
	struct iovec *asked;
	unsigned int asked_count;
	struct iovec *back;
	unsigned int back_count;
};

void retry_finish(struct retry *retry);

/**
 * retry_take() - Take extents out of what was brought
 *
 * Return: 1 if they are filled; 0 if retry->asked now says what to bring;
 * -EFAULT if the application has changed its lengths between two calls; -ENOMEM
 */
int retry_take(struct retry *retry, const struct payload_extent *extents,
	       unsigned int count);

/**
 * retry_give() - These bytes go back to where they came from
 *
 * They must stay until the reply.
 *
 * Return: 1, or -ENOMEM
 */
int retry_give(struct retry *retry, const struct payload_extent *extents,
	       unsigned int count);

/** retry_argument() - The argument is at @addr: the first thing in the list */
int retry_argument(struct retry *retry, void *addr, size_t len);

#endif
