// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of a V4L2 node's buffers that the guest has, too: whose it is, and where it
 * is mapped.
 *
 * Offsets are cookies, above all that a kernel gives: it sums up lengths, or counts
 * buffers from 0 or from 1 << 30 on (videobuf2-core.c).
 */
#include "hostd/device_v4l2_placed_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "hostd/slices.h"

#define PLACED_COOKIE      (1u << 31)
#define PLACED_TYPE_SHIFT  25
#define PLACED_INDEX_SHIFT 15
#define PLACED_PLANE_SHIFT 12
static_assert(VMS_QUEUE_BUFFERS_MAX ==
		      1u << (PLACED_TYPE_SHIFT - PLACED_INDEX_SHIFT),
	      "indices in cookies");
static_assert(VIDEO_MAX_PLANES ==
		      1u << (PLACED_INDEX_SHIFT - PLACED_PLANE_SHIFT),
	      "planes in cookies");

static uint32_t cookie(uint32_t type, uint32_t index, uint32_t plane)
{
	return PLACED_COOKIE | type << PLACED_TYPE_SHIFT |
	       index % VMS_QUEUE_BUFFERS_MAX << PLACED_INDEX_SHIFT |
	       plane << PLACED_PLANE_SHIFT;
}

int placed_node_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

struct placed_queue *placed_queue(struct placed *placed, uint32_t type)
{
	return type < VMS_BUF_TYPE_COUNT ? &placed->queues[type] : NULL;
}

/* ---- memory ---------------------------------------------------------- */

static struct placed_memory *memory_create(struct placed *placed,
					   struct slices *slices, size_t len)
{
	struct placed_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return NULL;
	memory->len = len;
	memory->slice = slices_take(slices, len);
	if (memory->slice)
		memory->bytes = memory->slice->bytes;
	else
		memory->bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory->bytes == MAP_FAILED) {
		free(memory);
		return NULL;
	}
	LIST_INSERT_HEAD(&placed->memories, memory, next);
	return memory;
}

static void memory_destroy(struct placed_memory *memory)
{
	LIST_REMOVE(memory, next);
	if (memory->slice)
		slice_drop(memory->slice);
	else
		munmap(memory->bytes, memory->len);
	free(memory);
}

/* ---- buffers --------------------------------------------------------- */

void placed_drop_buffers(struct placed_queue *queue, unsigned int first,
			 unsigned int count)
{
	struct placed_memory *memory;
	unsigned int i;
	unsigned int p;

	for (i = first; i < queue->count && i - first < count; i++) {
		for (p = 0; p < VIDEO_MAX_PLANES; p++) {
			memory = queue->buffers[i].planes[p];
			queue->buffers[i].planes[p] = NULL;
			if (memory && memory->maps)
				memory->orphaned = true;
			else if (memory)
				memory_destroy(memory);
		}
	}
}

void placed_drop_queue(struct placed_queue *queue)
{
	placed_drop_buffers(queue, 0, queue->count);
	free(queue->buffers);
	*queue = (struct placed_queue){ 0 };
}

static int make_room(struct placed_queue *queue, unsigned int count)
{
	struct placed_buffer *buffers;

	if (count <= queue->count)
		return 0;
	if (count > VMS_QUEUE_BUFFERS_MAX)
		return -EINVAL;
	buffers = realloc(queue->buffers, count * sizeof(buffers[0]));
	if (!buffers)
		return -ENOMEM;
	memset(&buffers[queue->count], 0,
	       (count - queue->count) * sizeof(buffers[0]));
	queue->buffers = buffers;
	queue->count = count;
	return 0;
}

void placed_begin_buffer(struct v4l2_buffer *buffer, struct v4l2_plane *planes,
			 uint32_t type, unsigned int index)
{
	memset(planes, 0, VIDEO_MAX_PLANES * sizeof(planes[0]));
	*buffer = (struct v4l2_buffer){
		.index = index,
		.type = type,
		.memory = V4L2_MEMORY_USERPTR,
	};
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer->m.planes = planes;
		buffer->length = VIDEO_MAX_PLANES;
	}
}

