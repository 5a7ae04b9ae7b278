// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device for fuzzers.
 */
#include "tests/fuzz_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TYPES   15
#define BUFFERS 16
#define PLANES  2 /* of multi-planar buffers */
#define LEN     8192u
#define EVENTS  64u
#define FILES   256
#define CONTROL 0x00980000u /* ids above this have payload */

enum buffer_state { IDLE, QUEUED, DONE };

struct fuzz_buffer {
	enum buffer_state state;
	uint32_t used;
	uint32_t flags;
};

struct fuzz_queue {
	bool streaming;
	bool ended; /* DQBUF is EPIPE */
	uint32_t count;
	struct fuzz_buffer buffers[BUFFERS];
};

struct fuzz_file {
	struct device_file base; /* first */
	int fd;
	int io_fd;
	unsigned int maps;
	bool busy; /* a call runs */
};

static struct fuzz_queue queues[TYPES];
static unsigned int files;
static unsigned int maps;
static unsigned int events;
static int said;
static int io_said;
static int io_fds[FILES]; /* of those that are open; -1: none */

static void must(bool truth)
{
	if (!truth)
		abort();
}

void fuzz_device_check(void)
{
	must(!files && !maps);
}

void fuzz_device_reset(void)
{
	unsigned int i;

	fuzz_device_check();
	memset(queues, 0, sizeof(queues));
	events = 0;
	said = -ENOTTY;
	io_said = -EAGAIN;
	for (i = 0; i < FILES; i++)
		io_fds[i] = -1;
}

void fuzz_device_readable(int result)
{
	uint64_t one = 1;
	unsigned int i;

	io_said = result;
	for (i = 0; i < FILES; i++)
		if (io_fds[i] >= 0)
			must(write(io_fds[i], &one, sizeof(one)) ==
			     sizeof(one));
}

void fuzz_device_answer(int result)
{
	said = result;
}

void fuzz_device_event(void)
{
	if (events < EVENTS)
		events++;
}

void fuzz_device_finish(uint32_t type, uint32_t index, uint32_t used,
			uint32_t flags)
{
	struct fuzz_queue *queue = &queues[type % TYPES];
	struct fuzz_buffer *buffer = &queue->buffers[index % BUFFERS];

	if (!queue->streaming || buffer->state != QUEUED)
		return;
	buffer->state = DONE;
	buffer->used = used;
	buffer->flags = flags & (V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_LAST);
}

/* ---- what it is given ------------------------------------------------------- */

/* Read and write every byte. */
static void touch(void *bytes, size_t len)
{
	volatile uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(at[i] + 1);
}

static void touch_controls(struct v4l2_ext_controls *controls)
{
	uint32_t i;

	must(!controls->count || controls->controls);
	must(controls->request_fd ==
	     (controls->which == V4L2_CTRL_WHICH_REQUEST_VAL ? -1 : 0));
	for (i = 0; i < controls->count; i++) {
		struct v4l2_ext_control *control = &controls->controls[i];

		if (control->id >= CONTROL && control->size)
			touch(control->ptr, control->size);
		else
			control->value64++;
	}
}

static void touch_planes(struct v4l2_buffer *buffer)
{
	uint32_t i;

	must(buffer->request_fd == 0);
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		must(!buffer->m.userptr);
		return;
	}
	must(!buffer->length || buffer->m.planes);
	for (i = 0; i < buffer->length; i++) {
		must(!buffer->m.planes[i].m.userptr);
		touch(buffer->m.planes[i].reserved,
		      sizeof(buffer->m.planes[i].reserved));
	}
}

static void touch_arg(const struct ioctl_desc *desc, void *arg)
{
	switch (desc->nested) {
	case IOCTL_NESTED_CONTROLS:
		touch_controls(arg);
		break;
	case IOCTL_NESTED_EDID: {
		struct v4l2_edid *edid = arg;

		must(!edid->blocks || edid->edid);
		touch(edid->edid, (size_t)edid->blocks * 128);
		break;
	}
	case IOCTL_NESTED_PLANES:
		touch_planes(arg);
		break;
	case IOCTL_NESTED_WINDOW: {
		const struct v4l2_format *format = arg;

		if (format->type == V4L2_BUF_TYPE_VIDEO_OVERLAY)
			must(!format->fmt.win.clips && !format->fmt.win.bitmap);
		break;
	}
	case IOCTL_NESTED_FBUF: {
		const struct v4l2_framebuffer *framebuffer = arg;

		must(!framebuffer->base);
		break;
	}
	case IOCTL_NESTED_NONE:
		touch(arg, ioctl_size(desc));
		break;
	}
}

