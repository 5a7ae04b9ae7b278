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

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/channel.h"
#include "common/log.h"
#include "common/stats.h"
#include "common/wire.h"
#include "hostd/client.h"
#include "hostd/guest_out.h"
#include "hostd/hello.h"

/**
 * enum guest_state - How far a connection is
 * @GUEST_HELLO:	Nothing is known of the peer; the timer runs
 * @GUEST_SERVING:	There is a client; every frame but HELLO may come
 * @GUEST_ENDING:	The last frames are being sent, or everything is over
 */
enum guest_state {
	GUEST_HELLO,
	GUEST_SERVING,
	GUEST_ENDING,
	GUEST_STATE_COUNT,
};

static const char *const guest_state_names[] = {
	[GUEST_HELLO] = "hello",
	[GUEST_SERVING] = "serving",
	[GUEST_ENDING] = "ending",
};
static_assert(sizeof(guest_state_names) / sizeof(guest_state_names[0]) ==
		      GUEST_STATE_COUNT,
	      "a state without a name");

/**
 * struct guest - One connection
 * @who:	The peer, for the log
 * @notices:	What is not to be said again; may be NULL
 * @notice:	What there was to say last
 * @client:	From a good HELLO on
 * @features:	Agreed on
 * @explained:	The log knows why it ends
 */
struct guest {
	struct loop *loop;
	struct transport_peer peer;
	char who[TRANSPORT_TEXT_LEN];
	const struct notices *notices;
	unsigned int notice;
	struct device_list *devices;
	struct opener *opener;
	struct channel *channel;
	struct guest_out out;
	struct client *client;
	struct loop_timer *timeout;
	enum guest_state state;
	uint64_t features;
	bool explained;
	void (*ended)(void *data, int error);
	void *data;
};

static void guest_set_state(struct guest *guest, enum guest_state state)
{
	assert(state > guest->state);

	log_debug("%s: %s -> %s", guest->who, guest_state_names[guest->state],
		  guest_state_names[state]);
	guest->state = state;
}

/* Take down what there is to say.  Return: how loud */
static enum log_level guest_level(struct guest *guest, unsigned int notice,
				  enum log_level level)
{
	guest->notice = notice;
	return notices_new(guest->notices, &guest->peer, notice)
		       ? level
		       : LOG_LEVEL_DEBUG;
}

/* Send what the control list has and a GOAWAY, then guest_closed(). */
static void guest_end(struct guest *guest, int error,
		      enum vms_goaway_reason reason)
{
	if (guest->state == GUEST_ENDING)
		return;

	guest->explained = true;
	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_ENDING);
	channel_goaway(guest->channel, error, reason);
}

/* Return: what ends a channel */
static int guest_lie(struct guest *guest, const char *what)
{
	log_line(guest_level(guest, NOTICE_LIE, LOG_LEVEL_WARN),
		 "%s: %s, closing", guest->who, what);
	stats_add(STATS_LIES, 1);
	guest->explained = true;
	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_ENDING);
	return -EPROTO;
}

/* ---- HELLO ----------------------------------------------------------- */

static void guest_acknowledge(struct guest *guest, struct vms_hello_ack *ack,
			      const struct device_list *listing)
{
	const struct vms_header header = { .type = VMS_HELLO_ACK };
	uint8_t body[HELLO_ACK_LEN_MAX];
	struct wire_writer writer;

	wire_writer_init(&writer, body, sizeof(body));
	hello_put(&writer, ack, listing);
	guest_out_answer(&guest->out, &header, body, writer.len);
}

static void guest_refuse(struct guest *guest, struct vms_hello_ack *ack,
			 int error, enum vms_goaway_reason reason,
			 const struct device_list *listing)
{
	ack->status = (uint32_t)-error;
	guest_acknowledge(guest, ack, listing);
	guest_end(guest, -error, reason);
}

static int guest_open_device(struct guest *guest, int index,
			     struct vms_hello_ack *ack)
{
	struct device *device = &guest->devices->devices[index];
	struct v4l2_capability capability;
	bool log_status;
	int ret;

	ret = client_create(guest->loop, device, (unsigned int)index,
			    guest->opener, &guest_out_ops, &guest->out,
			    &guest->client);
	if (ret < 0)
		return ret;

	ret = client_probe(guest->client, &capability, &log_status);
	if (ret < 0)
		return ret;

	hello_device(ack, device, &capability, log_status);
	return 0;
}

