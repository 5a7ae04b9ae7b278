// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: the memory of buffers.
 *
 * Memory belongs to its buffer and to whoever has mapped it, so it is a list of
 * its own: REQBUFS and close() may free the buffer under a mapping.
 *
 * Offsets for mmap() are cookies, one page per buffer, as in vb2 since 6.9:
 * sums of lengths would not fit into their 32 bits.
 */
#include "hostd/softqueue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostd/frames.h"

static int softqueue_memory_create(struct softqueue *queue, size_t len,
				   struct softqueue_memory **out)
{
	struct softqueue_memory *memory = calloc(1, sizeof(*memory));
	int ret;

	if (!memory)
		return -ENOMEM;

	memory->fd = -1;
	if (queue->slices)
		memory->slice = slices_take(queue->slices, len);
	if (memory->slice) {
		memory->bytes = memory->slice->bytes;
	} else {
		ret = frames_memfd(len, &memory->fd, &memory->bytes);
		if (ret < 0) {
			free(memory);
			return ret;
		}
	}

	memory->len = len;
	memory->next = queue->memories;
	queue->memories = memory;
	*out = memory;
	return 0;
}

static void softqueue_memory_destroy(struct softqueue *queue,
				     struct softqueue_memory *memory)
{
	struct softqueue_memory **at = &queue->memories;

	while (*at != memory)
		at = &(*at)->next;
	*at = memory->next;

	if (memory->slice) {
		slice_drop(memory->slice);
	} else {
		munmap(memory->bytes, memory->len);
		close(memory->fd);
	}
	free(memory);
}

void softqueue_finish(struct softqueue *queue)
{
	unsigned int i;

	if (!queue)
		return;

	for (i = 0; i < queue->count; i++)
		softqueue_import_drop(&queue->buffers[i].import);
	while (queue->memories)
		softqueue_memory_destroy(queue, queue->memories);
	memset(queue, 0, sizeof(*queue));
}

static void softqueue_free(struct softqueue *queue)
{
	softqueue_cancel(queue);
	while (queue->count > 0) {
		struct softqueue_buffer *buffer =
			&queue->buffers[--queue->count];
		struct softqueue_memory *memory = buffer->memory;

		softqueue_import_drop(&buffer->import);
		if (!memory)
			continue;
		memory->orphaned = true;
		if (memory->maps == 0)
			softqueue_memory_destroy(queue, memory);
	}
}

/* As many of @count as there is memory for: at least one, or -ENOMEM. */
static int softqueue_allocate(struct softqueue *queue, uint32_t count,
			      uint32_t len, uint32_t *allocated)
{
	uint32_t i;

	if (count > SOFTQUEUE_BUFFERS_MAX - queue->count)
		count = SOFTQUEUE_BUFFERS_MAX - queue->count;
	if (len > SOFTQUEUE_LEN_MAX)
		return -ENOMEM;

	for (i = 0; i < count; i++) {
		struct softqueue_memory *memory = NULL;
		struct softqueue_buffer *buffer;

		if (queue->memory == V4L2_MEMORY_MMAP &&
		    softqueue_memory_create(queue, len, &memory) < 0)
			break;

		buffer = &queue->buffers[queue->count];
		memset(buffer, 0, sizeof(*buffer));
		buffer->index = queue->count++;
		buffer->bytes = memory ? memory->bytes : NULL;
		buffer->len = len;
		buffer->fresh = true;
		buffer->memory = memory;
	}
	if (i == 0)
		return -ENOMEM;

	*allocated = i;
	return 0;
}

static uint32_t softqueue_capabilities(void)
{
	return V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_DMABUF |
	       V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
}

/* vb2_verify_memory_type() */
static int softqueue_check_memory(const struct softqueue *queue,
				  uint32_t memory, uint32_t type)
{
	if (memory != V4L2_MEMORY_MMAP && memory != V4L2_MEMORY_DMABUF)
		return -EINVAL;
	return type == queue->type ? 0 : -EINVAL;
}

int softqueue_reqbufs(struct softqueue *queue, const void *file,
		      uint32_t sizeimage, struct v4l2_requestbuffers *arg)
{
	int ret;

	arg->capabilities = softqueue_capabilities();
	arg->flags = 0;
	memset(arg->reserved, 0, sizeof(arg->reserved));

	ret = softqueue_check_memory(queue, arg->memory, arg->type);
	if (ret < 0)
		return ret;
	if (softqueue_taken(queue, file) || queue->streaming)
		return -EBUSY;

	softqueue_free(queue);
	if (arg->count == 0) {
		queue->owner = NULL;
		return 0;
	}

	queue->memory = arg->memory;
	ret = softqueue_allocate(queue, arg->count, sizeimage, &arg->count);
	if (ret < 0)
		return ret;

	queue->owner = file;
	return 0;
}

int softqueue_create_bufs(struct softqueue *queue, const void *file,
			  uint32_t sizeimage, struct v4l2_create_buffers *arg)
{
	uint32_t wanted;
	int ret;

	arg->index = queue->count;
	arg->capabilities = softqueue_capabilities();
	arg->flags = 0;
	memset(arg->reserved, 0, sizeof(arg->reserved));

	ret = softqueue_check_memory(queue, arg->memory, arg->format.type);
	if (ret < 0 || arg->count == 0)
		return ret;
	if (softqueue_taken(queue, file))
		return -EBUSY;

	wanted = arg->format.fmt.pix.sizeimage;
	if (wanted == 0)
		return -EINVAL;
	if (queue->count == SOFTQUEUE_BUFFERS_MAX)
		return -ENOBUFS;
	if (wanted < sizeimage)
		return -EINVAL;
	if (queue->count && queue->memory != arg->memory)
		return -EINVAL;

	queue->memory = arg->memory;
	ret = softqueue_allocate(queue, arg->count, wanted, &arg->count);
	if (ret < 0)
		return ret;

	queue->owner = file;
	return 0;
}

void softqueue_release(struct softqueue *queue, const void *file)
{
	if (queue->owner != file)
		return;

	softqueue_free(queue);
	queue->owner = NULL;
}

int softqueue_map(struct softqueue *queue, uint32_t offset, size_t len,
		  struct device_map *out)
{
	uint32_t index = offset >> SOFTQUEUE_OFFSET_SHIFT;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct softqueue_memory *memory;

	if (index >= queue->count || offset != index << SOFTQUEUE_OFFSET_SHIFT)
		return -EINVAL;

	memory = queue->buffers[index].memory;
	if (!memory || len == 0 || len > (memory->len + page - 1) / page * page)
		return -EINVAL;

	memory->maps++;
	out->bytes = memory->bytes;
	out->len = memory->len;
	return 0;
}

static struct softqueue_memory *softqueue_mapped(const struct softqueue *queue,
						 const struct device_map *map)
{
	struct softqueue_memory *memory = queue->memories;

	while (memory && memory->bytes != map->bytes)
		memory = memory->next;
	assert(memory && memory->maps > 0);
	return memory;
}

int softqueue_export(const struct softqueue *queue,
		     const struct device_map *map)
{
	struct softqueue_memory *memory = softqueue_mapped(queue, map);
	int fd;

	if (memory->slice)
		return -EINVAL;
	fd = fcntl(memory->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	memory->exported = true;
	return fd;
}

void softqueue_unmap(struct softqueue *queue, const struct device_map *map)
{
	struct softqueue_memory *memory = softqueue_mapped(queue, map);

	memory->maps--;
	if (memory->maps == 0 && memory->orphaned)
		softqueue_memory_destroy(queue, memory);
}
