// SPDX-License-Identifier: BSD-3-Clause
/*
 * What hostd must know of a session's buffers.
 *
 * Planes that the guest has itself are not sent.  If guest and host have memory that
 * is the same, nothing is: what the device does not have there is copied.
 *
 * Contents are sent straight from the device's memory.  That is safe because a
 * buffer whose contents are still being sent is not FREE, so the guest cannot
 * queue it, and because channel_cancel() gives memory back at once.
 */
#include "hostd/buffers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/stats.h"

static const char *const buffer_state_names[] = {
	[BUFFER_FREE] = "free",
	[BUFFER_QUEUED] = "queued",
	[BUFFER_SENDING] = "sending",
};
static_assert(sizeof(buffer_state_names) / sizeof(buffer_state_names[0]) ==
		      BUFFER_STATE_COUNT,
	      "a state without a name");

/* FREE is reachable from both others: nothing to send, STREAMOFF. */
static void buffer_set_state(struct buffer *buffer, enum buffer_state state)
{
	struct buffer_queue *queue = buffer->queue;

	assert(state != buffer->state);
	assert(state == BUFFER_FREE || state == buffer->state + 1);
	if (buffer->state == BUFFER_QUEUED)
		queue->queued--;
	if (state == BUFFER_QUEUED)
		queue->queued++;
	log_debug("session %u: buffer %u of type %u: %s -> %s",
		  queue->session_id, buffer->index, queue->type,
		  buffer_state_names[buffer->state], buffer_state_names[state]);
	buffer->state = state;
}

void buffers_init(struct buffers *buffers, struct window *window,
		  struct quota *quota, const struct client_output *output,
		  uint32_t session_id)
{
	unsigned int type;

	memset(buffers, 0, sizeof(*buffers));
	for (type = 0; type < VMS_BUF_TYPE_COUNT; type++) {
		buffers->queues[type].session_id = session_id;
		buffers->queues[type].quota = quota;
		buffers->queues[type].type = type;
	}
	buffers->window = window;
	buffers->quota = quota;
	buffers->output = output;
}

struct buffer_queue *buffers_queue(struct buffers *buffers, unsigned int type)
{
	if (type < 1 || type >= VMS_BUF_TYPE_COUNT)
		return NULL;
	return &buffers->queues[type];
}

struct buffer *buffers_find(struct buffers *buffers, unsigned int type,
			    unsigned int index)
{
	struct buffer_queue *queue = buffers_queue(buffers, type);

	if (!queue || index >= queue->count)
		return NULL;
	return queue->buffers[index];
}

/* The mapping outlives its buffer: the guest has not unmapped it yet. */
static void orphan_mapping(struct mapping *mapping, struct quota *quota)
{
	mapping->buffer = NULL;
	if (!quota || !mapping->map.bytes)
		return;
	mapping->orphan = true;
	quota_add(quota, 0, mapping->map.len);
}

static void buffer_free(struct buffer *buffer)
{
	struct quota *quota;
	unsigned int i;

	if (!buffer)
		return;
	quota = buffer->queue->quota;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		if (buffer->planes[i].mapping)
			orphan_mapping(buffer->planes[i].mapping, quota);
	if (quota)
		quota_drop(quota, 1, buffer->len);
	import_hold_drop(&buffer->hold);
	free(buffer);
}

static void queue_truncate(struct buffer_queue *queue, unsigned int count)
{
	while (queue->count > count)
		buffer_free(queue->buffers[--queue->count]);
	if (!count) {
		free(queue->buffers);
		queue->buffers = NULL;
	}
}

void buffers_finish(struct buffers *buffers)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++)
		buffers_reset(buffers, &buffers->queues[type]);
}

void buffers_reset(struct buffers *buffers, struct buffer_queue *queue)
{
	buffers_stopped(buffers, queue);
	queue_truncate(queue, 0);
	queue->unshared = false;
}

unsigned int buffers_held(const struct buffer_queue *queue, uint64_t *len)
{
	unsigned int count = 0;
	unsigned int i;

	*len = 0;
	for (i = 0; i < queue->count; i++) {
		if (!queue->buffers[i])
			continue;
		count++;
		*len += queue->buffers[i]->len;
	}
	return count;
}

