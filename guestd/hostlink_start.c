// SPDX-License-Identifier: BSD-3-Clause
/*
 * The start of a connection.
 */
#include "guestd/hostlink_start.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/transport.h"

static void start_end(void *data)
{
	struct hostlink_start *start = data;
	int fd = start->fd;

	loop_watch_remove(start->watch);
	start->watch = NULL;
	start->fd = -1;
	if (start->error) {
		if (fd >= 0)
			close(fd);
		start->failed(start->owner, start->error);
	} else {
		start->connected(start->owner, fd);
	}
}

static void start_writable(void *data, uint32_t events)
{
	struct hostlink_start *start = data;

	(void)events;
	start->error = transport_connected(start->fd);
	start_end(start);
}

void hostlink_start_connect(struct hostlink_start *start, int fd)
{
	bool pending = false;

	start->fd = fd;
	start->error = 0;
	if (fd < 0)
		start->error = transport_connect(&start->config->address,
						 &start->fd, &pending);
	if (!start->error && pending)
		start->error = loop_watch(start->loop, start->fd, EPOLLOUT,
					  start_writable, start, &start->watch);
	if (start->error || !pending)
		loop_defer(start->loop, start_end, start);
}

void hostlink_start_stop(struct hostlink_start *start)
{
	if (!start->loop)
		return;
	loop_undefer(start->loop, start_end, start);
	loop_watch_remove(start->watch);
	start->watch = NULL;
	if (start->fd >= 0)
		close(start->fd);
	start->fd = -1;
}

int hostlink_start_hello(struct channel *channel,
			 const struct hostlink_config *config)
{
	struct vms_header header = { .type = VMS_HELLO };
	struct vms_hello hello = {
		.version_min = VMS_VERSION_MIN,
		.version_max = VMS_VERSION_MAX,
		.role = config->list ? VMS_ROLE_LIST : VMS_ROLE_CONTROL,
		.features = VMS_FEATURES,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.clock_domain = config->clock_domain,
	};
	uint8_t bytes[sizeof(hello)];
	struct wire_writer writer;

	memcpy(hello.device, config->device, sizeof(hello.device));
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, &hello);
	return channel_send(channel, &header, bytes, sizeof(bytes));
}

/* "a, b, c" */
static void list_names(const struct vms_list_entry *entries, unsigned int count,
		       char *text, size_t len)
{
	size_t used = 0;
	unsigned int i;

	text[0] = 0;
	for (i = 0; i < count && used < len; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s",
					 i ? ", " : "", entries[i].name);
}

static int refused_goaway(const struct hostlink_config *config,
			  const struct channel_frame *frame, char *why)
{
	char address[TRANSPORT_TEXT_LEN];
	struct vms_goaway goaway;

	transport_format(&config->address, address, sizeof(address));
	if (wire_get_goaway(frame->section, frame->header.slen, &goaway)) {
		snprintf(why, HOSTLINK_WHY_LEN, "%s: this is not hostd",
			 address);
		return -EPROTO;
	}
	switch (goaway.reason) {
	case VMS_GOAWAY_NOT_ALLOWED:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: hostd has no rule for this guest: "
			 "start hostd with --allow (its log names the rule)",
			 address);
		break;
	case VMS_GOAWAY_PORT:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: our vsock port is not below 1024: "
			 "give guestd CAP_NET_BIND_SERVICE, or start hostd "
			 "with --allow cid:N,any-port",
			 address);
		break;
	case VMS_GOAWAY_LIMIT:
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: refused: too many connections of this guest: "
			 "stop another guestd",
			 address);
		break;
	default:
		snprintf(why, HOSTLINK_WHY_LEN, "%s: refused: %s", address,
			 wire_goaway_text(goaway.reason));
		break;
	}
	return -EACCES;
}

static int refused_ack(const struct hostlink_config *config,
		       const struct vms_hello_ack *ack,
		       const struct vms_list_entry *entries, unsigned int count,
		       char *why)
{
	char address[TRANSPORT_TEXT_LEN];
	char names[HOSTLINK_WHY_LEN / 2];

	transport_format(&config->address, address, sizeof(address));
	list_names(entries, count, names, sizeof(names));
	if (ack->status == EPROTONOSUPPORT)
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd speaks protocol version %u, guestd %d: "
			 "install the same release of both",
			 address, ack->version, VMS_VERSION_MAX);
	else if (ack->status == ENODEV && count)
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd has no device \"%s\": choose --remote from "
			 "%s",
			 address, config->device, names);
	else
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd cannot open device \"%s\": %s: look at "
			 "hostd's log",
			 address, config->device, strerror((int)ack->status));
	return -(int)ack->status;
}

int hostlink_start_answer(const struct hostlink_config *config,
			  const struct channel_frame *frame, void *owner,
			  struct vms_hello_ack *ack, char *why)
{
	static struct vms_list_entry entries[VMS_LIST_MAX];
	char address[TRANSPORT_TEXT_LEN];
	unsigned int count = 0;

	transport_format(&config->address, address, sizeof(address));
	if (frame->header.type == VMS_GOAWAY)
		return refused_goaway(config, frame, why);
	if (frame->header.type != VMS_HELLO_ACK ||
	    wire_get_hello_ack(frame->section, frame->header.slen, ack, entries,
			       &count)) {
		snprintf(why, HOSTLINK_WHY_LEN, "%s: this is not hostd",
			 address);
		return -EPROTO;
	}
	if (ack->status)
		return refused_ack(config, ack, entries, count, why);
	if (ack->version < VMS_VERSION_MIN || ack->version > VMS_VERSION_MAX) {
		ack->status = EPROTONOSUPPORT;
		return refused_ack(config, ack, entries, count, why);
	}
	if (ack->features & ~VMS_FEATURES) {
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd agreed to what was not offered", address);
		return -EPROTO;
	}
	if (ack->page_size != VMS_PAGE_SIZE) {
		snprintf(why, HOSTLINK_WHY_LEN,
			 "%s: hostd counts in pages of %u bytes, guestd in "
			 "pages of %d: install the same release of both",
			 address, ack->page_size, VMS_PAGE_SIZE);
		return -EPROTO;
	}
	if (!config->list)
		return 0;
	config->listing(owner, entries, count);
	return 1;
}

void hostlink_start_why(const struct hostlink_config *config, int error,
			char *why)
{
	const struct transport_address *address = &config->address;
	char text[TRANSPORT_TEXT_LEN];
	const char *cure = "is hostd running there?";

	transport_format(address, text, sizeof(text));
	if (error == -ETIMEDOUT || error == -EPIPE)
		cure = "does hostd run there, and is it stopped?";
	else if (address->kind == TRANSPORT_VSOCK && error == -EAFNOSUPPORT)
		cure = "modprobe vsock";
	else if (address->kind == TRANSPORT_VSOCK && error == -ENODEV)
		cure = "this machine has no vsock device: start the VM with "
		       "one, or modprobe vsock_loopback";
	else if (address->kind == TRANSPORT_VSOCK)
		cure = "start hostd on the host: hostd --listen vsock:848 "
		       "--allow cid:N";
	else if (error == -EACCES || error == -EPERM)
		cure = "the socket file is not yours to use";
	snprintf(why, HOSTLINK_WHY_LEN, "%s: %s: %s", text, strerror(-error),
		 cure);
}
