// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pump: from the device's finished buffers and events to the guest.
 */
#include "hostd/pump.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/stats.h"
#include "hostd/patch.h"

/* Events taken in one go; a device that never ends must not hold the loop. */
#define PUMP_EVENTS_MAX 64

/* May it say something?  Without a buffer it may still end. */
static bool queue_goes_on(const struct buffer_queue *queue)
{
	return queue->streaming && !queue->failed && !queue->last;
}

static bool queue_active(const struct buffer_queue *queue)
{
	return queue_goes_on(queue) && queue->queued;
}

/*
 * Types of the queues that something may come from, as bits: a buffer, or, as long
 * as a codec has something to do, the end of what it makes of it.  (If it has not,
 * asking for it is POLLERR.)
 */
static uint32_t active_types(const struct pump *pump)
{
	const struct buffer_queue *queues = pump->buffers->queues;
	uint32_t ending = 0;
	uint32_t types = 0;
	unsigned int type;
	bool works = false;

	if (!pump->buffers->streaming)
		return 0;
	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		if (queue_active(&queues[type]))
			types |= 1u << type;
		else if (queue_goes_on(&queues[type]) &&
			 !V4L2_TYPE_IS_OUTPUT(type))
			ending |= 1u << type;
		works |= queue_active(&queues[type]) &&
			 V4L2_TYPE_IS_OUTPUT(type);
	}
	return works ? types | ending : types;
}

static bool wants_events(const struct pump *pump)
{
	return pump->subscribed &&
	       !pump->output->ops->congested(pump->output->owner);
}

static unsigned int wanted(const struct pump *pump)
{
	uint32_t types = pump->fetching ? 0 : active_types(pump);
	/* What is fetched tells it, too, and nobody may ask meanwhile. */
	unsigned int want = pump->fetching ? 0 : DEVICE_HANGUP;
	unsigned int type;

	for (type = 1; types >> type; type++)
		if (types & 1u << type)
			want |= V4L2_TYPE_IS_OUTPUT(type) ? DEVICE_OUTPUT
							  : DEVICE_CAPTURE;
	if (wants_events(pump))
		want |= DEVICE_EVENT;
	return want;
}

static void send_buffer(struct pump *pump, struct buffer_queue *queue,
			const struct v4l2_buffer *buffer,
			const struct v4l2_plane *planes)
{
	struct virtio_media_event_dqbuf event;

	memset(&event, 0, sizeof(event));
	event.event = VIRTIO_MEDIA_EVT_DQBUF;
	event.session_id = pump->session_id;
	event.buffer = *buffer;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		memcpy(event.planes, planes, sizeof(event.planes));
	patch_scrub_buffer(&event.buffer, event.planes, VIDEO_MAX_PLANES);
	pump->output->ops->event(pump->output->owner, queue, &event,
				 sizeof(event));
}

/* Return: 0, or @error if the guest knows only sessions that end */
static int send_queue_error(struct pump *pump, struct buffer_queue *queue,
			    int error)
{
	struct vms_event_queue_error event = {
		.event = VMS_EVT_QUEUE_ERROR,
		.session_id = pump->session_id,
		.type = queue->type,
		.error = (uint32_t)-error,
	};

	if (!(pump->output->features & VMS_FEATURE_QUEUE_ERROR))
		return error;
	pump->output->ops->event(pump->output->owner, queue, &event,
				 sizeof(event));
	return 0;
}

/*
 * vb2_queue_error(): DQBUF is EIO and poll() ERR until STREAMOFF.
 *
 * Return: 0, or @error if the guest knows only sessions that end
 */
static int queue_failed(struct pump *pump, struct buffer_queue *queue,
			int error)
{
	log_line(client_output_level(pump->output, loop_now(pump->loop)),
		 "session %u: queue of type %u: %s", pump->session_id,
		 queue->type, strerror(-error));
	queue->failed = true;
	return send_queue_error(pump, queue, error);
}

/*
 * vb2's last_buffer_dequeued, without a LAST buffer or still: readable for ever,
 * and nothing to take.
 */
static void queue_ended(struct pump *pump, struct buffer_queue *queue,
			int error)
{
	queue->last = true;
	send_queue_error(pump, queue, error);
}

/* Touches nothing of the pump: it may run on the worker. */
static void dequeue(struct device_file *file, unsigned int type,
		    struct pump_taken *taken)
{
	struct v4l2_buffer *buffer = &taken->buffer;

