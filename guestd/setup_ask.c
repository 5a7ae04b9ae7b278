// SPDX-License-Identifier: BSD-3-Clause
/*
 * The conversation that makes buffers.
 *
 *	REQBUFS -> count
 *	QUERYBUF x count, at most SETUP_BATCH at a time -> offsets and lengths
 *	MMAP x planes, at most SETUP_BATCH at a time -> addresses in the window;
 *	not of DMABUF
 *
 * QUERYBUFs do not wait for REQBUFS: they are sent right behind it, for as many
 * buffers as it asks for and half of the window has room for.  If it makes more, the
 * others are asked about then; what is said of those that it does not make is not
 * looked at.
 *
 * If a step fails, REQBUFS(0) undoes the first and the application gets that
 * step's errno.  Buffers that were there before stay.
 */
#include "guestd/setup_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "common/stats.h"
#include "guestd/attach.h"
#include "guestd/planes.h"
#include "guestd/shape.h"

static void setup_step(struct setup *setup);

void setup_drop_parts(struct setup *setup, unsigned int index)
{
	struct setup_part *part;
	unsigned int i;

	for (i = 0; i < SETUP_BATCH; i++) {
		part = &setup->parts[i];
		if (!part->setup || part->index < index)
			continue;
		hostlink_orphan(&part->call);
		payload_finish(&part->payload);
		part->setup = NULL;
		setup->under_way--;
	}
}

static void undone(struct hostlink_call *call, int error)
{
	struct setup *setup = setup_of(call);

	(void)error;
	setup_end(setup, setup->error);
}

/* The host keeps them until REQBUFS; nobody knows of them here. */
static void setup_forget_added(struct setup *setup)
{
	struct queue *queue = setup->queue;
	unsigned int i;

	for (i = 0; i < setup->count && queue_find(queue, setup->first + i);
	     i++)
		planes_forget_buffer(setup->session, queue, setup->first + i);
	setup_end(setup, setup->error);
}

/* Undo what the host has done, if there is a host. */
static void setup_undo(struct setup *setup)
{
	struct guest_session *session = setup->session;
	struct v4l2_requestbuffers none = {
		.type = setup->queue->type,
		.memory = V4L2_MEMORY_MMAP,
	};

	planes_forget(session, setup->queue);
	payload_finish(&setup->payload);
	payload_init(&setup->payload, ioctl_lookup(VIDIOC_REQBUFS), &none);
	setup->call.done = undone;
	session_ask(session, &setup->call, &setup->payload);
}

/* What our own modules call a lie */
static int lie_or(int error)
{
	return error == -EPROTO ? HOSTLINK_LIE : error;
}

static void part_done(struct hostlink_call *call, int error)
{
	struct setup_part *part = (struct setup_part *)call;
	struct setup *setup = part->setup;
	struct payload *payload = &part->payload;

	/* Of what?  It is asked again when there are buffers. */
	if (!setup->made) {
		setup_drop_parts(setup, 0);
		setup->next_index = 0;
		return;
	}
	setup->under_way--;
	setup->session->wrong = call->wrong;
	if (!error && setup->mapping)
		error = lie_or(planes_make(setup->session, setup->queue,
					   part->index, part->plane,
					   part->call.addr, part->call.len));
	else if (!error && (!part->call.filled ||
			    payload->arg.buffer.index != part->index))
		error = HOSTLINK_LIE;
	else if (!error)
		error = lie_or(queue_learn(setup->queue, &payload->arg.buffer,
					   payload_planes(payload),
					   payload_plane_count(payload)));
	payload_finish(payload);
	if (error && !setup->error)
		setup->error = error;
	part->setup = NULL;
	setup_step(setup);
}

static struct setup_part *free_part(struct setup *setup)
{
	unsigned int i;

	/* There are fewer than SETUP_BATCH under way. */
	for (i = 0; i < SETUP_BATCH - 1; i++)
		if (!setup->parts[i].setup)
			break;
	setup->parts[i].setup = setup;
	setup->parts[i].call.done = part_done;
	setup->under_way++;
	return &setup->parts[i];
}

