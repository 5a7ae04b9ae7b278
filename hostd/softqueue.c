// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: the states of buffers.
 *
 * There are at most SOFTQUEUE_BUFFERS_MAX buffers, so "the oldest that is
 * queued" is looked for, and not kept in a list that could disagree with the
 * states.
 */
#include "hostd/softqueue.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/log.h"

/* Flags that vb2 sets itself (videobuf2-v4l2.c). */
#define SOFTQUEUE_FLAGS                                                        \
	(V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |    \
	 V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_PREPARED |                        \
	 V4L2_BUF_FLAG_IN_REQUEST | V4L2_BUF_FLAG_REQUEST_FD |                 \
	 V4L2_BUF_FLAG_TIMESTAMP_MASK)

/* Flags that have a meaning for output only. */
#define SOFTQUEUE_OUTPUT_FLAGS                                                 \
	(V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME |                         \
	 V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE |                     \
	 V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF)

static const char *const softqueue_state_names[] = {
	[SOFTQUEUE_DEQUEUED] = "dequeued",
	[SOFTQUEUE_QUEUED] = "queued",
	[SOFTQUEUE_DONE] = "done",
	[SOFTQUEUE_ERROR] = "error",
};
static_assert(sizeof(softqueue_state_names) /
			      sizeof(softqueue_state_names[0]) ==
		      SOFTQUEUE_STATE_COUNT,
	      "a state without a name");

static bool softqueue_is_output(const struct softqueue *queue)
{
	return V4L2_TYPE_IS_OUTPUT(queue->type);
}

static bool softqueue_copies_timestamps(const struct softqueue *queue)
{
	return (queue->timestamp_flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) ==
	       V4L2_BUF_FLAG_TIMESTAMP_COPY;
}

static bool softqueue_legal(enum softqueue_state from, enum softqueue_state to)
{
	switch (from) {
	case SOFTQUEUE_DEQUEUED:
		return to == SOFTQUEUE_QUEUED;
	case SOFTQUEUE_QUEUED:
		return to != SOFTQUEUE_QUEUED;
	case SOFTQUEUE_DONE:
	case SOFTQUEUE_ERROR:
		return to == SOFTQUEUE_DEQUEUED;
	case SOFTQUEUE_STATE_COUNT:
		break;
	}
	return false;
}

static void softqueue_set_state(struct softqueue *queue,
				struct softqueue_buffer *buffer,
				enum softqueue_state state)
{
	assert(softqueue_legal(buffer->state, state));
	log_debug("softqueue: buffer %u: %s -> %s", buffer->index,
		  softqueue_state_names[buffer->state],
		  softqueue_state_names[state]);
	buffer->state = state;
	buffer->order = ++queue->order;
}

void softqueue_init(struct softqueue *queue, uint32_t type,
		    uint32_t timestamp_flags)
{
	memset(queue, 0, sizeof(*queue));
	queue->type = type;
	queue->memory = V4L2_MEMORY_MMAP;
	queue->timestamp_flags = timestamp_flags;
}

void softqueue_cancel(struct softqueue *queue)
{
	unsigned int i;

	queue->streaming = false;
	for (i = 0; i < queue->count; i++) {
		struct softqueue_buffer *buffer = &queue->buffers[i];

		buffer->prepared = false;
		if (buffer->state != SOFTQUEUE_DEQUEUED)
			softqueue_set_state(queue, buffer, SOFTQUEUE_DEQUEUED);
	}
}

static uint32_t softqueue_flags(const struct softqueue *queue,
				const struct softqueue_buffer *buffer)
{
	uint32_t flags = buffer->flags & ~SOFTQUEUE_FLAGS;

	flags |= queue->timestamp_flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
	if (!softqueue_copies_timestamps(queue)) {
		flags &= ~V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
		flags |= queue->timestamp_flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
	}

	switch (buffer->state) {
	case SOFTQUEUE_DEQUEUED:
		if (buffer->prepared)
			flags |= V4L2_BUF_FLAG_PREPARED;
		break;
	case SOFTQUEUE_QUEUED:
		flags |= V4L2_BUF_FLAG_QUEUED;
		break;
	case SOFTQUEUE_DONE:
		flags |= V4L2_BUF_FLAG_DONE;
		break;
	case SOFTQUEUE_ERROR:
		flags |= V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_DONE;
		break;
	case SOFTQUEUE_STATE_COUNT:
		break;
	}
	if (buffer->memory && buffer->memory->maps > 0)
		flags |= V4L2_BUF_FLAG_MAPPED;
	return flags;
}