/* ---- buffers ------------------------------------------------------------------ */

static struct fuzz_queue *find_queue(uint32_t type)
{
	return type && type < TYPES ? &queues[type] : NULL;
}

static void show(struct v4l2_buffer *buffer)
{
	const struct fuzz_buffer *known =
		&queues[buffer->type].buffers[buffer->index];
	uint32_t i;

	buffer->memory = V4L2_MEMORY_MMAP;
	buffer->flags = known->flags;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->bytesused = known->used;
		buffer->length = LEN;
		buffer->m.offset = (buffer->type << 8 | buffer->index << 1)
				   << 12;
		return;
	}
	buffer->length = PLANES;
	for (i = 0; i < PLANES; i++) {
		buffer->m.planes[i].bytesused = known->used;
		buffer->m.planes[i].length = LEN;
		buffer->m.planes[i].m.mem_offset =
			(buffer->type << 8 | buffer->index << 1 | i) << 12;
	}
}

static struct fuzz_buffer *find_buffer(const struct v4l2_buffer *buffer)
{
	struct fuzz_queue *queue = find_queue(buffer->type);

	if (!queue || buffer->index >= queue->count)
		return NULL;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type) && buffer->length < PLANES)
		return NULL;
	return &queue->buffers[buffer->index];
}

static int call_buffer(uint32_t cmd, struct v4l2_buffer *buffer)
{
	struct fuzz_buffer *known;

	touch_planes(buffer);
	known = find_buffer(buffer);
	if (!known || (cmd != VIDIOC_QUERYBUF && known->state != IDLE))
		return -EINVAL;
	if (cmd == VIDIOC_QBUF)
		known->state = QUEUED;
	show(buffer);
	return 0;
}

static int call_reqbufs(struct v4l2_requestbuffers *request)
{
	struct fuzz_queue *queue = find_queue(request->type);

	must(request->memory == V4L2_MEMORY_MMAP || request->memory == 0);
	if (!queue || !request->memory)
		return -EINVAL;
	memset(queue, 0, sizeof(*queue));
	if (request->count > BUFFERS)
		request->count = BUFFERS;
	queue->count = request->count;
	return 0;
}

static int call_create(struct v4l2_create_buffers *create)
{
	struct fuzz_queue *queue = find_queue(create->format.type);

	must(create->memory == V4L2_MEMORY_MMAP || create->memory == 0);
	if (!queue || !create->memory)
		return -EINVAL;
	create->index = queue->count;
	if (create->count > BUFFERS - queue->count)
		create->count = BUFFERS - queue->count;
	queue->count += create->count;
	return 0;
}

static int call_stream(uint32_t type, bool on)
{
	struct fuzz_queue *queue = find_queue(type);
	uint32_t i;

	if (!queue)
		return -EINVAL;
	queue->streaming = on;
	queue->ended = queue->ended && on;
	for (i = 0; i < BUFFERS && !on; i++)
		queue->buffers[i].state = IDLE;
	return 0;
}

/* Some drivers forget what START is for. */
static int call_codec(const struct ioctl_desc *desc,
		      struct v4l2_encoder_cmd *arg)
{
	bool forgets = arg->flags & 1;
	unsigned int i;

	for (i = 0; i < TYPES && !said && !forgets; i++)
		queues[i].ended = false;
	touch_arg(desc, arg);
	return said;
}

static int call_any(const struct ioctl_desc *desc, void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	switch (desc->cmd) {
	case VIDIOC_QUERYCAP:
		memset(arg, 0, sizeof(struct v4l2_capability));
		return said == -ENODEV ? said : 0;
	case VIDIOC_REQBUFS:
		return call_reqbufs(arg);
	case VIDIOC_CREATE_BUFS:
		return call_create(arg);
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
		return call_buffer(desc->cmd, arg);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		return call_stream(*(const uint32_t *)arg,
				   desc->cmd == VIDIOC_STREAMON);
	case VIDIOC_QUERY_EXT_CTRL:
		query->flags =
			query->id >= CONTROL ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0;
		return 0;
	case VIDIOC_SUBSCRIBE_EVENT:
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return 0;
	case VIDIOC_DECODER_CMD:
	case VIDIOC_ENCODER_CMD:
		return call_codec(desc, arg);
	default:
		touch_arg(desc, arg);
		return said;
	}
}

/* ---- the interface --------------------------------------------------------------- */

