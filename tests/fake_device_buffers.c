// SPDX-License-Identifier: BSD-3-Clause
/*
 * The fake device's buffers and their memory.
 */
#include "tests/fake_device_buffers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fake_device_ioctls.h"

/* ---- memory ------------------------------------------------------------- */

uint32_t fake_offset(uint32_t type, unsigned int index, unsigned int plane)
{
	return ((type * FAKE_BUFFERS + index) * VIDEO_MAX_PLANES + plane) << 12;
}

static unsigned int planes_of(uint32_t type)
{
	return V4L2_TYPE_IS_MULTIPLANAR(type) ? fake.plane_count : 1;
}

int fake_map_plane(int fd, size_t len, struct device_map *out)
{
	out->bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (out->bytes == MAP_FAILED)
		return -errno;
	out->len = len;
	return 0;
}

void fake_unmap_plane(const struct device_map *map)
{
	munmap(map->bytes, map->len);
}

static int make_plane(struct fake_buffer *buffer, unsigned int plane)
{
	size_t len = fake.plane_len[plane];
	struct device_map map;
	int fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t size = fake.shares ? (len + 4095) / 4096 * 4096 : len;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0 ||
	    (fake.shares && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) ||
	    fake_map_plane(fd, len, &map)) {
		close(fd);
		return -ENOMEM;
	}
	buffer->fds[plane] = fd;
	buffer->planes[plane] = map.bytes;
	return 0;
}

static void free_plane(struct fake_buffer *buffer, unsigned int plane)
{
	if (!buffer->planes[plane])
		return;
	munmap(buffer->planes[plane], fake.plane_len[plane]);
	close(buffer->fds[plane]);
	buffer->planes[plane] = NULL;
}

void fake_free_buffers(struct fake_queue *queue)
{
	unsigned int i;
	unsigned int p;

	for (i = 0; i < queue->count; i++)
		for (p = 0; p < VIDEO_MAX_PLANES; p++)
			free_plane(&queue->buffers[i], p);
	memset(queue, 0, sizeof(*queue));
}

/* What QBUF has brought, in place of what there was. */
static int import_plane(struct fake_buffer *buffer, unsigned int plane, int fd)
{
	struct device_map map;
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	free_plane(buffer, plane);
	if (own < 0)
		return -EINVAL;
	if (lseek(own, 0, SEEK_END) < (off_t)fake.plane_len[plane] ||
	    fake_map_plane(own, fake.plane_len[plane], &map)) {
		close(own);
		return -EINVAL;
	}
	buffer->fds[plane] = own;
	buffer->planes[plane] = map.bytes;
	return 0;
}

static int add_buffers(uint32_t type, unsigned int count)
{
	struct fake_queue *queue = &fake.running[type];
	unsigned int p;

	for (; count; count--, queue->count++) {
		if (queue->count == FAKE_BUFFERS)
			return -ENOMEM;
		for (p = 0;
		     queue->memory != V4L2_MEMORY_DMABUF && p < planes_of(type);
		     p++)
			if (make_plane(&queue->buffers[queue->count], p))
				return -ENOMEM;
		queue->buffers[queue->count].there = true;
	}
	return 0;
}

/* ---- buffers ------------------------------------------------------------- */

static struct fake_queue *find_queue(uint32_t type)
{
	if (type < 1 || type >= FAKE_TYPES ||
	    (fake.only_type && fake.only_type != type))
		return NULL;
	return &fake.running[type];
}

int fake_reqbufs(void *arg)
{
	struct v4l2_requestbuffers *request = arg;
	struct fake_queue *queue = find_queue(request->type);

	if (!queue)
		return -EINVAL;
	fake_free_buffers(queue);
	fake_look();
	request->capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP |
				V4L2_BUF_CAP_SUPPORTS_DMABUF |
				V4L2_BUF_CAP_SUPPORTS_REQUESTS |
				V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
	if (request->count > FAKE_BUFFERS)
		request->count = FAKE_BUFFERS;
	queue->memory = request->memory;
	return add_buffers(request->type, request->count);
}

int fake_create_bufs(void *arg)
{
	struct v4l2_create_buffers *create = arg;
	struct fake_queue *queue = find_queue(create->format.type);

	if (!queue)
		return -EINVAL;
	create->index = queue->count;
	queue->memory = create->memory;
	return add_buffers(create->format.type, create->count);
}

static void show(uint32_t type, unsigned int index, struct v4l2_buffer *out)
{
	const struct fake_queue *queue = &fake.running[type];
	const struct fake_buffer *buffer = &queue->buffers[index];
	bool import = queue->memory == V4L2_MEMORY_DMABUF;
	struct v4l2_plane *planes = out->m.planes;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	out->index = index;
	out->type = type;
	out->memory = import ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
	out->flags = buffer->flags;
	if (!(out->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK))
		out->flags |= fake.time_flag;
	if (buffer->state != FAKE_IDLE)
		out->flags |= buffer->state == FAKE_QUEUED
				      ? V4L2_BUF_FLAG_QUEUED
				      : V4L2_BUF_FLAG_DONE;
	out->sequence = buffer->sequence;
	out->timestamp = buffer->timestamp;
	out->field = V4L2_FIELD_NONE;
	if (!V4L2_TYPE_IS_MULTIPLANAR(type)) {
		out->bytesused = buffer->used[0];
		out->length = (uint32_t)fake.plane_len[0];
		if (import)
			out->m.fd = buffer->fds[0];
		else
			out->m.offset = fake_offset(type, index, 0);
		return;
	}
	out->m.planes = planes;
	out->length = fake.plane_count;
	for (i = 0; i < fake.plane_count; i++) {
		memset(&planes[i], 0, sizeof(planes[i]));
		planes[i].bytesused = buffer->used[i];
		planes[i].data_offset = buffer->data_offset[i];
		planes[i].length = (uint32_t)fake.plane_len[i];
		if (import)
			planes[i].m.fd = buffer->fds[i];
		else
			planes[i].m.mem_offset = fake_offset(type, index, i);
	}
}

