// SPDX-License-Identifier: BSD-3-Clause
/*
 * The start of a connection.
 */
#include "guestd/hostlink_start.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/shmem.h"
#include "common/transport.h"
#include "guestd/hostlink_why.h"

void hostlink_start_drop(const struct hostlink_config *config, int fd)
{
	if (!config->dispose || !transport_is_of(fd, AF_UNIX)) {
		close(fd);
		return;
	}
	shutdown(fd, SHUT_RDWR);
	config->dispose(config->disposer, fd);
}

static void start_end(void *data)
{
	struct hostlink_start *start = data;
	int fd = start->fd;

	loop_watch_remove(start->watch);
	start->watch = NULL;
	start->fd = -1;
	if (start->error) {
		/* It is not connected: there is nothing in it. */
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

int hostlink_start_connect(struct hostlink_start *start, int fd)
{
	bool pending = false;
	int ret;

	start->fd = fd;
	start->error = 0;
	if (fd < 0)
		start->error = transport_connect(&start->config->address,
						 &start->fd, &pending);
	if (!start->error && pending)
		start->error = loop_watch(start->loop, start->fd, EPOLLOUT,
					  start_writable, start, &start->watch);
	if (!start->error && pending)
		return 0;
	ret = loop_defer(start->loop, start_end, start);
	if (ret && fd < 0 && start->fd >= 0)
		hostlink_start_drop(start->config, start->fd);
	return ret;
}

void hostlink_start_stop(struct hostlink_start *start)
{
	if (!start->loop)
		return;
	loop_undefer(start->loop, start_end, start);
	loop_watch_remove(start->watch);
	start->watch = NULL;
	if (start->fd >= 0)
		hostlink_start_drop(start->config, start->fd);
	start->fd = -1;
}

uint64_t hostlink_start_features(int fd, const struct hostlink_config *config)
{
	uint64_t features = VMS_FEATURES;

	if (config->shmem && !config->list)
		features |= VMS_FEATURE_SHMEM;

	if (!config->import)
		features &= ~VMS_FEATURE_OBJ_FD;
	if (!config->no_fds && transport_is_of(fd, AF_UNIX))
		return features;
	return features & ~VMS_FEATURES_FD;
}

/* Without a random number it is none that the host takes. */
static uint64_t leave_mark(const struct shmem *shmem)
{
	uint64_t mark = 0;

	if (getrandom(&mark, sizeof(mark), 0) != sizeof(mark))
		return 0;
	shmem_mark(shmem, mark);
	return mark;
}

int hostlink_start_hello(struct channel *channel,
			 const struct hostlink_config *config,
			 uint64_t features)
{
	struct vms_header header = { .type = VMS_HELLO };
	struct vms_hello hello = {
		.version_min = VMS_VERSION_MIN,
		.version_max = VMS_VERSION_MAX,
		.role = config->list ? VMS_ROLE_LIST : VMS_ROLE_CONTROL,
		.features = features,
		.max_ctrl = VMS_MAX_CTRL,
		.max_chunk = VMS_MAX_CHUNK,
		.cmd_window = VMS_CMD_WINDOW,
		.evt_credit = UINT32_MAX,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.clock_domain = config->clock_domain,
	};
	uint8_t bytes[sizeof(hello)];
	struct wire_writer writer;

	if (features & VMS_FEATURE_SHMEM) {
		hello.shmem_mark = leave_mark(config->shmem);
		hello.shmem_len = config->shmem->len;
	}
	memcpy(hello.device, config->device, sizeof(hello.device));
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, &hello);
	return channel_send(channel, &header, bytes, sizeof(bytes));
}

/* Return: a negative errno; -EAGAIN if hostd does not mean us */
static int refused_goaway(const struct hostlink_config *config,
			  const struct channel_frame *frame, char *why)
{
	struct vms_goaway goaway;

	if (wire_get_goaway(frame->section, frame->header.slen, &goaway)) {
		hostlink_why_failed(&config->address, HOSTLINK_CID_UNKNOWN,
				    -EPROTO, why);
		return -EPROTO;
	}
	hostlink_why_goaway(&config->address,
			    hostlink_why_local_cid(&config->address),
			    goaway.reason, why);
	switch (goaway.reason) {
	case VMS_GOAWAY_SHUTDOWN:
	case VMS_GOAWAY_TIMEOUT:
		return -EAGAIN;
	default:
		return -EACCES;
	}
}

int hostlink_start_answer(const struct hostlink_config *config,
			  uint64_t offered, const struct channel_frame *frame,
			  void *owner, struct vms_hello_ack *ack, char *why)
{
	static struct vms_list_entry entries[VMS_LIST_MAX];
	char address[TRANSPORT_TEXT_LEN];
	unsigned int count = 0;

	if (frame->header.type == VMS_GOAWAY)
		return refused_goaway(config, frame, why);
	if (frame->header.type != VMS_HELLO_ACK ||
	    wire_get_hello_ack(frame->section, frame->header.slen, ack, entries,
			       &count)) {
		hostlink_why_failed(&config->address, HOSTLINK_CID_UNKNOWN,
				    -EPROTO, why);
		return -EPROTO;
	}
	if (!ack->status &&
	    (ack->version < VMS_VERSION_MIN || ack->version > VMS_VERSION_MAX))
		ack->status = EPROTONOSUPPORT;
	if (ack->status) {
		hostlink_why_ack(config, ack, entries, count, why);
		return -(int)ack->status;
	}
	transport_format(&config->address, address, sizeof(address));
	if (ack->features & ~offered) {
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
