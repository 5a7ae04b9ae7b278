/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shadow of one V4L2 queue: who has each buffer.  Pure state, no I/O.
 *
 *	IDLE --QBUF--> QUEUED --host event--> DONE --DQBUF--> IDLE
 *
 * IDLE is the application's, QUEUED the host's, DONE waits in guestd with its
 * contents.  A buffer becomes QUEUED when the request is sent, because the
 * host's event may come before the answer.  STREAMOFF and REQBUFS are the only
 * shortcuts.  Whatever the host says about a buffer that is not QUEUED is
 * dropped.
 *
 * The host has MMAP buffers for an application's MMAP and USERPTR, which is known
 * here alone, and DMABUF for DMABUF.
 */
#ifndef GUESTD_QUEUE_H
#define GUESTD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"
#include "common/videodev2_new.h"
#include "guestd/clock.h"
#include "guestd/mapping.h"
#include "guestd/memory.h"

enum queue_state {
	QUEUE_IDLE,
	QUEUE_QUEUED,
	QUEUE_DONE,
	QUEUE_STATE_COUNT,
};

struct pipeline_call;
struct setup;

/**
 * struct queue_plane - One plane of a buffer
 * @mapping:	Its memory; NULL before MMAP was answered, and of DMABUF
 * @length:	Of the plane, as QUERYBUF said
 * @userptr:	The application's address, or descriptor, as it was queued
 * @userlen:	The length of that
 * @given:	An application has passed them; 0, 0 if they were refused
 */
struct queue_plane {
	struct guest_mapping *mapping;
	uint32_t length;
	uint64_t userptr;
	uint32_t userlen;
	bool given;
};

/**
 * struct queue_buffer - One buffer
 * @number:	No other buffer of guestd's has had it: another one may be where
 *		this was in memory
 * @prepared:	PREPARE_BUF was done: what was passed then counts
 * @empty:	Output: it was queued with 0 bytes in each plane
 * @stale:	STREAMOFF has taken it from the driver, which may have said
 *		something of it (buf_finish())
 * @first:	Its QBUF armed the queue
 * @turn:	How often it has been queued
 * @push:	queue->pushes then
 * @sent:	Its QBUF that was answered before the host had; NULL: there never was one
 * @v4l2:	As the host last gave it; pointers and offsets do not count
 * @v4l2_planes: Likewise
 * @owner:	USERPTR: the process that queued it
 * @next:	In the list of finished buffers
 */
struct queue_buffer {
	uint64_t number;
	enum queue_state state;
	bool prepared;
	bool empty;
	bool stale;
	bool first;
	uint64_t turn;
	uint64_t push;
	struct pipeline_call *sent;
	unsigned int index;
	unsigned int plane_count;
	struct queue_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer v4l2;
	struct v4l2_plane v4l2_planes[VIDEO_MAX_PLANES];
	struct memory_identity owner;
	struct queue_buffer *next;
};

/**
 * struct queue_habit - What the host's driver does with buffers that are queued
 * @known:	It has taken one, and nothing has happened since that may change it
 * @plane_count: Of that one, each plane @length long
 * @used:	Capture: contents that it shows of each plane
 * @least, @most: Output: contents that it has taken, from the least to the most
 * @offset:	data_offset, as shown or taken
 * @asked:	Output: the field that a program has said, and @field the driver
 * @sets_field:	Capture: it says that buffers are of @field, whatever they had before
 */
struct queue_habit {
	bool known;
	unsigned int plane_count;
	uint32_t length[VIDEO_MAX_PLANES];
	uint32_t used[VIDEO_MAX_PLANES];
	uint32_t least[VIDEO_MAX_PLANES];
	uint32_t most[VIDEO_MAX_PLANES];
	uint32_t offset[VIDEO_MAX_PLANES];
	uint32_t asked;
	uint32_t field;
	bool sets_field;
};

