// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the fake device's ioctls do by themselves: enough for guestd and hostd,
 * which check most things before they come here.
 */
#include "tests/fake_device_ioctls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
	out->fd = fd;
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
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)len) < 0 || fake_map_plane(fd, len, &map)) {
		close(fd);
		return -ENOMEM;
	}
	buffer->fds[plane] = fd;
	buffer->planes[plane] = map.bytes;
	return 0;
}

void fake_free_buffers(struct fake_queue *queue)
{
	unsigned int i;
	unsigned int p;

	for (i = 0; i < queue->count; i++)
		for (p = 0; p < VIDEO_MAX_PLANES; p++)
			if (queue->buffers[i].planes[p]) {
				munmap(queue->buffers[i].planes[p],
				       fake.plane_len[p]);
				close(queue->buffers[i].fds[p]);
			}
	memset(queue, 0, sizeof(*queue));
}

static int add_buffers(uint32_t type, unsigned int count)
{
	struct fake_queue *queue = &fake.queues[type];
	unsigned int p;

	for (; count; count--, queue->count++) {
		if (queue->count == FAKE_BUFFERS)
			return -ENOMEM;
		for (p = 0; p < planes_of(type); p++)
			if (make_plane(&queue->buffers[queue->count], p))
				return -ENOMEM;
		queue->buffers[queue->count].there = true;
	}
	return 0;
}

/* ---- buffers ------------------------------------------------------------- */

static struct fake_queue *find_queue(uint32_t type)
{
	return type > 0 && type < FAKE_TYPES ? &fake.queues[type] : NULL;
}

static int reqbufs(void *arg)
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
	return add_buffers(request->type, request->count);
}

static int create_bufs(void *arg)
{
	struct v4l2_create_buffers *create = arg;
	struct fake_queue *queue = find_queue(create->format.type);

	if (!queue)
		return -EINVAL;
	create->index = queue->count;
	return add_buffers(create->format.type, create->count);
}

