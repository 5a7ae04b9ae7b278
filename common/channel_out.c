/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sending half of a channel.
 *
 * Each sendmsg(2) is offered what should go next: the rest of the frame that has
 * begun, control frames, then bulk.  Nothing is remembered of the offer but the
 * one frame that the socket took a part of; the next offer is made from the
 * lists again, so a control frame that was queued meanwhile overtakes all bulk
 * that has not begun.
 *
 *	control ──┐
 *	          ├── offer ── sendmsg ── begun (0 or 1 frame)
 *	bulk ─────┘
 *
 * Frames are copied into items.  Items are used again, so that sending costs no
 * allocation once a connection is under way.
 */
#include "common/channel_out.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/stats.h"
#include "common/wire.h"

#define CHANNEL_OUT_HEADER_LEN sizeof(struct vms_header)

/* What one sendmsg(2) is offered. */
#define CHANNEL_OUT_FRAMES 16
#define CHANNEL_OUT_BYTES  (256u << 10)

/* Room for a frame in an item; the largest EVT fits. */
#define CHANNEL_OUT_ROOM                                                       \
	(CHANNEL_OUT_HEADER_LEN + sizeof(struct virtio_media_event_dqbuf))
#define CHANNEL_OUT_SPARE 32

/**
 * struct channel_item - A frame, or a run of DATA frames to be
 * @in_bulk:	Which of the two lists it is in
 * @room:	Bytes at @frame
 * @frame_len:	Bytes of the frame; 0: a run
 * @run:	The run
 * @begun_len:	Bytes of the run that are in chunks that have begun.  When it is
 *		all of them, the run is in no list, but belongs to @begun
 */
struct channel_item {
	TAILQ_ENTRY(channel_item) next;
	bool in_bulk;
	const void *key;
	size_t room;
	size_t frame_len;
	struct channel_run run;
	size_t begun_len;
	uint8_t frame[];
};

void channel_out_init(struct channel_out *out)
{
	*out = (struct channel_out){ .queued = 0 };
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
	channel_out_init(out);
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

	*item = (struct channel_item){ .room = room, .frame_len = frame_len };
	return item;
}

static void channel_out_put_item(struct channel_out *out,
				 struct channel_item *item)
{
	if (item->room > CHANNEL_OUT_ROOM ||
	    out->spare_count == CHANNEL_OUT_SPARE) {
		free(item);
		return;
	}
	TAILQ_INSERT_HEAD(&out->spare, item, next);
	out->spare_count++;
}

static struct channel_items *channel_out_list(struct channel_out *out,
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

/* The item is in no list. */
static void channel_out_retire(struct channel_out *out,
			       struct channel_item *item)
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

/* @last: of its key in bulk; NULL: a control frame */
static int channel_out_put_frame(struct channel_out *out,
				 struct channel_item *last,
				 const struct vms_header *header,
				 const void *body, size_t len)
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
		      const void *body, size_t len)
{
	return channel_out_put_frame(out, NULL, header, body, len);
}

