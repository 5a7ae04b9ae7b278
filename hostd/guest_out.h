/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sending side of a guest process: what client says becomes frames, and what
 * a guest can make us keep is limited by not reading on.
 */
#ifndef HOSTD_GUEST_OUT_H
#define HOSTD_GUEST_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "common/channel.h"
#include "hostd/client_ops.h"

/**
 * struct guest_out - The sending side
 * @channel:	Not owned
 * @who:	The peer, for the log; not owned
 * @max_ctrl:	Agreed on
 * @window:	Agreed on: REQs and IOs without answer at which reading stops
 * @unanswered:	REQs and IOs without answer
 * @answered_len: Bytes of answers that may not have been sent yet
 * @event_len:	Of V4L2 events, likewise
 */
struct guest_out {
	struct channel *channel;
	const char *who;
	uint32_t max_ctrl;
	uint32_t window;
	uint32_t unanswered;
	size_t answered_len;
	size_t event_len;
};

/** guest_out_ops - For a client whose owner is a struct guest_out */
extern const struct client_ops guest_out_ops;

/**
 * guest_out_init() - Nothing sent yet, and the limits of a HELLO that is to come
 */
void guest_out_init(struct guest_out *out, struct channel *channel,
		    const char *who);

/**
 * guest_out_answer() - Send a frame that the guest has asked for
 *
 * @fd:		Goes with it, taken over; -1: none
 *
 * As channel_send() or channel_send_fd(), but ends the channel if there is no
 * memory.
 */
void guest_out_answer(struct guest_out *out, const struct vms_header *header,
		      const void *body, size_t len, int fd);

/**
 * guest_out_request() - A REQ or IO has come; client_ops.respond or respond_io
 * ends it
 */
void guest_out_request(struct guest_out *out);

/**
 * guest_out_drained() - For channel_ops.drained
 */
void guest_out_drained(struct guest_out *out);

#endif
