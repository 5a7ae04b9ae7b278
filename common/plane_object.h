/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of a plane as a descriptor that somebody has passed: is it what it should
 * be?
 */
#ifndef COMMON_PLANE_OBJECT_H
#define COMMON_PLANE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct plane_object - A descriptor
 * @fd:		-1: none
 * @kind:	enum vms_obj_kind
 * @bytes:	VMS_OBJ_SHMEM: instead
 */
struct plane_object {
	int fd;
	uint32_t kind;
	uint8_t *bytes;
};

/**
 * plane_object_identify() - What is this?
 * @kind:	Set to an enum vms_obj_kind
 * @len:	Set to its bytes, which will not become fewer
 *
 * A memfd whose size is sealed, or a dma-buf.  Nothing is asked that a file of
 * somebody's file system could answer when it likes.  /proc is needed.
 *
 * Return: 0, or -EINVAL if it is something else
 */
int plane_object_identify(int fd, uint32_t *kind, uint64_t *len);

/**
 * plane_object_len() - How long is memory that plane_object_identify() knows?
 * @len:	Set to its bytes
 *
 * Waits for nobody, not even for one who reads it.
 *
 * Return: 0 or a negative errno
 */
int plane_object_len(int fd, uint64_t *len);

/** plane_object_is_memory() - Does plane_object_identify() know it? */
bool plane_object_is_memory(int fd);

/**
 * plane_object_check() - Is it what it is said to be, and may it be mapped?
 * @len:	Bytes of the plane
 *
 * Open for reading and writing, with whole pages, at least @len bytes of them.
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