int buffers_add(struct buffer_queue *queue, unsigned int first,
		unsigned int count, uint64_t len)
{
	struct buffer **list;
	unsigned int i;

	if (first > VMS_QUEUE_BUFFERS_MAX ||
	    count > VMS_QUEUE_BUFFERS_MAX - first)
		return -EINVAL;
	if (first + count > queue->count) {
		list = realloc(queue->buffers,
			       (first + count) * sizeof(list[0]));
		if (!list)
			return -ENOMEM;
		memset(&list[queue->count], 0,
		       (first + count - queue->count) * sizeof(list[0]));
		queue->buffers = list;
		queue->count = first + count;
	}
	for (i = first; i < first + count; i++) {
		if (queue->buffers[i])
			continue;
		queue->buffers[i] = calloc(1, sizeof(*queue->buffers[i]));
		if (!queue->buffers[i])
			return -ENOMEM;
		queue->buffers[i]->queue = queue;
		queue->buffers[i]->index = i;
		queue->buffers[i]->len = len;
		if (queue->quota)
			quota_add(queue->quota, 1, len);
	}
	return 0;
}

bool buffers_sending(struct buffers *buffers, unsigned int type,
		     unsigned int first, unsigned int count)
{
	struct buffer_queue *queue = buffers_queue(buffers, type);
	unsigned int i;

	for (i = first; queue && i < queue->count && i - first < count; i++)
		if (queue->buffers[i] &&
		    queue->buffers[i]->state == BUFFER_SENDING)
			return true;
	return false;
}

void buffers_remove(struct buffers *buffers, unsigned int type,
		    unsigned int first, unsigned int count)
{
	struct buffer_queue *queue = buffers_queue(buffers, type);
	unsigned int i;

	for (i = first; queue && i < queue->count && i - first < count; i++) {
		buffer_free(queue->buffers[i]);
		queue->buffers[i] = NULL;
	}
}

static void learn_plane(struct buffer_plane *plane, uint32_t offset,
			uint32_t len)
{
	if (plane->mapping)
		return;
	plane->offset = offset;
	plane->len = len;
	plane->known = true;
}

void buffers_learn(struct buffers *buffers, const struct v4l2_buffer *buffer,
		   const struct v4l2_plane *planes)
{
	struct buffer *known =
		buffers_find(buffers, buffer->type, buffer->index);
	unsigned int i;

	if (!known || buffer->memory != V4L2_MEMORY_MMAP)
		return;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		learn_plane(&known->planes[0], buffer->m.offset,
			    buffer->length);
		return;
	}
	for (i = 0; planes && i < buffer->length && i < VIDEO_MAX_PLANES; i++)
		learn_plane(&known->planes[i], planes[i].m.mem_offset,
			    planes[i].length);
}

static struct buffer *queue_plane_at(struct buffer_queue *queue,
				     uint32_t offset, unsigned int *plane)
{
	unsigned int i;
	unsigned int p;

	for (i = 0; i < queue->count; i++) {
		for (p = 0; queue->buffers[i] && p < VIDEO_MAX_PLANES; p++) {
			if (!queue->buffers[i]->planes[p].known ||
			    queue->buffers[i]->planes[p].offset != offset)
				continue;
			*plane = p;
			return queue->buffers[i];
		}
	}
	return NULL;
}

struct buffer *buffers_plane_at(struct buffers *buffers, uint32_t offset,
				unsigned int *plane)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		struct buffer *buffer =
			queue_plane_at(&buffers->queues[type], offset, plane);

		if (buffer)
			return buffer;
	}
	return NULL;
}

void buffers_mapped(struct buffer *buffer, unsigned int plane,
		    struct mapping *mapping)
{
	mapping->buffer = buffer;
	mapping->plane = plane;
	buffer->planes[plane].mapping = mapping;
}

void buffers_let_go(struct buffers *buffers, struct mapping *mapping)
{
	if (mapping->orphan)
		quota_drop(buffers->quota, 0, mapping->map.len);
	mapping->orphan = false;
	mapping->map.bytes = NULL;
	slice_drop(mapping->slice);
	mapping->slice = NULL;
}

void buffers_unmapped(struct buffers *buffers, struct mapping *mapping)
{
	buffers_let_go(buffers, mapping);
	if (mapping->buffer)
		mapping->buffer->planes[mapping->plane].mapping = NULL;
	window_remove(buffers->window, mapping);
}

static void fetch_plane(struct mapping *mapping, size_t len)
{
	if (!mapping || !mapping->map.bytes || !mapping->slice)
		return;
	/* Of nothing, vb2 makes the whole plane (vb2_fill_vb2_v4l2_buffer()). */
	if (!len || len > mapping->map.len)
		len = mapping->map.len;
	memcpy(mapping->map.bytes, mapping->slice->bytes, len);
	stats_add(STATS_SHMEM_COPIED, len);
}