/* vb->planes[0].length: what was brought may be longer, or was let go of. */
static uint32_t softqueue_len(const struct softqueue_buffer *buffer)
{
	return buffer->import.given ? buffer->import.len
				    : (uint32_t)buffer->len;
}

/* Everything in @arg, whatever was there. */
static void softqueue_tell(const struct softqueue *queue,
			   const struct softqueue_buffer *buffer,
			   struct v4l2_buffer *arg)
{
	memset(arg, 0, sizeof(*arg));
	arg->index = buffer->index;
	arg->type = queue->type;
	arg->bytesused = buffer->bytesused;
	arg->flags = softqueue_flags(queue, buffer);
	arg->field = buffer->field;
	arg->timestamp = buffer->timestamp;
	arg->timecode = buffer->timecode;
	arg->sequence = buffer->sequence;
	arg->memory = queue->memory;
	arg->length = softqueue_len(buffer);
	if (queue->memory == V4L2_MEMORY_MMAP)
		arg->m.offset = buffer->index << SOFTQUEUE_OFFSET_SHIFT;
	else
		arg->m.fd = buffer->import.number;
}

int softqueue_querybuf(const struct softqueue *queue, struct v4l2_buffer *arg)
{
	if (arg->type != queue->type || arg->index >= queue->count)
		return -EINVAL;

	softqueue_tell(queue, &queue->buffers[arg->index], arg);
	return 0;
}

/* What QBUF or PREPARE_BUF says about an unprepared buffer. */
static int softqueue_hear(const struct softqueue *queue,
			  struct softqueue_buffer *buffer,
			  struct v4l2_buffer *arg)
{
	uint32_t drop = SOFTQUEUE_FLAGS | V4L2_BUF_FLAG_NO_CACHE_INVALIDATE |
			V4L2_BUF_FLAG_NO_CACHE_CLEAN;
	uint32_t len = queue->memory == V4L2_MEMORY_MMAP ? (uint32_t)buffer->len
							 : arg->length;
	bool output = softqueue_is_output(queue);

	if (output && arg->bytesused > softqueue_len(buffer))
		return -EINVAL;
	if (output && arg->field == V4L2_FIELD_ALTERNATE)
		return -EINVAL;

	buffer->sequence = 0;
	buffer->bytesused = 0;
	if (!softqueue_copies_timestamps(queue))
		memset(&buffer->timestamp, 0, sizeof(buffer->timestamp));

	if (output) {
		drop |= V4L2_BUF_FLAG_TIMECODE |
			V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF;
		buffer->field = arg->field;
		buffer->bytesused = arg->bytesused ? arg->bytesused : len;
	} else {
		drop |= SOFTQUEUE_OUTPUT_FLAGS | V4L2_BUF_FLAG_LAST;
	}
	if (!output || !softqueue_copies_timestamps(queue))
		drop |= V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
	buffer->flags = arg->flags & ~drop;
	return 0;
}

/* vb2_queue_or_prepare_buf() */
static int softqueue_lookup(struct softqueue *queue, struct v4l2_buffer *arg,
			    struct softqueue_buffer **out)
{
	struct softqueue_buffer *buffer;

	if (arg->type != queue->type || arg->index >= queue->count ||
	    arg->memory != queue->memory)
		return -EINVAL;

	buffer = &queue->buffers[arg->index];
	if (!buffer->prepared) {
		int ret = softqueue_hear(queue, buffer, arg);

		if (ret < 0)
			return ret;
	}

	*out = buffer;
	return 0;
}

/* __buf_prepare() */
static int softqueue_prepare(const struct softqueue *queue,
			     struct softqueue_buffer *buffer,
			     const struct v4l2_buffer *arg)
{
	int ret = 0;

	if (buffer->prepared)
		return 0;
	if (queue->memory == V4L2_MEMORY_DMABUF) {
		ret = softqueue_import(&buffer->import, arg, buffer->len);
		buffer->bytes = buffer->import.bytes;
		buffer->fresh = true;
	}
	buffer->prepared = !ret;
	return ret;
}

int softqueue_prepare_buf(struct softqueue *queue, const void *file,
			  struct v4l2_buffer *arg)
{
	struct softqueue_buffer *buffer;
	int ret;

