// SPDX-License-Identifier: BSD-3-Clause
/*
 * The life of a channel: events, what it receives, the end.
 *
 *	loop ── channel ─┬─ channel_in ── recvmsg
 *	                 └─ channel_out ── sendmsg
 *
 * The two halves never call anybody; all callbacks are made here and in
 * channel_send.c.  Any of them may destroy the channel, so whatever goes on
 * after one holds the memory, and the state tells it to stop.
 */
#include "common/channel.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/channel_parts.h"
#include "common/log.h"
#include "common/transport.h"

#define CHANNEL_GOAWAY_MS 1000

static const char *const channel_state_names[] = {
	[CHANNEL_OPEN] = "open",
	[CHANNEL_LEAVING] = "leaving",
	[CHANNEL_ENDED] = "ended",
	[CHANNEL_CLOSED] = "closed",
};
static_assert(sizeof(channel_state_names) / sizeof(channel_state_names[0]) ==
		      CHANNEL_STATE_COUNT,
	      "a state without a name");

void channel_set_state(struct channel *channel, enum channel_state state)
{
	assert(state > channel->state);

	log_debug("channel %d: %s -> %s", channel->fd,
		  channel_state_names[channel->state],
		  channel_state_names[state]);
	channel->state = state;
}

void channel_hold(struct channel *channel)
{
	channel->held++;
}

/* The socket is not touched. */
static void channel_free(struct channel *channel)
{
	loop_timer_destroy(channel->soon);
	loop_timer_destroy(channel->deadline);
	channel_out_finish(&channel->out);
	channel_in_finish(&channel->in);
	free(channel);
}

void channel_release(struct channel *channel)
{
	if (--channel->held == 0 && channel->destroyed)
		channel_free(channel);
}

static void channel_run_soon(struct channel *channel)
{
	loop_timer_set(channel->soon, 0);
}

void channel_read_soon(struct channel *channel)
{
	channel->read_soon = true;
	channel_run_soon(channel);
}

static bool channel_reads(const struct channel *channel)
{
	return channel->state == CHANNEL_OPEN && !channel->paused;
}

/*
 * Then nothing but EPOLLRDHUP tells of a vsock peer that has left while something of
 * its waits to be read: there is neither EPOLLHUP nor room to write.
 */
static bool channel_only_writes(const struct channel *channel)
{
	return channel->state == CHANNEL_OPEN && channel->paused &&
	       channel_writes(channel);
}

void channel_end(struct channel *channel, int error)
{
	if (channel->state >= CHANNEL_ENDED)
		return;

	channel_set_state(channel, CHANNEL_ENDED);
	channel->error = error;
	loop_watch_set(channel->watch, 0);
	loop_timer_stop(channel->deadline);
	channel_run_soon(channel);
}

static void channel_settle_deadline(struct channel *channel)
{
	if (channel->state != CHANNEL_OPEN)
		return;

	if (!channel->partial_ms || channel->paused ||
	    !channel_in_partial(&channel->in))
		loop_timer_stop(channel->deadline);
	else if (channel->in.completed || !loop_timer_armed(channel->deadline))
		loop_timer_set(channel->deadline,
			       channel->partial_ms * LOOP_MS);
	channel->in.completed = false;
}

void channel_settle(struct channel *channel)
{
	bool writes = channel_writes(channel);
	uint32_t events = 0;
	int ret;

	if (channel->state >= CHANNEL_ENDED)
		return;

	if (channel->state == CHANNEL_LEAVING && !writes) {
		channel_end(channel, channel->error);
		return;
	}

	if (channel_reads(channel))
		events |= EPOLLIN;
	if (writes)
		events |= EPOLLOUT;
	if (writes && channel_only_writes(channel))
		events |= EPOLLRDHUP;
	ret = loop_watch_set(channel->watch, events);
	if (ret < 0) {
		channel_end(channel, ret);
		return;
	}

	channel_settle_deadline(channel);
	if (channel->high && channel->out.queued < CHANNEL_LOW)
		channel_run_soon(channel);
}

void channel_goaway(struct channel *channel, int error,
		    enum vms_goaway_reason reason)
{
	const struct vms_header header = { .type = VMS_GOAWAY };
	uint8_t body[sizeof(struct vms_goaway)];
	struct wire_writer writer;

	if (channel->state != CHANNEL_OPEN)
		return;

