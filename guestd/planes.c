// SPDX-License-Identifier: BSD-3-Clause
/*
 * The memory behind a queue's buffers.
 */
#include "guestd/planes.h"

#include <errno.h>
#include <unistd.h>

#include "common/log.h"
#include "common/stats.h"
#include "guestd/attach.h"
#include "guestd/pipeline.h"

static void forget_plane(struct guest_session *session,
			 struct queue_plane *plane)
{
	struct guest_device *device = session->device;
	struct guest_mapping *mapping = plane->mapping;

	if (!mapping)
		return;
	if (device->link) {
		hostlink_forget(device->link, mapping->bytes, mapping->len);
		if (mapping->lent)
			hostlink_abandon(device->link);
	}
	if (device->ready)
		hostlink_munmap(device->link, mapping->addr, session);
	if (mapping->region)
		memory_region_remove(device->memory, mapping->region);
	mapping_destroy(&device->window, mapping);
	plane->mapping = NULL;
}

static void forget_buffer(struct guest_session *session,
			  struct queue_buffer *buffer)
{
	unsigned int i;

	if (!buffer)
		return;
	pipeline_forget(buffer);
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		forget_plane(session, &buffer->planes[i]);
}

void planes_forget(struct guest_session *session, struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->count; i++)
		forget_buffer(session, queue->buffers[i]);
	queue_finish(queue);
	if (session->device->owned == queue)
		guest_device_own(session->device, &session->member, NULL);
}

void planes_forget_buffer(struct guest_session *session, struct queue *queue,
			  unsigned int index)
{
	forget_buffer(session, queue_find(queue, index));
	queue_remove(queue, index);
}

void planes_fetch(const struct queue *queue, const struct queue_buffer *buffer)
{
	unsigned int i;

	if (queue_is_output(queue))
		return;
	for (i = 0; i < buffer->plane_count; i++)
		if (buffer->planes[i].mapping &&
		    buffer->planes[i].mapping->placed)
			mapping_fetch(buffer->planes[i].mapping,
				      queue_bytesused(queue, buffer, i));
}

/* Memory, ours or the host's own. */
static int make_mapping(struct guest_device *device, uint64_t addr,
			uint64_t len, struct guest_mapping **out)
{
	struct plane_object object = hostlink_take_object(device->link);
	int ret = 0;

	if (object.kind && object.fd < 0 && !object.bytes) {
		log_line(guest_device_level(device, DEVICE_NOTICE_OBJECT,
					    LOG_LEVEL_WARN),
			 "no memory for a buffer: too many descriptors of "
			 "hostd's "
			 "user wait in sockets (unix(7)): try again later");
		return -ENOMEM;
	}
	if (object.fd >= 0 && plane_object_check(&object, len)) {
		hostlink_lied(device->link, "memory that is none");
		ret = -EPROTO;
	}
	if (!ret)
		ret = mapping_create(&device->window, device->ack.shm_len, addr,
				     len, &object, out);
	if (ret && object.fd >= 0)
		close(object.fd);
	if (!ret && object.bytes)
		stats_add(STATS_SHMEM_PLANES, 1);
	return ret;
}

int planes_make(struct guest_session *session, struct queue *queue,
		unsigned int index, unsigned int plane_index, uint64_t addr,
		uint64_t len)
{
	struct guest_device *device = session->device;
	struct queue_buffer *buffer = queue_find(queue, index);
	struct queue_plane *plane;
	int ret;

	if (!buffer)
		return -EPROTO;
	plane = &buffer->planes[plane_index];
	if (len != plane->length)
		return -EPROTO;
	ret = make_mapping(device, addr, len, &plane->mapping);
	if (ret) {
		hostlink_munmap(device->link, addr, session);
		return ret;
	}
	plane->mapping->buffer = buffer;
	plane->mapping->capture = !queue_is_output(queue);
	if (queue->memory == V4L2_MEMORY_USERPTR) {
		plane->mapping->region =
			memory_region_add(device->memory, plane->mapping->fd,
					  plane->length, NULL);
		if (!plane->mapping->region)
			return -ENOMEM;
	}
	return attach_plane(session, queue, buffer, plane_index);
}
