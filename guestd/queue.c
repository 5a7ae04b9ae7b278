// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shadow of one V4L2 queue: who has each buffer.
 */
#include "guestd/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/* What guestd says itself; everything else in flags is the host's word. */
#define FLAGS_OURS                                                             \
	(V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |    \
	 V4L2_BUF_FLAG_PREPARED | V4L2_BUF_FLAG_REQUEST_FD |                   \
	 V4L2_BUF_FLAG_IN_REQUEST)

static const char *const queue_state_names[] = {
	[QUEUE_IDLE] = "idle",
	[QUEUE_QUEUED] = "queued",
	[QUEUE_DONE] = "done",
};
static_assert(sizeof(queue_state_names) / sizeof(queue_state_names[0]) ==
		      QUEUE_STATE_COUNT,
	      "a state without a name");

/* IDLE is reachable from everywhere: STREAMOFF, and QBUF that was refused. */
static void set_state(struct queue *queue, struct queue_buffer *buffer,
		      enum queue_state state)
{
	assert(state == QUEUE_IDLE || state == buffer->state + 1);
	if (buffer->state == QUEUE_QUEUED)
		queue->queued--;
	if (state == QUEUE_QUEUED)
		queue->queued++;
	log_debug("queue %u: buffer %u: %s -> %s", queue->type, buffer->index,
		  queue_state_names[buffer->state], queue_state_names[state]);
	buffer->state = state;
}

void queue_init(struct queue *queue, uint32_t type)
{
	memset(queue, 0, sizeof(*queue));
	queue->type = type;
	queue->done_last = &queue->done;
}

static void forget_stream(struct queue *queue)
{
	queue->done = NULL;
	queue->done_last = &queue->done;
	queue->streaming = false;
	queue->error = 0;
	queue->armed = false;
	queue->last = false;
	queue->ending = false;
}

void queue_finish(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->count; i++)
		free(queue->buffers[i]);
	free(queue->buffers);
	queue->buffers = NULL;
	queue->count = 0;
	queue->memory = 0;
	queue->queued = 0;
	forget_stream(queue);
	queue->fileio = false;
}

static struct queue_buffer *make_buffer(unsigned int index)
{
	static uint64_t last_number;
	struct queue_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	buffer->number = ++last_number;
	buffer->index = index;
	return buffer;
}

int queue_add(struct queue *queue, unsigned int first, unsigned int count)
{
	struct queue_buffer **list;
	unsigned int end;
	unsigned int i;

	if (first > VMS_QUEUE_BUFFERS_MAX ||
	    count > VMS_QUEUE_BUFFERS_MAX - first)
		return -EINVAL;
	end = first + count;
	for (i = first; i < end; i++)
		if (queue_find(queue, i))
			return -EPROTO;
	if (end > queue->count) {
		list = realloc(queue->buffers, end * sizeof(list[0]));
		if (!list)
			return -ENOMEM;
		memset(&list[queue->count], 0,
		       (end - queue->count) * sizeof(list[0]));
		queue->buffers = list;
		queue->count = end;
	}
	for (i = first; i < end; i++) {
		queue->buffers[i] = make_buffer(i);
		if (!queue->buffers[i])
			return -ENOMEM;
	}
	return 0;
}

struct queue_buffer *queue_find(const struct queue *queue, unsigned int index)
{
	return index < queue->count ? queue->buffers[index] : NULL;
}

static void unlink_done(struct queue *queue, struct queue_buffer *buffer)
{
	struct queue_buffer **at = &queue->done;

	while (*at && *at != buffer)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = buffer->next;
	if (!*at)
		queue->done_last = at;
	buffer->next = NULL;
}

void queue_remove(struct queue *queue, unsigned int index)
{
	struct queue_buffer *buffer = queue_find(queue, index);

	if (!buffer)
		return;
	if (buffer->state != QUEUE_IDLE)
		set_state(queue, buffer, QUEUE_IDLE);
	unlink_done(queue, buffer);
	queue->buffers[index] = NULL;
	free(buffer);
	/* Only a queue without any buffer may be set up anew. */
	while (queue->count && !queue->buffers[queue->count - 1])
		queue->count--;
}

