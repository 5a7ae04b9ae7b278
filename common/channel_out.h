/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sending half of a channel: frames to bytes.
 *
 * It calls nobody: runs that are done wait in a list until they are asked for.
 */
#ifndef COMMON_CHANNEL_OUT_H
#define COMMON_CHANNEL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/channel_zerocopy.h"
#include "common/protocol.h"

struct channel_item;
TAILQ_HEAD(channel_items, channel_item);

/**
 * struct channel_outgoing - One frame on its way out, in up to three pieces
 * @item:	What it is made of; NULL if that was cancelled
 * @is_chunk:	DATA: @header, @body, padding; otherwise @body is all of it
 * @header:	See @is_chunk
 * @body:	See @is_chunk
 * @body_len:	Bytes of @body
 * @pad:	Bytes of padding
 * @sent:	Bytes of the three that the socket has taken
 */
struct channel_outgoing {
	struct channel_item *item;
	bool is_chunk;
	uint8_t header[sizeof(struct vms_header)];
	const uint8_t *body;
	size_t body_len;
	size_t pad;
	size_t sent;
};

/*
 * What one sendmsg(2) is offered of bulk.  vsock makes packets of what it is given,
 * of 64 KiB at most (VIRTIO_VSOCK_MAX_PKT_BUF_SIZE), and the kernel's buffer for one of
 * these, with its descriptor and struct skb_shared_info behind the bytes, is twice as
 * large as that, and all of it cleared where init_on_alloc is set.  A little less
 * fits: by instructions a frame costs hostd 25 % less then, as test_bulk.sh measures.
 */
#define CHANNEL_OUT_BYTES (256u << 10)
#define CHANNEL_OUT_VSOCK ((64u << 10) - 512)

/**
 * struct channel_out - What waits to go out
 * @bytes:	Of bulk, that one sendmsg(2) is offered
 * @queued:	Bytes of it
 * @control:	Frames
 * @bulk:	Runs of DATA, and frames behind them
 * @begun:	The frame that the socket has taken a part of; none if @sent of
 *		it is 0
 * @finished:	Runs whose done() is due
 * @items:	Of all lists but @spare, and of @begun
 * @spare:	Items to use again
 * @spare_count: Items in @spare
 * @scratch:	The rest of @begun, if its run was cancelled
 * @zerocopy:	Off until channel_zerocopy_init()
 */
struct channel_out {
	size_t bytes;
	size_t queued;
	struct channel_items control;
	struct channel_items bulk;
	struct channel_outgoing begun;
	struct channel_items finished;
	size_t items;
	struct channel_items spare;
	unsigned int spare_count;
	uint8_t *scratch;
	struct channel_zerocopy zerocopy;
};

/**
 * struct channel_run - Arguments of channel_send_data()
 * @max_chunk:	What it is cut into, a multiple of 8, at most VMS_MAX_CHUNK
 */
struct channel_run {
	const void *key;
	const uint8_t *bytes;
	size_t len;
	uint64_t addr;
	uint32_t generation;
	uint32_t max_chunk;
	void (*done)(void *data);
	void *data;
};

/** channel_out_init() - @bytes: CHANNEL_OUT_BYTES, or CHANNEL_OUT_VSOCK over vsock */
void channel_out_init(struct channel_out *out, size_t bytes);

/**
 * channel_out_chunk() - The largest chunk that fits into such a sendmsg(2) with its own
 * header and the next one's, or alone into one with MSG_ZEROCOPY; a multiple of 8
 */
uint32_t channel_out_chunk(const struct channel_out *out);

/**
 * channel_out_finish() - Free all; after channel_out_drop(), and when
 * channel_out_pop_done() has no more
 */
void channel_out_finish(struct channel_out *out);

/**
 * channel_out_frame() - See channel_send() and channel_send_fd()
 * @fd:		-1: none
 */
int channel_out_frame(struct channel_out *out, const struct vms_header *header,
		      const void *body, size_t len, int fd);

/**
 * channel_out_behind() - See channel_send_behind()
 */
int channel_out_behind(struct channel_out *out, const void *key,
		       const struct vms_header *header, const void *body,
		       size_t len);

/**
 * channel_out_data() - See channel_send_data()
 */
int channel_out_data(struct channel_out *out, const struct channel_run *run);

/**
 * channel_out_cancel() - See channel_cancel(); the runs are done
 */
void channel_out_cancel(struct channel_out *out, const void *key);

/**
 * channel_out_drop() - Forget everything; the runs are done
 */
void channel_out_drop(struct channel_out *out);

/**
 * channel_out_pop_done() - Next done() to be called, in order
 *
 * Return: false if there is none
 */
bool channel_out_pop_done(struct channel_out *out, void (**done)(void *data),
			  void **data);

/**
 * channel_out_idle() - Is there nothing to write?
 * @bulk:	As in channel_out_write()
 */
bool channel_out_idle(const struct channel_out *out, bool bulk);

/**
 * channel_out_write() - Write once
 * @bulk:	Begin frames of the bulk list, too
 * @more:	Set if the socket took all that it was given; set always
 *
 * Only if not channel_out_idle().
 *
 * Return: bytes, -EAGAIN, another negative errno
 */
ssize_t channel_out_write(struct channel_out *out, int fd, bool bulk,
			  bool *more);

#endif
