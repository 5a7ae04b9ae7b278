/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Do a queue's buffers have room for the pictures that programs were told of?
 *
 * A program knows a picture by S_FMT and G_FMT and its memory by QUERYBUF, and few
 * compare the two.  From REQBUFS on a driver keeps both as they are, so they must
 * agree; before it another program of the host may set another format, and what was
 * told is out of date.  That is no lie, but the program cannot know it, and would
 * read lines that are not there: REQBUFS is EBUSY until it has asked again.
 *
 * Nothing is held against the host after a call that may change a format (an input, a
 * standard, timings, a selection, a control, a codec's command), after an event that
 * the source has changed, nor while a codec streams, which finds out what is in a
 * stream as it comes.
 */
#ifndef GUESTD_SHAPE_H
#define GUESTD_SHAPE_H

#include "guestd/session_state.h"

/**
 * shape_may_change() - Is it an ioctl after which a driver may want other buffers?
 *
 * These are fewer than those of which the ioctl table says that they spoil something: a
 * tuner, a frequency or an audio input change lists and controls, not pictures; and what
 * makes or frees buffers, or starts and stops a stream, is seen by whoever does it.
 */
bool shape_may_change(uint32_t cmd);

/**
 * shape_answered() - The host has answered an ioctl of an application with success
 *
 * Return: NULL, or what is impossible about it
 */
const char *shape_answered(struct guest_session *session,
			   const struct payload *payload);

/**
 * shape_made() - Buffers [@first, @first + @count) were made, and their lengths told
 * @wanted:	CREATE_BUFS: the format that they are for; NULL: the queue's
 *
 * Return: 0; -EBUSY, which was logged, if the format is another than was told;
 * -EPROTO if no device makes them so, with session->wrong set
 */
int shape_made(struct guest_session *session, const struct queue *queue,
	       unsigned int first, unsigned int count,
	       const struct v4l2_format *wanted);

/**
 * shape_forget() - Formats may be others now: of the node, or of the codec that a
 * session is
 */
void shape_forget(struct guest_session *session);

#endif
