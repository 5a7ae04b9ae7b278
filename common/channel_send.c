// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a channel sends.
 *
 * Everything that queues also flushes, and done() is called below it, so done()
 * may find itself below the call that lent.  It may queue more: then the flush
 * that is running goes on with it.
 *
 * A socket that takes no more is read to its end before the channel ends: the
 * peer may have said why it left.
 */
#include "common/channel.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "common/channel_parts.h"

bool channel_writes(const struct channel *channel)
{
	bool bulk = channel->state == CHANNEL_OPEN;

	return channel->state < CHANNEL_ENDED && !channel->write_error &&
	       !channel_out_idle(&channel->out, bulk);
}

static bool channel_accepts(const struct channel *channel)
{
	return channel->state == CHANNEL_OPEN && !channel->write_error;
}

void channel_run_done(struct channel *channel)
{
	void (*done)(void *data);
	void *data;

	while (channel_out_pop_done(&channel->out, &done, &data))
		done(data);
}

static void channel_write_failed(struct channel *channel, int error)
{
	channel->write_error = error;
	if (channel->state == CHANNEL_LEAVING)
		channel_end(channel, channel->error);
	else if (channel->paused)
		channel_end(channel, error);
	else
		channel_read_soon(channel);
}

void channel_flush(struct channel *channel)
{
	size_t bytes = 0;
	bool more = true;
	ssize_t ret;

	if (channel->flushing || channel->corked)
		return;
	channel->flushing = true;
	channel_hold(channel);

	while (more && bytes < CHANNEL_ROUND && channel_writes(channel)) {
		ret = channel_out_write(&channel->out, channel->fd,
					channel->state == CHANNEL_OPEN, &more);
		if (ret < 0) {
			if (ret != -EAGAIN)
				channel_write_failed(channel, (int)ret);
			break;
		}
		bytes += (size_t)ret;
		channel_run_done(channel);
	}

	channel->flushing = false;
	channel_settle(channel);
	channel_release(channel);
}

/* Something was queued. */
static void channel_queued_more(struct channel *channel)
{
	if (channel->out.queued >= CHANNEL_HIGH)
		channel->high = true;
	channel_flush(channel);
}

int channel_send(struct channel *channel, const struct vms_header *header,
		 const void *body, size_t len)
{
	int ret = 0;

	if (channel_accepts(channel))
		ret = channel_out_frame(&channel->out, header, body, len, -1);
	channel_queued_more(channel);
	return ret;
}

int channel_send_fd(struct channel *channel, const struct vms_header *header,
		    const void *body, size_t len, int fd)
{
	int ret;

	assert(header->flags & VMS_FLAG_FD);

	if (!channel_accepts(channel)) {
		close(fd);
		return 0;
	}
	ret = channel_out_frame(&channel->out, header, body, len, fd);
	channel_queued_more(channel);
	return ret;
}

int channel_send_behind(struct channel *channel, const void *key,
			const struct vms_header *header, const void *body,
			size_t len)
{
	int ret = 0;

	if (channel_accepts(channel))
		ret = channel_out_behind(&channel->out, key, header, body, len);
	channel_queued_more(channel);
	return ret;
}

int channel_send_data(struct channel *channel, const void *key,
		      const void *bytes, size_t len, uint64_t addr,
		      uint32_t generation, void (*done)(void *data), void *data)
{
	struct channel_run run = {
		.key = key,
		.bytes = bytes,
		.len = len,
		.addr = addr,
		.generation = generation,
		.max_chunk = channel_out_chunk(&channel->out),
		.done = done,
		.data = data,
	};
	int ret;

	assert(len > 0);

	if (run.max_chunk > channel->max_chunk)
		run.max_chunk = channel->max_chunk;

	/* A done() that lends again would keep channel_destroy() from ending. */
	if (channel->destroyed)
		return -ESHUTDOWN;

	/* A closed channel keeps it until channel_cancel() or _destroy(). */
	ret = channel_out_data(&channel->out, &run);
	if (ret < 0)
		return ret;

	channel_queued_more(channel);
	return 0;
}

void channel_cancel(struct channel *channel, const void *key)
{
	channel_hold(channel);
	channel_out_cancel(&channel->out, key);
	channel_run_done(channel);
	channel_settle(channel);
	channel_release(channel);
}

size_t channel_queued(const struct channel *channel)
{
	return channel->out.queued;
}

size_t channel_waiting(const struct channel *channel)
{
	return channel->out.items;
}

bool channel_control_waits(const struct channel *channel)
{
	return !TAILQ_EMPTY(&channel->out.control);
}
