// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd's end of the wire.
 *
 * A tag is a slot number and a count, so an answer finds its call without a
 * search, and a late answer to a call that nobody waits for finds an orphan
 * instead of somebody else's call.
 */
#include "guestd/hostlink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/channel.h"
#include "common/log.h"
#include "common/stats.h"
#include "guestd/clock.h"
#include "guestd/hostlink_start.h"

#define SLOT_BITS 6
#define SLOT_COUNT (1u << SLOT_BITS)
static_assert(SLOT_COUNT >= VMS_CMD_WINDOW, "a slot for each outstanding REQ");

#define CLOCK_FAST_NS (1000 * LOOP_MS)
#define CLOCK_SLOW_NS (2000 * LOOP_MS)
#define CLOCK_FAST_COUNT 10

struct slot {
	uint32_t tag; /* 0: free */
	uint32_t cmd;
	struct hostlink_call *call; /* NULL: an orphan */
};

struct hostlink {
	struct loop *loop;
	const struct hostlink_config *config;
	const struct hostlink_ops *ops;
	void *owner;
	struct hostlink_start start;
	struct channel *channel; /* NULL: not connected yet */
	bool ready; /* HELLO was answered */
	uint64_t asked_ns; /* when it was sent */
	struct loop_timer *timer; /* for HELLO's answer, then for CLOCK */
	struct clock clock;
	unsigned int clock_count;
	uint64_t features;
	uint32_t window;
	uint32_t outstanding;
	uint32_t count; /* tags given out */
	bool over; /* lost() or refused() is due or was called */
	int error;
	struct slot slots[SLOT_COUNT];
	struct hostlink_call *waiting; /* for a slot, or to be failed */
	struct hostlink_call **waiting_last;
};

static void send_waiting(struct hostlink *link);

/* ---- what comes in ------------------------------------------------------ */

static int lie(const char *what)
{
	log_warn("host: %s", what);
	stats_add(STATS_LIES, 1);
	return -EPROTO;
}

static int get_open(struct hostlink_call *call, struct wire_reader *reader)
{
	call->session_id = wire_get_u32(reader);
	wire_get_u32(reader);
	return reader->failed ? -EPROTO : 0;
}

static int get_mmap(struct hostlink_call *call, struct wire_reader *reader)
{
	call->addr = wire_get_u64(reader);
	call->len = wire_get_u64(reader);
	return reader->failed ? -EPROTO : 0;
}

static int get_result(struct hostlink_call *call,
		      const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t status;
	int ret;

	if (call->cmd == VIRTIO_MEDIA_CMD_CLOSE)
		return frame->header.slen ? -EPROTO : 0;
	if (call->cmd == VIRTIO_MEDIA_CMD_IOCTL) {
		ret = payload_get_response(call->payload, frame->section,
					   frame->header.slen, frame->aux,
					   frame->aux_len, &status,
					   &call->filled);
		if (ret)
			return ret;
		return -(int)status;
	}
	wire_reader_init(&reader, frame->section, frame->header.slen);
	status = wire_get_u32(&reader);
	wire_get_u32(&reader);
	if (reader.failed || status > 4095)
		return -EPROTO;
	if (status)
		return -(int)status;
	if (call->cmd == VIRTIO_MEDIA_CMD_OPEN)
		return get_open(call, &reader);
	if (call->cmd == VIRTIO_MEDIA_CMD_MMAP)
		return get_mmap(call, &reader);
	return 0;
}

static void close_orphan(struct hostlink *link,
			 const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t status;
	uint32_t id;

	wire_reader_init(&reader, frame->section, frame->header.slen);
	status = wire_get_u32(&reader);
	wire_get_u32(&reader);
	id = wire_get_u32(&reader);
	if (!reader.failed && !status)
		hostlink_close(link, NULL, id, NULL);
}

static int handle_resp(struct hostlink *link, const struct channel_frame *frame)
{
	struct slot *slot =
		&link->slots[frame->header.tag & (SLOT_COUNT - 1)];
	struct hostlink_call *call = slot->call;
	uint32_t cmd = slot->cmd;
	int ret;

	if (!slot->tag || slot->tag != frame->header.tag)
		return lie("an answer to nothing");
	slot->tag = 0;
	slot->call = NULL;
	link->outstanding--;
	if (!call) {
		if (cmd == VIRTIO_MEDIA_CMD_OPEN)
			close_orphan(link, frame);
	} else {
		ret = get_result(call, frame);
		if (ret == -EPROTO)
			stats_add(STATS_LIES, 1);
		call->link = NULL;
		call->done(call, ret);
	}
	send_waiting(link);
	return 0;
}