static struct fake_buffer *find_buffer(const struct v4l2_buffer *arg)
{
	struct fake_queue *queue = find_queue(arg->type);

	if (!queue || arg->index >= queue->count ||
	    !queue->buffers[arg->index].there)
		return NULL;
	if (V4L2_TYPE_IS_MULTIPLANAR(arg->type) &&
	    (!arg->m.planes || arg->length < fake.plane_count))
		return NULL;
	return &queue->buffers[arg->index];
}

int fake_querybuf(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	if (!find_buffer(buffer))
		return -EINVAL;
	show(buffer->type, buffer->index, buffer);
	return 0;
}

/* DMABUF; of a buffer that is prepared nobody looks at it. */
static int take_memory(const struct v4l2_buffer *v4l2,
		       struct fake_buffer *buffer)
{
	uint32_t memory = fake.running[v4l2->type].memory;
	unsigned int i;
	int ret = 0;

	if (memory != V4L2_MEMORY_DMABUF)
		return v4l2->memory == V4L2_MEMORY_DMABUF ? -EINVAL : 0;
	if (buffer->prepared)
		return 0;
	for (i = 0; !ret && i < planes_of(v4l2->type); i++)
		ret = import_plane(buffer, i,
				   V4L2_TYPE_IS_MULTIPLANAR(v4l2->type)
					   ? v4l2->m.planes[i].m.fd
					   : v4l2->m.fd);
	return ret;
}

int fake_qbuf(void *arg)
{
	struct v4l2_buffer *v4l2 = arg;
	struct fake_buffer *buffer = find_buffer(v4l2);
	unsigned int i;

	if (!buffer || buffer->state != FAKE_IDLE)
		return -EINVAL;
	if (find_queue(v4l2->type)->failed)
		return -EIO;
	if (take_memory(v4l2, buffer))
		return -EINVAL;
	for (i = 0; i < planes_of(v4l2->type); i++) {
		buffer->used[i] = V4L2_TYPE_IS_MULTIPLANAR(v4l2->type)
					  ? v4l2->m.planes[i].bytesused
					  : v4l2->bytesused;
		if (!V4L2_TYPE_IS_OUTPUT(v4l2->type))
			buffer->used[i] = 0;
		else if (!buffer->used[i] && !fake.takes_empty)
			buffer->used[i] = (uint32_t)fake.plane_len[i];
	}
	buffer->prepared = false;
	buffer->state = FAKE_QUEUED;
	buffer->flags = V4L2_TYPE_IS_OUTPUT(v4l2->type)
				? v4l2->flags & V4L2_BUF_FLAG_LAST
				: 0;
	buffer->order = ++fake.order;
	show(v4l2->type, v4l2->index, v4l2);
	return 0;
}

int fake_prepare_buf(void *arg)
{
	struct v4l2_buffer *v4l2 = arg;
	struct fake_buffer *buffer = find_buffer(v4l2);

	if (!buffer || buffer->state != FAKE_IDLE || take_memory(v4l2, buffer))
		return -EINVAL;
	buffer->prepared = true;
	show(v4l2->type, v4l2->index, v4l2);
	return 0;
}

int fake_dequeue(struct v4l2_buffer *v4l2)
{
	struct fake_queue *queue = find_queue(v4l2->type);
	struct fake_buffer *found = NULL;
	unsigned int index = 0;
	unsigned int i;

	if (!queue || !queue->streaming)
		return -EINVAL;
	if (queue->failed)
		return -EIO;
	if (queue->ended)
		return -EPIPE;
	for (i = 0; i < queue->count; i++) {
		struct fake_buffer *buffer = &queue->buffers[i];

		if (buffer->state != FAKE_DONE ||
		    (found && found->order < buffer->order))
			continue;
		found = buffer;
		index = i;
	}
	if (!found)
		return -EAGAIN;
	found->state = FAKE_IDLE;
	if (!V4L2_TYPE_IS_OUTPUT(v4l2->type))
		queue->ended = found->flags & V4L2_BUF_FLAG_LAST;
	show(v4l2->type, index, v4l2);
	return 0;
}

int fake_stream(void *arg, bool on)
{
	const uint32_t *type = arg;
	struct fake_queue *queue = find_queue(*type);
	unsigned int i;

	if (!queue)
		return -EINVAL;
	queue->streaming = on;
	queue->failed = queue->failed && on;
	queue->ended = queue->ended && on;
	queue->sequence = 0;
	for (i = 0; !on && i < queue->count; i++)
		queue->buffers[i].state = FAKE_IDLE;
	fake_look();
	return 0;
}

int fake_codec_cmd(void *arg)
{
	const uint32_t *cmd = arg;
	unsigned int type;

	if (*cmd != V4L2_DEC_CMD_START || fake.forgetful)
		return 0;
	for (type = 1; type < FAKE_TYPES; type++)
		fake.running[type].ended = false;
	fake_look();
	return 0;
}

int fake_remove_bufs(void *arg)
{
	const struct v4l2_remove_buffers *remove = arg;
	struct fake_queue *queue = find_queue(remove->type);
	unsigned int i;

	if (!queue || remove->index > queue->count ||
	    remove->count > queue->count - remove->index)
		return -EINVAL;
	for (i = 0; i < remove->count; i++)
		queue->buffers[remove->index + i].there = false;
	return 0;
}
