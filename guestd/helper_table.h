/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the memory helper knows: plane memory, and the open files that have a
 * shim.
 *
 * guestd's messages change it in the helper's first thread, and the shim's thread
 * looks things up: every function takes the table's lock.
 */
#ifndef GUESTD_HELPER_TABLE_H
#define GUESTD_HELPER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/shim.h"
#include "guestd/helper_region.h"
#include "guestd/helper_wire.h"

struct helper_table;

/** helper_table_create() - Return: 0 or -ENOMEM */
int helper_table_create(struct helper_table **out);

/** helper_table_destroy() - For tests: nobody else uses it any more; may be NULL */
void helper_table_destroy(struct helper_table *table);

/**
 * helper_table_add() - REGION_ADD
 * @fd:		Not needed afterwards; -1: it was lost on its way, for want of room
 *
 * Return: false if guestd may not say that; there may be no room for it all the
 * same, and then its jobs will fail
 */
bool helper_table_add(struct helper_table *table,
		      const struct helper_request *request, int fd);

/** helper_table_remove() - REGION_REMOVE; it may have gone with its file */
void helper_table_remove(struct helper_table *table, uint64_t id);

/** helper_table_get() - Return: one more reference, or NULL */
struct helper_region *helper_table_get(struct helper_table *table, uint64_t id);

/**
 * helper_table_share() - MARKS: planes that programs are given are marked there
 * @fd:		Not needed afterwards; -1: there was no room for it, nothing is marked
 *
 * Return: false if guestd may not say that
 */
bool helper_table_share(struct helper_table *table, int fd);

/** helper_table_attach() - ATTACH; Return: false if guestd may not say that */
bool helper_table_attach(struct helper_table *table,
			 const struct helper_request *request);

/** helper_table_own() - OWNER */
void helper_table_own(struct helper_table *table,
		      const struct helper_request *request);

/** helper_table_close() - FILE_CLOSED: its token and its buffers are forgotten */
void helper_table_close(struct helper_table *table, uint64_t file);

/**
 * helper_table_map() - SHIM_MAP, by the rules of vb2_mmap()
 * @fd:		Set to a descriptor of the plane, the caller's
 * @len:	Set to the bytes of it, whole pages
 *
 * Return: 0; -EACCES if nobody has that token; -EINVAL; -EBUSY while read() or
 * write() has the node's queue; or an errno of dup(2)
 */
int helper_table_map(struct helper_table *table, const struct shim_ask *ask,
		     int *fd, uint64_t *len);

/**
 * helper_table_export() - SHIM_EXPORT, by the rules of vb2_ioctl_expbuf()
 * @makes:	A memfd can be made a dma-buf
 * @fd:		Set to a descriptor of the plane, the caller's
 * @len:	Set to the bytes of it, whole pages; 0: it is a dma-buf already
 *
 * Return: 0; -ENOTTY if that file has, and will have, nothing that can be exported;
 * -EACCES if nobody has that token; -EBUSY if another file has the node's queue, or
 * read() or write() has it; -EINVAL; or an errno of dup(2)
 */
int helper_table_export(struct helper_table *table, const struct shim_ask *ask,
			bool makes, int *fd, uint64_t *len);

#endif
