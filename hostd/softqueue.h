/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffer queues of software devices, by the rules of videobuf2.
 *
 * Each function that is named after an ioctl is that ioctl of a driver with
 * vb2_ioctl_* helpers: same errors in the same order, same flags (see
 * videobuf2-v4l2.c and -core.c of Linux 6.1).  One plane per buffer, MMAP or
 * DMABUF memory.  A kind moves buffers between the calls of its files:
 *
 *	DEQUEUED --QBUF--> QUEUED --softqueue_done()--> DONE --DQBUF--> DEQUEUED
 *
 * Only the file that allocated the buffers may use the queue until it frees
 * them.  Memory that is mapped survives its buffer (V4L2's orphaned buffers).
 *
 * No locks: the caller lets in one thread at a time.
 */
#ifndef HOSTD_SOFTQUEUE_H
#define HOSTD_SOFTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/videodev2_new.h"
#include "hostd/device.h"
#include "hostd/slices.h"
#include "hostd/softqueue_import.h"

#define SOFTQUEUE_BUFFERS_MAX  VIDEO_MAX_FRAME
#define SOFTQUEUE_LEN_MAX      (256u << 20) /* bytes of one buffer */
#define SOFTQUEUE_OFFSET_SHIFT 12 /* offset for mmap() from the index */

/**
 * enum softqueue_state - Who has a buffer
 * @SOFTQUEUE_DEQUEUED:	The application; QBUF or PREPARE_BUF may come
 * @SOFTQUEUE_QUEUED:	The kind, once the queue streams: softqueue_next()
 * @SOFTQUEUE_DONE:	The queue: filled or consumed, DQBUF may come
 * @SOFTQUEUE_ERROR:	The same, but its contents are no good
 *
 * STREAMOFF, REQBUFS and the close of the file lead back to DEQUEUED.
 */
enum softqueue_state {
	SOFTQUEUE_DEQUEUED,
	SOFTQUEUE_QUEUED,
	SOFTQUEUE_DONE,
	SOFTQUEUE_ERROR,
	SOFTQUEUE_STATE_COUNT,
};

/**
 * struct softqueue_memory - Memory of a buffer
 * @next:	In the queue's list
 * @bytes, @len, @fd: As from frames_memfd()
 * @slice:	Instead, in memory that the guest has, too; or NULL
 * @maps:	softqueue_map() less softqueue_unmap()
 * @orphaned:	Its buffer is gone; goes with the last map
 * @exported:	Somebody else has it, too, and may write to it
 */
struct softqueue_memory {
	struct softqueue_memory *next;
	void *bytes;
	size_t len;
	int fd;
	struct slice *slice;
	unsigned int maps;
	bool orphaned;
	bool exported;
};

/**
 * struct softqueue_buffer - One buffer
 * @index:	Its number, as in v4l2_buffer
 * @bytes:	Its memory, mapped read and write; of DMABUF there is some once it
 *		was queued, to be used between softqueue_import_use() and again
 * @len:	Bytes of it
 * @fresh:	Never filled since it was allocated, or brought: the kind clears
 *		this
 * @tick:	For the kind
 * @bytesused, @flags, @field, @timestamp, @timecode, @sequence: As in
 *		v4l2_buffer.  Capture: the kind sets them before
 *		softqueue_done().  Output: what QBUF said
 *
 * The rest belongs to the queue.
 */
struct softqueue_buffer {
	uint32_t index;
	void *bytes;
	size_t len;
	bool fresh;
	uint64_t tick;

	uint32_t bytesused;
	uint32_t flags;
	uint32_t field;
	struct timeval timestamp;
	struct v4l2_timecode timecode;
	uint32_t sequence;

	enum softqueue_state state;
	bool prepared;
	uint64_t order; /* of QBUF or of softqueue_done(), whichever was last */
	struct softqueue_memory *memory; /* NULL: DMABUF */
	struct softqueue_import import;
};

/**
 * struct softqueue - A queue; to be read by kinds, not written
 * @type:	V4L2_BUF_TYPE_VIDEO_CAPTURE or _OUTPUT
 * @timestamp_flags: V4L2_BUF_FLAG_TIMESTAMP_* and _TSTAMP_SRC_*
 * @owner:	File that allocated the buffers, or NULL
 * @streaming:	Between STREAMON and STREAMOFF
 * @memory:	Of its buffers: V4L2_MEMORY_MMAP or DMABUF
 * @slices:	Where that of MMAP is, as long as there is room; NULL: in memfds.  The
 *		kind may set it at any time
 * @count:	Buffers allocated
 * @order:	Last order given to a buffer
 * @memories:	Of buffers, and orphans
 */
struct softqueue {
	uint32_t type;
	uint32_t timestamp_flags;
	const void *owner;
	bool streaming;
	uint32_t memory;
	struct slices *slices;
	unsigned int count;
	uint64_t order;
	struct softqueue_memory *memories;
	struct softqueue_buffer buffers[SOFTQUEUE_BUFFERS_MAX];
};

/**
 * softqueue_init() - Make an empty queue
 */
void softqueue_init(struct softqueue *queue, uint32_t type,
		    uint32_t timestamp_flags);

/**
 * softqueue_finish() - Free all memory, mapped or not; for tests
 * @queue:	May be NULL or zeroed
 */
void softqueue_finish(struct softqueue *queue);

/**
 * softqueue_reqbufs() - VIDIOC_REQBUFS
 * @file:	Who calls: identity only, as in the calls below
 * @sizeimage:	Bytes of a buffer
 *
 * Return: 0; -EINVAL for another type or other memory; -EBUSY if it is
 * another file's queue or if it streams; -ENOMEM
 */
int softqueue_reqbufs(struct softqueue *queue, const void *file,
		      uint32_t sizeimage, struct v4l2_requestbuffers *arg);

/**
 * softqueue_create_bufs() - VIDIOC_CREATE_BUFS
 * @sizeimage:	What a buffer needs; more is given if the caller wants more
 *
 * Return: 0; -EINVAL as above, for other memory than the buffers have that are
 * there, or if the caller wants less than @sizeimage;
 * -EBUSY for another file's queue; -ENOBUFS if there are SOFTQUEUE_BUFFERS_MAX;
 * -ENOMEM
 */
int softqueue_create_bufs(struct softqueue *queue, const void *file,
			  uint32_t sizeimage, struct v4l2_create_buffers *arg);

/**
 * softqueue_querybuf() - VIDIOC_QUERYBUF, for any file
 *
 * Return: 0, or -EINVAL
 */
int softqueue_querybuf(const struct softqueue *queue, struct v4l2_buffer *arg);

/**
 * softqueue_prepare_buf() - VIDIOC_PREPARE_BUF
 *
 * Return: 0, -EBUSY for another file's queue, -EINVAL
 */
int softqueue_prepare_buf(struct softqueue *queue, const void *file,
			  struct v4l2_buffer *arg);

/**
 * softqueue_qbuf() - VIDIOC_QBUF
 *
 * Return: 0, -EBUSY for another file's queue, -EINVAL, -EBADR for a request
 */
int softqueue_qbuf(struct softqueue *queue, const void *file,
		   struct v4l2_buffer *arg);

/**
 * softqueue_dqbuf() - VIDIOC_DQBUF of a non-blocking file
 *
 * Return: 0, -EBUSY for another file's queue, -EINVAL if it is not streaming,
 * -EAGAIN if no buffer is done
 */
int softqueue_dqbuf(struct softqueue *queue, const void *file,
		    struct v4l2_buffer *arg);

/**
 * softqueue_streamon() - VIDIOC_STREAMON; 0 if it streams already
 *
 * Return: 0, -EBUSY for another file's queue, -EINVAL without buffers
 */
int softqueue_streamon(struct softqueue *queue, const void *file,
		       uint32_t type);

/**
 * softqueue_streamoff() - VIDIOC_STREAMOFF: all buffers become DEQUEUED
 *
 * Return: 0, -EBUSY for another file's queue, -EINVAL
 */
int softqueue_streamoff(struct softqueue *queue, const void *file,
			uint32_t type);

/**
 * softqueue_release() - A file is closed: if it is the owner, free its buffers
 */
void softqueue_release(struct softqueue *queue, const void *file);

/**
 * softqueue_map() - mmap(), for any file
 * @offset:	From QUERYBUF
 * @len:	At most the buffer's, in whole pages
 * @out:	The same memory each time; valid until softqueue_unmap()
 *
 * Return: 0, or -EINVAL
 */
int softqueue_map(struct softqueue *queue, uint32_t offset, size_t len,
		  struct device_map *out);

/**
 * softqueue_unmap() - Undo one softqueue_map(); the buffer may be gone
 */
void softqueue_unmap(struct softqueue *queue, const struct device_map *map);

/**
 * softqueue_export() - A descriptor of mapped memory, the caller's
 *
 * Return: it, or a negative errno; -EINVAL of a slice
 */
int softqueue_export(const struct softqueue *queue,
		     const struct device_map *map);

/**
 * softqueue_taken() - Is it another file's queue?
 */
static inline bool softqueue_taken(const struct softqueue *queue,
				   const void *file)
{
	return queue->owner && queue->owner != file;
}

/**
 * softqueue_cancel() - Stop streaming; all buffers become DEQUEUED
 *
 * Also for buffers that were queued but never streamed.
 */
void softqueue_cancel(struct softqueue *queue);

/**
 * softqueue_next() - The buffer that is to be filled or consumed next
 *
 * Return: the one that was queued first, NULL if there is none or the queue
 * does not stream
 */
struct softqueue_buffer *softqueue_next(struct softqueue *queue);

/**
 * softqueue_done() - The kind is done with a buffer of softqueue_next()
 * @ok:		false: DQBUF will show V4L2_BUF_FLAG_ERROR
 */
void softqueue_done(struct softqueue *queue, struct softqueue_buffer *buffer,
		    bool ok);

/**
 * softqueue_finished() - Is there a buffer for DQBUF?
 */
bool softqueue_finished(const struct softqueue *queue);

#endif
