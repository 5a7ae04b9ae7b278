/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The window, guest side: driver addresses and the memory behind them.
 *
 * Each plane has a sealed memfd of its own, so that the memory helper can be given
 * one plane and nothing else.  Contents arrive straight in it; or it is hostd's own
 * memory, and they are there; or they are copied from and to memory that both have,
 * which no program may have, for the frames of all of them are there.
 */
#ifndef GUESTD_MAPPING_H
#define GUESTD_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory;
struct plane_object;
struct queue_buffer;

#define MAPPING_LEN_MAX (1ull << 30) /* of one plane */

/**
 * struct guest_mapping - One plane's memory
 * @addr:	driver_addr
 * @len:	Bytes
 * @generation:	As common/protocol.h: raised when the host drops its data
 * @fd:		memfd, sealed against changes of size, or if @shared a dma-buf
 * @shared:	It is the host's memory: contents do not travel
 * @placed:	Where contents are, too: they do not travel, either; or NULL
 * @dmabuf:	A dma-buf, see plane_object_sync()
 * @bytes:	Mapped here
 * @region:	Number at the memory helper, 0: unknown there
 * @memory:	Whose helper lets programs have it; NULL: none does
 * @buffer:	Which buffer it belongs to; NULL: contents are dropped
 * @capture:	Contents come from the host
 * @lent:	Sends under way from it
 * @doomed:	It was destroyed meanwhile
 */
struct guest_mapping {
	uint64_t addr;
	size_t len;
	uint32_t generation;
	int fd;
	bool shared;
	uint8_t *placed;
	bool dmabuf;
	void *bytes;
	uint64_t region;
	const struct memory *memory;
	struct queue_buffer *buffer;
	bool capture;
	unsigned int lent;
	bool doomed;
};

/**
 * struct mapping_window - All mappings of a connection
 */
struct mapping_window {
	struct guest_mapping **mappings;
	unsigned int count;
};

/**
 * mapping_create() - Make memory for what MMAP answered
 * @object:	Checked by plane_object_check(): use that, which is taken over on
 *		success; NULL, or with fd -1: make it, and with @bytes for what is
 *		there
 *
 * Return: 0; -EPROTO if the host lies: not page aligned, empty, over
 * MAPPING_LEN_MAX, beyond @window_len, overlapping; -ENOMEM and other errors of
 * memfd_create(2) and mmap(2)
 */
int mapping_create(struct mapping_window *window, uint64_t window_len,
		   uint64_t addr, uint64_t len,
		   const struct plane_object *object,
		   struct guest_mapping **out);

/**
 * mapping_destroy() - Forget the address, unmap and close
 * @mapping:	May be NULL
 *
 * Memory that is lent goes when it is returned.
 */
void mapping_destroy(struct mapping_window *window,
		     struct guest_mapping *mapping);

/** mapping_fetch() - What is @placed is finished: copy @len bytes, or all */
void mapping_fetch(struct guest_mapping *mapping, size_t len);

/** mapping_place() - Put @len bytes where they are @placed, or all */
void mapping_place(struct guest_mapping *mapping, size_t len);

/** mapping_lend() - Its bytes are being sent: keep them */
void mapping_lend(struct guest_mapping *mapping);

/** mapping_return() - They are sent; @data is the mapping */
void mapping_return(void *data);

/** mapping_find() - Whose is [@addr, @addr + @len)?  NULL: nobody's */
struct guest_mapping *mapping_find(const struct mapping_window *window,
				   uint64_t addr, size_t len);

/** mapping_window_finish() - Free the list; there must be no mapping left */
void mapping_window_finish(struct mapping_window *window);

#endif