int channel_out_behind(struct channel_out *out, const void *key,
		       const struct vms_header *header, const void *body,
		       size_t len)
{
	struct channel_item *last = TAILQ_LAST(&out->bulk, channel_items);

	while (last && last->key != key)
		last = TAILQ_PREV(last, channel_items, next);
	return channel_out_put_frame(out, last, header, body, len);
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

/* ---- what goes to the socket ----------------------------------------- */

bool channel_out_idle(const struct channel_out *out, bool bulk)
{
	return !out->begun.sent && TAILQ_EMPTY(&out->control) &&
	       (!bulk || TAILQ_EMPTY(&out->bulk));
}

static void channel_out_offer_frame(struct channel_outgoing *frame,
				    struct channel_item *item)
{
	*frame = (struct channel_outgoing){
		.item = item,
		.body = item->frame,
		.body_len = item->frame_len,
	};
}

static void channel_out_offer_chunk(struct channel_outgoing *frame,
				    struct channel_item *item, size_t offset)
{
	const struct channel_run *run = &item->run;
	struct vms_header header = { .type = VMS_DATA };
	size_t len = run->len - offset;
	struct wire_writer writer;

	if (len > run->max_chunk)
		len = run->max_chunk;
	else
		header.flags = VMS_FLAG_LAST;
	header.len = (uint32_t)wire_pad(len);
	header.slen = (uint32_t)len;
	header.arg = run->generation;
	header.off = run->addr + offset;

	*frame = (struct channel_outgoing){
		.item = item,
		.is_chunk = true,
		.body = run->bytes + offset,
		.body_len = len,
		.pad = header.len - len,
	};
	wire_writer_init(&writer, frame->header, sizeof(frame->header));
	wire_put_header(&writer, &header);
}

/* Return: frames, at least 1 unless channel_out_idle() */
static unsigned int channel_out_offer(struct channel_out *out, bool bulk,
				      struct channel_outgoing *offer)
{
	struct channel_item *item;
	unsigned int count = 0;
	size_t bytes = 0;
	size_t offset;

	if (out->begun.sent)
		offer[count++] = out->begun;

	for (item = TAILQ_FIRST(&out->control); item;
	     item = TAILQ_NEXT(item, next)) {
		if (count == CHANNEL_OUT_FRAMES)
			return count;
		channel_out_offer_frame(&offer[count++], item);
	}

	if (!bulk)
		return count;

	for (item = TAILQ_FIRST(&out->bulk); item;
	     item = TAILQ_NEXT(item, next)) {
		offset = item->begun_len;
		do {
			if (count == CHANNEL_OUT_FRAMES ||
			    bytes >= CHANNEL_OUT_BYTES)
				return count;
			if (item->frame_len)
				channel_out_offer_frame(&offer[count], item);
			else
				channel_out_offer_chunk(&offer[count], item,
							offset);
			offset += offer[count].body_len;
			bytes += offer[count++].body_len;
		} while (!item->frame_len && offset < item->run.len);
	}
	return count;
}

static size_t channel_out_frame_len(const struct channel_outgoing *frame)
{
	return (frame->is_chunk ? CHANNEL_OUT_HEADER_LEN : 0) +
	       frame->body_len + frame->pad;
}

/* Return: pieces, at most 3 */
static unsigned int channel_out_pieces(const struct channel_outgoing *frame,
				       struct iovec *iov)
{
	static const uint8_t zeroes[8] = { 0 };
	const struct iovec pieces[] = {
		{ (void *)frame->header,
		  frame->is_chunk ? CHANNEL_OUT_HEADER_LEN : 0 },
		{ (void *)frame->body, frame->body_len },
		{ (void *)zeroes, frame->pad },
	};
	size_t skip = frame->sent;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (skip >= pieces[i].iov_len) {
			skip -= pieces[i].iov_len;
			continue;
		}
		iov[count].iov_base = (uint8_t *)pieces[i].iov_base + skip;
		iov[count++].iov_len = pieces[i].iov_len - skip;
		skip = 0;
	}
	return count;
}

/* The first byte of it is sent: it leaves the lists. */
static void channel_out_begin(struct channel_out *out,
			      const struct channel_outgoing *frame)
{
	struct channel_item *item = frame->item;

	if (frame->is_chunk) {
		item->begun_len += frame->body_len;
		if (item->begun_len < item->run.len)
			return;
	}
	TAILQ_REMOVE(channel_out_list(out, item), item, next);
}

/* The last byte of it is sent. */
static void channel_out_complete(struct channel_out *out,
				 const struct channel_outgoing *frame)
{
	struct channel_item *item = frame->item;

	stats_add(STATS_FRAMES_OUT, 1);
	if (frame->is_chunk)
		stats_add(STATS_DATA_OUT, frame->body_len);

	if (item && (!frame->is_chunk || item->begun_len == item->run.len))
		channel_out_retire(out, item);
}

/* The socket took @len bytes of the offer. */
static void channel_out_taken(struct channel_out *out,
			      struct channel_outgoing *offer,
			      unsigned int count, size_t len)
{
	struct channel_outgoing *frame;
	size_t rest;

	out->queued -= len;
	for (frame = offer; len && frame < offer + count; frame++) {
		if (!frame->sent)
			channel_out_begin(out, frame);

		rest = channel_out_frame_len(frame) - frame->sent;
		if (len < rest) {
			frame->sent += len;
			out->begun = *frame;
			return;
		}
		channel_out_complete(out, frame);
		out->begun.sent = 0;
		len -= rest;
	}
}

ssize_t channel_out_write(struct channel_out *out, int fd, bool bulk,
			  bool *more)
{
	struct channel_outgoing offer[CHANNEL_OUT_FRAMES];
	struct iovec iov[3 * CHANNEL_OUT_FRAMES];
	struct msghdr msg = { .msg_iov = iov };
	unsigned int count, i;
	size_t len = 0;
	ssize_t ret;

	count = channel_out_offer(out, bulk, offer);
	for (i = 0; i < count; i++) {
		msg.msg_iovlen +=
			channel_out_pieces(&offer[i], iov + msg.msg_iovlen);
		len += channel_out_frame_len(&offer[i]) - offer[i].sent;
	}

	do {
		ret = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		stats_add(STATS_SYSCALLS_OUT, 1);
	} while (ret < 0 && errno == EINTR);
	*more = (size_t)ret == len;
	if (ret < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;

	stats_add(STATS_BYTES_OUT, (uint64_t)ret);
	channel_out_taken(out, offer, count, (size_t)ret);
	return ret;
}