static void show(uint32_t type, unsigned int index, struct v4l2_buffer *out)
{
	const struct fake_buffer *buffer = &fake.queues[type].buffers[index];
	struct v4l2_plane *planes = out->m.planes;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	out->index = index;
	out->type = type;
	out->memory = V4L2_MEMORY_MMAP;
	out->flags = buffer->flags;
	if (!(out->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK))
		out->flags |= V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
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
		out->m.offset = fake_offset(type, index, 0);
		return;
	}
	out->m.planes = planes;
	out->length = fake.plane_count;
	for (i = 0; i < fake.plane_count; i++) {
		memset(&planes[i], 0, sizeof(planes[i]));
		planes[i].bytesused = buffer->used[i];
		planes[i].length = (uint32_t)fake.plane_len[i];
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

static int querybuf(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	if (!find_buffer(buffer))
		return -EINVAL;
	show(buffer->type, buffer->index, buffer);
	return 0;
}

static int qbuf(void *arg)
{
	struct v4l2_buffer *v4l2 = arg;
	struct fake_buffer *buffer = find_buffer(v4l2);
	unsigned int i;

	if (!buffer || buffer->state != FAKE_IDLE)
		return -EINVAL;
	if (find_queue(v4l2->type)->failed)
		return -EIO;
	for (i = 0; i < planes_of(v4l2->type); i++)
		buffer->used[i] = V4L2_TYPE_IS_MULTIPLANAR(v4l2->type)
					  ? v4l2->m.planes[i].bytesused
					  : v4l2->bytesused;
	buffer->state = FAKE_QUEUED;
	buffer->flags = 0;
	buffer->order = ++fake.order;
	show(v4l2->type, v4l2->index, v4l2);
	return 0;
}

static int prepare_buf(void *arg)
{
	struct v4l2_buffer *v4l2 = arg;
	const struct fake_buffer *buffer = find_buffer(v4l2);

	if (!buffer || buffer->state != FAKE_IDLE)
		return -EINVAL;
	show(v4l2->type, v4l2->index, v4l2);
	return 0;
}

int fake_dequeue(struct v4l2_buffer *v4l2)
{
	struct fake_queue *queue = find_queue(v4l2->type);
	struct fake_buffer *found = NULL;
	unsigned int index = 0;
	unsigned int i;

	if (!queue->streaming)
		return -EINVAL;
	if (queue->failed)
		return -EIO;
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
	show(v4l2->type, index, v4l2);
	return 0;
}

static int stream(void *arg, bool on)
{
	const uint32_t *type = arg;
	struct fake_queue *queue = find_queue(*type);
	unsigned int i;

	if (!queue)
		return -EINVAL;
	queue->streaming = on;
	queue->failed = queue->failed && on;
	queue->sequence = 0;
	for (i = 0; !on && i < queue->count; i++)
		queue->buffers[i].state = FAKE_IDLE;
	fake_look();
	return 0;
}

static int remove_bufs(void *arg)
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

/* ---- events --------------------------------------------------------------- */

void fake_add_event(struct fake_file *file, uint32_t type, uint32_t id,
		    uint32_t changes)
{
	struct v4l2_event *event;

	if (file->event_count == FAKE_EVENTS)
		abort();
	event = &file->events[file->event_count++];
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->id = id;
	if (type == V4L2_EVENT_CTRL)
		event->u.ctrl.changes = changes;
	else
		event->u.src_change.changes = changes;
	fake_look();
}

static int subscribe(void *arg)
{
	const struct v4l2_event_subscription *subscription = arg;

	if (fake.initial &&
	    (subscription->flags & V4L2_EVENT_SUB_FL_SEND_INITIAL))
		fake_add_event(fake.current, subscription->type,
			       subscription->id, V4L2_EVENT_CTRL_CH_VALUE);
	return 0;
}

/* ---- controls and EDID ----------------------------------------------------- */

static int query_control(void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	switch (query->id) {
	case FAKE_CID_ARRAY:
		query->type = V4L2_CTRL_TYPE_U8;
		query->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
		query->elem_size = 1;
		query->elems = FAKE_ARRAY_LEN;
		query->nr_of_dims = 1;
		query->dims[0] = FAKE_ARRAY_LEN;
		return 0;
	case FAKE_CID_STRING:
		query->type = V4L2_CTRL_TYPE_STRING;
		query->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
		query->elem_size = FAKE_STRING_LEN;
		query->elems = 1;
		query->maximum = FAKE_STRING_LEN - 1;
		return 0;
	case FAKE_CID_SCALAR:
		query->type = V4L2_CTRL_TYPE_INTEGER;
		query->elem_size = 4;
		query->elems = 1;
		return 0;
	default:
		return -EINVAL;
	}
}

static int blob_control(struct v4l2_ext_control *control, void *bytes,
			uint32_t len, bool set)
{
	if (control->size < len) {
		control->size = len;
		return -ENOSPC;
	}
	control->size = len;
	if (set)
		memcpy(bytes, control->ptr, len);
	else
		memcpy(control->ptr, bytes, len);
	return 0;
}

static int one_control(struct v4l2_ext_control *control, bool set)
{
	switch (control->id) {
	case FAKE_CID_ARRAY:
		return blob_control(control, fake.array, FAKE_ARRAY_LEN, set);
	case FAKE_CID_STRING:
		return blob_control(control, fake.string, FAKE_STRING_LEN, set);
	case FAKE_CID_SCALAR:
		if (set)
			fake.scalar = control->value;
		else
			control->value = fake.scalar;
		return 0;
	default:
		return -EINVAL;
	}
}

static int ext_controls(void *arg, bool set)
{
	struct v4l2_ext_controls *controls = arg;
	unsigned int i;
	int ret;

	for (i = 0; i < controls->count; i++) {
		ret = one_control(&controls->controls[i], set);
		if (ret) {
			controls->error_idx = i;
			return ret;
		}
	}
	return 0;
}

static int g_edid(void *arg)
{
	struct v4l2_edid *edid = arg;

	if (edid->start_block + edid->blocks > FAKE_EDID_LEN / 128)
		return -EINVAL;
	if (!edid->blocks) {
		edid->blocks = FAKE_EDID_LEN / 128;
		return 0;
	}
	memcpy(edid->edid, &fake.edid[(size_t)edid->start_block * 128],
	       (size_t)edid->blocks * 128);
	return 0;
}

static int s_edid(void *arg)
{
	struct v4l2_edid *edid = arg;

	if (edid->blocks > FAKE_EDID_LEN / 128) {
		edid->blocks = FAKE_EDID_LEN / 128;
		return -E2BIG;
	}
	memcpy(fake.edid, edid->edid, (size_t)edid->blocks * 128);
	return 0;
}

/* ---- all -------------------------------------------------------------------- */

static int querycap(void *arg)
{
	struct v4l2_capability *capability = arg;

	memset(capability, 0, sizeof(*capability));
	snprintf((char *)capability->driver, sizeof(capability->driver),
		 "fake");
	snprintf((char *)capability->card, sizeof(capability->card), "Fake");
	memcpy(capability->bus_info, fake.bus_info, sizeof(fake.bus_info));
	capability->device_caps = fake.caps;
	capability->capabilities = fake.caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

int fake_default(uint32_t cmd, void *arg)
{
	switch (cmd) {
	case VIDIOC_QUERYCAP:
		return querycap(arg);
	case VIDIOC_LOG_STATUS:
		return fake.log_status;
	case VIDIOC_REQBUFS:
		return reqbufs(arg);
	case VIDIOC_CREATE_BUFS:
		return create_bufs(arg);
	case VIDIOC_QUERYBUF:
		return querybuf(arg);
	case VIDIOC_QBUF:
		return qbuf(arg);
	case VIDIOC_PREPARE_BUF:
		return prepare_buf(arg);
	case VIDIOC_REMOVE_BUFS:
		return remove_bufs(arg);
	case VIDIOC_STREAMON:
		return stream(arg, true);
	case VIDIOC_STREAMOFF:
		return stream(arg, false);
	case VIDIOC_SUBSCRIBE_EVENT:
		return subscribe(arg);
	case VIDIOC_UNSUBSCRIBE_EVENT:
	case VIDIOC_G_PRIORITY:
	case VIDIOC_DECODER_CMD:
		return 0;
	case VIDIOC_QUERY_EXT_CTRL:
		return query_control(arg);
	case VIDIOC_G_EXT_CTRLS:
		return ext_controls(arg, false);
	case VIDIOC_S_EXT_CTRLS:
		return ext_controls(arg, true);
	case VIDIOC_G_EDID:
		return g_edid(arg);
	case VIDIOC_S_EDID:
		return s_edid(arg);
	default:
		return -ENOTTY;
	}
}