static int fuzz_open(struct device *device, int fd, struct device_file **out)
{
	struct fuzz_file *file;

	must(fd == -1);
	if (said == -EBUSY)
		return said;
	file = calloc(1, sizeof(*file));
	must(file != NULL);
	file->base.device = device;
	file->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	must(file->fd >= 0);
	file->io_fd = -1;
	files++;
	*out = &file->base;
	return 0;
}

static void fuzz_close(struct device_file *base)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	unsigned int i;

	must(!file->maps);
	files--;
	for (i = 0; i < FILES && file->io_fd >= 0; i++)
		if (io_fds[i] == file->io_fd)
			io_fds[i] = -1;
	if (file->io_fd >= 0)
		close(file->io_fd);
	close(file->fd);
	free(file);
}

static int fuzz_ioctl(struct device_file *base, const struct ioctl_desc *desc,
		      void *arg)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	int ret;

	must(desc->where != IOCTL_NOBODY);
	must(desc->where != IOCTL_GUEST || desc->cmd == VIDIOC_QUERYCAP ||
	     desc->cmd == VIDIOC_LOG_STATUS);
	must(!file->busy);
	file->busy = true;
	ret = call_any(desc, arg);
	file->busy = false;
	return ret;
}

static int fuzz_map(struct device_file *base, uint32_t offset, size_t len,
		    struct device_map *out)
{
	(void)offset;
	must(len == LEN);
	out->bytes = calloc(1, len);
	must(out->bytes != NULL);
	out->len = len;
	((struct fuzz_file *)base)->maps++;
	maps++;
	return 0;
}

static void fuzz_unmap(struct device_file *base, const struct device_map *map)
{
	free(map->bytes);
	((struct fuzz_file *)base)->maps--;
	maps--;
}

/* Always readable: what is there is found out by collecting it. */
static uint32_t fuzz_poll(struct device_file *base, unsigned int wanted,
			  int *fd)
{
	must(wanted);
	*fd = ((struct fuzz_file *)base)->fd;
	return EPOLLIN;
}

static int fuzz_collect_buffer(struct device_file *file,
			       struct v4l2_buffer *buffer)
{
	struct fuzz_queue *queue = find_queue(buffer->type);
	uint32_t i;

	(void)file;
	must(queue != NULL);
	if (said == -ENODEV)
		return said;
	if (queue->ended)
		return -EPIPE;
	for (i = 0; i < queue->count; i++) {
		if (queue->buffers[i].state != DONE)
			continue;
		queue->buffers[i].state = IDLE;
		queue->ended = !V4L2_TYPE_IS_OUTPUT(buffer->type) &&
			       (queue->buffers[i].flags & V4L2_BUF_FLAG_LAST);
		buffer->index = i;
		show(buffer);
		return 0;
	}
	return -EAGAIN;
}

static int fuzz_collect_event(struct device_file *file,
			      struct v4l2_event *event)
{
	(void)file;
	if (!events)
		return -ENOENT;
	events--;
	event->type = V4L2_EVENT_EOS;
	return 0;
}

static ssize_t io_call(struct device_file *base, void *bytes, size_t len)
{
	struct fuzz_file *file = (struct fuzz_file *)base;

	must(!file->busy && len <= VMS_MAX_IO);
	touch(bytes, len);
	return io_said > (int)len ? (ssize_t)len : io_said;
}

static ssize_t fuzz_read(struct device_file *file, void *bytes, size_t len)
{
	memset(bytes, 0, len);
	return io_call(file, bytes, len);
}

static ssize_t fuzz_write(struct device_file *file, const void *bytes,
			  size_t len)
{
	return io_call(file, (void *)bytes, len);
}

static int fuzz_io_fd(struct device_file *base)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	unsigned int i;

	if (file->io_fd >= 0)
		return file->io_fd;
	file->io_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(file->io_fd >= 0);
	for (i = 0; io_fds[i] >= 0; i++)
		must(i + 1 < FILES);
	io_fds[i] = file->io_fd;
	return file->io_fd;
}

static int fuzz_check(const char *target, char *why)
{
	(void)target;
	(void)why;
	return 0;
}

const struct device_ops fuzz_device_ops = {
	.name = "fuzz",
	.check = fuzz_check,
	.open = fuzz_open,
	.close = fuzz_close,
	.ioctl = fuzz_ioctl,
	.map = fuzz_map,
	.unmap = fuzz_unmap,
	.poll = fuzz_poll,
	.collect_buffer = fuzz_collect_buffer,
	.collect_event = fuzz_collect_event,
	.read = fuzz_read,
	.write = fuzz_write,
	.io_fd = fuzz_io_fd,
};
