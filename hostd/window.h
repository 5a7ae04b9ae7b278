/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The window: the address space that MMAP answers name.
 *
 * It is the connection's and not a session's, because MUNMAP and DATA name no
 * session.  Addresses are never used twice in a connection.
 */
#ifndef HOSTD_WINDOW_H
#define HOSTD_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostd/device.h"
#include "hostd/exports.h"
#include "hostd/slices.h"

/* Far more than any device has memory. */
#define WINDOW_LEN          (1ull << 62)
#define WINDOW_MAPPINGS_MAX 4096

struct buffer;

/**
 * struct mapping - One plane in the window
 * @addr:	driver_addr
 * @generation:	Raised when DATA that was under way has been removed
 * @refs:	MMAPs without MUNMAP: the same plane has the same address.  0: its
 *		session is closing, and it goes with that
 * @writable:	The guest may write: one of those MMAPs has said so
 * @owner:	Tells the session's mappings from others; NULL when it is closed
 * @buffer:	Whose plane it is; NULL once the buffer is gone
 * @plane:	Which one
 * @map:	Memory; bytes is NULL once the session is closed
 * @export:	The guest has the memory itself, and contents do not travel; or
 *		NULL
 * @placed:	They are in memory that the guest has, too, at @offset of it, and do not
 *		travel, either
 * @slice:	@placed: copied to and from there; NULL: the device has them there
 * @orphan:	It counts in the quota, since its buffer does not any more
 */
struct mapping {
	uint64_t addr;
	uint32_t generation;
	unsigned int refs;
	bool writable;
	const void *owner;
	struct buffer *buffer;
	unsigned int plane;
	struct device_map map;
	struct export *export;
	bool placed;
	uint64_t offset;
	struct slice *slice;
	bool orphan;
};

/**
 * struct window - All mappings of a connection
 * @mappings:	By address, @count of them
 * @next:	Address of the next one
 */
struct window {
	struct mapping **mappings;
	unsigned int count;
	uint64_t next;
};

/** window_finish() - Free all mappings; fine if zeroed */
void window_finish(struct window *window);

/**
 * window_add() - Give memory of a plane an address
 * @out:	Owned by the window; whoever asks says whose it is
 *
 * Return: 0, -ENOSPC if there are WINDOW_MAPPINGS_MAX or WINDOW_LEN is used up,
 * -ENOMEM
 */
int window_add(struct window *window, const struct device_map *map,
	       struct mapping **out);

/** window_find() - The mapping that has [@addr, @addr + @len), or NULL */
struct mapping *window_find(const struct window *window, uint64_t addr,
			    size_t len);

/**
 * window_remove() - Forget and free it
 *
 * The memory is the caller's matter, and so is the buffer that knows of it:
 * buffers_unmapped() does both.
 */
void window_remove(struct window *window, struct mapping *mapping);

#endif
