// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shadow of one V4L2 queue: what is said of a buffer, by the host and by the
 * application, and what the application is shown of that.
 */
#include "guestd/queue.h"

#include <assert.h>
#include <string.h>

#include "guestd/plausible.h"

/* What guestd says itself; everything else in flags is the host's word. */
#define FLAGS_OURS                                                             \
	(V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |    \
	 V4L2_BUF_FLAG_PREPARED | V4L2_BUF_FLAG_REQUEST_FD |                   \
	 V4L2_BUF_FLAG_IN_REQUEST)

/* ---- what is said ------------------------------------------------------------ */

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
	plausible_buffer(&buffer->v4l2);
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

void queue_mend(struct v4l2_buffer *v4l2, struct v4l2_plane *planes,
		unsigned int room)
{
	unsigned int i;

	plausible_buffer(v4l2);
	v4l2->reserved2 = 0;
	v4l2->request_fd = 0;
	if (!V4L2_TYPE_IS_MULTIPLANAR(v4l2->type)) {
		if (v4l2->bytesused > v4l2->length)
			v4l2->bytesused = v4l2->length;
		return;
	}
	for (i = 0; planes && i < v4l2->length && i < room; i++)
		finish_plane(&planes[i], planes[i].length);
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

	/* Where times are copied, so is their source, from output to capture. */
	if ((known->flags & host) != V4L2_BUF_FLAG_TIMESTAMP_COPY)
		host |= source;
	known->flags &= host;
	if (!output)
		host |= source;
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

/* ---- what is shown ----------------------------------------------------------- */

/*
 * Bits of an offset, above those within a page.  With the 4 of a type they are 31 in
 * all: vb2's offsets are below 2^31, so programs may keep them in an int.
 */
#define OFFSET_PAGE_BITS  12
#define OFFSET_PLANE_BITS 3
#define OFFSET_INDEX_BITS 12
static_assert(VIDEO_MAX_PLANES <= 1 << OFFSET_PLANE_BITS, "planes");
static_assert(VMS_QUEUE_BUFFERS_MAX <= 1 << OFFSET_INDEX_BITS, "buffers");
static_assert(VMS_PAGE_SIZE == 1 << OFFSET_PAGE_BITS, "pages");
static_assert(VMS_BUF_TYPE_COUNT <= 1 << (31 - OFFSET_INDEX_BITS -
					  OFFSET_PLANE_BITS - OFFSET_PAGE_BITS),
	      "types");

uint32_t queue_offset(uint32_t type, unsigned int index, unsigned int plane)
{
	uint32_t offset = type;

	offset = offset << OFFSET_INDEX_BITS | index;
	offset = offset << OFFSET_PLANE_BITS | plane;
	return offset << OFFSET_PAGE_BITS;
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
