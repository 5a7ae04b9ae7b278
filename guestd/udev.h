/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd and udev say to each other about a node.
 *
 * Both change its owner and mode, udev some time after the kernel has told it of
 * the node.  So guestd says beforehand whether our rule (udev/) is to leave them
 * alone, and afterwards waits until udev is done.
 */
#ifndef GUESTD_UDEV_H
#define GUESTD_UDEV_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/loop.h"

/**
 * udev_keep_off() - Before the node is made: whose are its owner and mode?
 * @name:	The node, without /dev/
 * @ours:	guestd's, so that the rule leaves them alone; false: the rule's
 *
 * Return: 0 or a negative errno
 */
int udev_keep_off(const char *name, bool ours);

struct udev_wait;

/**
 * udev_wait_create() - Look until udev is done with the node
 * @rdev:	The node's number
 * @done:	Called once; after 5 s, too, as then udev has much else to do.
 *		At once, but never from within, where there is no udev.
 *
 * The links of the node are there then, and its group and mode.
 *
 * Return: 0 or -ENOMEM
 */
int udev_wait_create(struct loop *loop, dev_t rdev, void (*done)(void *owner),
		     void *owner, struct udev_wait **out);

/** udev_wait_destroy() - Stop looking, for tests; @wait may be NULL */
void udev_wait_destroy(struct udev_wait *wait);

#endif