/**
 * struct queue - The buffers of one type in one session
 * @memory:	What the application has: V4L2_MEMORY_MMAP, USERPTR or DMABUF; 0:
 *		none
 * @streaming:	STREAMON was answered
 * @starting:	It is with the host
 * @runs:	A buffer has finished since: its driver has started
 * @halted:	What comes after LAST, or after a codec was stopped, finishes at once
 * @refused:	A buffer was refused after its QBUF had been answered
 * @armed:	A buffer was queued since REQBUFS or STREAMOFF (the opposite of
 *		vb2's waiting_for_buffers)
 * @last:	A LAST buffer was dequeued: EPIPE until STREAMOFF, or until the
 *		codec is started again (vb2's last_buffer_dequeued)
 * @ending:	The host has EPIPE itself: so it will be here, when what is
 *		finished has been dequeued
 * @takes_empty: Output: 0 bytes are 0 bytes for this driver, and not the whole
 *		plane (vb2's allow_zero_bytesused); known when it has said so
 * @error:	0, or what DQBUF says until STREAMOFF: the driver has given it up
 * @queued:	Buffers in state QUEUED
 * @pushes:	How often one was queued
 * @making:	REQBUFS or CREATE_BUFS that is with the host, as a number; 0: none
 * @setup:	Conversation that makes its buffers; NULL: none
 * @ahead:	The same, begun before REQBUFS was answered
 * @done:	Finished buffers, oldest first
 * @waiting:	Somebody sleeps in DQBUF
 * @fileio:	read() or write() owns it, or is making its buffers
 * @stamps:	Of its buffers, which never go backwards
 * @habit:	Of its driver, as long as there are buffers
 */
struct queue {
	uint32_t type;
	uint32_t memory;
	bool streaming;
	bool starting;
	bool runs;
	bool halted;
	bool refused;
	bool armed;
	bool last;
	bool ending;
	bool takes_empty;
	bool waiting;
	bool fileio;
	int error;
	uint32_t making;
	unsigned int count;
	unsigned int queued;
	uint64_t pushes;
	struct queue_buffer **buffers;
	struct queue_buffer *done;
	struct queue_buffer **done_last;
	struct setup *setup;
	struct setup *ahead;
	struct clock_stream stamps;
	struct queue_habit habit;
};

void queue_init(struct queue *queue, uint32_t type);

/** queue_finish() - Free the buffers; their mappings are the caller's matter */
void queue_finish(struct queue *queue);

/** queue_is_output() - Is it one that applications write to? */
static inline bool queue_is_output(const struct queue *queue)
{
	return V4L2_TYPE_IS_OUTPUT(queue->type);
}

/** queue_host_memory() - What the host is asked for instead of @memory */
static inline uint32_t queue_host_memory(uint32_t memory)
{
	return memory == V4L2_MEMORY_DMABUF ? memory : V4L2_MEMORY_MMAP;
}

/** queue_busy() - Does it have buffers? */
static inline bool queue_busy(const struct queue *queue)
{
	return queue->count;
}

/**
 * queue_add() - REQBUFS or CREATE_BUFS made buffers [@first, @first + @count)
 *
 * Return: 0, -ENOMEM, -EINVAL over VMS_QUEUE_BUFFERS_MAX, -EPROTO if one of them is
 * there already
 */
int queue_add(struct queue *queue, unsigned int first, unsigned int count);

/** queue_find() - A buffer, or NULL */
struct queue_buffer *queue_find(const struct queue *queue, unsigned int index);

/** queue_remove() - Take one buffer out; the mappings are the caller's matter */
void queue_remove(struct queue *queue, unsigned int index);

/**
 * queue_stop() - STREAMOFF is answered: nothing is finished, and every buffer is IDLE
 * @pushes:	queue->pushes when it was sent: what was queued since is queued behind it,
 *		and stays
 */
void queue_stop(struct queue *queue, uint64_t pushes);

/**
 * queue_learn() - Take geometry from a QUERYBUF answer
 *
 * Return: 0, or -EPROTO if the host lies (index, plane count)
 */
int queue_learn(struct queue *queue, const struct v4l2_buffer *v4l2,
		const struct v4l2_plane *planes, unsigned int plane_count);

/** queue_push() - QBUF is sent: the buffer is the host's */
void queue_push(struct queue *queue, struct queue_buffer *buffer);

/**
 * queue_unpush() - QBUF was refused: it is the application's again, and a queue
 * that nothing else was queued in is as if it had not been tried
 */
void queue_unpush(struct queue *queue, struct queue_buffer *buffer);

/**
 * queue_remember() - What the host says of a buffer
 * @room:	Of @planes, which may be NULL
 *
 * Bytesused and data_offset are cut to the plane.
 */
void queue_remember(struct queue *queue, struct queue_buffer *buffer,
		    const struct v4l2_buffer *v4l2,
		    const struct v4l2_plane *planes, unsigned int room);

/**
 * queue_finished() - The host's DQBUF event
 *
 * Bytesused and data_offset are cut to the plane; index, type, memory, length
 * and plane count stay ours.
 *
 * Return: the buffer, now DONE; NULL if there is none that is QUEUED
 */
