/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which ioctls the device answers at once, as far as it has been seen.
 *
 * To run an ioctl on a worker takes two changes of thread, which may cost more than
 * the ioctl.  What only asks may sleep, where the answer is in the hardware or behind a
 * lock that somebody holds, but with most drivers it never does.  So it is run on the
 * loop once it has been quick a number of times, until it is slow again.
 *
 * What that can cost is one slow call on the loop: for so long nothing of this
 * connection's goes on, and the call is not interrupted.  So nothing is run there while
 * a session of it streams (hostd/session.c): natively, frames do not wait for what
 * another file asks, where the driver's queue has a lock of its own.
 */
#ifndef HOSTD_PACE_H
#define HOSTD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ioctl_table.h"

#define PACE_QUICK_NS 200000 /* not slower than that is quick */
#define PACE_PROVEN   8      /* times in a row */

/**
 * struct pace - What has been seen of a device by one connection
 * @quick:	Times in a row, by number of the ioctl, up to PACE_PROVEN
 *
 * Zeroed before first use.
 */
struct pace {
	uint8_t quick[IOCTL_NR_MAX];
};

/**
 * pace_is_quick() - May the loop run it?
 *
 * Return: false for what changes something, however quick
 */
bool pace_is_quick(const struct pace *pace, const struct ioctl_desc *desc);

/**
 * pace_saw() - It has been run
 * @ns:		For so long
 */
void pace_saw(struct pace *pace, const struct ioctl_desc *desc, uint64_t ns);

#endif
