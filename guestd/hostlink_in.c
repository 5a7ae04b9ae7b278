// SPDX-License-Identifier: BSD-3-Clause
/*
 * What comes from the host: answers, events, times.
 */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/stats.h"
#include "guestd/hostlink_parts.h"

static enum log_level how_loud(const struct hostlink *link)
{
	return link->config->logged
		       ? log_rate_level(link->config->logged,
					loop_now(link->loop), LOG_LEVEL_WARN)
		       : LOG_LEVEL_WARN;
}

static int lie(const struct hostlink *link, const char *what)
{
	log_line(how_loud(link), "host: %s", what);
	stats_add(STATS_LIES, 1);
	return -EPROTO;
}

void hostlink_lied(struct hostlink *link, const char *what)
{
	channel_goaway(link->channel, -lie(link, what), VMS_GOAWAY_PROTOCOL);
}

/* From 512 on they are the kernel's own: ours would run a call again. */
static int get_errno(uint32_t status)
{
	return status < 512 ? -(int)status : -EIO;
}

static int get_open(struct hostlink_call *call, struct wire_reader *reader)
{
	call->session_id = wire_get_u32(reader);
	wire_get_u32(reader);
	return reader->failed ? HOSTLINK_LIE : 0;
}

static int get_mmap(struct hostlink_call *call, struct wire_reader *reader)
{
	call->addr = wire_get_u64(reader);
	call->len = wire_get_u64(reader);
	return reader->failed ? HOSTLINK_LIE : 0;
}

static int get_io(struct hostlink_call *call, const struct channel_frame *frame)
{
	struct vms_io_resp resp;

	if (wire_get_io_resp(frame->section, frame->header.slen, &call->io,
			     &resp, &call->bytes))
		return HOSTLINK_LIE;
	call->count = resp.count;
	return get_errno(resp.status);
}

int hostlink_get_ioctl(struct hostlink *link, struct hostlink_call *call,
		       const void *section, size_t len, const void *aux,
		       size_t aux_len)
{
	struct payload *payload = call->payload;
	union payload_arg asked;
	uint32_t status;

	memcpy(asked.bytes, payload->arg.bytes, ioctl_size(payload->desc));
	call->wrong = NULL;
	call->filled = false;
	if (payload_get_response(payload, section, len, aux, aux_len, &status,
				 &call->filled))
		return HOSTLINK_LIE;
	if (call->filled)
		call->wrong = link->ops->wrong(link->owner, &asked, payload);
	return call->wrong ? HOSTLINK_LIE : get_errno(status);
}

static int get_result(struct hostlink *link, struct hostlink_call *call,
		      const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t status;

	if (call->cmd == HOSTLINK_CMD_IO)
		return get_io(call, frame);
	if (call->cmd == VIRTIO_MEDIA_CMD_CLOSE)
		return frame->header.slen ? HOSTLINK_LIE : 0;
	if (call->cmd == VIRTIO_MEDIA_CMD_IOCTL)
		return hostlink_get_ioctl(link, call, frame->section,
					  frame->header.slen, frame->aux,
					  frame->aux_len);
	wire_reader_init(&reader, frame->section, frame->header.slen);
	status = wire_get_u32(&reader);
	wire_get_u32(&reader);
	if (reader.failed || status > VMS_ERRNO_MAX)
		return HOSTLINK_LIE;
	if (status)
		return get_errno(status);
	if (call->cmd == VIRTIO_MEDIA_CMD_OPEN)
		return get_open(call, &reader);
	if (call->cmd == VIRTIO_MEDIA_CMD_MMAP)
		return get_mmap(call, &reader);
	return 0;
}

/* RESP and IO_RESP */
static int handle_resp(struct hostlink *link, const struct channel_frame *frame)
{
	struct slot *slot = &link->slots[frame->header.tag & (SLOT_COUNT - 1)];
	struct hostlink_call *call = slot->call;
	uint32_t cmd = slot->cmd;
	int ret;

	if (!slot->tag || slot->tag != frame->header.tag)
		return lie(link, "an answer to nothing");
	if ((cmd == HOSTLINK_CMD_IO) != (frame->header.type == VMS_IO_RESP))
		return lie(link, "an answer to something else");
	if (!hostlink_object_fits(link, cmd, frame))
		return lie(link, "memory without its mapping");
	slot->tag = 0;
	slot->call = NULL;
	link->outstanding--;
	link->objects -= slot->objects;
	if (link->memo && slot->spoils)
		memo_spoilt(link->memo, slot->spoils);
	if (!call) {
		hostlink_undo_orphan(link, cmd, frame);
	} else {
		ret = get_result(link, call, frame);
		if (cmd == VIRTIO_MEDIA_CMD_OPEN && ret)
			hostlink_clock_close(link);
		if (cmd != VIRTIO_MEDIA_CMD_OPEN || ret ||
		    !hostlink_clock_hold(link, call)) {
			call->link = NULL;
			call->done(call, ret);
		}
	}
	hostlink_object_drop(link);
	hostlink_send_waiting(link);
	return 0;
}

