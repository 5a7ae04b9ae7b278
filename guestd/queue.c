// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shadow of one V4L2 queue: which buffers there are, and who has each.
 */
#include "guestd/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

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
	queue->starting = false;
	queue->runs = false;
	queue->halted = false;
	queue->refused = false;
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
	queue->habit.known = false;
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

static void stop_buffer(struct queue *queue, struct queue_buffer *buffer)
{
	if (buffer->state == QUEUE_QUEUED || buffer->prepared)
		buffer->stale = true;
	if (buffer->state != QUEUE_IDLE)
		set_state(queue, buffer, QUEUE_IDLE);
	buffer->prepared = false;
	buffer->v4l2.flags &= ~(uint32_t)V4L2_BUF_FLAG_ERROR;
	buffer->next = NULL;
}

void queue_stop(struct queue *queue, uint64_t pushes)
{
	struct queue_buffer *first = NULL;
	struct queue_buffer *buffer;
	unsigned int i;

	for (i = 0; i < queue->count; i++) {
		buffer = queue->buffers[i];
		if (!buffer)
			continue;
		if (buffer->state != QUEUE_QUEUED || buffer->push <= pushes)
			stop_buffer(queue, buffer);
		else if (!first || buffer->push < first->push)
			first = buffer;
	}
	forget_stream(queue);
	if (first) {
		first->first = true;
		queue->armed = true;
	}
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
	queue->halted = false;
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
	buffer->turn++;
	buffer->push = ++queue->pushes;
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

struct queue_buffer *queue_finished(struct queue *queue,
				    const struct v4l2_buffer *v4l2,
				    const struct v4l2_plane *planes)
{
	struct queue_buffer *buffer = queue_find(queue, v4l2->index);

	if (!buffer || buffer->state != QUEUE_QUEUED)
		return NULL;
	queue_remember(queue, buffer, v4l2, planes, VIDEO_MAX_PLANES);
	set_state(queue, buffer, QUEUE_DONE);
	queue->runs = true;
	if (!queue_is_output(queue) &&
	    (buffer->v4l2.flags & V4L2_BUF_FLAG_LAST))
		queue->halted = true;
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