	channel_set_state(channel, CHANNEL_LEAVING);
	channel->error = -error;
	loop_timer_set(channel->deadline, CHANNEL_GOAWAY_MS * LOOP_MS);

	wire_writer_init(&writer, body, sizeof(body));
	wire_put_goaway(&writer, &(struct vms_goaway){ .error = (uint32_t)error,
						       .reason = reason });
	/* Without memory the peer is not told why, that is all. */
	channel_out_frame(&channel->out, &header, body, sizeof(body), -1);
	channel_flush(channel);
}

/* ---- receiving ------------------------------------------------------- */

static void channel_fail(struct channel *channel, int error)
{
	channel_goaway(channel, -error, VMS_GOAWAY_PROTOCOL);
}

static int channel_take_one(struct channel *channel, enum channel_in_step step)
{
	struct channel_in *in = &channel->in;
	const struct channel_frame frame = {
		.header = in->header,
		.section = in->section,
		.aux = in->aux,
		.aux_len = in->aux_len,
	};

	switch (step) {
	case CHANNEL_IN_MORE:
		break;
	case CHANNEL_IN_FRAME:
		return channel->ops->frame(channel->owner, &frame);
	case CHANNEL_IN_DATA:
		channel_in_place(in, channel->ops->data_begin(channel->owner,
							      &frame.header));
		break;
	case CHANNEL_IN_DATA_END:
		return channel->ops->data_end(channel->owner, &frame.header);
	}
	return 0;
}

/* All that was read. */
static void channel_take(struct channel *channel)
{
	int ret;

	while (channel_reads(channel)) {
		ret = channel_in_next(&channel->in, channel->max_ctrl,
				      channel->max_chunk);
		if (ret == CHANNEL_IN_MORE)
			break;
		if (ret > 0)
			ret = channel_take_one(channel,
					       (enum channel_in_step)ret);
		if (ret < 0)
			channel_fail(channel, ret);
	}
}

/* recvmsg(2) returned no bytes. */
static void channel_read_failed(struct channel *channel, int error)
{
	/* Whoever is killed leaves in the middle of a frame: no lie. */
	if (error == 0 && channel_in_partial(&channel->in))
		error = -ECONNRESET;
	if (error == -EPROTO)
		channel_fail(channel, -EPROTO);
	else if (error != -EAGAIN)
		channel_end(channel, error);
}

static void channel_receive(struct channel *channel)
{
	size_t bytes = 0;
	bool more = true;
	ssize_t ret;

	channel_hold(channel);
	channel->corked = true;

	if (channel->read_soon) {
		channel->read_soon = false;
		channel_take(channel);
	}
	while ((more || channel->write_error) && bytes < CHANNEL_ROUND &&
	       channel_reads(channel)) {
		ret = channel_in_read(&channel->in, channel->fd, &more);
		if (ret <= 0) {
			channel_read_failed(channel, (int)ret);
			break;
		}
		bytes += (size_t)ret;
		channel_take(channel);
	}

	channel->corked = false;
	if (channel_writes(channel))
		channel_flush(channel); /* and settle */
	else
		channel_settle(channel);
	if (channel_reads(channel) && channel->write_error)
		channel_end(channel, channel->write_error);
	channel_release(channel);
}

void channel_without_fds(struct channel *channel)
{
	channel->in.fds.none = true;
}

void channel_accept_fds(struct channel *channel, bool (*fits)(int fd))
{
	channel->in.fds.fits = fits;
	setsockopt(channel->fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){ 1 },
		   sizeof(int));
}

void channel_dispose(struct channel *channel,
		     void (*dispose)(void *owner, int fd), void *owner)
{
	channel->in.fds.dispose = dispose;
	channel->in.fds.owner = owner;
	/* Or recvmsg(2) passes over a byte sent with MSG_OOB, and closes what it brings. */
	setsockopt(channel->fd, SOL_SOCKET, SO_OOBINLINE, &(int){ 1 },
		   sizeof(int));
}

int channel_take_fd(struct channel *channel)
{
	int fd = channel->in.fd;

	channel->in.fd = -1;
	return fd;
}

void channel_forget_data(struct channel *channel, const void *bytes, size_t len)
{
	channel_in_forget(&channel->in, bytes, len);
}

void channel_pause(struct channel *channel, bool pause)
{
	if (pause == channel->paused)
		return;

	channel->paused = pause;
	if (channel->state != CHANNEL_OPEN)
		return;

	if (!pause)
		channel_read_soon(channel);
	else if (channel->write_error)
		channel_end(channel, channel->write_error);
	channel_settle(channel);
}