static void guest_serve(struct guest *guest, struct vms_hello_ack *ack,
			const char *device)
{
	guest->features = ack->features;
	client_set_features(guest->client, ack->features);
	guest->out.max_ctrl = ack->max_ctrl;
	guest->out.window = ack->cmd_window;
	channel_set_limits(guest->channel, ack->max_ctrl, ack->max_chunk);
	guest_acknowledge(guest, ack, NULL);

	loop_timer_stop(guest->timeout);
	guest_set_state(guest, GUEST_SERVING);
	log_line(guest_level(guest, NOTICE_SERVED, LOG_LEVEL_INFO),
		 "%s: connected, device %s", guest->who, device);
}

static int guest_hello(struct guest *guest, const struct channel_frame *frame)
{
	const struct device *device;
	char why[DEVICE_WHY_LEN];
	struct vms_hello_ack ack;
	struct vms_hello hello;
	int index, ret;

	if (wire_get_hello(frame->section, frame->header.slen, &hello) < 0)
		return guest_lie(guest, "malformed HELLO");

	if (hello_agree(&hello, &ack) < 0) {
		log_line(guest_level(guest, NOTICE_VERSION, LOG_LEVEL_WARN),
			 "%s: refused: speaks versions %u to %u, we %u to %u",
			 guest->who, hello.version_min, hello.version_max,
			 VMS_VERSION_MIN, VMS_VERSION_MAX);
		guest_refuse(guest, &ack, -EPROTONOSUPPORT, VMS_GOAWAY_VERSION,
			     NULL);
		return 0;
	}

	if (hello.role == VMS_ROLE_LIST) {
		log_line(guest_level(guest, NOTICE_SERVED, LOG_LEVEL_INFO),
			 "%s: asked for the list of devices", guest->who);
		guest_refuse(guest, &ack, 0, VMS_GOAWAY_SHUTDOWN,
			     guest->devices);
		return 0;
	}

	index = device_list_find(guest->devices, hello.device);
	if (index < 0) {
		log_line(guest_level(guest, NOTICE_NAME, LOG_LEVEL_WARN),
			 "%s: refused: no device \"%s\"", guest->who,
			 hello.device);
		guest_refuse(guest, &ack, index, VMS_GOAWAY_DEVICE,
			     guest->devices);
		return 0;
	}

	ret = guest_open_device(guest, index, &ack);
	if (ret < 0) {
		device = &guest->devices->devices[index];
		device_explain(device, ret, why);
		log_line(guest_level(guest, NOTICE_DEVICE + (unsigned int)index,
				     LOG_LEVEL_ERR),
			 "%s: refused: device %s: %s", guest->who, device->name,
			 why);
		guest_refuse(guest, &ack, ret, VMS_GOAWAY_DEVICE, NULL);
		return 0;
	}

	guest_serve(guest, &ack, guest->devices->devices[index].name);
	return 0;
}

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
	const struct vms_header *header = &frame->header;
	uint32_t capacity = header->arg;

	/* An answer goes into one frame, whatever the guest has room for. */
	if (capacity > guest->out.max_ctrl)
		capacity = guest->out.max_ctrl;

	guest_out_request(&guest->out);
	client_command(guest->client, header->tag, frame->section, header->slen,
		       frame->aux, frame->aux_len, capacity);
}

static int guest_clock(struct guest *guest, const struct channel_frame *frame)
{
	const struct vms_header header = { .type = VMS_CLOCK };
	uint64_t now = hello_now(CLOCK_MONOTONIC);
	uint8_t body[sizeof(struct vms_clock)];
	struct wire_writer writer;
	struct vms_clock clock;

	if (wire_get_clock(frame->section, frame->header.slen, &clock) < 0 ||
	    clock.rx_ns || clock.reply_ns)
		return guest_lie(guest, "malformed CLOCK");

	clock.rx_ns = now;
	clock.reply_ns = hello_now(CLOCK_MONOTONIC);
	wire_writer_init(&writer, body, sizeof(body));
	wire_put_clock(&writer, &clock);
	guest_out_answer(&guest->out, &header, body, sizeof(body));
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
		guest_request(guest, frame);
		return 0;
	case VMS_CANCEL:
		if (!(guest->features & VMS_FEATURE_CANCEL))
			break;
		client_cancel(guest->client, header->tag);
		return 0;
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
	transport_peer_format(peer, guest->who, sizeof(guest->who));

	ret = loop_timer(loop, guest_on_timeout, guest, &guest->timeout);
	if (ret < 0)
		goto err_free;

	ret = channel_create(loop, fd, VMS_PARTIAL_TIMEOUT_MS,
			     &guest_channel_ops, guest, &guest->channel);
	if (ret < 0)
		goto err_timer;

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

unsigned int guest_notice(const struct guest *guest)
{
	return guest->notice;
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
