/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The channel itself, for the two files that share it: channel.c, which has its
 * life and what it receives, and channel_send.c.
 */
#ifndef COMMON_CHANNEL_PARTS_H
#define COMMON_CHANNEL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/channel_in.h"
#include "common/channel_out.h"
#include "common/loop.h"

struct channel_ops;

/* Bytes read, or written, before other descriptors have their turn. */
#define CHANNEL_ROUND (1u << 20)

/**
 * enum channel_state - How near the end is
 * @CHANNEL_OPEN:	Both directions work
 * @CHANNEL_LEAVING:	GOAWAY and what stands before it are being sent; nothing
 *			is received and nothing more accepted
 * @CHANNEL_ENDED:	The socket is not used any more, closed() is due
 * @CHANNEL_CLOSED:	closed() was called, or channel_destroy(): no callback
 *			but done()
 *
 * It only goes down this list.
 */
enum channel_state {
	CHANNEL_OPEN,
	CHANNEL_LEAVING,
	CHANNEL_ENDED,
	CHANNEL_CLOSED,
	CHANNEL_STATE_COUNT,
};

/**
 * struct channel - See channel.h
 * @state:	Set by channel_set_state()
 * @error:	For closed()
 * @write_error: Negative errno: the socket takes no more; it is still read
 * @paused:	channel_pause()
 * @high:	CHANNEL_HIGH was reached, drained() is owed
 * @flushing:	channel_flush() is running
 * @corked:	Frames that came together are being handed on: what they bring about
 *		is sent together, behind the last
 * @read_soon:	channel_read_soon()
 * @deadline:	OPEN: of a frame that is begun.  LEAVING: of GOAWAY
 * @soon:	What must not happen below a call of the owner's: closed(),
 *		drained(), frames that were kept while paused.  A timer without
 *		delay: setting a timer cannot fail, loop_defer() can
 * @held:	Functions of ours on the stack that go on after a callback
 * @destroyed:	channel_destroy() was called; freed when @held is 0
 */
struct channel {
	int fd;
	uint32_t partial_ms;
	uint32_t max_ctrl;
	uint32_t max_chunk;
	const struct channel_ops *ops;
	void *owner;
	enum channel_state state;
	int error;
	int write_error;
	bool paused;
	bool high;
	bool flushing;
	bool corked;
	bool read_soon;
	struct loop_watch *watch;
	struct loop_timer *deadline;
	struct loop_timer *soon;
	unsigned int held;
	bool destroyed;
	struct channel_in in;
	struct channel_out out;
};

/**
 * channel_set_state() - The only place that does
 */
void channel_set_state(struct channel *channel, enum channel_state state);

/**
 * channel_hold() - Keep the memory over callbacks, until channel_release()
 */
void channel_hold(struct channel *channel);
void channel_release(struct channel *channel);

/**
 * channel_end() - Stop using the socket; closed(@error) comes from the loop
 *
 * Does nothing if it has ended already.
 */
void channel_end(struct channel *channel, int error);

/**
 * channel_settle() - Have the loop wait for what there is to wait for
 *
 * After anything that changes that.
 */
void channel_settle(struct channel *channel);

/**
 * channel_read_soon() - Read, without an event that says so, and what was read before it
 * was paused is taken first
 */
void channel_read_soon(struct channel *channel);

/**
 * channel_writes() - Is there something to send, and a way to?
 */
bool channel_writes(const struct channel *channel);

/**
 * channel_flush() - Send what the socket takes
 *
 * May be called again from a done(); the outermost call does the work.
 */
void channel_flush(struct channel *channel);

/**
 * channel_run_done() - Give back what is not needed any more
 */
void channel_run_done(struct channel *channel);

#endif
