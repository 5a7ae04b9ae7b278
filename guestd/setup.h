/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The conversation that makes buffers: REQBUFS or CREATE_BUFS, then QUERYBUF for
 * each buffer and MMAP for each plane, before the application hears anything.
 */
#ifndef GUESTD_SETUP_H
#define GUESTD_SETUP_H

#include "guestd/session_state.h"

/**
 * setup_ahead() - REQBUFS for @count buffers has been sent: ask about them, too
 *
 * The host answers in order, so each QUERYBUF finds its buffer there, if the device
 * makes as many as are asked for.  setup_buffers() goes on with that; without it
 * there are setup_forget_ahead() and setup_stop().
 */
void setup_ahead(struct guest_session *session, struct queue *queue,
		 unsigned int count);

/** setup_forget_ahead() - There are no buffers: what is said of them is nothing */
void setup_forget_ahead(struct queue *queue);

/**
 * setup_buffers() - The host has made buffers [@first, @first + @count)
 * @wanted:	As shape_made(); it is copied
 * @done:	0, or a negative errno: the queue has the buffers that it had
 *		before; or HOSTLINK_LIE
 *
 * Return: 0, or -ENOMEM
 */
int setup_buffers(struct guest_session *session, struct queue *queue,
		  unsigned int first, unsigned int count,
		  const struct v4l2_format *wanted,
		  void (*done)(void *data, int error), void *data);

/**
 * setup_start() - REQBUFS of guestd's own, MMAP memory
 * @count:	Buffers wanted
 * @done:	0, or an error as in setup_buffers().  Not
 *		called from inside setup_start(), nor after the session is dead
 *
 * Return: 0 or -ENOMEM
 */
int setup_start(struct guest_session *session, struct queue *queue,
		unsigned int count, void (*done)(void *data, int error),
		void *data);

/**
 * setup_buffer() - Prepare an ioctl of guestd's own that is about a buffer
 * @payload:	Empty; payload_finish() is the caller's matter
 * @cmd:	VIDIOC_QUERYBUF, VIDIOC_QBUF or VIDIOC_PREPARE_BUF
 *
 * Multi-planar: with VIDEO_MAX_PLANES empty planes.
 *
 * Return: 0 or -ENOMEM
 */
int setup_buffer(struct payload *payload, uint32_t cmd, uint32_t type,
		 unsigned int index);

/** setup_stop() - The session is over: conversations end with @error */
void setup_stop(struct guest_session *session, int error);

/** setup_orphan() - Nobody waits for the conversation of @request any more */
void setup_orphan(struct guest_session *session, const struct request *request);

#endif
