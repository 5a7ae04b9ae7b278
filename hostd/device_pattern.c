// SPDX-License-Identifier: BSD-3-Clause
/*
 * A test pattern camera in software.
 *
 * Nothing runs while nobody looks: the frame of a tick is given to a buffer
 * when somebody asks (device_pattern_advance()) and drawn when it is collected.
 * What comes out is the same as if a sensor had filled the buffers in time: a
 * tick goes to the buffer that was first in the queue at that moment, and if
 * there was none it is lost, which `sequence` and the digits in the picture
 * show.
 *
 * One timerfd per file tells everything.  What is there already (an event, a
 * finished buffer) was due long ago, else the next tick is if a buffer waits for
 * it, else nothing is: so the descriptor is level-triggered like that of a node,
 * and a tick that nobody can use wakes nobody.
 */
#include "hostd/device_pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/options.h"
#include "hostd/device_pattern_state.h"

/*
 * Every camera of this process.  They are never freed: a camera remembers its
 * format when nobody has it open.
 */
static pthread_mutex_t device_pattern_cameras_lock = PTHREAD_MUTEX_INITIALIZER;
static struct device_pattern *device_pattern_cameras;

static struct device_pattern_file *device_pattern_file(struct device_file *base)
{
	return (struct device_pattern_file *)base;
}

static int device_pattern_check(const char *target, char *why)
{
	struct device_pattern_config config;

	return device_pattern_parse(target, &config, why);
}

static int device_pattern_create(const char *target,
				 struct device_pattern **out)
{
	struct device_pattern *camera = calloc(1, sizeof(*camera));
	char why[OPTIONS_WHY_LEN];
	int ret;

	if (!camera)
		return -ENOMEM;

	ret = device_pattern_parse(target, &camera->config, why);
	if (ret < 0) {
		free(camera);
		return ret;
	}

	pthread_mutex_init(&camera->lock, NULL);
	camera->width = camera->config.width;
	camera->height = camera->config.height;
	camera->interval.numerator = 1;
	camera->interval.denominator = camera->config.fps;
	softqueue_init(&camera->queue, V4L2_BUF_TYPE_VIDEO_CAPTURE,
		       V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	device_pattern_reset_controls(camera);

	*out = camera;
	return 0;
}

/* Two sessions may open it at the same time, each on its worker. */
static int device_pattern_camera(struct device *device,
				 struct device_pattern **out)
{
	struct device_pattern *camera;
	int ret = 0;

	pthread_mutex_lock(&device_pattern_cameras_lock);
	if (!device->state) {
		ret = device_pattern_create(device->target, &camera);
		if (ret == 0) {
			camera->next = device_pattern_cameras;
			device_pattern_cameras = camera;
			device->state = camera;
		}
	}
	pthread_mutex_unlock(&device_pattern_cameras_lock);

	if (ret == 0)
		*out = device->state;
	return ret;
}

static int device_pattern_open(struct device *device, int fd,
			       struct device_file **out)
{
	struct device_pattern_file *file;
	struct device_pattern *camera;
	int ret;

	if (fd >= 0)
		return -EINVAL;

	ret = device_pattern_camera(device, &camera);
	if (ret < 0)
		return ret;

	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;

	ret = frames_clock_init(&file->clock);
	if (ret < 0) {
		free(file);
		return ret;
	}

	file->base.device = device;
	file->camera = camera;
	file->priority = V4L2_PRIORITY_DEFAULT;

	pthread_mutex_lock(&camera->lock);
	file->next = camera->files;
	camera->files = file;
	pthread_mutex_unlock(&camera->lock);

	*out = &file->base;
	return 0;
}

static void device_pattern_close(struct device_file *base)
{
	struct device_pattern_file *file = device_pattern_file(base);
	struct device_pattern *camera = file->camera;
	struct device_pattern_file **at = &camera->files;
	bool last;

	pthread_mutex_lock(&camera->lock);
	while (*at != file)
		at = &(*at)->next;
	*at = file->next;

	if (camera->streamer == file)
		device_pattern_stop(camera);
	softqueue_release(&camera->queue, file);
	frames_clock_finish(&file->clock);
	file->closed = true;
	last = file->maps == 0;
	pthread_mutex_unlock(&camera->lock);

	if (last)
		free(file);
}

static int device_pattern_ioctl(struct device_file *base,
				const struct ioctl_desc *desc, void *arg)
{
	struct device_pattern_file *file = device_pattern_file(base);
	int ret;

	pthread_mutex_lock(&file->camera->lock);
	ret = device_pattern_run(file, desc, arg);
	device_pattern_wake(file);
	pthread_mutex_unlock(&file->camera->lock);
	return ret;
}

static int device_pattern_map(struct device_file *base, uint32_t offset,
			      size_t len, struct device_map *out)
{
	struct device_pattern_file *file = device_pattern_file(base);
	int ret;

	pthread_mutex_lock(&file->camera->lock);
	ret = softqueue_map(&file->camera->queue, offset, len, out);
	if (ret == 0)
		file->maps++;
	pthread_mutex_unlock(&file->camera->lock);
	return ret;
}

static void device_pattern_unmap(struct device_file *base,
				 const struct device_map *map)
{
	struct device_pattern_file *file = device_pattern_file(base);
	bool last;

	pthread_mutex_lock(&file->camera->lock);
	softqueue_unmap(&file->camera->queue, map);
	last = --file->maps == 0 && file->closed;
	pthread_mutex_unlock(&file->camera->lock);

	if (last)
		free(file);
}

static int device_pattern_export(struct device_file *base,
				 const struct device_plane *plane,
				 const struct device_map *map,
				 enum vms_obj_kind *kind)
{
	struct device_pattern_file *file = device_pattern_file(base);
	int ret;

