// SPDX-License-Identifier: BSD-3-Clause
/*
 * The sending half of a channel: what goes to the socket.
 *
 * Each sendmsg(2) is offered what should go next: the rest of the frame that has
 * begun, control frames, then bulk.  Nothing is remembered of the offer but the
 * one frame that the socket took a part of; the next offer is made from the
 * lists again, so a control frame that was queued meanwhile overtakes all bulk
 * that has not begun.
 *
 * Mostly one frame is all there is, and goes by send(2), which asks the kernel less.
 *
 * An offer ends behind the header of a chunk that is more than it may hold, or that the
 * kernel can send without a copy, if this is worth it.  The next one begins with the
 * rest of that frame; and the peer knows where that goes, before it reads it.
 *
 * A descriptor goes with the first byte of a sendmsg(2), so a frame that has one
 * begins an offer.  Too many of our user may be on their way, others' too (unix(7),
 * ETOOMANYREFS).  Then the frame goes without, and says so.
 */
#include "common/channel_out.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/channel_out_parts.h"
#include "common/rights.h"
#include "common/stats.h"
#include "common/wire.h"

/* What one sendmsg(2) is offered, at most. */
#define CHANNEL_OUT_FRAMES 16

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

static size_t channel_out_frame_len(const struct channel_outgoing *frame)
{
	return (frame->is_chunk ? CHANNEL_OUT_HEADER_LEN : 0) +
	       frame->body_len + frame->pad;
}

static size_t channel_out_left(const struct channel_outgoing *frame)
{
	return channel_out_frame_len(frame) - frame->sent;
}

static size_t channel_out_body_left(const struct channel_outgoing *frame)
{
	size_t sent = frame->sent;

	if (frame->is_chunk)
		sent -= sent < CHANNEL_OUT_HEADER_LEN ? sent
						      : CHANNEL_OUT_HEADER_LEN;
	return sent < frame->body_len ? frame->body_len - sent : 0;
}

/* Is it memory that is lent, so much that it is sent without a copy? */
static bool channel_out_lends(const struct channel_out *out,
			      const struct channel_outgoing *frame)
{
	size_t left = channel_out_body_left(frame);

	return frame->is_chunk && frame->item &&
	       channel_zerocopy_fits(&out->zerocopy,
				     frame->body + frame->body_len - left, left,
				     frame->pad);
}

/* How much of a frame that is one of bulk may go along with @bytes that are offered. */
enum { NOTHING, HEADER, ALL };

static int channel_out_share(const struct channel_out *out,
			     const struct channel_outgoing *frame, size_t bytes)
{
	if (channel_out_lends(out, frame))
		return HEADER;
	if (!bytes || bytes + channel_out_left(frame) <= out->bytes)
		return ALL;
	return frame->is_chunk && bytes + CHANNEL_OUT_HEADER_LEN <= out->bytes
		       ? HEADER
		       : NOTHING;
}

/*
 * @header_only: Of the last frame its header is offered
 *
 * Return: frames, at least 1 unless channel_out_idle()
 */
static unsigned int channel_out_offer(struct channel_out *out, bool bulk,
				      struct channel_outgoing *offer,
				      bool *header_only)
{
	struct channel_item *item;
	unsigned int count = 0;
	size_t bytes = 0;
	size_t offset;
	int share;

	*header_only = false;
	if (out->begun.sent) {
		offer[count++] = out->begun;
		bytes = channel_out_left(&out->begun);
	}
	if (count && channel_out_lends(out, &offer[0])) {
		*header_only = out->begun.sent < CHANNEL_OUT_HEADER_LEN;
		return count;
	}

	for (item = TAILQ_FIRST(&out->control); item;
	     item = TAILQ_NEXT(item, next)) {
		if (count == CHANNEL_OUT_FRAMES || (count && item->fd >= 0))
			return count;
		channel_out_offer_frame(&offer[count++], item);
		bytes += item->frame_len;
	}

	if (!bulk)
		return count;

	for (item = TAILQ_FIRST(&out->bulk); item;
	     item = TAILQ_NEXT(item, next)) {
		offset = item->begun_len;
		do {
			if (count == CHANNEL_OUT_FRAMES)
				return count;
			if (item->frame_len)
				channel_out_offer_frame(&offer[count], item);
			else
				channel_out_offer_chunk(&offer[count], item,
							offset);
			share = channel_out_share(out, &offer[count], bytes);
			*header_only = share == HEADER;
			if (share != ALL)
				return count + (share == HEADER);
			offset += offer[count].body_len;
			bytes += channel_out_left(&offer[count++]);
		} while (!item->frame_len && offset < item->run.len);
	}
	return count;
}

/*
 * @whole: or only its header
 *
 * Return: pieces, at most 3
 */
