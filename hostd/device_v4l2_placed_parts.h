/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of buffers in memory that the guest has, too: device_v4l2_placed.c asks the
 * node, device_v4l2_placed_memory.c has the memory.
 */
#ifndef HOSTD_DEVICE_V4L2_PLACED_PARTS_H
#define HOSTD_DEVICE_V4L2_PLACED_PARTS_H

#include "hostd/device_v4l2_placed.h"

/** placed_node_ioctl() - Return: 0 or a negative errno */
int placed_node_ioctl(int fd, unsigned long cmd, void *arg);

/** placed_queue() - The queue of a type; NULL if there is no such type */
struct placed_queue *placed_queue(struct placed *placed, uint32_t type);

/** placed_begin_buffer() - What QUERYBUF wants, with VIDEO_MAX_PLANES @planes */
void placed_begin_buffer(struct v4l2_buffer *buffer, struct v4l2_plane *planes,
			 uint32_t type, unsigned int index);

/**
 * placed_make_buffers() - Memory for buffers that the node has made
 *
 * Those that have memory keep it.
 *
 * Return: 0 or a negative errno
 */
int placed_make_buffers(struct placed *placed, int fd, struct slices *slices,
			uint32_t type, unsigned int first, unsigned int count);

/** placed_drop_buffers() - They are gone; what is mapped goes with the last map */
void placed_drop_buffers(struct placed_queue *queue, unsigned int first,
			 unsigned int count);

/** placed_drop_queue() - The same for all, of which none are ours any more */
void placed_drop_queue(struct placed_queue *queue);

/**
 * placed_put_memory() - To the node: where the memory is
 *
 * No pointer but ours gets there.
 */
void placed_put_memory(const struct placed_queue *queue,
		       struct v4l2_buffer *buffer);

#endif