static void handle_buffer(struct hostlink *link, struct wire_reader *reader,
			  uint32_t session_id)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;

	wire_get_bytes(reader, &buffer, sizeof(buffer));
	wire_get_bytes(reader, planes, sizeof(planes));
	link->ops->buffer(link->owner, session_id, &buffer, planes);
}

static void handle_event(struct hostlink *link, struct wire_reader *reader,
			 uint32_t session_id)
{
	struct v4l2_event event;

	wire_get_bytes(reader, &event, sizeof(event));
	link->ops->event(link->owner, session_id, &event);
}

/* An error that is none is one all the same. */
static int event_errno(uint32_t status)
{
	return status ? get_errno(status) : -EIO;
}

static int handle_evt(struct hostlink *link, const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t session_id;
	uint32_t type;
	uint32_t len = frame->header.slen;

	wire_reader_init(&reader, frame->section, len);
	type = wire_get_u32(&reader);
	session_id = wire_get_u32(&reader);
	if (type == VIRTIO_MEDIA_EVT_DQBUF &&
	    len == sizeof(struct virtio_media_event_dqbuf)) {
		handle_buffer(link, &reader, session_id);
	} else if (type == VIRTIO_MEDIA_EVT_EVENT &&
		   len == sizeof(struct virtio_media_event_event)) {
		handle_event(link, &reader, session_id);
	} else if (type == VIRTIO_MEDIA_EVT_ERROR &&
		   len == sizeof(struct virtio_media_event_error)) {
		hostlink_clock_let_go(link, session_id);
		link->ops->session_error(link->owner, session_id,
					 event_errno(wire_get_u32(&reader)));
	} else if (type == VMS_EVT_QUEUE_ERROR &&
		   link->features & VMS_FEATURE_QUEUE_ERROR &&
		   len == sizeof(struct vms_event_queue_error)) {
		type = wire_get_u32(&reader);
		link->ops->queue_error(link->owner, session_id, type,
				       event_errno(wire_get_u32(&reader)));
	} else if (type == VMS_EVT_IO_READY &&
		   link->features & VMS_FEATURE_IO &&
		   len == sizeof(struct vms_event_io_ready)) {
		link->ops->io_ready(link->owner, session_id);
	} else {
		return lie(link, "an event that is none");
	}
	return 0;
}

static int handle_clock(struct hostlink *link,
			const struct channel_frame *frame)
{
	if (!(link->features & VMS_FEATURE_CLOCK))
		return lie(link, "CLOCK that was not agreed");
	if (hostlink_clock_answer(link, frame))
		return lie(link, "impossible times");
	return 0;
}

static int handle_memo(struct hostlink *link, const struct channel_frame *frame)
{
	bool inval = frame->header.type == VMS_MEMO_INVAL;

	if (!link->memo)
		return lie(link, "MEMO that was not agreed");
	if (inval ? hostlink_memo_expire(link, frame)
		  : hostlink_memo_take(link, frame))
		return lie(link, "answers that nobody can ask for");
	return 0;
}

int hostlink_take(struct hostlink *link, const struct channel_frame *frame)
{
	struct vms_goaway goaway;

	if (link->object.kind && frame->header.type != VMS_RESP)
		return lie(link, "memory without its mapping");
	switch (frame->header.type) {
	case VMS_OBJ:
		if (hostlink_object_take(link, frame))
			return lie(link, "memory that was not agreed");
		return 0;
	case VMS_RESP:
	case VMS_IO_RESP:
		return handle_resp(link, frame);
	case VMS_EVT:
		return handle_evt(link, frame);
	case VMS_CLOCK:
		return handle_clock(link, frame);
	case VMS_MEMO:
	case VMS_MEMO_INVAL:
		return handle_memo(link, frame);
	case VMS_GOAWAY:
		if (!wire_get_goaway(frame->section, frame->header.slen,
				     &goaway))
			log_line(how_loud(link),
				 "host: ends the connection: %s",
				 wire_goaway_text(goaway.reason));
		return -ECONNRESET;
	default:
		return lie(link, "a frame that only guests send");
	}
}