static unsigned int channel_out_pieces(const struct channel_outgoing *frame,
				       bool whole, struct iovec *iov)
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

	for (i = 0; i < (whole ? 3 : 1); i++) {
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
	channel_out_close_fd(item);
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

		rest = channel_out_left(frame);
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

/* It goes along with the first frame, if that has one. */
static int channel_out_fd(const struct channel_outgoing *first)
{
	return first->sent || first->is_chunk ? -1 : first->item->fd;
}

static void channel_out_leave_fd(struct channel_item *item)
{
	channel_out_close_fd(item);
	/* wire_put_header(): little-endian */
	item->frame[offsetof(struct vms_header, flags)] &= ~VMS_FLAG_FD;
}

/* Return: the only frame that is to be sent, if it is all of one that is copied */
static struct channel_item *channel_out_only(const struct channel_out *out,
					     bool bulk)
{
	struct channel_item *item = TAILQ_FIRST(&out->control);

	if (out->begun.sent || !item || TAILQ_NEXT(item, next) ||
	    item->fd >= 0 || (bulk && !TAILQ_EMPTY(&out->bulk)))
		return NULL;
	return item;
}

static ssize_t channel_out_write_one(struct channel_out *out, int fd,
				     struct channel_item *item, bool *more)
{
	struct channel_outgoing frame;
	ssize_t ret;

	do {
		ret = send(fd, item->frame, item->frame_len,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
		stats_add(STATS_SYSCALLS_OUT, 1);
	} while (ret < 0 && errno == EINTR);
	*more = (size_t)ret == item->frame_len;
	if (ret < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;

	stats_add(STATS_BYTES_OUT, (uint64_t)ret);
	if (!*more) {
		channel_out_offer_frame(&frame, item);
		channel_out_taken(out, &frame, 1, (size_t)ret);
		return ret;
	}
	stats_add(STATS_FRAMES_OUT, 1);
	out->queued -= item->frame_len;
	TAILQ_REMOVE(&out->control, item, next);
	channel_out_retire(out, item);
	return ret;
}

/* What is in the message, after the pieces of its frames. */
static size_t channel_out_fill(struct msghdr *msg,
			       const struct channel_outgoing *offer,
			       unsigned int count, bool header_only)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		msg->msg_iovlen += channel_out_pieces(
			&offer[i], !header_only || i + 1 < count,
			msg->msg_iov + msg->msg_iovlen);
	for (i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	return len;
}

/*
 * Whatever the kernel says to MSG_ZEROCOPY, it is asked again without: ENOBUFS (too much
 * is held for our user), EFAULT (not all memory of a device has pages that can be held),
 * or what it will say again.
 */
static bool channel_out_again(struct channel_out *out,
			      const struct channel_outgoing *first,
			      const struct msghdr *msg, int *flags)
{
	if (errno == EINTR)
		return true;
	if (errno == ETOOMANYREFS && msg->msg_control) {
		channel_out_leave_fd(first->item);
		return true;
	}
	if (errno != EAGAIN && (*flags & MSG_ZEROCOPY)) {
		out->zerocopy.on = false;
		*flags &= ~MSG_ZEROCOPY;
		return true;
	}
	return false;
}

static ssize_t channel_out_write_many(struct channel_out *out, int fd,
				      bool bulk, bool *more)
{
	struct channel_outgoing offer[CHANNEL_OUT_FRAMES];
	struct iovec iov[3 * CHANNEL_OUT_FRAMES];
	struct msghdr msg = { .msg_iov = iov };
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
	struct rights_control control;
	unsigned int count;
	size_t len;
	bool header_only;
	ssize_t ret;

	count = channel_out_offer(out, bulk, offer, &header_only);
	assert(count > 0);
	len = channel_out_fill(&msg, offer, count, header_only);
	if (!header_only && channel_out_lends(out, &offer[0]) &&
	    channel_zerocopy_room(&out->zerocopy, fd))
		flags |= MSG_ZEROCOPY;

	do {
		rights_attach(&msg, &control, channel_out_fd(&offer[0]));
		ret = sendmsg(fd, &msg, flags);
		stats_add(STATS_SYSCALLS_OUT, 1);
	} while (ret < 0 && channel_out_again(out, &offer[0], &msg, &flags));
	*more = (size_t)ret == len;
	if (ret < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;

	if (flags & MSG_ZEROCOPY)
		channel_zerocopy_sent(&out->zerocopy);
	stats_add(STATS_BYTES_OUT, (uint64_t)ret);
	channel_out_taken(out, offer, count, (size_t)ret);
	return ret;
}

ssize_t channel_out_write(struct channel_out *out, int fd, bool bulk,
			  bool *more)
{
	struct channel_item *only = channel_out_only(out, bulk);

	return only ? channel_out_write_one(out, fd, only, more)
		    : channel_out_write_many(out, fd, bulk, more);
}
