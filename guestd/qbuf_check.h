/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What vb2 refuses of QBUF and PREPARE_BUF, in its order: the host mostly sees
 * other buffers, and could not say.
 */
#ifndef GUESTD_QBUF_CHECK_H
#define GUESTD_QBUF_CHECK_H

#include "guestd/session_state.h"

/** qbuf_preparing() - Is it PREPARE_BUF? */
bool qbuf_preparing(const struct request *request);

/** qbuf_check_owner() - Whose queue is it?  Return: 0 or a negative errno */
int qbuf_check_owner(const struct request *request);

/**
 * qbuf_made() - Has the conversation that makes a buffer come to its end?
 */
bool qbuf_made(const struct queue *queue, const struct queue_buffer *buffer);

/** qbuf_check_planes() - Is there room for its planes?  Return: 0 or -EINVAL */
int qbuf_check_planes(const struct request *request,
		      const struct queue_buffer *buffer);

/**
 * qbuf_check() - May this buffer be queued or prepared with these values?
 * @buffer:	NULL: there is none of that index
 *
 * As in vb2, flags and field of the argument may stay in a buffer that is refused.
 *
 * Return: 0 or a negative errno
 */
int qbuf_check(const struct request *request, const struct queue *queue,
	       struct queue_buffer *buffer);

#endif
