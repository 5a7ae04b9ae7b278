// SPDX-License-Identifier: BSD-3-Clause
/*
 * The sending half of a channel: what waits.
 *
 *	control ──┐
 *	          ├── offer ── sendmsg ── begun (0 or 1 frame)
 *	bulk ─────┘
 *
 * Frames are copied into items.  Items are used again, so that sending costs no
 * allocation once a connection is under way.
 *
 * Here are the lists; channel_out_write.c offers them to the socket.
 */
#include "common/channel_out.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/channel_out_parts.h"
#include "common/wire.h"

/* Room for a frame in an item; the largest EVT fits. */
#define CHANNEL_OUT_ROOM                                                       \
	(CHANNEL_OUT_HEADER_LEN + sizeof(struct virtio_media_event_dqbuf))
#define CHANNEL_OUT_SPARE 32

void channel_out_init(struct channel_out *out, size_t bytes)
{
	*out = (struct channel_out){ .bytes = bytes };
	TAILQ_INIT(&out->control);
	TAILQ_INIT(&out->bulk);
	TAILQ_INIT(&out->finished);
	TAILQ_INIT(&out->spare);
}

void channel_out_finish(struct channel_out *out)
{
	struct channel_item *item;

	assert(TAILQ_EMPTY(&out->control) && TAILQ_EMPTY(&out->bulk));
	assert(TAILQ_EMPTY(&out->finished));

	while ((item = TAILQ_FIRST(&out->spare))) {
		TAILQ_REMOVE(&out->spare, item, next);
		free(item);
	}
	free(out->scratch);
	channel_out_init(out, out->bytes);
}

uint32_t channel_out_chunk(const struct channel_out *out)
{
	if (out->zerocopy.on)
		return CHANNEL_ZEROCOPY_CHUNK;
	/* Between its own header and that of the next one. */
	return (uint32_t)(out->bytes - 2 * CHANNEL_OUT_HEADER_LEN) & ~7u;
}

/* ---- items ----------------------------------------------------------- */

static struct channel_item *channel_out_get_item(struct channel_out *out,
						 size_t frame_len)
{
	size_t room =
		frame_len > CHANNEL_OUT_ROOM ? frame_len : CHANNEL_OUT_ROOM;
	struct channel_item *item = TAILQ_FIRST(&out->spare);

	if (item && room == CHANNEL_OUT_ROOM) {
		TAILQ_REMOVE(&out->spare, item, next);
		out->spare_count--;
	} else {
		item = malloc(sizeof(*item) + room);
		if (!item)
			return NULL;
	}

	out->items++;
	/* What a run has besides, and the bytes of a frame, have their own callers. */
	item->in_bulk = false;
	item->key = NULL;
	item->room = room;
	item->frame_len = frame_len;
	item->fd = -1;
	item->begun_len = 0;
	return item;
}

void channel_out_close_fd(struct channel_item *item)
{
	if (item->fd >= 0)
		close(item->fd);
	item->fd = -1;
}

static void channel_out_put_item(struct channel_out *out,
				 struct channel_item *item)
{
	channel_out_close_fd(item);
	out->items--;
	if (item->room > CHANNEL_OUT_ROOM ||
	    out->spare_count == CHANNEL_OUT_SPARE) {
		free(item);
		return;
	}
	TAILQ_INSERT_HEAD(&out->spare, item, next);
	out->spare_count++;
}

struct channel_items *channel_out_list(struct channel_out *out,
				       const struct channel_item *item)
{
	return item->in_bulk ? &out->bulk : &out->control;
}

/* Bytes on the wire that have not begun. */
static size_t channel_out_item_len(const struct channel_item *item)
{
	size_t len, chunks;

	if (item->frame_len)
		return item->frame_len;

	len = item->run.len - item->begun_len;
	chunks = len / item->run.max_chunk + (len % item->run.max_chunk != 0);
	return wire_pad(len) + chunks * CHANNEL_OUT_HEADER_LEN;
}

void channel_out_retire(struct channel_out *out, struct channel_item *item)
{
	if (item->frame_len)
		channel_out_put_item(out, item);
	else
		TAILQ_INSERT_TAIL(&out->finished, item, next);
}

static void channel_out_drop_item(struct channel_out *out,
				  struct channel_item *item)
{
	out->queued -= channel_out_item_len(item);
	TAILQ_REMOVE(channel_out_list(out, item), item, next);
	channel_out_retire(out, item);
}

/* ---- what comes from the owner --------------------------------------- */