static void set_time(const struct hostlink *link, struct timeval *time)
{
	uint64_t ns = (uint64_t)time->tv_sec * 1000000000ull +
		      (uint64_t)time->tv_usec * 1000ull;

	ns = clock_to_guest(&link->clock, ns);
	time->tv_sec = (time_t)(ns / 1000000000ull);
	time->tv_usec = (suseconds_t)(ns % 1000000000ull / 1000ull);
}

static void handle_buffer(struct hostlink *link, struct wire_reader *reader,
			  uint32_t session_id)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer buffer;

	wire_get_bytes(reader, &buffer, sizeof(buffer));
	wire_get_bytes(reader, planes, sizeof(planes));
	if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) ==
	    V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
		set_time(link, &buffer.timestamp);
	link->ops->buffer(link->owner, session_id, &buffer, planes);
}

static void handle_event(struct hostlink *link, struct wire_reader *reader,
			 uint32_t session_id)
{
	struct v4l2_event event;
	uint64_t ns;

	wire_get_bytes(reader, &event, sizeof(event));
	ns = (uint64_t)event.timestamp.tv_sec * 1000000000ull +
	     (uint64_t)event.timestamp.tv_nsec;
	ns = clock_to_guest(&link->clock, ns);
	event.timestamp.tv_sec = (time_t)(ns / 1000000000ull);
	event.timestamp.tv_nsec = (long)(ns % 1000000000ull);
	link->ops->event(link->owner, session_id, &event);
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
		uint32_t error = wire_get_u32(&reader);

		link->ops->session_error(link->owner, session_id,
					 error > 0 && error <= 4095 ?
						 -(int)error :
						 -EIO);
	} else {
		return lie("an event that is none");
	}
	return 0;
}

static int handle_clock(struct hostlink *link,
			const struct channel_frame *frame)
{
	struct vms_clock answer;
	int ret;

	if (!(link->features & VMS_FEATURE_CLOCK))
		return lie("CLOCK that was not agreed");
	ret = wire_get_clock(frame->section, frame->header.slen, &answer);
	if (!ret)
		ret = clock_sample(&link->clock, &answer,
				   loop_now(link->loop));
	return ret ? lie("impossible times") : 0;
}

static int handle_hello(struct hostlink *link,
			const struct channel_frame *frame);

static int link_frame(void *owner, const struct channel_frame *frame)
{
	struct hostlink *link = owner;
	struct vms_goaway goaway;

	if (!link->ready)
		return handle_hello(link, frame);
	switch (frame->header.type) {
	case VMS_RESP:
		return handle_resp(link, frame);
	case VMS_EVT:
		return handle_evt(link, frame);
	case VMS_CLOCK:
		return handle_clock(link, frame);
	case VMS_GOAWAY:
		if (!wire_get_goaway(frame->section, frame->header.slen,
				     &goaway))
			log_warn("host: ends the connection: %s",
				 wire_goaway_text(goaway.reason));
		return -ECONNRESET;
	default:
		return lie("a frame that only guests send");
	}
}

static void *link_data_begin(void *owner, const struct vms_header *header)
{
	struct hostlink *link = owner;

	return link->ready ? link->ops->data(link->owner, header->off,
					     header->slen, header->arg) :
			     NULL;
}

static int link_data_end(void *owner, const struct vms_header *header)
{
	(void)owner;
	(void)header;
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

static void fail_call(struct hostlink_call *call)
{
	call->link = NULL;
	call->done(call, -ENODEV);
}

/* Calls may start others, which wait and are failed in the same way. */
static void fail_calls(struct hostlink *link)
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
}

static void link_refuse(struct hostlink *link, int error, const char *why)
{
	char text[HOSTLINK_WHY_LEN];

	if (!why) {
		hostlink_start_why(link->config, error, text);
		why = text;
	}
	link->over = true;
	loop_timer_stop(link->timer);
	fail_calls(link);
	link->ops->refused(link->owner, error, why);
}

static void link_closed(void *owner, int error)
{
	struct hostlink *link = owner;

	if (link->over)
		return;
	if (!link->ready) {
		link_refuse(link, error ? error : -ECONNRESET, NULL);
		return;
	}
	link->over = true;
	loop_timer_stop(link->timer);
	fail_calls(link);
	link->ops->lost(link->owner, error == -ECONNRESET ? 0 : error);
}

static void link_drained(void *owner)
{
	struct hostlink *link = owner;

	link->ops->drained(link->owner);
}

static const struct channel_ops link_channel_ops = {
	.frame = link_frame,
	.data_begin = link_data_begin,
	.data_end = link_data_end,
	.closed = link_closed,
	.drained = link_drained,
};

/* ---- what goes out ------------------------------------------------------ */

