// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device of hostd that does what a test wants: its files, what it writes
 * down, what it finishes.  What its ioctls do by themselves is in
 * fake_device_ioctls.c.
 */
#include "tests/fake_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

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

static int fake_open(struct device *device, int fd, struct device_file **out)
{
	struct fake_file *file = calloc(1, sizeof(*file));
	int ret;

	(void)fd;
	if (!file)
		return -ENOMEM;
	file->base.device = device;
	file->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_lock(&fake.lock);
	if (fake.open_sleeps) {
		fake.open_sleeps = false;
		sleep_now(true);
	}
	ret = fake.gone ? -ENODEV : fake.open_result;
	if (!ret && fake.file_count == FAKE_FILES)
		ret = -EMFILE;
	if (!ret)
		fake.files[fake.file_count++] = file;
	pthread_mutex_unlock(&fake.lock);
	if (ret) {
		close(file->event_fd);
		free(file);
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
	pthread_mutex_unlock(&fake.lock);
	close(file->event_fd);
	free(file);
}

static void look_at(struct fake_file *file, unsigned int ready)
{
	uint64_t value = 1;

	if (file->event_count)
		ready |= DEVICE_EVENT;
	if ((file->wanted & ready) || (file->wanted && fake.gone)) {
		if (write(file->event_fd, &value, sizeof(value)) < 0)
			abort();
	} else if (read(file->event_fd, &value, sizeof(value)) < 0 &&
		   errno != EAGAIN) {
		abort();
	}
}

/* Readable is what is wanted and there, and what ends everything. */
void fake_look(void)
{
	unsigned int ready = 0;
	unsigned int type;
	unsigned int i;

	for (type = 1; type < FAKE_TYPES; type++)
		for (i = 0; i < fake.queues[type].count; i++)
			if (fake.queues[type].failed ||
			    fake.queues[type].buffers[i].state == FAKE_DONE)
				ready |= V4L2_TYPE_IS_OUTPUT(type)
						 ? DEVICE_OUTPUT
						 : DEVICE_CAPTURE;
	for (i = 0; i < fake.file_count; i++)
		look_at(fake.files[i], ready);
}

static uint32_t fake_poll(struct device_file *base, unsigned int wanted,
			  int *fd)
{
	struct fake_file *file = (struct fake_file *)base;

	pthread_mutex_lock(&fake.lock);
	file->wanted = wanted;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	*fd = file->event_fd;
	return EPOLLIN;
}

static int find_plane(uint32_t offset, struct fake_buffer **buffer,
		      unsigned int *plane)
{
	unsigned int type;
	unsigned int i;

	for (type = 1; type < FAKE_TYPES; type++)
		for (i = 0; i < fake.queues[type].count; i++)
			for (*plane = 0; *plane < VIDEO_MAX_PLANES; (*plane)++)
				if (fake_offset(type, i, *plane) == offset) {
					*buffer = &fake.queues[type].buffers[i];
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

	(void)file;
	pthread_mutex_lock(&fake.lock);
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

static int fake_collect_buffer(struct device_file *file,
			       struct v4l2_buffer *buffer)
{
	int ret;

	(void)file;
	pthread_mutex_lock(&fake.lock);
	ret = fake.gone ? -ENODEV : fake_dequeue(buffer);
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
	} else if (file->event_count) {
		*event = file->events[0];
		file->event_count--;
		memmove(&file->events[0], &file->events[1],
			file->event_count * sizeof(file->events[0]));
		ret = 0;
	}
	fake_look();
	pthread_mutex_unlock(&fake.lock);
	return ret;
}

const struct device_ops fake_device_ops = {
	.name = "fake",
	.check = fake_check,
	.open = fake_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.map = fake_map,
	.unmap = fake_unmap,
	.poll = fake_poll,
	.collect_buffer = fake_collect_buffer,
	.collect_event = fake_collect_event,
};

/* ---- what tests do ------------------------------------------------------ */

void fake_device_init(void)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	snprintf(fake.bus_info, sizeof(fake.bus_info), "platform:fake");
	fake.plane_count = 1;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		fake.plane_len[i] = 4096;
	snprintf(fake.string, sizeof(fake.string), "first");
	for (i = 0; i < FAKE_ARRAY_LEN; i++)
		fake.array[i] = (uint8_t)i;
	pthread_mutex_init(&fake.lock, NULL);
	sem_init(&fake.gate, 0, 0);
}

void fake_device_finish(void)
{
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(fake.mapped, 0);
	sem_destroy(&fake.gate);
	pthread_mutex_destroy(&fake.lock);
}

void fake_on(uint32_t cmd, fake_fn fn)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].fn = fn;
	pthread_mutex_unlock(&fake.lock);
}