static int make_buffer(struct placed *placed, int fd, struct slices *slices,
		       uint32_t type, unsigned int index)
{
	bool mplane = V4L2_TYPE_IS_MULTIPLANAR(type);
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct placed_buffer *made;
	struct v4l2_buffer buffer;
	unsigned int p;
	uint32_t len;
	int ret;

	placed_begin_buffer(&buffer, planes, type, index);
	ret = placed_node_ioctl(fd, VIDIOC_QUERYBUF, &buffer);
	if (ret)
		return ret;
	made = &placed->queues[type].buffers[index];
	for (p = 0; p < (mplane ? buffer.length : 1u) && p < VIDEO_MAX_PLANES;
	     p++) {
		len = mplane ? planes[p].length : buffer.length;
		if (!made->planes[p] && len)
			made->planes[p] = memory_create(placed, slices, len);
		if (!made->planes[p])
			return len ? -ENOMEM : -EINVAL;
	}
	return 0;
}

int placed_make_buffers(struct placed *placed, int fd, struct slices *slices,
			uint32_t type, unsigned int first, unsigned int count)
{
	struct placed_queue *queue = &placed->queues[type];
	unsigned int i;
	int ret;

	if (count > VMS_QUEUE_BUFFERS_MAX ||
	    first > VMS_QUEUE_BUFFERS_MAX - count)
		return -EINVAL;
	ret = make_room(queue, first + count);
	for (i = first; !ret && i < first + count; i++)
		ret = make_buffer(placed, fd, slices, type, i);
	return ret;
}

void placed_put_memory(const struct placed_queue *queue,
		       struct v4l2_buffer *buffer)
{
	struct placed_memory *const *memory = NULL;
	unsigned int p;

	if (buffer->index < queue->count)
		memory = queue->buffers[buffer->index].planes;
	buffer->memory = V4L2_MEMORY_USERPTR;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->m.userptr = 0;
		buffer->length = 0;
		if (!memory || !memory[0])
			return;
		buffer->m.userptr = (unsigned long)memory[0]->bytes;
		buffer->length = (uint32_t)memory[0]->len;
		return;
	}
	for (p = 0; buffer->m.planes && p < buffer->length; p++) {
		struct v4l2_plane *plane = &buffer->m.planes[p];

		plane->m.userptr = 0;
		plane->length = 0;
		if (!memory || p >= VIDEO_MAX_PLANES || !memory[p])
			continue;
		plane->m.userptr = (unsigned long)memory[p]->bytes;
		plane->length = (uint32_t)memory[p]->len;
	}
}

void placed_show(struct v4l2_buffer *buffer)
{
	unsigned int p;

	if (buffer->memory != V4L2_MEMORY_USERPTR)
		return;
	buffer->memory = V4L2_MEMORY_MMAP;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->m.userptr = 0;
		buffer->m.offset = cookie(buffer->type, buffer->index, 0);
		return;
	}
	for (p = 0;
	     buffer->m.planes && p < buffer->length && p < VIDEO_MAX_PLANES;
	     p++) {
		buffer->m.planes[p].m.userptr = 0;
		buffer->m.planes[p].m.mem_offset =
			cookie(buffer->type, buffer->index, p);
	}
}

/* ---- mappings -------------------------------------------------------- */

static struct placed_memory *memory_at(struct placed *placed, uint32_t offset)
{
	uint32_t type = (offset & ~PLACED_COOKIE) >> PLACED_TYPE_SHIFT;
	uint32_t index = (offset >> PLACED_INDEX_SHIFT) % VMS_QUEUE_BUFFERS_MAX;
	uint32_t plane = (offset >> PLACED_PLANE_SHIFT) % VIDEO_MAX_PLANES;
	const struct placed_queue *queue = placed_queue(placed, type);

	if (!(offset & PLACED_COOKIE) || offset != cookie(type, index, plane) ||
	    !queue || index >= queue->count)
		return NULL;
	return queue->buffers[index].planes[plane];
}

int placed_map(struct placed *placed, uint32_t offset, size_t len,
	       struct device_map *out)
{
	struct placed_memory *memory = memory_at(placed, offset);

	if (!memory || len > memory->len)
		return -ENOENT;
	memory->maps++;
	out->bytes = memory->bytes;
	out->len = len;
	return 0;
}

bool placed_unmap(struct placed *placed, const struct device_map *map)
{
	struct placed_memory *memory;

	LIST_FOREACH(memory, &placed->memories, next)
	if (memory->bytes == map->bytes)
		break;
	if (!memory)
		return false;
	if (--memory->maps == 0 && memory->orphaned)
		memory_destroy(memory);
	return true;
}

void placed_finish(struct placed *placed)
{
	unsigned int type;

	for (type = 0; type < VMS_BUF_TYPE_COUNT; type++)
		placed_drop_queue(&placed->queues[type]);
}
