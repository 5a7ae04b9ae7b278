/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers of a V4L2 node in memory that the guest has, too.
 *
 * To the node they are USERPTR buffers; whoever calls sees those of V4L2_MEMORY_MMAP
 * that it has asked for, so that nothing else of hostd has to know.  A driver fills
 * them, and nobody copies.
 *
 * Not every queue can have that: it may not have USERPTR, or want memory that is
 * contiguous, or not like that of a PCI device (EFAULT).  It is tried with one buffer,
 * before any is promised.
 */
#ifndef HOSTD_DEVICE_V4L2_PLACED_H
#define HOSTD_DEVICE_V4L2_PLACED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "hostd/device.h"

struct slice;
struct slices;

/**
 * struct placed_memory - Memory of a plane
 * @slice:	Whose it is; NULL: there was no room, and it is nobody else's
 * @maps:	placed_map() less placed_unmap()
 * @orphaned:	Its buffer is gone; goes with the last map
 */
struct placed_memory {
	LIST_ENTRY(placed_memory) next;
	void *bytes;
	size_t len;
	struct slice *slice;
	unsigned int maps;
	bool orphaned;
};

/** struct placed_buffer - Where each plane is; NULL: it has no such plane */
struct placed_buffer {
	struct placed_memory *planes[VIDEO_MAX_PLANES];
};

/**
 * struct placed_queue - The buffers of one type
 * @placed:	They are USERPTR buffers of ours
 */
struct placed_queue {
	bool placed;
	unsigned int count;
	struct placed_buffer *buffers;
};

/**
 * struct placed - All of an open node; zeroed: none
 * @memories:	Of buffers, and orphans
 */
struct placed {
	struct placed_queue queues[VMS_BUF_TYPE_COUNT];
	LIST_HEAD(, placed_memory) memories;
};

/**
 * placed_finish() - The node is closed: free what is not mapped
 *
 * The rest is freed by placed_unmap().
 */
void placed_finish(struct placed *placed);

/**
 * placed_ioctl() - As device_ops.ioctl
 * @fd:		The node
 */
int placed_ioctl(struct placed *placed, int fd, struct slices *slices,
		 uint32_t cmd, void *arg);

/** placed_show() - What DQBUF said, as of an MMAP buffer; on any thread */
void placed_show(struct v4l2_buffer *buffer);

/**
 * placed_map() - As device_ops.map
 *
 * Return: 0, or -ENOENT if it is no buffer of ours
 */
int placed_map(struct placed *placed, uint32_t offset, size_t len,
	       struct device_map *out);

/** placed_unmap() - As device_ops.unmap.  Return: was it one of ours? */
bool placed_unmap(struct placed *placed, const struct device_map *map);

#endif