/* @last: of its key in bulk; NULL: a control frame.  @fd is not closed here */
static int channel_out_put_frame(struct channel_out *out,
				 struct channel_item *last,
				 const struct vms_header *header,
				 const void *body, size_t len, int fd)
{
	struct vms_header h = *header;
	struct wire_writer writer;
	struct channel_item *item;

	h.len = (uint32_t)wire_pad(len);
	if (!(h.flags & VMS_FLAG_AUX))
		h.slen = (uint32_t)len;

	item = channel_out_get_item(out, CHANNEL_OUT_HEADER_LEN + h.len);
	if (!item)
		return -ENOMEM;
	item->fd = fd;

	wire_writer_init(&writer, item->frame, item->frame_len);
	wire_put_header(&writer, &h);
	if (len)
		wire_put_bytes(&writer, body, len);
	wire_put_zero(&writer, h.len - len);

	if (last) {
		item->in_bulk = true;
		item->key = last->key;
		TAILQ_INSERT_AFTER(&out->bulk, last, item, next);
	} else {
		TAILQ_INSERT_TAIL(&out->control, item, next);
	}
	out->queued += item->frame_len;
	return 0;
}

int channel_out_frame(struct channel_out *out, const struct vms_header *header,
		      const void *body, size_t len, int fd)
{
	int ret;

	ret = channel_out_put_frame(out, NULL, header, body, len, fd);
	if (ret < 0 && fd >= 0)
		close(fd);
	return ret;
}

int channel_out_behind(struct channel_out *out, const void *key,
		       const struct vms_header *header, const void *body,
		       size_t len)
{
	struct channel_item *last = TAILQ_LAST(&out->bulk, channel_items);

	while (last && last->key != key)
		last = TAILQ_PREV(last, channel_items, next);
	return channel_out_put_frame(out, last, header, body, len, -1);
}

int channel_out_data(struct channel_out *out, const struct channel_run *run)
{
	struct channel_item *item;

	/* Now, since channel_out_cancel() could not say that there is none. */
	if (!out->scratch)
		out->scratch = malloc(VMS_MAX_CHUNK);
	if (!out->scratch)
		return -ENOMEM;

	item = channel_out_get_item(out, 0);
	if (!item)
		return -ENOMEM;

	item->in_bulk = true;
	item->key = run->key;
	item->run = *run;
	TAILQ_INSERT_TAIL(&out->bulk, item, next);
	out->queued += channel_out_item_len(item);
	return 0;
}

/* Make the rest of the chunk that has begun independent of its run. */
static void channel_out_detach(struct channel_out *out)
{
	struct channel_outgoing *begun = &out->begun;
	struct channel_item *item = begun->item;
	size_t skip = 0;

	if (begun->sent > CHANNEL_OUT_HEADER_LEN)
		skip = begun->sent - CHANNEL_OUT_HEADER_LEN;
	if (skip < begun->body_len)
		memcpy(out->scratch + skip, begun->body + skip,
		       begun->body_len - skip);
	begun->body = out->scratch;
	begun->item = NULL;

	if (item->begun_len == item->run.len)
		channel_out_retire(out, item);
}

void channel_out_cancel(struct channel_out *out, const void *key)
{
	const struct channel_outgoing *begun = &out->begun;
	struct channel_item *item, *next;

	if (begun->sent && begun->is_chunk && begun->item &&
	    begun->item->key == key)
		channel_out_detach(out);

	for (item = TAILQ_FIRST(&out->bulk); item; item = next) {
		next = TAILQ_NEXT(item, next);
		if (item->key == key)
			channel_out_drop_item(out, item);
	}
}

void channel_out_drop(struct channel_out *out)
{
	struct channel_outgoing *begun = &out->begun;
	struct channel_item *item;

	/* A run that has more to come is still in the list. */
	if (begun->sent && begun->item &&
	    (!begun->is_chunk ||
	     begun->item->begun_len == begun->item->run.len))
		channel_out_retire(out, begun->item);
	begun->sent = 0;

	while ((item = TAILQ_FIRST(&out->control)))
		channel_out_drop_item(out, item);
	while ((item = TAILQ_FIRST(&out->bulk)))
		channel_out_drop_item(out, item);
	out->queued = 0;
}

bool channel_out_pop_done(struct channel_out *out, void (**done)(void *data),
			  void **data)
{
	struct channel_item *item = TAILQ_FIRST(&out->finished);

	if (!item)
		return false;

	*done = item->run.done;
	*data = item->run.data;
	TAILQ_REMOVE(&out->finished, item, next);
	channel_out_put_item(out, item);
	return true;
}