void queue_stop(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		if (!queue->buffers[i])
			continue;
		if (queue->buffers[i]->state == QUEUE_QUEUED ||
		    queue->buffers[i]->prepared)
			queue->buffers[i]->stale = true;
		if (queue->buffers[i]->state != QUEUE_IDLE)
			set_state(queue, queue->buffers[i], QUEUE_IDLE);
		queue->buffers[i]->prepared = false;
		queue->buffers[i]->v4l2.flags &= ~(uint32_t)V4L2_BUF_FLAG_ERROR;
		queue->buffers[i]->next = NULL;
	}
	forget_stream(queue);
}

void queue_ends(struct queue *queue)
{
	queue->ending = true;
	if (!queue->done)
		queue->last = true;
}

void queue_restart(struct queue *queue)
{
	queue->last = queue->ending && !queue->done;
}

static void finish_plane(struct v4l2_plane *plane, uint32_t length)
{
	if (plane->bytesused > length)
		plane->bytesused = length;
	if (plane->data_offset > plane->bytesused)
		plane->data_offset = 0;
	memset(plane->reserved, 0, sizeof(plane->reserved));
}

uint32_t queue_plane_room(const struct queue *queue,
			  const struct queue_plane *plane)
{
	return queue->memory == V4L2_MEMORY_DMABUF && plane->given
		       ? plane->userlen
		       : plane->length;
}

void queue_remember(struct queue *queue, struct queue_buffer *buffer,
		    const struct v4l2_buffer *v4l2,
		    const struct v4l2_plane *planes, unsigned int room)
{
	uint32_t room_of_first = queue_plane_room(queue, &buffer->planes[0]);
	unsigned int i;

	buffer->v4l2 = *v4l2;
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		if (buffer->v4l2.bytesused > room_of_first)
			buffer->v4l2.bytesused = room_of_first;
		return;
	}
	for (i = 0; planes && i < buffer->plane_count && i < room; i++) {
		buffer->v4l2_planes[i] = planes[i];
		finish_plane(&buffer->v4l2_planes[i],
			     queue_plane_room(queue, &buffer->planes[i]));
	}
}

int queue_learn(struct queue *queue, const struct v4l2_buffer *v4l2,
		const struct v4l2_plane *planes, unsigned int plane_count)
{
	struct queue_buffer *buffer = queue_find(queue, v4l2->index);
	unsigned int i;

	if (!buffer || v4l2->type != queue->type ||
	    v4l2->memory != queue_host_memory(queue->memory))
		return -EPROTO;
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		buffer->plane_count = 1;
		buffer->planes[0].length = v4l2->length;
		buffer->v4l2_planes[0].m.mem_offset = v4l2->m.offset;
	} else {
		if (!planes || v4l2->length < 1 || v4l2->length > plane_count)
			return -EPROTO;
		buffer->plane_count = v4l2->length;
		for (i = 0; i < buffer->plane_count; i++)
			buffer->planes[i].length = planes[i].length;
	}
	queue_remember(queue, buffer, v4l2, planes, plane_count);
	return 0;
}

void queue_push(struct queue *queue, struct queue_buffer *buffer)
{
	set_state(queue, buffer, QUEUE_QUEUED);
	buffer->stale = false;
	buffer->first = !queue->armed;
	queue->armed = true;
}

void queue_unpush(struct queue *queue, struct queue_buffer *buffer)
{
	if (buffer->state != QUEUE_QUEUED)
		return;
	set_state(queue, buffer, QUEUE_IDLE);
	if (buffer->first && !queue->queued && !queue->done)
		queue->armed = false;
}

uint32_t queue_bytesused(const struct queue *queue,
			 const struct queue_buffer *buffer, unsigned int plane)
{
	return V4L2_TYPE_IS_MULTIPLANAR(queue->type)
		       ? buffer->v4l2_planes[plane].bytesused
		       : buffer->v4l2.bytesused;
}

