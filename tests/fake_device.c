// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device of hostd that does what a test wants: its files and what it writes
 * down.  What its ioctls do by themselves is in fake_device_ioctls.c, what tests
 * do with it in fake_device_orders.c.
 */
#include "tests/fake_device.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fake_device_buffers.h"
#include "tests/fake_device_io.h"
#include "tests/fake_device_ioctls.h"

struct fake_device fake;

/* ---- files ------------------------------------------------------------ */

static int fake_check(const char *target, char *why)
{
	(void)target;
	(void)why;
	return 0;
}

/* With the lock held, which it drops.  Return: 0, or -EINTR: a signal */
static int sleep_now(bool deaf)
{
	int ret;

	fake.sleeping++;
	pthread_mutex_unlock(&fake.lock);
	do
		ret = sem_wait(&fake.gate) < 0 ? -errno : 0;
	while (ret && deaf);
	pthread_mutex_lock(&fake.lock);
	fake.sleeping--;
	return ret;
}

int fake_sleep_now(void)
{
	return sleep_now(false);
}

static void free_file(struct fake_file *file)
{
	if (file->io_fd >= 0)
		close(file->io_fd);
	close(file->signal_fds[0]);
	close(file->signal_fds[1]);
	free(file);
}

static int fake_open(struct device *device, int fd, struct device_file **out)
{
	struct fake_file *file = calloc(1, sizeof(*file));
	int ret;

	(void)fd;
	if (!file)
		return -ENOMEM;
	file->base.device = device;
	file->io_fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       file->signal_fds) < 0)
		abort();
	pthread_mutex_lock(&fake.lock);
	if (fake.open_sleeps) {
		fake.open_sleeps = false;
		sleep_now(true);
	}
	ret = fake.gone ? -ENODEV : fake.open_result;
	if (!ret && fake.file_count == FAKE_FILES)
		ret = -EMFILE;
	if (!ret && fake.own_queues) {
		file->own = calloc(FAKE_TYPES, sizeof(*file->own));
		if (!file->own)
			abort();
	}
	if (!ret)
		fake.files[fake.file_count++] = file;
	pthread_mutex_unlock(&fake.lock);
	if (ret) {
		free_file(file);
		return ret;
	}
	*out = &file->base;
	return 0;
}

static void fake_close(struct device_file *base)
{
	struct fake_file *file = (struct fake_file *)base;
	unsigned int type;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	if (fake.close_sleeps) {
		fake.close_sleeps = false;
		sleep_now(true);
	}
	for (i = 0; fake.files[i] != file; i++)
		;
	fake.files[i] = fake.files[--fake.file_count];
	for (type = 1; type < FAKE_TYPES && !fake.file_count; type++)
		fake_free_buffers(&fake.queues[type]);
	for (type = 1; type < FAKE_TYPES && file->own; type++)
		fake_free_buffers(&file->own[type]);
	if (fake.chosen == file->own)
		fake.chosen = fake.queues;
	free(file->own);
	pthread_mutex_unlock(&fake.lock);
	free_file(file);
}

static struct fake_queue *queues_of(struct fake_file *file)
{
	return file->own ? file->own : fake.queues;
}

static void look_at(struct fake_file *file, unsigned int ready)
{
	char byte = 0;

	if (file->event_count || file->model.count)
		ready |= DEVICE_EVENT;
	while (read(file->signal_fds[0], &byte, 1) > 0)
		;
	if (fake.gone)
		shutdown(file->signal_fds[1], SHUT_RDWR);
	else if (file->wanted & ready &&
		 write(file->signal_fds[1], &byte, 1) < 0)
		abort();
	fake_io_look(file);
}

static bool queue_ready(const struct fake_queue *queue)
{
	unsigned int i;

	for (i = 0; i < queue->count; i++)
		if (queue->failed || queue->ended ||
		    queue->buffers[i].state == FAKE_DONE)
			return true;
	return false;
}

/* Readable is what is wanted and there; the end is a hangup. */
void fake_look(void)
{
	unsigned int type;
	unsigned int i;

	for (i = 0; i < fake.file_count; i++) {
		const struct fake_queue *queues = queues_of(fake.files[i]);
		unsigned int ready = 0;

		for (type = 1; type < FAKE_TYPES; type++)
			if (queue_ready(&queues[type]))
				ready |= V4L2_TYPE_IS_OUTPUT(type)
						 ? DEVICE_OUTPUT
						 : DEVICE_CAPTURE;
		look_at(fake.files[i], ready);
	}
}

static uint32_t fake_poll(struct device_file *base, unsigned int wanted,
			  int *fd)
{
	struct fake_file *file = (struct fake_file *)base;

	pthread_mutex_lock(&fake.lock);
	file->wanted = wanted;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	*fd = file->signal_fds[0];
	return wanted == DEVICE_HANGUP ? EPOLLHUP : EPOLLIN;
}

static int find_plane(uint32_t offset, struct fake_buffer **buffer,
		      unsigned int *plane)
{
	unsigned int type;
	unsigned int i;

	for (type = 1; type < FAKE_TYPES; type++)
		for (i = 0; i < fake.running[type].count; i++)
			for (*plane = 0; *plane < VIDEO_MAX_PLANES; (*plane)++)
				if (fake_offset(type, i, *plane) == offset) {
					*buffer =
						&fake.running[type].buffers[i];
					return 0;
				}
	return -EINVAL;
}

static int fake_map(struct device_file *file, uint32_t offset, size_t len,
		    struct device_map *out)
{
	struct fake_buffer *buffer;
	unsigned int plane;
	int ret;

