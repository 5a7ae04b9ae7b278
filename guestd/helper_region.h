/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plane memory that the memory helper knows.
 *
 * Jobs write to it from their threads, and a shim is given a descriptor of it: so it
 * is there as long as anybody has a reference.
 */
#ifndef GUESTD_HELPER_REGION_H
#define GUESTD_HELPER_REGION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guestd/helper_wire.h"

/**
 * struct helper_region - Plane memory
 * @bytes:	Mapped here; NULL: it is for the shim
 * @users:	The table, and each job that uses it
 *
 * A job that is stuck keeps it mapped until it comes back.  The rest is private.
 */
struct helper_region {
	struct helper_region *next;
	uint64_t id;
	uint8_t *bytes;
	size_t len;
	atomic_uint users;

	uint64_t file; /* 0: nobody's */
	int fd;        /* the shim's, or a dma-buf's; -1: not kept */
	bool dmabuf;   /* it is one: it has no seals, which a memfd has */
	uint32_t buf_type;
	uint32_t index;
	uint32_t plane;
	uint64_t offset;
};

/** helper_region_pages() - @len, rounded up to whole pages */
uint64_t helper_region_pages(uint64_t len);

/**
 * helper_region_fits() - Has the file behind @fd whole pages for @len bytes?
 *
 * A client that maps it shall not meet its end before that.
 */
bool helper_region_fits(int fd, uint64_t len);

/**
 * helper_region_create() - REGION_ADD
 * @fd:		Not needed afterwards
 *
 * Return: one reference; NULL if it cannot be had
 */
struct helper_region *helper_region_create(const struct helper_request *request,
					   int fd);

/** helper_region_put() - Drop a reference, which may be NULL */
void helper_region_put(struct helper_region *region);

#endif