	if (softqueue_taken(queue, file))
		return -EBUSY;
	if (arg->flags & V4L2_BUF_FLAG_REQUEST_FD)
		return -EINVAL;

	ret = softqueue_lookup(queue, arg, &buffer);
	if (ret < 0)
		return ret;
	if (buffer->state != SOFTQUEUE_DEQUEUED || buffer->prepared)
		return -EINVAL;
	ret = softqueue_prepare(queue, buffer, arg);
	if (ret < 0)
		return ret;

	softqueue_tell(queue, buffer, arg);
	return 0;
}

int softqueue_qbuf(struct softqueue *queue, const void *file,
		   struct v4l2_buffer *arg)
{
	struct softqueue_buffer *buffer;
	int ret;

	if (softqueue_taken(queue, file))
		return -EBUSY;

	ret = softqueue_lookup(queue, arg, &buffer);
	if (ret < 0)
		return ret;
	if (arg->flags & V4L2_BUF_FLAG_REQUEST_FD)
		return -EBADR;
	if (buffer->state != SOFTQUEUE_DEQUEUED)
		return -EINVAL;
	ret = softqueue_prepare(queue, buffer, arg);
	if (ret < 0)
		return ret;

	softqueue_set_state(queue, buffer, SOFTQUEUE_QUEUED);
	if (softqueue_is_output(queue)) {
		if (softqueue_copies_timestamps(queue))
			buffer->timestamp = arg->timestamp;
		if (arg->flags & V4L2_BUF_FLAG_TIMECODE)
			buffer->timecode = arg->timecode;
		buffer->flags |= arg->flags & V4L2_BUF_FLAG_TIMECODE;
	}
	softqueue_tell(queue, buffer, arg);
	return 0;
}

/* The buffer in one of two states that got there first. */
static struct softqueue_buffer *softqueue_oldest(struct softqueue *queue,
						 enum softqueue_state a,
						 enum softqueue_state b)
{
	struct softqueue_buffer *oldest = NULL;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		struct softqueue_buffer *buffer = &queue->buffers[i];

		if (buffer->state != a && buffer->state != b)
			continue;
		if (!oldest || buffer->order < oldest->order)
			oldest = buffer;
	}
	return oldest;
}

int softqueue_dqbuf(struct softqueue *queue, const void *file,
		    struct v4l2_buffer *arg)
{
	struct softqueue_buffer *buffer;

	if (softqueue_taken(queue, file))
		return -EBUSY;
	if (arg->type != queue->type || !queue->streaming)
		return -EINVAL;

	buffer = softqueue_oldest(queue, SOFTQUEUE_DONE, SOFTQUEUE_ERROR);
	if (!buffer)
		return -EAGAIN;

	buffer->prepared = false;
	softqueue_tell(queue, buffer, arg);
	arg->flags &= ~V4L2_BUF_FLAG_DONE;
	softqueue_set_state(queue, buffer, SOFTQUEUE_DEQUEUED);
	return 0;
}

int softqueue_streamon(struct softqueue *queue, const void *file, uint32_t type)
{
	if (softqueue_taken(queue, file))
		return -EBUSY;
	if (type != queue->type)
		return -EINVAL;
	if (queue->streaming)
		return 0;
	if (queue->count == 0)
		return -EINVAL;

	queue->streaming = true;
	return 0;
}

int softqueue_streamoff(struct softqueue *queue, const void *file,
			uint32_t type)
{
	if (softqueue_taken(queue, file))
		return -EBUSY;
	if (type != queue->type)
		return -EINVAL;

	softqueue_cancel(queue);
	return 0;
}

struct softqueue_buffer *softqueue_next(struct softqueue *queue)
{
	if (!queue->streaming)
		return NULL;
	return softqueue_oldest(queue, SOFTQUEUE_QUEUED, SOFTQUEUE_QUEUED);
}

void softqueue_done(struct softqueue *queue, struct softqueue_buffer *buffer,
		    bool ok)
{
	assert(queue->streaming);
	softqueue_set_state(queue, buffer,
			    ok ? SOFTQUEUE_DONE : SOFTQUEUE_ERROR);
}

bool softqueue_finished(const struct softqueue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->count; i++)
		if (queue->buffers[i].state == SOFTQUEUE_DONE ||
		    queue->buffers[i].state == SOFTQUEUE_ERROR)
			return true;
	return false;
}
