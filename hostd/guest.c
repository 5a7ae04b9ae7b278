// SPDX-License-Identifier: BSD-3-Clause
/*
 * From a connection to its client.
 *
 *	channel --REQ---> client --respond()--> guest_out --RESP--> channel
 *	channel --DATA--> memory that client names
 *
 * Before HELLO nothing exists but the channel and a timer.  HELLO makes the
 * client, which stays until the process ends.
 */
#include "hostd/guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/wire.h"
#include "hostd/guest_hello.h"
#include "hostd/guest_state.h"

static void guest_on_timeout(void *data)
{
	struct guest *guest = data;

	log_line(guest_level(guest, NOTICE_TIMEOUT, LOG_LEVEL_WARN),
		 "%s: no HELLO after %d s, closing", guest->who,
		 VMS_HELLO_TIMEOUT_MS / 1000);
	guest_end(guest, ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
}

/* ---- frames ---------------------------------------------------------- */

static void guest_request(struct guest *guest,
			  const struct channel_frame *frame)
{
	struct client_request request = {
		.tag = frame->header.tag,
		.bytes = frame->section,
		.len = frame->header.slen,
		.aux = frame->aux,
		.aux_len = frame->aux_len,
		.capacity = frame->header.arg,
		.nonblock = frame->header.flags & VMS_FLAG_NONBLOCK,
	};

	/* An answer goes into one frame, whatever the guest has room for. */
	if (request.capacity > guest->out.max_ctrl)
		request.capacity = guest->out.max_ctrl;

	guest_out_request(&guest->out);
	client_command(guest->client, &request);
}

static void guest_io(struct guest *guest, const struct channel_frame *frame)
{
	guest_out_request(&guest->out);
	client_io(guest->client, frame->header.tag, frame->section,
		  frame->header.slen, guest->out.max_ctrl);
}

/* Memory of a program's; one that nobody takes the channel closes. */
static int guest_object(struct guest *guest, const struct channel_frame *frame)
{
	struct vms_obj object;
	int fd;
	int ret;

	if (wire_get_obj(frame->section, frame->header.slen, &object) < 0 ||
	    !object.addr || object.addr > UINT32_MAX || object.len ||
	    object.kind == VMS_OBJ_SHMEM)
		return guest_lie(guest, "malformed OBJ");
	fd = channel_take_fd(guest->channel);
	ret = client_object(guest->client, (uint32_t)object.addr, fd,
			    object.kind);
	if (!ret)
		return 0;
	if (fd >= 0)
		close(fd);
	return ret == -EPROTO ? guest_lie(guest, "too many OBJs") : ret;
}

static int guest_clock(struct guest *guest, const struct channel_frame *frame)
{
	const struct vms_header header = { .type = VMS_CLOCK };
	uint64_t now = loop_now(guest->loop);
	uint8_t body[sizeof(struct vms_clock)];
	struct wire_writer writer;
	struct vms_clock clock;

	if (wire_get_clock(frame->section, frame->header.slen, &clock) < 0 ||
	    clock.rx_ns || clock.reply_ns)
		return guest_lie(guest, "malformed CLOCK");

	clock.rx_ns = now;
	clock.reply_ns = loop_now(guest->loop);
	wire_writer_init(&writer, body, sizeof(body));
	wire_put_clock(&writer, &clock);
	guest_out_answer(&guest->out, &header, body, sizeof(body), -1);
	return 0;
}

static int guest_misplaced(struct guest *guest, unsigned int type)
{
	char text[64];

	snprintf(text, sizeof(text), "%s is out of place",
		 wire_type_name(type));
	return guest_lie(guest, text);
}

static int guest_frame(void *owner, const struct channel_frame *frame)
{
	const struct vms_header *header = &frame->header;
	struct guest *guest = owner;

	if (header->type == VMS_GOAWAY) {
		guest_end(guest, 0, VMS_GOAWAY_SHUTDOWN);
		return 0;
	}

	if (guest->state == GUEST_HELLO) {
		if (header->type == VMS_HELLO)
			return guest_hello(guest, frame);
		return guest_misplaced(guest, header->type);
	}

	switch (header->type) {
	case VMS_REQ:
		if ((header->flags & VMS_FLAG_NONBLOCK) &&
		    !(guest->features & VMS_FEATURE_NONBLOCK))
			break;
		guest_request(guest, frame);
		return 0;
	case VMS_CANCEL:
		if (!(guest->features & VMS_FEATURE_CANCEL))
			break;
		client_cancel(guest->client, header->tag);
		return 0;
	case VMS_IO:
		if (!(guest->features & VMS_FEATURE_IO))
			break;
		guest_io(guest, frame);
		return 0;
	case VMS_OBJ:
		if (!(guest->features & VMS_FEATURE_OBJ_FD))
			break;
		return guest_object(guest, frame);
	case VMS_CLOCK:
		if (!(guest->features & VMS_FEATURE_CLOCK))
			break;
		return guest_clock(guest, frame);
	default:
		break;
	}
	return guest_misplaced(guest, header->type);
}

static void *guest_data_begin(void *owner, const struct vms_header *header)
{
	struct guest *guest = owner;

	if (guest->state == GUEST_SERVING)
		return client_data_begin(guest->client, header->off,
					 header->slen, header->arg);
	/* Bytes that go nowhere are not reported when they are complete. */
	if (guest->state == GUEST_HELLO)
		channel_goaway(guest->channel,
			       -guest_misplaced(guest, header->type),
			       VMS_GOAWAY_PROTOCOL);
	return NULL;
}

static int guest_data_end(void *owner, const struct vms_header *header)
{
	(void)owner;
	(void)header;
	return 0;
}

static void guest_drained(void *owner)
{
	struct guest *guest = owner;

	guest_out_drained(&guest->out);
	if (guest->client)
		client_drained(guest->client);
}

static void guest_closed(void *owner, int error)
{
	struct guest *guest = owner;

	if (guest->state != GUEST_ENDING)
		guest_set_state(guest, GUEST_ENDING);
	loop_timer_stop(guest->timeout);

	if (error && !guest->explained)
		log_line(guest_level(guest, guest->notice, LOG_LEVEL_WARN),
			 "%s: gone: %s", guest->who, strerror(-error));
	else
		log_line(guest_level(guest, guest->notice, LOG_LEVEL_INFO),
			 "%s: gone", guest->who);
	guest->ended(guest->data, error);
}

static const struct channel_ops guest_channel_ops = {
	.frame = guest_frame,
	.data_begin = guest_data_begin,
	.data_end = guest_data_end,
	.closed = guest_closed,
	.drained = guest_drained,
};

/* ---- the whole ------------------------------------------------------- */

int guest_create(struct loop *loop, int fd, const struct transport_peer *peer,
		 struct device_list *devices, struct opener *opener,
		 void (*ended)(void *data, int error), void *data,
		 struct guest **out)
{
	struct guest *guest;
	int ret;

	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return -ENOMEM;
	guest->loop = loop;
	guest->devices = devices;
	guest->opener = opener;
	guest->ended = ended;
	guest->data = data;
	guest->peer = *peer;
	guest->notice = NOTICE_SERVED;
	grant_default(&guest->grant);
	transport_peer_format(peer, guest->who, sizeof(guest->who));

	ret = loop_timer(loop, guest_on_timeout, guest, &guest->timeout);
	if (ret < 0)
		goto err_free;

	ret = channel_create(loop, fd, VMS_PARTIAL_TIMEOUT_MS,
			     &guest_channel_ops, guest, &guest->channel);
	if (ret < 0)
		goto err_timer;

	if (peer->kind == TRANSPORT_VSOCK)
		channel_without_fds(guest->channel);
	guest_out_init(&guest->out, guest->channel, guest->who);
	loop_timer_set(guest->timeout, VMS_HELLO_TIMEOUT_MS * LOOP_MS);
	*out = guest;
	return 0;

err_timer:
	loop_timer_destroy(guest->timeout);
err_free:
	free(guest);
	return ret;
}

void guest_set_notices(struct guest *guest, const struct notices *notices)
{
	guest->notices = notices;
}

void guest_set_grant(struct guest *guest, const struct grant *grant)
{
	guest->grant = *grant;
}

void guest_set_slices(struct guest *guest, struct slices *slices)
{
	guest->slices = slices;
}

void guest_revoke(struct guest *guest)
{
	guest_end(guest, EACCES, VMS_GOAWAY_NOT_ALLOWED);
}

unsigned int guest_notice(const struct guest *guest)
{
	return guest->notice;
}

struct exports *guest_take_exports(struct guest *guest)
{
	return guest->client ? client_take_exports(guest->client) : NULL;
}

void guest_destroy(struct guest *guest)
{
	if (!guest)
		return;

	/* The client takes back what the channel has borrowed from it. */
	client_destroy(guest->client);
	channel_destroy(guest->channel);
	loop_timer_destroy(guest->timeout);
	free(guest);
}