/* ---- what the loop calls --------------------------------------------- */

static void channel_on_event(void *data, uint32_t events)
{
	struct channel *channel = data;

	channel_hold(channel);
	/* It is no error then; what is one comes again. */
	if (events & EPOLLERR &&
	    channel_zerocopy_reap(&channel->out.zerocopy, channel->fd))
		events &= ~(uint32_t)EPOLLERR;
	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		channel_flush(channel);
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && channel_reads(channel))
		channel_receive(channel);
	if (events & EPOLLRDHUP && channel_only_writes(channel))
		channel_end(channel, 0);
	channel_release(channel);
}

static void channel_on_deadline(void *data)
{
	struct channel *channel = data;

	if (channel->state == CHANNEL_OPEN)
		channel_goaway(channel, ETIMEDOUT, VMS_GOAWAY_TIMEOUT);
	else
		channel_end(channel, channel->error);
}

static void channel_on_soon(void *data)
{
	struct channel *channel = data;

	channel_hold(channel);
	if (channel->state == CHANNEL_OPEN && channel->high &&
	    channel->out.queued < CHANNEL_LOW) {
		channel->high = false;
		if (channel->ops->drained)
			channel->ops->drained(channel->owner);
	}
	if (channel->read_soon)
		channel_receive(channel);
	if (channel->state == CHANNEL_ENDED) {
		channel_set_state(channel, CHANNEL_CLOSED);
		channel->ops->closed(channel->owner, channel->error);
	}
	channel_release(channel);
}

/* ---- making and destroying ------------------------------------------- */

int channel_create(struct loop *loop, int fd, uint32_t partial_ms,
		   const struct channel_ops *ops, void *owner,
		   struct channel **out)
{
	struct channel *channel;
	int ret;

	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return -ENOMEM;

	channel->fd = fd;
	channel->partial_ms = partial_ms;
	channel->ops = ops;
	channel->owner = owner;
	channel_set_limits(channel, VMS_MAX_CTRL, VMS_MAX_CHUNK);
	channel_out_init(&channel->out, transport_is_of(fd, AF_VSOCK)
						? CHANNEL_OUT_VSOCK
						: CHANNEL_OUT_BYTES);
	channel_zerocopy_init(&channel->out.zerocopy, fd);

	ret = channel_in_init(&channel->in);
	if (ret < 0)
		goto err_free;
	ret = loop_timer(loop, channel_on_deadline, channel,
			 &channel->deadline);
	if (ret < 0)
		goto err_free;
	ret = loop_timer(loop, channel_on_soon, channel, &channel->soon);
	if (ret < 0)
		goto err_free;
	ret = loop_watch(loop, fd, EPOLLIN, channel_on_event, channel,
			 &channel->watch);
	if (ret < 0)
		goto err_free;

	/* Old kernels and other families do not know it: MSG_CTRUNC is left. */
	setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){ 0 }, sizeof(int));

	*out = channel;
	return 0;

err_free:
	channel_free(channel);
	return ret;
}

static void channel_close(struct channel *channel)
{
	/* As if it were closed, for the peer. */
	if (channel->in.fds.dispose)
		shutdown(channel->fd, SHUT_RDWR);
	channel_fds_dispose(&channel->in.fds, channel->fd);
}

void channel_destroy(struct channel *channel)
{
	if (!channel || channel->destroyed)
		return;

	channel_hold(channel);
	channel->destroyed = true;
	if (channel->state != CHANNEL_CLOSED)
		channel_set_state(channel, CHANNEL_CLOSED);

	loop_watch_remove(channel->watch);
	channel->watch = NULL;
	channel_close(channel);

	channel_out_drop(&channel->out);
	channel_run_done(channel);
	channel_release(channel);
}

static uint32_t channel_clamp(uint32_t value, uint32_t min, uint32_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

void channel_set_limits(struct channel *channel, uint32_t max_ctrl,
			uint32_t max_chunk)
{
	channel->max_ctrl = channel_clamp(max_ctrl, VMS_MIN_CTRL, VMS_MAX_CTRL);
	channel->max_chunk =
		channel_clamp(max_chunk, VMS_MIN_CHUNK, VMS_MAX_CHUNK) & ~7u;
}