struct queue_buffer *queue_finished(struct queue *queue,
				    const struct v4l2_buffer *v4l2,
				    const struct v4l2_plane *planes);

/** queue_ends() - The host's DQBUF is EPIPE */
void queue_ends(struct queue *queue);

/** queue_restart() - A codec was started again: the end may not be the end */
void queue_restart(struct queue *queue);

/**
 * queue_plane_room() - How many bytes of a plane can be used
 *
 * Of an application's memory that is copied, what the host's buffer has.  An
 * application's dma-buf may be longer than that, and has no length when it was refused.
 */
uint32_t queue_plane_room(const struct queue *queue,
			  const struct queue_plane *plane);

/** queue_bytesused() - What a plane has, as the host or an application said */
uint32_t queue_bytesused(const struct queue *queue,
			 const struct queue_buffer *buffer, unsigned int plane);

/**
 * queue_lose() - A driver has let go of what an application passed, DMABUF:
 * __vb2_buf_dmabuf_put()
 */
void queue_lose(struct queue_buffer *buffer);

/**
 * queue_give() - What an application passed for a plane: shown by QUERYBUF
 */
void queue_give(struct queue_buffer *buffer, unsigned int plane,
		uint64_t userptr, uint32_t len);

/**
 * queue_take_over() - What stays of an argument, whatever else is wrong
 * @arg:	Its flags, and of an output buffer its field
 */
void queue_take_over(struct queue_buffer *buffer,
		     const struct v4l2_buffer *arg);

/**
 * queue_refuse() - Its memory was refused: it has none, USERPTR
 * @arg:	As for queue_take_over()
 * @released:	So many planes had given up what they had before, contents, too
 */
void queue_refuse(struct queue_buffer *buffer, const struct v4l2_buffer *arg,
		  unsigned int released);

/** queue_refuse_import() - The same for DMABUF: it has lost what it had */
void queue_refuse_import(struct queue_buffer *buffer,
			 const struct v4l2_buffer *arg);

/**
 * queue_habit_learn() - The driver has taken a buffer, and said so
 * @asked:	Its field: output, as a program has said it; capture, as it was before
 */
void queue_habit_learn(struct queue *queue, const struct queue_buffer *buffer,
		       uint32_t asked);

/** queue_habit_asked() - What queue_habit_learn() is to be told, before @arg is sent */
uint32_t queue_habit_asked(const struct queue *queue,
			   const struct queue_buffer *buffer,
			   const struct v4l2_buffer *arg);

/**
 * queue_habit_fits() - Will it take this one as it has taken others?
 * @planes:	Multi-planar: what @arg points to
 * @any_size:	Output: whatever is in it
 */
bool queue_habit_fits(const struct queue *queue,
		      const struct queue_buffer *buffer,
		      const struct v4l2_buffer *arg,
		      const struct v4l2_plane *planes, bool any_size);

/**
 * queue_habit_show() - What it will say of one that fits, as queue_remember()
 */
void queue_habit_show(struct queue *queue, struct queue_buffer *buffer,
		      const struct v4l2_buffer *arg,
		      const struct v4l2_plane *planes);

/**
 * queue_take() - Dequeue the oldest finished buffer: it is IDLE
 *
 * Return: the buffer, or NULL
 */
struct queue_buffer *queue_take(struct queue *queue);

/**
 * queue_offset() - m.offset that applications see
 *
 * Unique in an open file; multiples of the page size.
 */
uint32_t queue_offset(uint32_t type, unsigned int index, unsigned int plane);

/**
 * queue_mend() - What the host says of a buffer that nobody has here, as it is shown
 * @room:	Of @planes, which may be NULL
 *
 * As in queue_remember(), but its length is the host's word, too.
 */
void queue_mend(struct v4l2_buffer *v4l2, struct v4l2_plane *planes,
		unsigned int room);

/**
 * queue_show() - Fill in a v4l2_buffer for the application
 * @out:	Complete but for m.planes, which stays as it is
 * @planes:	Multi-planar: room for @room planes
 *
 * Sets what vb2's fill_user_buffer does: length, m, flags QUEUED, DONE,
 * MAPPED, PREPARED.
 */
void queue_show(const struct queue *queue, const struct queue_buffer *buffer,
		struct v4l2_buffer *out, struct v4l2_plane *planes,
		unsigned int room);

#endif
