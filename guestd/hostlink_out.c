// SPDX-License-Identifier: BSD-3-Clause
/*
 * Calls on their way to the host.
 *
 * A tag is a slot number and a count, so an answer finds its call without a
 * search, and never somebody else's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/plane_set.h"
#include "common/stats.h"
#include "guestd/hostlink_parts.h"

static void fail_call(struct hostlink_call *call)
{
	call->link = NULL;
	call->done(call, -ENODEV);
}

/* Calls may start others, which wait and are failed in the same way. */
void hostlink_fail_calls(struct hostlink *link)
{
	struct hostlink_call *call;
	unsigned int i;

	for (i = 0; i < SLOT_COUNT; i++) {
		call = link->slots[i].call;
		link->slots[i].tag = 0;
		link->slots[i].call = NULL;
		if (call)
			fail_call(call);
	}
	while ((call = link->waiting)) {
		link->waiting = call->next;
		if (!link->waiting)
			link->waiting_last = &link->waiting;
		fail_call(call);
	}
	while ((call = link->held)) {
		link->held = call->next;
		fail_call(call);
	}
}

static uint32_t take_slot(struct hostlink *link, uint32_t cmd,
			  struct hostlink_call *call)
{
	unsigned int i;
	uint32_t tag;

	/* The window is no larger, so one is free: at the latest the last. */
	for (i = 0; i < SLOT_COUNT - 1; i++)
		if (!link->slots[i].tag)
			break;
	/* Never 0: the count begins at 1 and stays above it. */
	link->count = link->count % (UINT32_MAX >> SLOT_BITS) + 1;
	tag = link->count << SLOT_BITS | i;
	link->slots[i].tag = tag;
	link->slots[i].cmd = cmd;
	link->slots[i].call = call;
	link->slots[i].objects = call->planes ? call->planes->count : 0;
	link->slots[i].spoils =
		cmd == VIRTIO_MEDIA_CMD_IOCTL ? call->payload->desc->spoils : 0;
	if (link->memo && link->slots[i].spoils)
		memo_spoil(link->memo, link->slots[i].spoils);
	link->outstanding++;
	link->objects += link->slots[i].objects;
	stats_add(STATS_REQUESTS, 1);
	return tag;
}

static void put_request(struct wire_writer *writer,
			const struct hostlink_call *call)
{
	if (call->cmd == VIRTIO_MEDIA_CMD_IOCTL) {
		payload_put_request(call->payload, call->session_id, writer);
		return;
	}
	wire_put_u32(writer, call->cmd);
	wire_put_u32(writer, 0);
	switch (call->cmd) {
	case VIRTIO_MEDIA_CMD_CLOSE:
		wire_put_u32(writer, call->session_id);
		wire_put_u32(writer, 0);
		break;
	case VIRTIO_MEDIA_CMD_MMAP:
		wire_put_u32(writer, call->session_id);
		wire_put_u32(writer, VIRTIO_MEDIA_MMAP_FLAG_RW);
		wire_put_u32(writer, call->offset);
		break;
	case VIRTIO_MEDIA_CMD_MUNMAP:
		wire_put_u64(writer, call->addr);
		break;
	default:
		break;
	}
}

static uint32_t capacity(const struct hostlink_call *call)
{
	switch (call->cmd) {
	case VIRTIO_MEDIA_CMD_OPEN:
		return sizeof(struct virtio_media_resp_open);
	case VIRTIO_MEDIA_CMD_IOCTL:
		return (uint32_t)payload_response_size(call->payload);
	case VIRTIO_MEDIA_CMD_MMAP:
		return sizeof(struct virtio_media_resp_mmap);
	case VIRTIO_MEDIA_CMD_MUNMAP:
		return sizeof(struct virtio_media_resp);
	default:
		return 0;
	}
}

static int send_io(struct hostlink *link, const struct hostlink_call *call,
		   uint32_t tag)
{
	struct vms_header header = { .type = VMS_IO, .tag = tag };
	size_t written =
		call->io.direction == VMS_IO_WRITE ? call->io.length : 0;
	struct wire_writer writer;
	size_t room = sizeof(call->io) + written;
	void *bytes;
	int ret;

	bytes = malloc(room);
	if (!bytes)
		return -ENOMEM;
	wire_writer_init(&writer, bytes, room);
	wire_put_io(&writer, &call->io);
	wire_put_bytes(&writer, call->written, written);
	ret = channel_send_behind(link->channel, call->key, &header, bytes,
				  writer.len);
	free(bytes);
	return ret;
}

/* Of an ioctl with VIDEO_MAX_PLANES planes or a few controls */
#define REQUEST_USUAL 1024

static int send_call(struct hostlink *link, const struct hostlink_call *call,
		     uint32_t tag)
{
	struct vms_header header = { .type = VMS_REQ, .tag = tag };
	size_t section = sizeof(struct virtio_media_cmd_mmap);
	size_t aux = 0;
	uint8_t usual[REQUEST_USUAL];
	struct wire_writer writer;
	void *bytes = usual;
	size_t room;
	int ret;

	if (call->cmd == HOSTLINK_CMD_IO)
		return send_io(link, call, tag);
	if (call->planes) {
		ret = hostlink_objects_send(link, call);
		if (ret)
			return ret;
	}
	if (call->cmd == VIRTIO_MEDIA_CMD_IOCTL)
		payload_request_size(call->payload, &section, &aux);
	room = wire_pad(section) + wire_pad(aux);
	if (room > sizeof(usual))
		bytes = malloc(room);
	if (!bytes)
		return -ENOMEM;
	wire_writer_init(&writer, bytes, room);
	put_request(&writer, call);
	header.arg = capacity(call);
	if (call->nonblock)
		header.flags |= VMS_FLAG_NONBLOCK;
	if (aux) {
		header.flags |= VMS_FLAG_AUX;
		header.slen = (uint32_t)section;
	}
	ret = channel_send_behind(link->channel, call->key, &header, bytes,
				  writer.len);
	if (bytes != usual)
		free(bytes);
	return ret;
}