void fake_fail(uint32_t cmd, int error, unsigned int count)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].error = error;
	fake.rows[_IOC_NR(cmd)].fails = count;
	pthread_mutex_unlock(&fake.lock);
}

void fake_sleep(uint32_t cmd)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].sleeps++;
	pthread_mutex_unlock(&fake.lock);
}

void fake_sleep_deaf(uint32_t cmd)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].sleeps++;
	fake.rows[_IOC_NR(cmd)].deaf = true;
	pthread_mutex_unlock(&fake.lock);
}

void fake_wake(void)
{
	sem_post(&fake.gate);
}

unsigned int fake_sleeping(void)
{
	unsigned int sleeping;

	pthread_mutex_lock(&fake.lock);
	sleeping = fake.sleeping;
	pthread_mutex_unlock(&fake.lock);
	return sleeping;
}

unsigned int fake_count(uint32_t cmd)
{
	unsigned int count = 0;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.record_count; i++)
		count += fake.records[i].cmd == cmd;
	pthread_mutex_unlock(&fake.lock);
	return count;
}

const struct fake_record *fake_last(uint32_t cmd)
{
	const struct fake_record *last = NULL;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.record_count; i++)
		if (fake.records[i].cmd == cmd)
			last = &fake.records[i];
	pthread_mutex_unlock(&fake.lock);
	return last;
}

unsigned int fake_queued(uint32_t type)
{
	unsigned int queued = 0;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.queues[type].count; i++)
		queued += fake.queues[type].buffers[i].state == FAKE_QUEUED;
	pthread_mutex_unlock(&fake.lock);
	return queued;
}

uint8_t *fake_plane(uint32_t type, unsigned int index, unsigned int plane)
{
	return fake.queues[type].buffers[index].planes[plane];
}

/* No assertion with the lock held: what follows would wait for ever. */
static bool fake_has(uint32_t type, unsigned int index)
{
	const struct fake_queue *queue = &fake.queues[type];
	bool has;

	pthread_mutex_lock(&fake.lock);
	has = queue->streaming && queue->buffers[index].state == FAKE_QUEUED;
	pthread_mutex_unlock(&fake.lock);
	return has;
}

void fake_finish_planes(uint32_t type, unsigned int index, const uint32_t *used,
			uint32_t flags)
{
	struct fake_queue *queue = &fake.queues[type];
	struct fake_buffer *buffer = &queue->buffers[index];
	struct timespec now;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_true(fake_has(type, index));
	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.plane_count; i++)
		buffer->used[i] = used[i];
	buffer->flags = flags;
	buffer->sequence = queue->sequence++;
	buffer->timestamp.tv_sec = now.tv_sec;
	buffer->timestamp.tv_usec = now.tv_nsec / 1000;
	buffer->state = FAKE_DONE;
	buffer->order = ++fake.order;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_queue_error(uint32_t type)
{
	pthread_mutex_lock(&fake.lock);
	fake.queues[type].failed = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_finish(uint32_t type, unsigned int index, uint32_t used,
		 uint32_t flags)
{
	uint32_t planes[VIDEO_MAX_PLANES] = { used };

	fake_finish_planes(type, index, planes, flags);
}

void fake_event(uint32_t type, uint32_t id, uint32_t changes)
{
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.file_count; i++)
		fake_add_event(fake.files[i], type, id, changes);
	pthread_mutex_unlock(&fake.lock);
}

void fake_unplug(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.gone = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}