void buffers_fetch(struct buffer *buffer, const struct v4l2_buffer *queued,
		   const struct v4l2_plane *planes)
{
	unsigned int i;

	if (!V4L2_TYPE_IS_OUTPUT(buffer->queue->type) ||
	    buffer->state != BUFFER_FREE)
		return;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->queue->type)) {
		fetch_plane(buffer->planes[0].mapping, queued->bytesused);
		return;
	}
	for (i = 0; planes && i < queued->length && i < VIDEO_MAX_PLANES; i++)
		fetch_plane(buffer->planes[i].mapping, planes[i].bytesused);
}

void buffers_queued(struct buffer *buffer)
{
	if (buffer->state != BUFFER_FREE)
		return;
	buffer_set_state(buffer, BUFFER_QUEUED);
}

void buffers_begun(struct buffers *buffers, struct buffer_queue *queue)
{
	buffers->streaming += !queue->streaming;
	queue->streaming = true;
}

void buffers_stopped(struct buffers *buffers, struct buffer_queue *queue)
{
	const struct client_output *output = buffers->output;
	unsigned int i;
	unsigned int p;

	output->ops->cancel(output->owner, queue);
	for (i = 0; i < queue->count; i++) {
		struct buffer *buffer = queue->buffers[i];

		if (!buffer)
			continue;
		if (buffer->state != BUFFER_FREE)
			buffer_set_state(buffer, BUFFER_FREE);
		for (p = 0; p < VIDEO_MAX_PLANES; p++)
			if (buffer->planes[p].mapping)
				buffer->planes[p].mapping->generation++;
	}
	buffers->streaming -= queue->streaming;
	queue->streaming = false;
	queue->started = false;
	queue->failed = false;
	queue->last = false;
}

static void plane_sent(void *data)
{
	struct buffer *buffer = data;

	if (--buffer->lent == 0 && buffer->state == BUFFER_SENDING)
		buffer_set_state(buffer, BUFFER_FREE);
}

static int send_plane(struct buffers *buffers, struct buffer *buffer,
		      struct buffer_plane *plane, size_t len)
{
	const struct client_output *output = buffers->output;
	struct mapping *mapping = plane->mapping;
	int ret;

	if (!mapping || !mapping->map.bytes || mapping->export)
		return 0;
	if (len > mapping->map.len)
		len = mapping->map.len;
	if (mapping->slice) {
		memcpy(mapping->slice->bytes, mapping->map.bytes, len);
		stats_add(STATS_SHMEM_COPIED, len);
	}
	if (!len || mapping->placed)
		return 0;
	buffer->lent++;
	ret = output->ops->data(output->owner, buffer->queue,
				mapping->map.bytes, len, mapping->addr,
				mapping->generation, plane_sent, buffer);
	if (ret)
		buffer->lent--;
	return ret;
}

static int send_planes(struct buffers *buffers, struct buffer *buffer,
		       const struct v4l2_buffer *done,
		       const struct v4l2_plane *planes)
{
	unsigned int i;
	int ret = 0;

	if (!V4L2_TYPE_IS_MULTIPLANAR(done->type))
		return send_plane(buffers, buffer, &buffer->planes[0],
				  done->bytesused);
	for (i = 0; planes && !ret && i < done->length && i < VIDEO_MAX_PLANES;
	     i++)
		ret = send_plane(buffers, buffer, &buffer->planes[i],
				 planes[i].bytesused);
	return ret;
}

int buffers_done(struct buffers *buffers, const struct v4l2_buffer *done,
		 const struct v4l2_plane *planes)
{
	struct buffer *buffer = buffers_find(buffers, done->type, done->index);
	int ret = 0;

	if (!buffer || buffer->state != BUFFER_QUEUED)
		return -EINVAL;
	buffer->queue->started = true;
	/* In output buffers it is the application's word (vb2_dqbuf()). */
	if ((done->flags & V4L2_BUF_FLAG_LAST) &&
	    !V4L2_TYPE_IS_OUTPUT(done->type))
		buffer->queue->last = true;
	stats_add(STATS_BUFFERS_DONE, 1);
	if (!V4L2_TYPE_IS_OUTPUT(done->type))
		ret = send_planes(buffers, buffer, done, planes);
	buffer_set_state(buffer, buffer->lent ? BUFFER_SENDING : BUFFER_FREE);
	return ret;
}