int setup_buffer(struct payload *payload, uint32_t cmd, uint32_t type,
		 unsigned int index)
{
	bool mplane = V4L2_TYPE_IS_MULTIPLANAR(type);
	struct v4l2_buffer buffer = {
		.index = index,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.length = mplane ? VIDEO_MAX_PLANES : 0,
	};

	payload_init(payload, ioctl_lookup(cmd), &buffer);
	if (!mplane)
		return 0;
	/* Empty planes of our own, instead of an application's. */
	payload->nested_len = VIDEO_MAX_PLANES * sizeof(struct v4l2_plane);
	payload->nested = calloc(1, payload->nested_len);
	return payload->nested ? 0 : -ENOMEM;
}

/* Return: whether there was one to ask */
static bool ask_query(struct setup *setup)
{
	struct setup_part *part;

	if (setup->next_index == setup->first + setup->count)
		return false;
	part = free_part(setup);
	part->index = setup->next_index++;
	setup->error = setup_buffer(&part->payload, VIDIOC_QUERYBUF,
				    setup->queue->type, part->index);
	if (setup->error) {
		part->setup = NULL;
		setup->under_way--;
		setup->next_index--;
		return false;
	}
	session_ask(setup->session, &part->call, &part->payload);
	return true;
}

static bool ask_map(struct setup *setup)
{
	const struct queue_buffer *buffer =
		queue_find(setup->queue, setup->next_index);
	struct setup_part *part;

	if (setup->next_index == setup->first + setup->count || !buffer)
		return false;
	part = free_part(setup);
	part->index = setup->next_index;
	part->plane = setup->next_plane;
	if (++setup->next_plane == buffer->plane_count) {
		setup->next_plane = 0;
		setup->next_index++;
	}
	hostlink_mmap(setup->session->device->link, &part->call,
		      session_id(setup->session),
		      buffer->v4l2_planes[part->plane].m.mem_offset,
		      setup->session);
	return true;
}

static void synced(struct memory_job *job, int result)
{
	struct setup *setup =
		(struct setup *)((char *)job - offsetof(struct setup, job));

	(void)result; /* without a helper guestd ends */
	setup_end(setup, 0);
}

/* The application may ask for the memory of its buffers as soon as it has them. */
static void setup_succeed(struct setup *setup)
{
	struct guest_session *session = setup->session;

	if (!setup->count || !attach_shows(session, setup->queue)) {
		setup_end(setup, 0);
		return;
	}
	setup->job.done = synced;
	memory_sync(session->device->memory, &setup->job);
}

static void setup_step(struct setup *setup)
{
	while (!setup->error && setup->under_way < SETUP_BATCH) {
		if (setup->mapping ? ask_map(setup) : ask_query(setup))
			continue;
		if (setup->error || setup->under_way || setup->mapping)
			break;
		setup->mapping = true;
		if (setup->shaped)
			setup->error = lie_or(shape_made(
				setup->session, setup->queue, setup->first,
				setup->count,
				setup->wanted.type ? &setup->wanted : NULL));
		/* Programs bring the memory of DMABUF. */
		if (setup->queue->memory == V4L2_MEMORY_DMABUF)
			continue;
		setup->next_index = setup->first;
		/* A round trip of its own; file I/O counts by itself. */
		if (setup->shaped)
			stats_add(STATS_WAITS, 1);
	}
	if (setup->under_way)
		return;
	if (!setup->error)
		setup_succeed(setup);
	else if (setup->error == HOSTLINK_LIE)
		setup_end(setup, setup->error);
	else if (setup->adding)
		setup_forget_added(setup);
	else
		setup_undo(setup);
}

void setup_made(struct setup *setup, unsigned int first, unsigned int count)
{
	unsigned int asked = setup->next_index;

	setup->made = true;
	setup->first = first;
	setup->count = count;
	setup->next_index = first + (asked < count ? asked : count);
	setup->adding = queue_busy(setup->queue);
	setup->error = lie_or(queue_add(setup->queue, first, count));
	if (setup->error)
		setup->count = 0;
	setup_drop_parts(setup, first + setup->count);
	if (setup->shaped && asked < count)
		stats_add(STATS_WAITS, 1);
	if (setup->queue->count)
		guest_device_own(setup->session->device,
				 &setup->session->member, setup->queue);
	setup_step(setup);
}

void setup_ask_ahead(struct setup *setup, unsigned int count)
{
	const struct guest_device *device = setup->session->device;

	if (device->config->no_pipeline)
		return;
	setup->count = count < SETUP_BATCH ? count : SETUP_BATCH;
	while (setup->under_way < SETUP_BATCH &&
	       hostlink_has_room(device->link) && ask_query(setup))
		;
	/* Without memory for one, they are asked about when they are there. */
	setup->error = 0;
}