	pthread_mutex_lock(&fake.lock);
	fake.running = queues_of((struct fake_file *)file);
	ret = fake.gone ? -ENODEV : find_plane(offset, &buffer, &plane);
	if (!ret && len != fake.plane_len[plane])
		ret = -EINVAL;
	if (!ret)
		ret = fake_map_plane(buffer->fds[plane], len, out);
	fake.mapped += !ret;
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static void fake_unmap(struct device_file *file, const struct device_map *map)
{
	(void)file;
	pthread_mutex_lock(&fake.lock);
	fake_unmap_plane(map);
	fake.mapped--;
	pthread_mutex_unlock(&fake.lock);
}

static int fake_export(struct device_file *file,
		       const struct device_plane *which,
		       const struct device_map *map, enum vms_obj_kind *kind)
{
	const struct fake_buffer *buffer;
	int ret = -ENOTTY;

	(void)map;
	pthread_mutex_lock(&fake.lock);
	fake.running = queues_of((struct fake_file *)file);
	if (fake.shares) {
		buffer = &fake.running[which->type].buffers[which->index];
		ret = fake.exports_none ? INT_MAX
					: fcntl(buffer->fds[which->plane],
						F_DUPFD_CLOEXEC, 0);
		if (ret < 0)
			ret = -errno;
	}
	pthread_mutex_unlock(&fake.lock);
	*kind = VMS_OBJ_MEMFD;
	return ret;
}

/* ---- ioctls ------------------------------------------------------------ */

static size_t nested(const struct ioctl_desc *desc, const void *arg,
		     const void **bytes)
{
	const union payload_arg *payload = arg;

	switch (desc->nested) {
	case IOCTL_NESTED_PLANES:
		if (!V4L2_TYPE_IS_MULTIPLANAR(payload->buffer.type))
			return 0;
		*bytes = payload->buffer.m.planes;
		return payload->buffer.length * sizeof(struct v4l2_plane);
	case IOCTL_NESTED_CONTROLS:
		*bytes = payload->controls.controls;
		return payload->controls.count *
		       sizeof(struct v4l2_ext_control);
	case IOCTL_NESTED_EDID:
		*bytes = payload->edid.edid;
		return (size_t)payload->edid.blocks * 128;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
	return 0;
}

static void record(const struct ioctl_desc *desc, const void *arg)
{
	struct fake_record *record;
	const void *bytes = NULL;
	size_t len;

	if (fake.unrecorded)
		return;
	if (fake.record_count == FAKE_RECORDS)
		abort();
	record = &fake.records[fake.record_count++];
	memset(record, 0, sizeof(*record));
	record->cmd = desc->cmd;
	if (!arg)
		return;
	memcpy(record->arg.bytes, arg, ioctl_size(desc));
	len = nested(desc, arg, &bytes);
	record->nested_len = len;
	if (len && bytes)
		memcpy(record->nested, bytes,
		       len < sizeof(record->nested) ? len
						    : sizeof(record->nested));
}

static int fake_ioctl(struct device_file *file, const struct ioctl_desc *desc,
		      void *arg)
{
	struct fake_row *row = &fake.rows[_IOC_NR(desc->cmd)];
	int ret = 0;

	pthread_mutex_lock(&fake.lock);
	if (row->sleeps) {
		row->sleeps--;
		ret = sleep_now(row->deaf);
	}
	fake.current = (struct fake_file *)file;
	fake.running = queues_of(fake.current);
	if (!ret)
		record(desc, arg);
	if (fake.gone)
		ret = -ENODEV;
	if (!ret && row->fails) {
		row->fails--;
		ret = row->error;
	}
	if (!ret)
		ret = row->fn ? row->fn(arg) : fake_default(desc->cmd, arg);
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static int changed(uint32_t cmd, void *arg)
{
	const struct fake_row *row = &fake.rows[_IOC_NR(cmd)];

	return row->fn ? row->fn(arg) : 0;
}

static int fake_collect_buffer(struct device_file *file,
			       struct v4l2_buffer *buffer)
{
	int ret;

	pthread_mutex_lock(&fake.lock);
	fake.running = queues_of((struct fake_file *)file);
	ret = fake.gone ? -ENODEV : fake_dequeue(buffer);
	if (!ret)
		ret = changed(VIDIOC_DQBUF, buffer);
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static int fake_collect_event(struct device_file *base,
			      struct v4l2_event *event)
{
	struct fake_file *file = (struct fake_file *)base;
	int ret = -ENOENT;

	pthread_mutex_lock(&fake.lock);
	if (fake.gone) {
		ret = -ENODEV;
	} else if (fake.kernel_events) {
		ret = event_model_dequeue(&file->model, event);
	} else if (file->event_count) {
		*event = file->events[0];
		event->pending = --file->event_count;
		memmove(&file->events[0], &file->events[1],
			file->event_count * sizeof(file->events[0]));
		ret = changed(VIDIOC_DQEVENT, event);
	}
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

static void fake_set_blocking(struct device_file *file, bool blocking)
{
	(void)file;
	pthread_mutex_lock(&fake.lock);
	fake.blocking = blocking;
	fake.blockings += blocking;
	pthread_mutex_unlock(&fake.lock);
}

const struct device_ops fake_device_ops = {
	.name = "fake",
	.check = fake_check,
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.map = fake_map,
	.unmap = fake_unmap,
	.export_plane = fake_export,
	.imports = 1u << VMS_OBJ_DMABUF | 1u << VMS_OBJ_MEMFD,
	.poll = fake_poll,
	.collect_buffer = fake_collect_buffer,
	.collect_event = fake_collect_event,
	.set_blocking = fake_set_blocking,
	.read = fake_read,
	.write = fake_write,
	.io_fd = fake_io_fd,
};