void queue_give(struct queue_buffer *buffer, unsigned int plane,
		uint64_t userptr, uint32_t len)
{
	buffer->planes[plane].userptr = userptr;
	buffer->planes[plane].userlen = len;
	buffer->planes[plane].given = true;
}

/*
 * vb2_fill_vb2_v4l2_buffer().  What a driver makes of an output buffer's field
 * (buf_out_validate()) is not known before it has accepted one.
 */
void queue_take_over(struct queue_buffer *buffer, const struct v4l2_buffer *arg)
{
	struct v4l2_buffer *known = &buffer->v4l2;
	uint32_t source = V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
	uint32_t host = V4L2_BUF_FLAG_TIMESTAMP_MASK;
	bool output = V4L2_TYPE_IS_OUTPUT(arg->type);

	if (!output || (known->flags & host) != V4L2_BUF_FLAG_TIMESTAMP_COPY)
		host |= source;
	known->flags &= host;
	known->flags |= arg->flags & ~(host | FLAGS_OURS | V4L2_BUF_FLAG_ERROR |
				       V4L2_BUF_FLAG_TIMECODE |
				       V4L2_BUF_FLAG_NO_CACHE_INVALIDATE |
				       V4L2_BUF_FLAG_NO_CACHE_CLEAN |
				       V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF);
	known->sequence = 0;
	if (output)
		known->field = arg->field;
	else
		known->flags &=
			~(uint32_t)(V4L2_BUF_FLAG_KEYFRAME |
				    V4L2_BUF_FLAG_PFRAME |
				    V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST);
}

/* What stays of an argument, and __fill_vb2_buffer() for the time */
static void refuse_argument(struct queue_buffer *buffer,
			    const struct v4l2_buffer *arg)
{
	queue_take_over(buffer, arg);
	if ((buffer->v4l2.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) !=
	    V4L2_BUF_FLAG_TIMESTAMP_COPY)
		memset(&buffer->v4l2.timestamp, 0,
		       sizeof(buffer->v4l2.timestamp));
}

void queue_lose(struct queue_buffer *buffer)
{
	unsigned int i;

	for (i = 0; i < buffer->plane_count; i++) {
		if (!buffer->planes[i].userlen)
			continue;
		queue_give(buffer, i, 0, 0);
		buffer->v4l2.bytesused = 0;
		buffer->v4l2_planes[i].bytesused = 0;
		buffer->v4l2_planes[i].data_offset = 0;
	}
}

void queue_refuse_import(struct queue_buffer *buffer,
			 const struct v4l2_buffer *arg)
{
	refuse_argument(buffer, arg);
	queue_lose(buffer);
}

/* __prepare_userptr() */
void queue_refuse(struct queue_buffer *buffer, const struct v4l2_buffer *arg,
		  unsigned int released)
{
	unsigned int i;

	refuse_argument(buffer, arg);
	for (i = 0; i < buffer->plane_count; i++)
		queue_give(buffer, i, 0, 0);
	if (released)
		buffer->v4l2.bytesused = 0;
	for (i = 0; i < released && i < buffer->plane_count; i++) {
		buffer->v4l2_planes[i].bytesused = 0;
		buffer->v4l2_planes[i].data_offset = 0;
	}
}

struct queue_buffer *queue_finished(struct queue *queue,
				    const struct v4l2_buffer *v4l2,
				    const struct v4l2_plane *planes)
{
	struct queue_buffer *buffer = queue_find(queue, v4l2->index);

	if (!buffer || buffer->state != QUEUE_QUEUED)
		return NULL;
	queue_remember(queue, buffer, v4l2, planes, VIDEO_MAX_PLANES);
	set_state(queue, buffer, QUEUE_DONE);
	buffer->prepared = false;
	buffer->next = NULL;
	*queue->done_last = buffer;
	queue->done_last = &buffer->next;
	return buffer;
}

