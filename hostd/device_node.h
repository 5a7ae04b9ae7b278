/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A node below /dev, and what is the same for every kind that opens one.
 *
 * Functions that have the name of a member of struct device_ops are that member
 * of such a kind.
 */
#ifndef HOSTD_DEVICE_NODE_H
#define HOSTD_DEVICE_NODE_H

#include "hostd/device.h"

/**
 * struct device_node - An open node; kinds embed it as their first member
 * @fd:		The node
 */
struct device_node {
	struct device_file base;
	int fd;
};

static inline struct device_node *device_node(struct device_file *base)
{
	return (struct device_node *)base;
}

/**
 * device_node_create() - What @open of such a kind begins with
 * @size:	Bytes of the kind's own structure, which will be zeroed
 * @out:	To be freed with free(3)
 *
 * Return: 0, -EBADF or -ENOMEM
 */
int device_node_create(struct device *device, int fd, size_t size,
		       struct device_node **out);

/** device_node_check() - Is it a path that a node may have? */
int device_node_check(const char *target, char *why);

/** device_node_open() - The member open_node */
int device_node_open(const char *target);

void device_node_explain(const char *target, int error, char *why);

/**
 * device_node_type() - From the name, as the kernel gave it, links followed
 *
 * Return: VIRTIO_MEDIA_TYPE_VIDEO if it says none
 */
enum virtio_media_device_type device_node_type(const char *target);

uint32_t device_node_poll(struct device_file *base, unsigned int wanted,
			  int *fd);
int device_node_collect_event(struct device_file *base,
			      struct v4l2_event *event);
void device_node_set_blocking(struct device_file *base, bool blocking);

#endif
