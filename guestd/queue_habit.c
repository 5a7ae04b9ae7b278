// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shadow of one V4L2 queue: what the host's driver has made of buffers that were
 * queued, and so will make of the next.
 *
 * What vb2 refuses is known without the driver (qbuf_check.c).  What is left is
 * buf_out_validate() and buf_prepare(): whether a plane is long enough for the
 * format, an output buffer's contents and field are what the driver can use, and
 * what it shows of an empty buffer (vivid: how much will be in it).
 */
#include "guestd/queue.h"

#include <string.h>

#define SECONDS_MAX     (INT64_MAX / 1000000000)
#define USEC_PER_SECOND 1000000

/* A driver may look at these (set_buffer_cache_hints(), codecs). */
#define FLAGS_NOT_FORESEEN                                                     \
	(V4L2_BUF_FLAG_NO_CACHE_INVALIDATE | V4L2_BUF_FLAG_NO_CACHE_CLEAN |    \
	 V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF | V4L2_BUF_FLAG_REQUEST_FD)

static bool same_planes(const struct queue_habit *habit,
			const struct queue_buffer *buffer)
{
	unsigned int i;

	if (buffer->plane_count != habit->plane_count)
		return false;
	for (i = 0; i < buffer->plane_count; i++)
		if (buffer->planes[i].length != habit->length[i])
			return false;
	return true;
}

static bool same_kind(const struct queue_habit *habit,
		      const struct queue_buffer *buffer, uint32_t asked)
{
	unsigned int i;

	if (!habit->known || habit->asked != asked ||
	    habit->field != buffer->v4l2.field || !same_planes(habit, buffer))
		return false;
	for (i = 0; i < buffer->plane_count; i++)
		if (buffer->v4l2_planes[i].data_offset != habit->offset[i])
			return false;
	return true;
}

/*
 * Of a capture buffer: does the driver say of which field it will be?  If it says what
 * was known before, that may be because it never says anything.
 */
static void learn_field(struct queue_habit *habit, uint32_t before,
			uint32_t after)
{
	if (!habit->known || before != after || habit->field != after)
		habit->sets_field = before != after;
}

void queue_habit_learn(struct queue *queue, const struct queue_buffer *buffer,
		       uint32_t asked)
{
	struct queue_habit *habit = &queue->habit;
	bool more = same_kind(habit, buffer, asked);
	unsigned int i;
	uint32_t used;

	/* What nothing means, or how much, says nothing of something. */
	if (queue_is_output(queue) && buffer->empty)
		return;
	if (!queue_is_output(queue))
		learn_field(habit, asked, buffer->v4l2.field);
	habit->known = true;
	habit->asked = asked;
	habit->field = buffer->v4l2.field;
	habit->plane_count = buffer->plane_count;
	for (i = 0; i < buffer->plane_count; i++) {
		used = queue_bytesused(queue, buffer, i);
		habit->length[i] = buffer->planes[i].length;
		habit->offset[i] = buffer->v4l2_planes[i].data_offset;
		habit->used[i] = used;
		if (!more || used < habit->least[i])
			habit->least[i] = used;
		if (!more || used > habit->most[i])
			habit->most[i] = used;
	}
}

uint32_t queue_habit_asked(const struct queue *queue,
			   const struct queue_buffer *buffer,
			   const struct v4l2_buffer *arg)
{
	return queue_is_output(queue) ? arg->field : buffer->v4l2.field;
}

static uint32_t said_used(const struct v4l2_buffer *arg,
			  const struct v4l2_plane *planes, unsigned int plane)
{
	return planes ? planes[plane].bytesused : arg->bytesused;
}

static bool fits_contents(const struct queue_habit *habit,
			  const struct v4l2_buffer *arg,
			  const struct v4l2_plane *planes, bool any_size)
{
	unsigned int i;
	uint32_t used;

	if (arg->field != habit->asked)
		return false;
	for (i = 0; i < habit->plane_count; i++) {
		used = said_used(arg, planes, i);
		if (!used ||
		    (planes && planes[i].data_offset != habit->offset[i]))
			return false;
		/* Whose size was always the same may make all others that one. */
		if ((used < habit->least[i] || used > habit->most[i]) &&
		    (!any_size || habit->least[i] == habit->most[i]))
			return false;
	}
	return true;
}

/* vb2 keeps it as nanoseconds, in which others come back as something else. */
static bool plain_time(const struct v4l2_buffer *arg)
{
	return arg->timestamp.tv_sec >= 0 &&
	       arg->timestamp.tv_sec < SECONDS_MAX &&
	       arg->timestamp.tv_usec >= 0 &&
	       arg->timestamp.tv_usec < USEC_PER_SECOND;
}

bool queue_habit_fits(const struct queue *queue,
		      const struct queue_buffer *buffer,
		      const struct v4l2_buffer *arg,
		      const struct v4l2_plane *planes, bool any_size)
{
	const struct queue_habit *habit = &queue->habit;

	return habit->known && !(arg->flags & FLAGS_NOT_FORESEEN) &&
	       same_planes(habit, buffer) &&
	       (!queue_is_output(queue) ||
		(plain_time(arg) &&
		 fits_contents(habit, arg, planes, any_size)));
}

/* __fill_vb2_buffer() and __copy_timestamp() */
static void show_time(struct queue_buffer *buffer,
		      const struct v4l2_buffer *arg, bool output)
{
	struct v4l2_buffer *known = &buffer->v4l2;

	if ((known->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) !=
	    V4L2_BUF_FLAG_TIMESTAMP_COPY)
		memset(&known->timestamp, 0, sizeof(known->timestamp));
	else if (output)
		known->timestamp = arg->timestamp;
	if (!output || !(arg->flags & V4L2_BUF_FLAG_TIMECODE))
		return;
	known->flags |= V4L2_BUF_FLAG_TIMECODE;
	known->timecode = arg->timecode;
}

void queue_habit_show(struct queue *queue, struct queue_buffer *buffer,
		      const struct v4l2_buffer *arg,
		      const struct v4l2_plane *planes)
{
	const struct queue_habit *habit = &queue->habit;
	bool output = queue_is_output(queue);
	unsigned int i;

	queue_take_over(buffer, arg);
	if (output || habit->sets_field)
		buffer->v4l2.field = habit->field;
	show_time(buffer, arg, output);
	if (!V4L2_TYPE_IS_MULTIPLANAR(queue->type)) {
		buffer->v4l2.bytesused =
			output ? arg->bytesused : habit->used[0];
		return;
	}
	for (i = 0; i < buffer->plane_count; i++) {
		buffer->v4l2_planes[i].bytesused =
			output ? said_used(arg, planes, i) : habit->used[i];
		buffer->v4l2_planes[i].data_offset = habit->offset[i];
	}
}