struct queue_buffer *queue_take(struct queue *queue)
{
	struct queue_buffer *buffer = queue->done;

	if (!buffer)
		return NULL;
	queue->done = buffer->next;
	if (!queue->done)
		queue->done_last = &queue->done;
	buffer->next = NULL;
	set_state(queue, buffer, QUEUE_IDLE);
	if (!queue_is_output(queue) &&
	    (buffer->v4l2.flags & V4L2_BUF_FLAG_LAST))
		queue->last = true;
	if (queue->ending && !queue->done)
		queue->last = true;
	return buffer;
}

/*
 * type 4 bits, index 12 bits, plane 3 bits, page 12 bits.  31 in all: vb2's offsets
 * are below 2^31, so programs may keep them in an int.
 */
uint32_t queue_offset(uint32_t type, unsigned int index, unsigned int plane)
{
	return type << 27 | (index & 0xfff) << 15 | (plane & 7) << 12;
}

/*
 * vb2 counts who has a plane (vb2_buffer_in_use()).  That a program has mapped one is
 * known here, that it has unmapped it is not.
 */
static bool is_given(const struct queue_buffer *buffer)
{
	const struct guest_mapping *mapping;
	unsigned int i;

	for (i = 0; i < buffer->plane_count; i++) {
		mapping = buffer->planes[i].mapping;
		if (mapping && mapping->memory &&
		    memory_region_given(mapping->memory, mapping->region))
			return true;
	}
	return false;
}

static uint32_t show_flags(const struct queue_buffer *buffer)
{
	uint32_t flags = buffer->v4l2.flags & ~(uint32_t)FLAGS_OURS;

	switch (buffer->state) {
	case QUEUE_IDLE:
		/* vb2 shows it only then (__fill_v4l2_buffer). */
		if (buffer->prepared)
			flags |= V4L2_BUF_FLAG_PREPARED;
		break;
	case QUEUE_QUEUED:
		flags |= V4L2_BUF_FLAG_QUEUED;
		break;
	case QUEUE_DONE:
		flags |= V4L2_BUF_FLAG_DONE;
		break;
	case QUEUE_STATE_COUNT:
		break;
	}
	return is_given(buffer) ? flags | V4L2_BUF_FLAG_MAPPED : flags;
}

/* A descriptor is shown by its 32 bits, as an offset is. */
static void show_memory(const struct queue *queue,
			const struct queue_buffer *buffer, unsigned int plane,
			uint32_t *offset, unsigned long *userptr,
			uint32_t *length)
{
	if (queue->memory == V4L2_MEMORY_USERPTR ||
	    queue->memory == V4L2_MEMORY_DMABUF) {
		/* vb2 shows its own length until one was queued. */
		*userptr = buffer->planes[plane].userptr;
		*length = buffer->planes[plane].given
				  ? buffer->planes[plane].userlen
				  : buffer->planes[plane].length;
	} else {
		*userptr = 0;
		*offset = queue_offset(queue->type, buffer->index, plane);
		*length = buffer->planes[plane].length;
	}
}

void queue_show(const struct queue *queue, const struct queue_buffer *buffer,
		struct v4l2_buffer *out, struct v4l2_plane *planes,
		unsigned int room)
{
	struct v4l2_plane *planes_pointer = out->m.planes;
	unsigned int i;

	*out = buffer->v4l2;
	out->index = buffer->index;
	out->type = queue->type;
	out->memory = queue->memory;
	out->flags = show_flags(buffer);
	out->reserved2 = 0;
	out->request_fd = 0;
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		show_memory(queue, buffer, 0, &out->m.offset, &out->m.userptr,
			    &out->length);
		return;
	}
	out->bytesused = 0;
	out->m.planes = planes_pointer;
	out->length = buffer->plane_count;
	for (i = 0; i < buffer->plane_count && i < room; i++) {
		planes[i] = buffer->v4l2_planes[i];
		show_memory(queue, buffer, i, &planes[i].m.mem_offset,
			    &planes[i].m.userptr, &planes[i].length);
	}
}
