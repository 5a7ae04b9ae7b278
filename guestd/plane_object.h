/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of a plane that hostd has passed: is it what hostd says?
 */
#ifndef GUESTD_PLANE_OBJECT_H
#define GUESTD_PLANE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct plane_object - A descriptor from hostd
 * @fd:		-1: none
 * @kind:	enum vms_obj_kind
 */
struct plane_object {
	int fd;
	uint32_t kind;
};

/**
 * plane_object_check() - May it be mapped?
 * @len:	Bytes of the plane
 *
 * A memfd whose size is sealed, or a dma-buf; with whole pages, at least @len bytes
 * of them.  Nothing is asked that a file of somebody's file system could answer
 * when it likes.
 *
 * Return: 0, or -EPROTO
 */
int plane_object_check(const struct plane_object *object, size_t len);

/**
 * plane_object_sync() - The CPU begins to use a dma-buf, or has ended
 * @write:	It writes, else it reads
 *
 * Drivers look after caches at QBUF and DQBUF; this is for exporters that want to
 * hear of it (DMA_BUF_IOCTL_SYNC).  One that is not ready is not waited for.
 */
void plane_object_sync(int fd, bool write, bool end);

#endif
