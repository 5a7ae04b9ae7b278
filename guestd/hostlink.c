// SPDX-License-Identifier: BSD-3-Clause
/*
 * guestd's end of the wire: its beginning and its end.
 */
#include "guestd/hostlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/transport.h"
#include "guestd/hostlink_parts.h"

static int handle_hello(struct hostlink *link,
			const struct channel_frame *frame);

static int link_frame(void *owner, const struct channel_frame *frame)
{
	struct hostlink *link = owner;

	return link->ready ? hostlink_take(link, frame)
			   : handle_hello(link, frame);
}

static void *link_data_begin(void *owner, const struct vms_header *header)
{
	struct hostlink *link = owner;

	return link->ready ? link->ops->data(link->owner, header->off,
					     header->slen, header->arg)
			   : NULL;
}

static int link_data_end(void *owner, const struct vms_header *header)
{
	(void)owner;
	(void)header;
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

static void link_stop_timers(struct hostlink *link)
{
	loop_timer_stop(link->timer);
	loop_timer_stop(link->hold);
}

static void link_refuse(struct hostlink *link, int error, bool answered,
			const char *why)
{
	link->over = true;
	link_stop_timers(link);
	hostlink_fail_calls(link);
	link->ops->refused(link->owner, error, answered, why);
}

static void link_fail(struct hostlink *link, int error)
{
	const struct transport_address *address = &link->config->address;
	char why[HOSTLINK_WHY_LEN];

	hostlink_why_failed(address, hostlink_why_local_cid(address), error,
			    why);
	link_refuse(link, error, error == -EPROTO, why);
}

static void link_closed(void *owner, int error)
{
	struct hostlink *link = owner;

	if (link->over)
		return;
	if (!link->ready) {
		link_fail(link, error ? error : -ECONNRESET);
		return;
	}
	link->over = true;
	link_stop_timers(link);
	hostlink_fail_calls(link);
	link->ops->lost(link->owner, error == -ECONNRESET ? 0 : error);
}

static const struct channel_ops link_channel_ops = {
	.frame = link_frame,
	.data_begin = link_data_begin,
	.data_end = link_data_end,
	.closed = link_closed,
};

/* ---- the start ----------------------------------------------------------- */

static void link_timer(void *data)
{
	struct hostlink *link = data;

	if (link->ready)
		hostlink_clock_timer(link);
	else
		link_fail(link, -ETIMEDOUT);
}

/* At its window the host stops reading, and would not see a CANCEL. */
static uint32_t usable_window(uint32_t window)
{
	if (window > SLOT_COUNT)
		window = SLOT_COUNT;
	return window > 1 ? window - 1 : window;
}

static int handle_hello(struct hostlink *link,
			const struct channel_frame *frame)
{
	char why[HOSTLINK_WHY_LEN];
	struct vms_hello_ack ack;
	int ret, fd;

	if (link->over)
		return 0;
	fd = channel_take_fd(link->channel);
	if (fd >= 0)
		close(fd);
	ret = hostlink_start_answer(link->config, link->offered, frame,
				    link->owner, &ack, why);
	if (ret > 0) {
		link->over = true;
		return -ECONNRESET;
	}
	if (ret < 0) {
		link_refuse(link, ret, ret != -EAGAIN, why);
		return 0;
	}
	if ((ack.features & VMS_FEATURES_FD) && fd < 0) {
		link_fail(link, -EBADMSG);
		return 0;
	}
	loop_timer_stop(link->timer);
	channel_set_limits(link->channel, ack.max_ctrl, ack.max_chunk);
	if (ack.features & VMS_FEATURE_MEMO && memo_create(&link->memo)) {
		link_fail(link, -ENOMEM);
		return 0;
	}
	link->features = ack.features;
	link->max_ctrl = ack.max_ctrl;
	link->window = usable_window(ack.cmd_window);
	link->ready = true;
	hostlink_clock_start(link, &ack);
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
		hostlink_start_drop(link->config, fd);
		link_fail(link, ret);
		return;
	}
	if (!transport_is_of(fd, AF_UNIX))
		channel_without_fds(link->channel);
	else if (link->config->dispose)
		channel_dispose(link->channel, link->config->dispose,
				link->config->disposer);
	link->offered = hostlink_start_features(fd, link->config);
	if (link->offered & VMS_FEATURES_FD)
		channel_accept_fds(link->channel, plane_object_is_memory);
	link->asked_ns = loop_now(link->loop);
	ret = hostlink_start_hello(link->channel, link->config, link->offered);
	if (ret)
		link_fail(link, ret);
}

static void link_failed(void *owner, int error)
{
	link_fail(owner, error);
}

static void link_destroy_timers(struct hostlink *link)
{
	loop_timer_destroy(link->timer);
	loop_timer_destroy(link->hold);
	loop_timer_destroy(link->soon);
}

int hostlink_create(struct loop *loop, int fd,
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
	link->object.fd = -1;
	ret = loop_timer(loop, link_timer, link, &link->timer);
	if (!ret)
		ret = hostlink_clock_create(link);
	if (!ret)
		ret = loop_timer(loop, hostlink_fail_later, link, &link->soon);
	link->start.loop = loop;
	link->start.config = config;
	link->start.connected = link_connected;
	link->start.failed = link_failed;
	link->start.owner = link;
	if (!ret)
		ret = hostlink_start_connect(&link->start, fd);
	if (ret) {
		link_destroy_timers(link);
		free(link);
		return ret;
	}
	loop_timer_set(link->timer, HOSTLINK_ANSWER_NS);
	*out = link;
	return 0;
}

static void free_own(struct hostlink_call *call)
{
	if (call && hostlink_own(call))
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
	while ((call = link->refused)) {
		link->refused = call->next;
		call->link = NULL;
	}
	while ((call = link->held)) {
		link->held = call->next;
		call->link = NULL;
	}
	hostlink_start_stop(&link->start);
	hostlink_object_drop(link);
	memo_destroy(link->memo);
	channel_destroy(link->channel);
	link_destroy_timers(link);
	free(link);
}
