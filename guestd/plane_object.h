/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of a plane that hostd has passed: is it what hostd says?
 */
#ifndef GUESTD_PLANE_OBJECT_H
#define GUESTD_PLANE_OBJECT_H

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

#endif
