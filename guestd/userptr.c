// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own memory as buffers: one helper job per plane.
 */
#include "guestd/userptr.h"

#include <errno.h>

#include "guestd/given.h"

static void queue_next(struct request *request);

/*
 * A plane that is too short keeps what it has, and so does every one behind the
 * first that is refused.
 */
static unsigned int planes_released(struct request *request)
{
	const struct queue_plane *plane =
		&request->buffer->planes[request->plane];

	return request->plane +
	       (given_plane(request, request->plane).len >= plane->length);
}

/* Whose memory it is and where: both at once, or another QBUF comes between. */
static void remember_memory(struct request *request, int error)
{
	struct queue_buffer *buffer = request->buffer;
	struct given_plane given;
	unsigned int i;

	if (!session_has_buffer(request) || buffer->state != QUEUE_IDLE)
		return;
	if (error) {
		queue_refuse(buffer, &request->payload.arg.buffer,
			     planes_released(request));
		return;
	}
	buffer->owner = request->job.identity;
	for (i = 0; i < buffer->plane_count; i++) {
		given = given_plane(request, i);
		queue_give(buffer, i, given.userptr, given.len);
	}
}

static void queue_end(struct request *request, int error)
{
	remember_memory(request, error);
	request->result = error;
	request->step(request);
}

static void queue_copied(struct memory_job *job, int result)
{
	struct request *request = request_of_job(job);

	if (!result && !session_has_buffer(request))
		result = -EINVAL;
	if (result) {
		queue_end(request, result);
		return;
	}
	request->plane++;
	queue_next(request);
}

static void queue_next(struct request *request)
{
	struct guest_device *device = request->session->device;
	struct queue_buffer *buffer = request->buffer;
	struct queue_plane *plane = &buffer->planes[request->plane];
	struct given_plane given;

	if (request->plane == buffer->plane_count) {
		queue_end(request, 0);
		return;
	}
	given = given_plane(request, request->plane);
	if (given.len < plane->length || !plane->mapping) {
		queue_end(request, -EINVAL);
		return;
	}
	request->job.done = queue_copied;
	if (plane->mapping->capture) {
		memory_probe(device->memory, &request->job, &request->caller,
			     given.userptr, plane->length);
		return;
	}
	if (!given.used || given.used > plane->length)
		given.used = plane->length;
	memory_copy_in(device->memory, &request->job, &request->caller,
		       plane->mapping->region, 0, given.userptr, given.used);
}

void userptr_queue(struct request *request,
		   void (*step)(struct request *request))
{
	request->step = step;
	request->plane = 0;
	queue_next(request);
}

static void dequeue_next(struct request *request);

static void dequeue_copied(struct memory_job *job, int result)
{
	struct request *request = request_of_job(job);

	if (!result && !session_has_buffer(request))
		result = -EINVAL;
	request->result = result;
	request->plane++;
	if (result)
		request->step(request);
	else
		dequeue_next(request);
}

static void dequeue_next(struct request *request)
{
	struct guest_device *device = request->session->device;
	struct queue_buffer *buffer = request->buffer;
	const struct queue *queue = session_queue(
		request->session, request->payload.arg.buffer.type);
	struct queue_plane *plane;
	uint32_t used;

	for (; request->plane < buffer->plane_count; request->plane++) {
		plane = &buffer->planes[request->plane];
		used = queue_bytesused(queue, buffer, request->plane);
		if (!used || !plane->mapping || !plane->mapping->capture)
			continue;
		request->job.done = dequeue_copied;
		memory_copy_out(device->memory, &request->job, &request->caller,
				&buffer->owner, plane->mapping->region, 0,
				plane->userptr, used);
		return;
	}
	request->result = 0;
	request->step(request);
}

void userptr_dequeue(struct request *request,
		     void (*step)(struct request *request))
{
	request->step = step;
	request->plane = 0;
	dequeue_next(request);
}