/* A call without a slot waits here; it fails here too, never in its start. */
static void wait_call(struct hostlink *link, struct hostlink_call *call)
{
	call->next = NULL;
	*link->waiting_last = call;
	link->waiting_last = &call->next;
}

static void send_cancel(const struct hostlink_call *call)
{
	struct vms_header header = { .type = VMS_CANCEL, .tag = call->tag };
	struct hostlink *link = call->link;

	if (link->features & VMS_FEATURE_CANCEL)
		channel_send(link->channel, &header, NULL, 0);
}

void hostlink_cancel(struct hostlink_call *call)
{
	if (!call->link || call->link->over || call->cancelled)
		return;
	call->cancelled = true;
	if (hostlink_sent(call))
		send_cancel(call);
}

void hostlink_send_waiting(struct hostlink *link)
{
	struct hostlink_call *call;
	int ret;

	while (link->waiting && link->channel && !link->over &&
	       link->outstanding < link->window &&
	       hostlink_objects_have_room(link, link->waiting)) {
		call = link->waiting;
		link->waiting = call->next;
		if (!link->waiting)
			link->waiting_last = &link->waiting;
		call->tag = take_slot(link, call->cmd, call);
		ret = send_call(link, call, call->tag);
		if (ret) {
			log_err("host: sending: %s", strerror(-ret));
			channel_goaway(link->channel, -ret,
				       VMS_GOAWAY_SHUTDOWN);
			return;
		}
		if (call->cancelled)
			send_cancel(call);
	}
}

void hostlink_fail_later(void *data)
{
	struct hostlink *link = data;
	struct hostlink_call *call;

	while ((call = link->refused)) {
		link->refused = call->next;
		call->link = NULL;
		call->done(call, -ENOMEM);
	}
	if (link->over)
		hostlink_fail_calls(link);
}

/* Control payload that fits in VMS_MAX_CTRL may still be too much for this host. */
static bool too_large(const struct hostlink *link,
		      const struct hostlink_call *call)
{
	size_t section;
	size_t aux;

	if (call->cmd != VIRTIO_MEDIA_CMD_IOCTL)
		return false;
	payload_request_size(call->payload, &section, &aux);
	return wire_pad(wire_pad(section) + aux) > link->max_ctrl;
}

static void start_call(struct hostlink *link, struct hostlink_call *call,
		       uint32_t cmd)
{
	call->link = link;
	call->cmd = cmd;
	call->tag = 0;
	call->cancelled = false;
	call->filled = false;
	if (too_large(link, call)) {
		call->next = link->refused;
		link->refused = call;
		loop_timer_set(link->soon, 0);
		return;
	}
	wait_call(link, call);
	if (link->over)
		loop_timer_set(link->soon, 0);
	else
		hostlink_send_waiting(link);
}

/* A session that is not closed would keep the device; the end closes all. */
static void hostlink_out_of_memory(struct hostlink *link)
{
	if (!link->channel || link->over)
		return;
	log_err("host: CLOSE: %s", strerror(ENOMEM));
	channel_goaway(link->channel, ENOMEM, VMS_GOAWAY_SHUTDOWN);
}

void hostlink_open(struct hostlink *link, struct hostlink_call *call)
{
	call->key = NULL;
	hostlink_clock_open(link);
	start_call(link, call, VIRTIO_MEDIA_CMD_OPEN);
}

void hostlink_close(struct hostlink *link, struct hostlink_call *call,
		    uint32_t session_id, const void *key)
{
	if (!call)
		call = hostlink_own_call();
	if (!call) {
		hostlink_out_of_memory(link);
		return;
	}
	call->session_id = session_id;
	call->key = key;
	hostlink_clock_close(link);
	start_call(link, call, VIRTIO_MEDIA_CMD_CLOSE);
}

void hostlink_ioctl(struct hostlink *link, struct hostlink_call *call,
		    uint32_t session_id, struct payload *payload,
		    const void *key)
{
	call->session_id = session_id;
	call->payload = payload;
	call->key = key;
	start_call(link, call, VIRTIO_MEDIA_CMD_IOCTL);
}

bool hostlink_has_room(const struct hostlink *link)
{
	return !link->waiting && link->outstanding < link->window / 2;
}

void hostlink_mmap(struct hostlink *link, struct hostlink_call *call,
		   uint32_t session_id, uint32_t offset, const void *key)
{
	call->session_id = session_id;
	call->offset = offset;
	call->key = key;
	start_call(link, call, VIRTIO_MEDIA_CMD_MMAP);
}

void hostlink_munmap(struct hostlink *link, uint64_t addr, const void *key)
{
	struct hostlink_call *call = hostlink_own_call();

	if (!call)
		return;
	call->addr = addr;
	call->key = key;
	start_call(link, call, VIRTIO_MEDIA_CMD_MUNMAP);
}

uint32_t hostlink_io_max(const struct hostlink *link)
{
	/*
	 * The head of an IO is longer than that of its answer; the padding
	 * counts.
	 */
	uint32_t fits =
		link->max_ctrl / 8 * 8 - (uint32_t)sizeof(struct vms_io);

	return fits < VMS_MAX_IO ? fits : VMS_MAX_IO;
}

void hostlink_io(struct hostlink *link, struct hostlink_call *call,
		 const void *key)
{
	call->key = key;
	start_call(link, call, HOSTLINK_CMD_IO);
}
