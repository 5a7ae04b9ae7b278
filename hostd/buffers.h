/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hostd must know of a session's buffers: which ones the device holds,
 * where their planes are mapped, whose memory is lent to the channel.
 *
 *	FREE --QBUF--> QUEUED --device--> SENDING --all sent--> FREE
 *
 * The window is the address space that MMAP answers name.  It is the client's,
 * because MUNMAP and DATA name no session.  Addresses are never used twice in a
 * connection.
 */
#ifndef HOSTD_BUFFERS_H
#define HOSTD_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostd/client_ops.h"
#include "hostd/device.h"

#define WINDOW_SIZE (1ull << 62)

enum buffer_state {
	BUFFER_FREE,    /* the guest's: it may be queued, DATA may come in */
	BUFFER_QUEUED,  /* the device's: nobody else touches it */
	BUFFER_SENDING, /* the channel's: finished, contents being sent */
};

struct buffer_queue;

/**
 * struct mapping - One plane in the window
 * @addr:	driver_addr
 * @generation:	Raised when DATA that was under way has been removed
 * @owner:	Tells the session's mappings from others; NULL when it is closed
 * @queue:	The queue it belongs to; NULL once the buffers are gone
 * @index:	Buffer
 * @plane:	Plane
 * @map:	Memory; bytes is NULL once the session is closed
 * @refs:	MMAPs without MUNMAP: the same plane has the same address.  0: its
 *		session is closing, and it goes with that
 */
struct mapping {
	uint64_t addr;
	uint32_t generation;
	unsigned int refs;
	const void *owner;
	struct buffer_queue *queue;
	unsigned int index;
	unsigned int plane;
	struct device_map map;
};

/**
 * struct window - All mappings of a connection, by address
 */
struct window {
	struct mapping **mappings;
	unsigned int count;
	uint64_t next;
};

void window_finish(struct window *window);

/**
 * window_add() - Give a mapped plane an address
 *
 * Return: 0, -ENOSPC if there are WINDOW_MAPPINGS_MAX or the space is used up,
 * -ENOMEM
 */
int window_add(struct window *window, const struct device_map *map,
	       struct mapping **out);
#define WINDOW_MAPPINGS_MAX 4096

/** window_find() - The mapping that has [@addr, @addr + @len), or NULL */
struct mapping *window_find(const struct window *window, uint64_t addr,
			    size_t len);

/** window_remove() - Forget and free it; the memory is the caller's matter */
void window_remove(struct window *window, struct mapping *mapping);

/** struct buffer_plane - What QUERYBUF said, and the mapping if there is one */
struct buffer_plane {
	uint32_t offset;
	uint32_t len;
	bool known;
	struct mapping *mapping;
};

/** struct buffer - One buffer of a queue */
struct buffer {
	struct buffer_queue *queue;
	enum buffer_state state;
	unsigned int lent; /* planes that the channel has */
	struct buffer_plane planes[VIDEO_MAX_PLANES];
};

/**
 * struct buffer_queue - The buffers of one type in one session
 * @type:	enum v4l2_buf_type
 * @streaming:	STREAMON succeeded
 * @failed:	The driver has given it up: nothing comes until it is stopped
 * @last:	A LAST buffer was taken: nothing comes until the stream starts
 *		anew
 * @queued:	Buffers in state QUEUED
 *
 * Its address is the key under which its data and events are sent.
 */
struct buffer_queue {
	unsigned int type;
	bool streaming;
	bool failed;
	bool last;
	unsigned int queued;
	unsigned int count;
	struct buffer **buffers;
};

/** struct buffers - All queues of a session */
struct buffers {
	struct buffer_queue queues[VMS_BUF_TYPE_COUNT];
	struct window *window;
	const struct client_output *output;
	const void *owner;
};

void buffers_init(struct buffers *buffers, struct window *window,
		  const struct client_output *output, const void *owner);

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
 * buffers_add() - REQBUFS or CREATE_BUFS made buffers
 *
 * Return: 0, -ENOMEM, -EINVAL beyond VMS_QUEUE_BUFFERS_MAX
 */
int buffers_add(struct buffer_queue *queue, unsigned int first,
		unsigned int count);

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
 * @index, @plane: Set to which it is
 *
 * Return: its buffer, or NULL
 */
struct buffer *buffers_plane_at(struct buffers *buffers, uint32_t offset,
				unsigned int *plane, unsigned int *index);

/** buffers_queued() - QBUF succeeded */
void buffers_queued(struct buffer *buffer);

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
 * Sends the contents of capture planes that the guest has mapped.
 *
 * Return: 0, -EINVAL if the device finished a buffer that it did not have
 */
int buffers_done(struct buffers *buffers, const struct v4l2_buffer *done,
		 const struct v4l2_plane *planes);

#endif
