// SPDX-License-Identifier: BSD-3-Clause
/*
 * Between the wire and ioctl(2): pointers in, pointers and secrets out.
 */
#include "hostd/patch.h"

#include <errno.h>
#include <string.h>

#include "hostd/patch_controls.h"

#define MEMORY_NONE 0 /* no enum v4l2_memory, so no device has it */

/* What the wire cannot carry; the guest's own offers are its own matter. */
#define BUF_CAPS_HIDDEN                                                        \
	(V4L2_BUF_CAP_SUPPORTS_REQUESTS | V4L2_BUF_CAP_SUPPORTS_USERPTR |      \
	 V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF)

static int device_ioctl(struct device_file *file, uint32_t cmd, void *arg)
{
	return file->device->ops->ioctl(file, ioctl_lookup(cmd), arg);
}

bool patch_device_gone(struct device_file *file)
{
	struct v4l2_capability capability;

	return device_ioctl(file, VIDIOC_QUERYCAP, &capability) == -ENODEV;
}

/*
 * QUERYBUF shows the buffers of whoever has some: a program of the host may have
 * USERPTR or DMABUF, whose addresses and numbers are nobody else's matter.  Nor is
 * our number of a guest's DMABUF.
 */
void patch_scrub_buffer(struct v4l2_buffer *buffer, struct v4l2_plane *planes,
			size_t count)
{
	bool numbers = buffer->memory != V4L2_MEMORY_MMAP;
	size_t i;

	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type) || numbers)
		memset(&buffer->m, 0, sizeof(buffer->m));
	for (i = 0; planes && numbers && i < count; i++)
		memset(&planes[i].m, 0, sizeof(planes[i].m));
	buffer->request_fd = 0;
}

/* -1, which is nothing, where none came: a prepared buffer needs none. */
static int object_fd(const struct plane_set *set, unsigned int plane)
{
	return plane < set->count ? set->objects[plane].fd : -1;
}

static void put_objects(struct payload *payload, const struct plane_set *set)
{
	struct v4l2_buffer *buffer = &payload->arg.buffer;
	struct v4l2_plane *planes = payload_planes(payload);
	unsigned int i;

	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->m.fd = object_fd(set, 0);
	for (i = 0; i < payload_plane_count(payload); i++)
		planes[i].m.fd = object_fd(set, i);
}

static int run_buffer(struct device_file *file, struct payload *payload,
		      const struct plane_set *objects)
{
	struct v4l2_buffer *buffer = &payload->arg.buffer;
	struct v4l2_plane *planes = payload_planes(payload);
	bool queues = payload->desc->cmd != VIDIOC_QUERYBUF;
	bool import = queues && objects && buffer->memory == V4L2_MEMORY_DMABUF;
	unsigned int i;
	int ret;

	if (queues && buffer->memory != V4L2_MEMORY_MMAP && !import)
		return -EINVAL;
	/* vb2_queue_or_prepare_buf() without supports_requests */
	if (queues && (buffer->flags & V4L2_BUF_FLAG_REQUEST_FD))
		return payload->desc->cmd == VIDIOC_QBUF ? -EBADR : -EINVAL;
	buffer->request_fd = 0;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		memset(&buffer->m, 0, sizeof(buffer->m));
		buffer->m.planes = planes;
		if (!planes)
			buffer->length = 0;
		for (i = 0; planes && i < payload_plane_count(payload); i++)
			memset(&planes[i].m, 0, sizeof(planes[i].m));
	} else {
		memset(&buffer->m, 0, sizeof(buffer->m));
	}
	if (import)
		put_objects(payload, objects);
	ret = device_ioctl(file, payload->desc->cmd, buffer);
	patch_scrub_buffer(buffer, planes, payload_plane_count(payload));
	return ret;
}

static int run_edid(struct device_file *file, struct payload *payload)
{
	struct v4l2_edid *edid = &payload->arg.edid;
	int ret;

	edid->edid = payload->nested;
	ret = device_ioctl(file, payload->desc->cmd, edid);
	edid->edid = NULL;
	return ret;
}

static bool has_overlay(struct device_file *file)
{
	struct v4l2_framebuffer framebuffer = { 0 };

	return device_ioctl(file, VIDIOC_G_FBUF, &framebuffer) != -ENOTTY;
}

/* A priority that there is not changes nothing, but is it the priority's turn? */
static int refuse_overlay(struct device_file *file, int error)
{
	uint32_t none = UINT32_MAX;

	if (!has_overlay(file))
		return -ENOTTY;
	return device_ioctl(file, VIDIOC_S_PRIORITY, &none) == -EBUSY ? -EBUSY
								      : error;
}

/*
 * The device refuses it, after what it looks at before that: a priority, the
 * type of buffer (v4l2_prio_check(), check_fmt(), vb2_verify_memory_type()).
 */
static int refuse_memory(struct device_file *file, struct payload *payload,
			 uint32_t *memory)
{
	int ret;

	*memory = MEMORY_NONE;
	ret = device_ioctl(file, payload->desc->cmd, payload->arg.bytes);
	return ret ? ret : -EINVAL;
}

static bool has_memory(uint32_t memory, bool import)
{
	return memory == V4L2_MEMORY_MMAP ||
	       (memory == V4L2_MEMORY_DMABUF && import);
}

static int run_plain(struct device_file *file, struct payload *payload,
		     bool import, const struct control_set *controls)
{
	uint32_t hidden =
		BUF_CAPS_HIDDEN | (import ? 0 : V4L2_BUF_CAP_SUPPORTS_DMABUF);
	union payload_arg *arg = &payload->arg;
	int ret;

	switch (payload->desc->cmd) {
	case VIDIOC_REQBUFS:
		if (!has_memory(arg->reqbufs.memory, import))
			return refuse_memory(file, payload,
					     &arg->reqbufs.memory);
		ret = device_ioctl(file, VIDIOC_REQBUFS, arg);
		arg->reqbufs.capabilities &= ~hidden;
		return ret;
	case VIDIOC_CREATE_BUFS:
		if (!has_memory(arg->create.memory, import))
			return refuse_memory(file, payload,
					     &arg->create.memory);
		ret = device_ioctl(file, VIDIOC_CREATE_BUFS, arg);
		arg->create.capabilities &= ~hidden;
		return ret;
	case VIDIOC_S_FBUF:
		/* A frame buffer's address is the host's. */
		return refuse_overlay(file, -EPERM);
	case VIDIOC_OVERLAY:
		if (arg->u32)
			return refuse_overlay(file, -EINVAL);
		break;
	default:
		break;
	}
	return patch_control_run(file, payload, controls);
}

int patch_run(struct device_file *file, struct payload *payload,
	      const struct plane_set *planes,
	      const struct control_set *controls)
{
	switch (payload->desc->nested) {
	case IOCTL_NESTED_PLANES:
		return run_buffer(file, payload, planes);
	case IOCTL_NESTED_CONTROLS:
		return patch_controls_run(file, payload, controls);
	case IOCTL_NESTED_EDID:
		return run_edid(file, payload);
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
	return run_plain(file, payload, planes != NULL, controls);
}
