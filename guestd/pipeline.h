/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * QBUF that is answered before the host has answered it.
 *
 * What vb2 refuses is known here, and what a driver does with a buffer is what it
 * did with the one before (struct queue_habit).  So the application goes on, and
 * the host's answer is only looked at.  If it refuses the buffer all the same, that
 * comes back through DQBUF with V4L2_BUF_FLAG_ERROR and nothing in it, and until
 * STREAMOFF or REQBUFS each QBUF waits for the host again.
 *
 * QBUF waits, too: the first one, and the first after a call that may change what
 * the driver says (S_FMT, S_CTRL, ...); from STREAMON until a first buffer has
 * finished, because a QBUF may start the driver, and fail with that; of a codec
 * until both queues run, and after its end, because it may be done with a buffer
 * at once; of a prepared buffer, a dma-buf of the application's, an output buffer
 * whose contents are unlike those that were taken; and while there is no
 * room for it (hostlink_has_room()).
 */
#ifndef GUESTD_PIPELINE_H
#define GUESTD_PIPELINE_H

#include "guestd/session_state.h"

/**
 * pipeline_begin() - Can @request, a QBUF that vb2 would take, be answered at once?
 *
 * Return: the host's argument and planes, to be mended; NULL: no
 */
struct payload *pipeline_begin(struct request *request, struct queue *queue);

/** pipeline_send() - Send it, and answer; its buffer is QUEUED */
void pipeline_send(struct request *request, struct queue *queue);

/** pipeline_doubt() - A driver's mind may have changed: the next QBUF waits */
void pipeline_doubt(struct guest_session *session);

/** pipeline_forget() - A buffer goes away: nobody waits for the host's answer */
void pipeline_forget(struct queue_buffer *buffer);

#endif
