// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own dma-bufs as buffers: one helper job per plane.
 *
 * The rules are those of __prepare_dmabuf().
 */
#include "guestd/import.h"

#include <errno.h>
#include <unistd.h>

#include "guestd/given.h"

/*
 * What is to be shown of it, all planes at once, or another QBUF comes between.
 * Before the host's answer: the buffer may be finished before that.
 */
static void remember_memory(struct request *request, int error)
{
	struct queue_buffer *buffer = request->buffer;
	struct given_plane given;
	unsigned int i;

	if (!session_has_buffer(request) || buffer->state != QUEUE_IDLE)
		return;
	if (error) {
		queue_refuse_import(buffer, &request->payload.arg.buffer);
		return;
	}
	for (i = 0; i < buffer->plane_count; i++) {
		given = given_plane(request, i);
		queue_give(buffer, i, (uint32_t)given.fd,
			   given.len ? given.len : request->imported_len[i]);
	}
}

static void import_end(struct request *request, int error)
{
	remember_memory(request, error);
	request->result = error;
	request->step(request);
}

/* Return: 0 or a negative errno; the descriptor is taken care of */
static int take_plane(struct request *request, struct memory_job *job)
{
	struct guest_device *device = request->session->device;
	const struct queue_plane *plane =
		&request->buffer->planes[request->plane];
	uint32_t size = job->object_len < UINT32_MAX ? (uint32_t)job->object_len
						     : UINT32_MAX;
	uint32_t len;
	int ret;

	ret = plane_set_add(&request->planes, job->object.fd, job->object.kind,
			    &device->imported, IMPORT_MAX);
	if (ret) {
		close(job->object.fd);
		return ret;
	}
	if (!session_has_buffer(request))
		return -EINVAL;
	len = given_plane(request, request->plane).len;
	request->imported_len[request->plane] = size;
	if (!len)
		len = size;
	if (len < plane->length)
		return -EINVAL;
	/* vb2_vmalloc_attach_dmabuf() and its like */
	return len > size ? -EFAULT : 0;
}

static void import_next(struct request *request);

static void fetched(struct memory_job *job, int result)
{
	struct request *request = request_of_job(job);

	if (!result)
		result = take_plane(request, job);
	if (result) {
		import_end(request, result);
		return;
	}
	request->plane++;
	import_next(request);
}

static void import_next(struct request *request)
{
	struct guest_device *device = request->session->device;

	if (request->plane == request->buffer->plane_count) {
		import_end(request, 0);
		return;
	}
	request->job.done = fetched;
	memory_import(device->memory, &request->job, &request->caller,
		      given_plane(request, request->plane).fd);
}

void import_queue(struct request *request,
		  void (*step)(struct request *request))
{
	request->step = step;
	request->plane = 0;
	import_next(request);
}