	memset(taken, 0, sizeof(*taken));
	buffer->type = type;
	buffer->memory = V4L2_MEMORY_MMAP;
	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer->m.planes = taken->planes;
		buffer->length = VIDEO_MAX_PLANES;
	}
	taken->result = file->device->ops->collect_buffer(file, buffer);
}

/*
 * @all:	Those that wait now; else at most PUMP_EVENTS_MAX
 *
 * Return: events taken, or -ENODEV
 */
static int take_events(struct pump *pump, bool all)
{
	const struct device_ops *ops = pump->file->device->ops;
	struct virtio_media_event_event event;
	int most = PUMP_EVENTS_MAX;
	int taken = 0;
	int ret;

	while (taken < most) {
		memset(&event, 0, sizeof(event));
		ret = ops->collect_event(pump->file, &event.v4l2);
		if (ret == -ENODEV)
			return ret;
		if (ret)
			break;
		if (all && !taken && event.v4l2.pending < INT_MAX)
			most = (int)event.v4l2.pending + 1;
		event.event = VIRTIO_MEDIA_EVT_EVENT;
		event.session_id = pump->session_id;
		pump->output->ops->event(pump->output->owner, NULL, &event,
					 sizeof(event));
		stats_add(STATS_EVENTS, 1);
		taken++;
	}
	return taken;
}

/* Of what hand_on() returns: nothing more can come. */
static bool ends_session(int error)
{
	return error == -ENODEV || error == -EIO || error == -ENOMEM;
}

/*
 * Drivers tell what a buffer means before they finish it: EOS and SOURCE_CHANGE before
 * the LAST one.  Who sees the buffer must see them, too, so they are taken after it,
 * and sent before.
 *
 * Return: 0, or why no buffer came
 */
static int hand_on(struct pump *pump, const struct pump_taken *taken)
{
	const struct v4l2_buffer *buffer = &taken->buffer;
	struct buffer_queue *queue = &pump->buffers->queues[buffer->type];
	int ret = taken->result;

	if (ret == -EPIPE)
		queue_ended(pump, queue, ret);
	else if (ret == -EIO)
		return queue_failed(pump, queue, ret);
	else if (ret && ret != -EAGAIN && ret != -ENODEV)
		log_debug("session %u: DQBUF of type %u: %s", pump->session_id,
			  queue->type, strerror(-ret));
	if (ret)
		return ret;
	ret = wants_events(pump) ? take_events(pump, false) : 0;
	if (ret < 0)
		return ret;
	ret = buffers_done(
		pump->buffers, buffer,
		V4L2_TYPE_IS_MULTIPLANAR(buffer->type) ? taken->planes : NULL);
	if (ret) {
		log_err("session %u: buffer %u of type %u finished: %s",
			pump->session_id, buffer->index, queue->type,
			strerror(-ret));
		/* The guest would wait for it for ever. */
		return ret == -ENOMEM ? ret : 0;
	}
	send_buffer(pump, queue, buffer, taken->planes);
	return 0;
}

/*
 * A codec is done with both buffers of a job in one moment, but a program that hears of
 * one may go on before it hears of the other: of the output buffer first, by which
 * programs count what they have still to give.
 *
 * Return: buffers taken, or what ends the session
 */
static int take_buffers(struct pump *pump)
{
	uint32_t types = active_types(pump);
	struct pump_taken buffer;
	unsigned int type;
	int taken = 0;
	int ret;

	/* Of each kind, output has the higher number. */
	for (type = VMS_BUF_TYPE_COUNT - 1; type; type--) {
		struct buffer_queue *queue = &pump->buffers->queues[type];

		if (!(types & 1u << type))
			continue;
		do {
			dequeue(pump->file, type, &buffer);
			ret = hand_on(pump, &buffer);
			if (ends_session(ret))
				return ret;
			taken += !ret;
		} while (!ret && queue_active(queue));
	}
	return taken;
}

static void pump_lost(struct pump *pump, int error)
{
	pump_suspend(pump);
	pump->ops->error(pump->owner, error);
}

static void pump_ready(void *data, uint32_t events);

/* @fd is not needed once there is a watch: it is the same for good. */
static void pump_arm(struct pump *pump, uint32_t events, int fd)
{
	int ret = 0;

	if (pump->watch)
		ret = loop_watch_set(pump->watch, events);
	else if (events)
		ret = loop_watch(pump->loop, fd, events, pump_ready, pump,
				 &pump->watch);
	if (ret) {
		log_err("session %u: watching the device: %s", pump->session_id,
			strerror(-ret));
		/* Whoever waits would never hear of anything. */
		if (pump->watch)
			loop_watch_set(pump->watch, 0);
		pump->suspended = true;
		pump->ops->error(pump->owner, ret);
		return;
	}
	if (events != pump->armed)
		log_debug("session %u: watching the device for 0x%x, was 0x%x",
			  pump->session_id, events, pump->armed);
	pump->armed = events;
}

