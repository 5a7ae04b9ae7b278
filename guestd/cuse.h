/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The front: a character device made with CUSE, on an unmodified kernel.
 *
 * The only module that knows libfuse.
 */
#ifndef GUESTD_CUSE_H
#define GUESTD_CUSE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/loop.h"
#include "guestd/device.h"
#include "guestd/node.h"
#include "guestd/profile.h"

/**
 * struct cuse_config - What node to make
 * @name:	Below /dev, for example "video0"
 * @major, @minor: Its number; 0 and 0: the kernel chooses
 * @restricted:	The kernel copies ioctl arguments and the memory helper the
 *		rest; false: the kernel copies everything, at twice the round
 *		trips and at most 128 KiB
 * @profile:	Of its files
 */
struct cuse_config {
	char name[NODE_NAME_LEN];
	unsigned int major;
	unsigned int minor;
	bool restricted;
	enum profile_choice profile;
};

struct cuse;

/**
 * cuse_open_device() - Open /dev/cuse
 *
 * Return: descriptor, or a negative errno
 */
int cuse_open_device(void);

/**
 * cuse_create() - Ask for the node; node_wait() tells whether it comes to be
 * @fd:		From cuse_open_device(), taken over on success
 * @config:	Copied
 * @ended:	The kernel has ended the connection: it did not make the node
 *		because name or number are taken, or somebody has aborted it
 *
 * Return: 0 or a negative errno
 */
int cuse_create(struct loop *loop, int fd, const struct cuse_config *config,
		struct guest_device *device, void (*ended)(void *owner),
		void *owner, struct cuse **out);

/** cuse_destroy() - Remove the node; calls under way fail with ENOTCONN */
void cuse_destroy(struct cuse *cuse);

#endif