	(void)plane;
	pthread_mutex_lock(&file->camera->lock);
	ret = softqueue_export(&file->camera->queue, map);
	pthread_mutex_unlock(&file->camera->lock);
	*kind = VMS_OBJ_MEMFD;
	return ret;
}

static uint32_t device_pattern_poll(struct device_file *base,
				    unsigned int wanted, int *fd)
{
	struct device_pattern_file *file = device_pattern_file(base);

	pthread_mutex_lock(&file->camera->lock);
	file->wanted = wanted;
	device_pattern_wake(file);
	pthread_mutex_unlock(&file->camera->lock);

	if (!(wanted & (DEVICE_CAPTURE | DEVICE_EVENT)))
		return 0;
	*fd = file->clock.fd;
	return EPOLLIN;
}

/* A program may have written to its buffer.  A device would overwrite all of that. */
static bool device_pattern_whole(const struct device_pattern *camera,
				 const struct softqueue_buffer *buffer)
{
	return buffer->fresh || (buffer->memory && buffer->memory->exported &&
				 !camera->config.is_static);
}

static void device_pattern_draw(struct device_pattern *camera,
				struct softqueue_buffer *buffer)
{
	softqueue_import_use(&buffer->import, false);
	frames_draw(buffer->bytes, camera->width, camera->height,
		    camera->width * 2, buffer->tick,
		    device_pattern_whole(camera, buffer),
		    camera->config.is_static);
	softqueue_import_use(&buffer->import, true);
	buffer->fresh = false;
}

static int device_pattern_collect_buffer(struct device_file *base,
					 struct v4l2_buffer *buffer)
{
	struct device_pattern_file *file = device_pattern_file(base);
	struct device_pattern *camera = file->camera;
	int ret;

	pthread_mutex_lock(&camera->lock);
	device_pattern_advance(camera);
	ret = softqueue_dqbuf(&camera->queue, file, buffer);
	if (ret == 0)
		device_pattern_draw(camera,
				    &camera->queue.buffers[buffer->index]);
	device_pattern_wake(file);
	pthread_mutex_unlock(&camera->lock);
	return ret;
}

static int device_pattern_collect_event(struct device_file *base,
					struct v4l2_event *event)
{
	struct device_pattern_file *file = device_pattern_file(base);
	int ret;

	pthread_mutex_lock(&file->camera->lock);
	ret = device_pattern_take_event(file, event);
	device_pattern_wake(file);
	pthread_mutex_unlock(&file->camera->lock);
	return ret;
}

void device_pattern_advance(struct device_pattern *camera)
{
	struct frames_clock *clock;
	uint64_t newest, tick, ns;

	if (!camera->streamer)
		return;

	clock = &camera->streamer->clock;
	tick = clock->tick;
	newest = frames_clock_take(clock, &ns);
	while (++tick <= newest) {
		struct softqueue_buffer *buffer =
			softqueue_next(&camera->queue);

		if (!buffer)
			break;

		ns = frames_clock_due(clock, tick);
		buffer->tick = tick;
		buffer->sequence = (uint32_t)(tick - 1);
		buffer->timestamp.tv_sec = (time_t)(ns / 1000000000);
		buffer->timestamp.tv_usec = (suseconds_t)(ns / 1000 % 1000000);
		buffer->field = V4L2_FIELD_NONE;
		buffer->bytesused = device_pattern_frame_len(camera);
		softqueue_done(&camera->queue, buffer, true);
	}
	device_pattern_wake(camera->streamer);
}

void device_pattern_wake(struct device_pattern_file *file)
{
	struct device_pattern *camera = file->camera;
	bool frames = file->wanted & DEVICE_CAPTURE && camera->streamer == file;
	enum frames_wake wake = FRAMES_WAKE_NEVER;

	if ((file->wanted & DEVICE_EVENT && device_pattern_event_waits(file)) ||
	    (frames && softqueue_finished(&camera->queue)))
		wake = FRAMES_WAKE_NOW;
	else if (frames && softqueue_next(&camera->queue))
		wake = FRAMES_WAKE_TICK;
	frames_clock_wake(&file->clock, wake);
}

void device_pattern_stop(struct device_pattern *camera)
{
	frames_clock_stop(&camera->streamer->clock);
	camera->streamer = NULL;
}

/* Nothing of it ever changes but values, and nobody else has it. */
static uint32_t device_pattern_lasting(const struct v4l2_capability *capability)
{
	(void)capability;

	return VMS_MEMO_ALL;
}

const struct device_ops device_pattern_ops = {
	.name = "pattern",
	.check = device_pattern_check,
	.open = device_pattern_open,
	.close = device_pattern_close,
	.ioctl = device_pattern_ioctl,
	.map = device_pattern_map,
	.unmap = device_pattern_unmap,
	.export_plane = device_pattern_export,
	.imports = 1u << VMS_OBJ_DMABUF | 1u << VMS_OBJ_MEMFD,
	.poll = device_pattern_poll,
	.collect_buffer = device_pattern_collect_buffer,
	.collect_event = device_pattern_collect_event,
	.lasting = device_pattern_lasting,
};