static void pump_watch(struct pump *pump, unsigned int want)
{
	uint32_t events = 0;
	int fd = -1;

	/* Most commands change nothing, and what tells of this is the same for good. */
	if (want == DEVICE_HANGUP && pump->want == want)
		return;
	pump->want = want;
	if (want)
		events = pump->file->device->ops->poll(pump->file, want, &fd);
	pump_arm(pump, events, fd);
}

/* @taken: buffers and V4L2 events, or what ends the session */
static void pump_settle(struct pump *pump, uint32_t events, int taken)
{
	if (taken < 0) {
		pump_lost(pump, taken);
		return;
	}
	if ((events & (EPOLLERR | EPOLLHUP)) && !taken) {
		if (patch_device_gone(pump->file)) {
			pump_lost(pump, -ENODEV);
			return;
		}
		/* Level-triggered for ever: wait for pump_update(). */
		pump_watch(pump, pump->want & ~(unsigned int)DEVICE_EVENT
					 ? wanted(pump) & DEVICE_EVENT
					 : 0);
		return;
	}
	pump_update(pump);
}

static void pump_ready(void *data, uint32_t events)
{
	struct pump *pump = data;
	bool fetch = pump->file->device->ops->collect_sleeps;
	bool due = fetch && !pump->fetching && (events & ~(uint32_t)EPOLLPRI);
	int buffers = 0;
	int v4l2_events = 0;

	if (!fetch)
		buffers = take_buffers(pump);
	if (buffers >= 0 && wants_events(pump))
		v4l2_events = take_events(pump, false);
	if (due && v4l2_events >= 0 && active_types(pump)) {
		pump->fetching = true;
		pump->fetch_events = events;
		pump_update(pump);
		pump->ops->ready(pump->owner);
		return;
	}
	pump_settle(pump, events,
		    buffers < 0       ? buffers
		    : v4l2_events < 0 ? v4l2_events
				      : buffers + v4l2_events);
}

void pump_update(struct pump *pump)
{
	pump_watch(pump, pump->suspended ? 0 : wanted(pump));
}

void pump_suspend(struct pump *pump)
{
	pump->suspended = true;
	pump_update(pump);
}

void pump_resume(struct pump *pump)
{
	pump->suspended = false;
	pump_update(pump);
}

void pump_restart(struct pump *pump)
{
	bool fetch = pump->file->device->ops->collect_sleeps;
	struct pump_taken buffer;
	unsigned int type;
	int ret;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		struct buffer_queue *queue = &pump->buffers->queues[type];

		if (!queue->last || pump->suspended)
			continue;
		queue->last = false;
		if (fetch)
			continue;
		dequeue(pump->file, type, &buffer);
		ret = hand_on(pump, &buffer);
		if (ends_session(ret))
			pump_lost(pump, ret);
	}
}

void pump_events(struct pump *pump)
{
	if (!pump->suspended && take_events(pump, true) < 0)
		pump_lost(pump, -ENODEV);
}

bool pump_fetch_begin(struct pump *pump)
{
	if (!pump->fetching || pump->suspended)
		return false;
	pump->fetch_types = active_types(pump);
	if (pump->fetch_types)
		return true;
	pump->fetching = false;
	pump_update(pump);
	return false;
}

void pump_fetch(struct pump *pump)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		if (!(pump->fetch_types & 1u << type))
			continue;
		dequeue(pump->file, type, &pump->fetched);
		if (pump->fetched.result != -EAGAIN)
			return;
	}
}

void pump_fetch_end(struct pump *pump)
{
	int ret = hand_on(pump, &pump->fetched);

	pump->fetching = false;
	pump_settle(pump, pump->fetch_events, ends_session(ret) ? ret : !ret);
}

void pump_init(struct pump *pump, struct loop *loop, struct device_file *file,
	       struct buffers *buffers, const struct client_output *output,
	       uint32_t session_id, const struct pump_ops *ops, void *owner)
{
	memset(pump, 0, sizeof(*pump));
	pump->loop = loop;
	pump->file = file;
	pump->buffers = buffers;
	pump->output = output;
	pump->session_id = session_id;
	pump->ops = ops;
	pump->owner = owner;
}

void pump_finish(struct pump *pump)
{
	loop_watch_remove(pump->watch);
	pump->watch = NULL;
}
