/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hostd must know of a session's buffers: which ones the device holds,
 * where their planes are mapped, whose memory is lent to the channel.
 *
 *	FREE --QBUF--> QUEUED --device--> SENDING --all sent--> FREE
 */
#ifndef HOSTD_BUFFERS_H
#define HOSTD_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostd/client_ops.h"
#include "hostd/device.h"
#include "hostd/imports.h"
#include "hostd/quota.h"
#include "hostd/window.h"

enum buffer_state {
	BUFFER_FREE,    /* the guest's: it may be queued, DATA may come in */
	BUFFER_QUEUED,  /* the device's: nobody else touches it */
	BUFFER_SENDING, /* the channel's: finished, contents being sent */
	BUFFER_STATE_COUNT,
};

struct buffer_queue;

/** struct buffer_plane - What QUERYBUF said, and the mapping if there is one */
struct buffer_plane {
	uint32_t offset;
	uint32_t len;
	bool known;
	struct mapping *mapping;
};

/**
 * struct buffer - One buffer of a queue
 * @index:	Its number there
 * @lent:	Planes that the channel has
 * @hold:	What the device has of the guest's memory for it
 * @len:	Bytes of it that count in the quota
 */
struct buffer {
	struct buffer_queue *queue;
	unsigned int index;
	enum buffer_state state;
	unsigned int lent;
	struct import_hold hold;
	uint64_t len;
	struct buffer_plane planes[VIDEO_MAX_PLANES];
};

/**
 * struct buffer_queue - The buffers of one type in one session
 * @session_id:	For the log
 * @quota:	Where its buffers count; NULL: nowhere
 * @type:	enum v4l2_buf_type
 * @streaming:	STREAMON succeeded
 * @started:	A buffer was finished since STREAMON: the device does run
 * @failed:	The driver has given it up: nothing comes until it is stopped
 * @last:	A LAST buffer was taken: nothing comes until the stream starts
 *		anew
 * @unshared:	The log knows that a buffer cannot be shared
 * @queued:	Buffers in state QUEUED
 *
 * Its address is the key under which its data and events are sent.
 */
struct buffer_queue {
	uint32_t session_id;
	struct quota *quota;
	unsigned int type;
	bool streaming;
	bool started;
	bool failed;
	bool last;
	bool unshared;
	unsigned int queued;
	unsigned int count;
	struct buffer **buffers;
};

/**
 * struct buffers - All queues of a session
 * @streaming:	How many of them stream
 */
struct buffers {
	struct buffer_queue queues[VMS_BUF_TYPE_COUNT];
	unsigned int streaming;
	struct window *window;
	struct quota *quota;
	const struct client_output *output;
};

/**
 * buffers_init() - No buffers yet
 * @window:	Where mappings are, not copied; nor are @quota and @output
 * @quota:	Where they count; may be NULL
 * @session_id:	For the log
 */
void buffers_init(struct buffers *buffers, struct window *window,
		  struct quota *quota, const struct client_output *output,
		  uint32_t session_id);

/**
 * buffers_finish() - Take back what is lent, free all buffers
 *
 * Their mappings stay in the window, without a queue.
 */
void buffers_finish(struct buffers *buffers);

/** buffers_queue() - The queue of a type; NULL if there is no such type */
struct buffer_queue *buffers_queue(struct buffers *buffers, unsigned int type);

/** buffers_find() - A buffer, or NULL */
struct buffer *buffers_find(struct buffers *buffers, unsigned int type,
			    unsigned int index);

/**
 * buffers_reset() - REQBUFS succeeded: the queue has no buffers
 *
 * Includes what buffers_stopped() does.
 */
void buffers_reset(struct buffers *buffers, struct buffer_queue *queue);

/**
 * buffers_held() - How many there are in a queue
 * @len:	Set to their bytes
 */
unsigned int buffers_held(const struct buffer_queue *queue, uint64_t *len);

/**
 * buffers_add() - REQBUFS or CREATE_BUFS made buffers
 * @len:	Bytes of each
 *
 * Return: 0, -ENOMEM, -EINVAL beyond VMS_QUEUE_BUFFERS_MAX
 */
int buffers_add(struct buffer_queue *queue, unsigned int first,
		unsigned int count, uint64_t len);

/** buffers_sending() - Are contents of one of these buffers being sent? */
bool buffers_sending(struct buffers *buffers, unsigned int type,
		     unsigned int first, unsigned int count);

/**
 * buffers_remove() - REMOVE_BUFS succeeded: these indices are gone
 *
 * None of them may be in state SENDING.
 */
void buffers_remove(struct buffers *buffers, unsigned int type,
		    unsigned int first, unsigned int count);

/**
 * buffers_learn() - Remember the offsets and lengths that QUERYBUF gave
 * @planes:	Of a multi-planar buffer, else NULL
 */
void buffers_learn(struct buffers *buffers, const struct v4l2_buffer *buffer,
		   const struct v4l2_plane *planes);

/**
 * buffers_plane_at() - The plane that has this offset
 * @plane:	Set to which one of its buffer it is
 *
 * Return: its buffer, or NULL
 */
struct buffer *buffers_plane_at(struct buffers *buffers, uint32_t offset,
				unsigned int *plane);

/**
 * buffers_mapped() - A plane has got an address
 * @mapping:	From window_add(); gets to know whose it is
 */
void buffers_mapped(struct buffer *buffer, unsigned int plane,
		    struct mapping *mapping);

/**
 * buffers_unmapped() - Take a mapping out of the window, and free it
 *
 * Nothing of it may be lent any more.
 */
void buffers_unmapped(struct buffers *buffers, struct mapping *mapping);

/**
 * buffers_let_go() - A mapping that stays in the window is memory no more
 *
 * Nothing of it may be lent any more.
 */
void buffers_let_go(struct buffers *buffers, struct mapping *mapping);

/**
 * buffers_fetch() - QBUF or PREPARE_BUF is to come: take what the guest has put in
 * the memory that both have
 * @queued:	The argument
 * @planes:	Of a multi-planar buffer, else NULL
 *
 * Does nothing if the device has the buffer, or its memory there.
 */
void buffers_fetch(struct buffer *buffer, const struct v4l2_buffer *queued,
		   const struct v4l2_plane *planes);

/** buffers_queued() - QBUF succeeded */
void buffers_queued(struct buffer *buffer);

/** buffers_begun() - STREAMON succeeded; again, it has done nothing */
void buffers_begun(struct buffers *buffers, struct buffer_queue *queue);

/**
 * buffers_stopped() - STREAMOFF succeeded
 *
 * Unsent data and events of the queue are dropped, lent memory is back, every
 * buffer is FREE, generations advance.
 */
void buffers_stopped(struct buffers *buffers, struct buffer_queue *queue);

/**
 * buffers_done() - The device has finished a buffer
 * @done:	As DQBUF gave it
 * @planes:	Of a multi-planar buffer, else NULL
 *
 * Sends the contents of capture planes that the guest has mapped, or puts them where
 * it sees them.
 *
 * Return: 0, -EINVAL if the device finished a buffer that it did not have
 */
int buffers_done(struct buffers *buffers, const struct v4l2_buffer *done,
		 const struct v4l2_plane *planes);

#endif
