// SPDX-License-Identifier: BSD-3-Clause
/*
 * The sending side of a guest process.
 *
 * A guest can make us keep two things: commands that it asked for, and answers
 * that it does not read.  Commands are limited by the window, answers by a
 * number of bytes.  What else waits to be sent is no reason to stop reading: it
 * is contents of buffers, of which there are as many as the guest has queued,
 * and a REQ must not wait for them.  Nor do V4L2 events, which overtake them.
 */
#include "hostd/guest_out.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/stats.h"
#include "common/wire.h"

/* Bytes of answers that may wait to be sent before we stop reading. */
#define GUEST_OUT_ANSWERS_MAX (4u << 20)
#define GUEST_OUT_FRAME_ROOM  1024u
/*
 * And of V4L2 events, before they are left to the device, which merges them, and of what
 * was not asked for.
 */
#define GUEST_OUT_EVENTS_MAX (256u << 10)

/* Stop reading, or go on: after each change of what is counted. */
static void guest_out_pace(struct guest_out *out)
{
	channel_pause(out->channel,
		      out->unanswered >= out->window ||
			      out->answered_len > GUEST_OUT_ANSWERS_MAX);
}

static void guest_out_failed(struct guest_out *out, unsigned int type,
			     int error)
{
	log_err("%s: %s: %s, closing", out->who, wire_type_name(type),
		strerror(-error));
	channel_goaway(out->channel, -error, VMS_GOAWAY_LIMIT);
}

void guest_out_answer(struct guest_out *out, const struct vms_header *header,
		      const void *body, size_t len, int fd)
{
	int ret;

	/*
	 * Answers go before everything else, so with little queued there are
	 * few of them; with much, channel_ops.drained will say when it is gone.
	 */
	if (channel_queued(out->channel) < CHANNEL_HIGH)
		out->answered_len = 0;
	/* What a frame that waits takes besides its bytes, see channel_out.c */
	out->answered_len += GUEST_OUT_FRAME_ROOM + len;

	ret = fd < 0 ? channel_send(out->channel, header, body, len)
		     : channel_send_fd(out->channel, header, body, len, fd);
	if (ret < 0)
		guest_out_failed(out, header->type, ret);
	guest_out_pace(out);
}

void guest_out_request(struct guest_out *out)
{
	out->unanswered++;
	guest_out_pace(out);
}

void guest_out_drained(struct guest_out *out)
{
	out->answered_len = 0;
	guest_out_pace(out);
}

void guest_out_init(struct guest_out *out, struct channel *channel,
		    const char *who)
{
	*out = (struct guest_out){
		.channel = channel,
		.who = who,
		.max_ctrl = VMS_MAX_CTRL,
		.window = VMS_CMD_WINDOW,
	};
}

/* ---- client_ops ------------------------------------------------------ */

static void guest_out_respond(void *owner, uint32_t tag, const void *body,
			      size_t len, size_t body_len)
{
	const struct virtio_media_resp too_long = { .status = EINVAL };
	struct vms_header header = { .type = VMS_RESP, .tag = tag };
	struct guest_out *out = owner;

	/* The capacity in a REQ says nothing about the aux block of its RESP. */
	if (wire_pad(body_len) > out->max_ctrl) {
		body = &too_long;
		len = sizeof(too_long);
		body_len = len;
	}

	header.slen = (uint32_t)len;
	if (body_len > wire_pad(len)) {
		header.flags = VMS_FLAG_AUX;
		len = body_len;
	}
	out->unanswered--;
	guest_out_answer(out, &header, body, len, -1);
}

static void guest_out_respond_io(void *owner, uint32_t tag, const void *body,
				 size_t len)
{
	const struct vms_header header = {
		.type = VMS_IO_RESP,
		.tag = tag,
		.slen = (uint32_t)len,
	};
	struct guest_out *out = owner;

	out->unanswered--;
	guest_out_answer(out, &header, body, len, -1);
}

static void guest_out_memo(void *owner, enum vms_type type, const void *body,
			   size_t len)
{
	const struct vms_header header = {
		.type = (uint16_t)type,
		.slen = (uint32_t)len,
	};
	struct guest_out *out = owner;

	/* As with events, there is a time for it. */
	out->event_len += GUEST_OUT_FRAME_ROOM + len;
	guest_out_answer(out, &header, body, len, -1);
}

static void guest_out_event(void *owner, const void *key, const void *event,
			    size_t len)
{
	const struct vms_header header = { .type = VMS_EVT };
	struct guest_out *out = owner;
	int ret;

	if (key)
		ret = channel_send_behind(out->channel, key, &header, event,
					  len);
	else
		ret = channel_send(out->channel, &header, event, len);
	if (!key)
		out->event_len += GUEST_OUT_FRAME_ROOM + len;
	if (ret < 0)
		guest_out_failed(out, header.type, ret);
}

static void guest_out_object(void *owner, const struct vms_obj *object, int fd)
{
	const struct vms_header header = {
		.type = VMS_OBJ,
		.flags = fd < 0 ? 0 : VMS_FLAG_FD,
	};
	uint8_t body[sizeof(*object)];
	struct guest_out *out = owner;
	struct wire_writer writer;
	int ret;

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_obj(&writer, object);
	out->answered_len += GUEST_OUT_FRAME_ROOM;
	ret = fd < 0 ? channel_send(out->channel, &header, body, sizeof(body))
		     : channel_send_fd(out->channel, &header, body,
				       sizeof(body), fd);
	if (ret < 0)
		guest_out_failed(out, header.type, ret);
	else
		stats_add(fd < 0 ? STATS_SHMEM_PLANES : STATS_OBJECTS_OUT, 1);
}

static int guest_out_data(void *owner, const void *key, const void *bytes,
			  size_t len, uint64_t addr, uint32_t generation,
			  void (*done)(void *data), void *data)
{
	const struct guest_out *out = owner;

	return channel_send_data(out->channel, key, bytes, len, addr,
				 generation, done, data);
}

static void guest_out_cancel(void *owner, const void *key)
{
	const struct guest_out *out = owner;

	channel_cancel(out->channel, key);
}

static void guest_out_forget(void *owner, const void *bytes, size_t len)
{
	const struct guest_out *out = owner;

	channel_forget_data(out->channel, bytes, len);
}

static bool guest_out_congested(void *owner)
{
	struct guest_out *out = owner;

	/* Else channel_ops.drained would not say when to go on. */
	if (channel_queued(out->channel) < CHANNEL_HIGH ||
	    !channel_control_waits(out->channel))
		out->event_len = 0;
	return out->event_len > GUEST_OUT_EVENTS_MAX;
}

const struct client_ops guest_out_ops = {
	.respond = guest_out_respond,
	.respond_io = guest_out_respond_io,
	.memo = guest_out_memo,
	.event = guest_out_event,
	.object = guest_out_object,
	.data = guest_out_data,
	.cancel = guest_out_cancel,
	.forget = guest_out_forget,
	.congested = guest_out_congested,
};