static uint32_t take_slot(struct hostlink *link, uint32_t cmd,
			  struct hostlink_call *call)
{
	unsigned int i;
	uint32_t tag;

	for (i = 0; i < SLOT_COUNT; i++)
		if (!link->slots[i].tag)
			break;
	/* Never 0: the count begins at 1 and stays above it. */
	link->count = link->count % (UINT32_MAX >> SLOT_BITS) + 1;
	tag = link->count << SLOT_BITS | i;
	link->slots[i].tag = tag;
	link->slots[i].cmd = cmd;
	link->slots[i].call = call;
	link->outstanding++;
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

static int send_call(struct hostlink *link, const struct hostlink_call *call,
		     uint32_t tag)
{
	struct vms_header header = { .type = VMS_REQ, .tag = tag };
	size_t section = sizeof(struct virtio_media_cmd_mmap);
	size_t aux = 0;
	struct wire_writer writer;
	size_t room;
	void *bytes;
	int ret;

	if (call->cmd == VIRTIO_MEDIA_CMD_IOCTL)
		payload_request_size(call->payload, &section, &aux);
	room = wire_pad(section) + wire_pad(aux);
	bytes = malloc(room);
	if (!bytes)
		return -ENOMEM;
	wire_writer_init(&writer, bytes, room);
	put_request(&writer, call);
	header.arg = capacity(call);
	if (aux) {
		header.flags = VMS_FLAG_AUX;
		header.slen = (uint32_t)section;
	}
	ret = channel_send_behind(link->channel, call->key, &header, bytes,
				  writer.len);
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

static void send_waiting(struct hostlink *link)
{
	struct hostlink_call *call;
	int ret;

	while (link->waiting && link->channel && !link->over &&
	       link->outstanding < link->window) {
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
	}
}

static void fail_later(void *data)
{
	struct hostlink *link = data;

	if (link->over)
		fail_calls(link);
}

static void start_call(struct hostlink *link, struct hostlink_call *call,
		       uint32_t cmd)
{
	call->link = link;
	call->cmd = cmd;
	call->tag = 0;
	call->filled = false;
	wait_call(link, call);
	if (link->over)
		loop_defer(link->loop, fail_later, link);
	else
		send_waiting(link);
}

void hostlink_open(struct hostlink *link, struct hostlink_call *call)
{
	call->key = NULL;
	start_call(link, call, VIRTIO_MEDIA_CMD_OPEN);
}

/* A call of the link's own, for what nobody waits for. */
static void free_call(struct hostlink_call *call, int error)
{
	(void)error;
	free(call);
}

static struct hostlink_call *own_call(void)
{
	struct hostlink_call *call = calloc(1, sizeof(*call));

	if (call)
		call->done = free_call;
	return call;
}

void hostlink_close(struct hostlink *link, struct hostlink_call *call,
		    uint32_t session_id, const void *key)
{
	if (!call)
		call = own_call();
	if (!call)
		return;
	call->session_id = session_id;
	call->key = key;
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
	struct hostlink_call *call = own_call();

	if (!call)
		return;
	call->addr = addr;
	call->key = key;
	start_call(link, call, VIRTIO_MEDIA_CMD_MUNMAP);
}

int hostlink_contents(struct hostlink *link, const void *key,
		      const void *bytes, size_t len, uint64_t addr,
		      uint32_t generation, void (*done)(void *data), void *data)
{
	if (!link->channel || link->over)
		return -ENODEV;
	return channel_send_data(link->channel, key, bytes, len, addr,
				 generation, done, data);
}

void hostlink_forget(struct hostlink *link, const void *bytes, size_t len)
{
	if (link->channel)
		channel_forget_data(link->channel, bytes, len);
}

void hostlink_cancel(struct hostlink_call *call)
{
	struct vms_header header = { .type = VMS_CANCEL, .tag = call->tag };
	struct hostlink *link = call->link;

	if (!hostlink_sent(call) || link->over ||
	    !(link->features & VMS_FEATURE_CANCEL))
		return;
	channel_send(link->channel, &header, NULL, 0);
}

static void forget_waiting(struct hostlink *link, struct hostlink_call *call)
{
	struct hostlink_call **at = &link->waiting;

	while (*at && *at != call)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = call->next;
	if (!*at)
		link->waiting_last = at;
}

void hostlink_orphan(struct hostlink_call *call)
{
	struct hostlink *link = call->link;

	if (!link)
		return;
	if (call->tag)
		link->slots[call->tag & (SLOT_COUNT - 1)].call = NULL;
	else
		forget_waiting(link, call);
	call->link = NULL;
}

uint64_t hostlink_time(const struct hostlink *link, uint64_t host_ns)
{
	return clock_to_guest(&link->clock, host_ns);
}

/* ---- the start ----------------------------------------------------------- */

static void ask_clock(struct hostlink *link)
{
	struct vms_clock question = { .tx_ns = loop_now(link->loop) };
	struct vms_header header = { .type = VMS_CLOCK };
	struct wire_writer writer;
	uint8_t bytes[sizeof(question)];

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_clock(&writer, &question);
	channel_send(link->channel, &header, bytes, sizeof(bytes));
	loop_timer_set(link->timer, link->clock_count++ < CLOCK_FAST_COUNT ?
					    CLOCK_FAST_NS :
					    CLOCK_SLOW_NS);
}

static void link_timer(void *data)
{
	struct hostlink *link = data;

	if (link->ready)
		ask_clock(link);
	else
		link_refuse(link, -ETIMEDOUT, NULL);
}

/* A first offset from HELLO_ACK, good to half a round trip. */
static void first_clock(struct hostlink *link, const struct vms_hello_ack *ack)
{
	struct vms_clock answer = {
		.tx_ns = link->asked_ns,
		.rx_ns = ack->mono_ns,
		.reply_ns = ack->mono_ns,
	};

	clock_init(&link->clock, ack->clock_domain &&
					 ack->clock_domain ==
						 link->config->clock_domain);
	clock_sample(&link->clock, &answer, loop_now(link->loop));
	if (!link->clock.same && (link->features & VMS_FEATURE_CLOCK))
		ask_clock(link);
}

static int handle_hello(struct hostlink *link,
			const struct channel_frame *frame)
{
	char why[HOSTLINK_WHY_LEN];
	struct vms_hello_ack ack;
	int ret;

	if (link->over)
		return 0;
	ret = hostlink_start_answer(link->config, frame, link->owner, &ack,
				    why);
	if (ret > 0) {
		link->over = true;
		return -ECONNRESET;
	}
	if (ret < 0) {
		link_refuse(link, ret, why);
		return 0;
	}
	loop_timer_stop(link->timer);
	channel_set_limits(link->channel, ack.max_ctrl, ack.max_chunk);
	link->features = ack.features;
	link->window = ack.cmd_window < SLOT_COUNT ? ack.cmd_window :
						     SLOT_COUNT;
	link->ready = true;
	first_clock(link, &ack);
	link->ops->ready(link->owner, &ack);
	return 0;
}

static void link_connected(void *owner, int fd)
{
	struct hostlink *link = owner;
	int ret;

	ret = channel_create(link->loop, fd, 0, &link_channel_ops, link,
			     &link->channel);
	if (ret) {
		close(fd);
		link_refuse(link, ret, NULL);
		return;
	}
	link->asked_ns = loop_now(link->loop);
	ret = hostlink_start_hello(link->channel, link->config);
	if (ret)
		link_refuse(link, ret, NULL);
}

static void link_failed(void *owner, int error)
{
	link_refuse(owner, error, NULL);
}

int hostlink_attach(struct loop *loop, int fd,
		    const struct hostlink_config *config,
		    const struct hostlink_ops *ops, void *owner,
		    struct hostlink **out)
{
	struct hostlink *link = calloc(1, sizeof(*link));
	int ret;

	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->config = config;
	link->ops = ops;
	link->owner = owner;
	link->waiting_last = &link->waiting;
	ret = loop_timer(loop, link_timer, link, &link->timer);
	if (ret) {
		free(link);
		return ret;
	}
	loop_timer_set(link->timer, HOSTLINK_ANSWER_NS);
	link->start.loop = loop;
	link->start.config = config;
	link->start.connected = link_connected;
	link->start.failed = link_failed;
	link->start.owner = link;
	hostlink_start_connect(&link->start, fd);
	*out = link;
	return 0;
}

int hostlink_create(struct loop *loop, const struct hostlink_config *config,
		    const struct hostlink_ops *ops, void *owner,
		    struct hostlink **out)
{
	return hostlink_attach(loop, -1, config, ops, owner, out);
}

static void free_own(struct hostlink_call *call)
{
	if (call && call->done == free_call)
		free(call);
	else if (call)
		call->link = NULL;
}

void hostlink_destroy(struct hostlink *link)
{
	struct hostlink_call *call;
	unsigned int i;

	if (!link)
		return;
	for (i = 0; i < SLOT_COUNT; i++)
		free_own(link->slots[i].call);
	while ((call = link->waiting)) {
		link->waiting = call->next;
		free_own(call);
	}
	loop_undefer(link->loop, fail_later, link);
	hostlink_start_stop(&link->start);
	channel_destroy(link->channel);
	loop_timer_destroy(link->timer);
	free(link);
}
