// SPDX-License-Identifier: BSD-3-Clause
/*
 * QBUF and PREPARE_BUF.
 *
 * A file without buffers asks the host what it says to that: it knows who else
 * has some, and which type the node's queue is of.
 */
#include "guestd/qbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/import.h"
#include "guestd/pipeline.h"
#include "guestd/qbuf_check.h"
#include "guestd/setup.h"
#include "guestd/userptr.h"

int qbuf_contents(struct guest_session *session,
		  const struct queue_buffer *buffer, const uint32_t *used,
		  bool takes_empty)
{
	struct guest_mapping *mapping;
	unsigned int i;
	size_t len;
	int ret;

	for (i = 0; i < buffer->plane_count; i++) {
		mapping = buffer->planes[i].mapping;
		if (!mapping || mapping->shared)
			continue;
		len = used[i] && used[i] < mapping->len ? used[i]
							: mapping->len;
		if (!used[i] && takes_empty)
			continue;
		if (mapping->placed) {
			mapping_place(mapping, len);
			continue;
		}
		mapping_lend(mapping);
		ret = hostlink_contents(session->device->link, session,
					mapping->bytes, len, mapping->addr,
					mapping->generation, mapping_return,
					mapping);
		if (ret) {
			mapping_return(mapping);
			return ret;
		}
	}
	return 0;
}

/* What the application passed in, with the host's idea of memory. */
static void to_host(struct payload *payload, const struct queue_buffer *known)
{
	struct v4l2_buffer *buffer = &payload->arg.buffer;
	struct v4l2_plane *planes = payload_planes(payload);
	unsigned int i;

	buffer->memory = queue_host_memory(buffer->memory);
	buffer->request_fd = 0;
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		buffer->m.userptr = 0;
		if (buffer->memory == V4L2_MEMORY_MMAP)
			buffer->length = known->planes[0].length;
		return;
	}
	/* vb2 looks at no others, and gives them back as they are. */
	for (i = 0; i < known->plane_count; i++) {
		memset(&planes[i].m, 0, sizeof(planes[i].m));
		if (buffer->memory == V4L2_MEMORY_MMAP)
			planes[i].length = known->planes[i].length;
	}
}

/*
 * The host's answer, with the application's idea of memory.  A driver may be done
 * with a buffer at once (vicodec with what is no picture).
 */
static void to_application(struct request *request)
{
	struct v4l2_buffer *arg = &request->payload.arg.buffer;
	struct queue *queue = session_queue(request->session, arg->type);
	bool done = arg->flags & V4L2_BUF_FLAG_DONE;

	if (!queue || !queue_find(queue, request->buffer->index))
		return;
	queue_show(queue, request->buffer, arg,
		   payload_planes(&request->payload),
		   payload_plane_count(&request->payload));
	if (done && (arg->flags & V4L2_BUF_FLAG_QUEUED))
		arg->flags ^= V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE;
}

static void remember_answer(struct request *request, struct queue *queue)
{
	const struct payload *payload = &request->payload;
	struct queue_buffer *buffer = request->buffer;

	/* The host's event may have been here first, and knows more. */
	if (buffer->state !=
	    (qbuf_preparing(request) ? QUEUE_IDLE : QUEUE_QUEUED))
		return;
	queue_remember(queue, buffer, &payload->arg.buffer,
		       payload_planes(&request->payload),
		       payload_plane_count(payload));
	/*
	 * Else vb2 shows the whole plane (vb2_fill_vb2_v4l2_buffer()), but of a
	 * dma-buf what is said to be its length, which may be 0.
	 */
	if (buffer->empty && queue->memory != V4L2_MEMORY_DMABUF &&
	    !queue_bytesused(queue, buffer, 0))
		queue->takes_empty = true;
	if (!qbuf_preparing(request) &&
	    !(payload->arg.buffer.flags & V4L2_BUF_FLAG_DONE))
		queue_habit_learn(queue, buffer, request->field);
}

/* A driver that has let go of an application's dma-buf says that it has no length. */
static bool host_lost_it(const struct payload *told)
{
	const struct v4l2_plane *planes =
		(const struct v4l2_plane *)(const void *)told->nested;

	return planes ? !planes[0].length : !told->arg.buffer.length;
}

static void lose_memory(struct queue_buffer *buffer, const struct queue *queue,
			const struct payload *told)
{
	unsigned int i;

	if (queue->memory != V4L2_MEMORY_DMABUF)
		for (i = 0; i < buffer->plane_count; i++)
			queue_give(buffer, i, 0, 0);
	else if (host_lost_it(told))
		queue_lose(buffer);
}

/*
 * What __buf_prepare() has left of a buffer that it refused: what was said of its
 * contents, and no memory of an application's (__prepare_userptr()).  If it is
 * prepared all the same, it was the stream that did not start.
 */
static void refused_told(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	const struct payload *told = request->query;
	struct queue *queue = session_queue(request->session,
					    request->payload.arg.buffer.type);
	struct queue_buffer *buffer = request->buffer;

	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	if (!error && session_has_buffer(request) &&
	    buffer->state == QUEUE_IDLE) {
		queue_remember(queue, buffer, &told->arg.buffer,
			       payload_planes(request->query),
			       payload_plane_count(told));
		buffer->prepared =
			told->arg.buffer.flags & V4L2_BUF_FLAG_PREPARED;
		if (!buffer->prepared)
			lose_memory(buffer, queue, told);
		else if (!qbuf_preparing(request))
			queue->armed = true;
	}
	session_finish(request, request->result, false);
}

/* Return: whether the request will be answered with @error, later */
static bool ask_refused(struct request *request, int error)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;

	/* An error of the queue is no matter of the buffer. */
	if (error == -EIO || error == -ENODEV || error == -EINTR)
		return false;
	request->query = calloc(1, sizeof(*request->query));
	if (!request->query || setup_buffer(request->query, VIDIOC_QUERYBUF,
					    arg->type, arg->index))
		return false;
	request->result = error;
	session_forward_other(request, request->query, refused_told);
	return true;
}

static void qbuf_done(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_session *session = request->session;
	struct queue *queue =
		session_queue(session, request->payload.arg.buffer.type);
	struct queue_buffer *buffer = request->buffer;

	call->planes = NULL;
	plane_set_finish(&request->planes);
	if (error == HOSTLINK_LIE || (!error && !call->filled)) {
		session_lied(request);
		return;
	}
	/* REQBUFS of other threads may have passed: is it there at all? */
	if (!session_has_buffer(request)) {
		session_finish(request, error ? error : -EINVAL, false);
		return;
	}
	if (!error) {
		remember_answer(request, queue);
		if (qbuf_preparing(request))
			buffer->prepared = true;
	} else if (!qbuf_preparing(request)) {
		queue_unpush(queue, buffer);
	}
	if (error && ask_refused(request, error))
		return;
	to_application(request);
	/* No wake: neither has vb2 one, and epoll's edges would show it. */
	session_finish(request, error, !error);
}

/* What there is in each plane; the rest of @used is 0. */
static void used_bytes(const struct request *request, const struct queue *queue,
		       uint32_t *used)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	const struct v4l2_plane *planes =
		(const struct v4l2_plane *)request->payload.nested;
	struct queue_buffer *buffer = request->buffer;
	unsigned int i;

	memset(used, 0, VIDEO_MAX_PLANES * sizeof(used[0]));
	buffer->empty = !buffer->prepared;
	for (i = 0; i < buffer->plane_count; i++) {
		if (buffer->prepared)
			used[i] = queue_bytesused(queue, buffer, i);
		else
			used[i] = planes ? planes[i].bytesused : arg->bytesused;
		if (used[i])
			buffer->empty = false;
	}
}

static void qbuf_send(struct request *request)
{
	struct guest_session *session = request->session;
	struct queue *queue =
		session_queue(session, request->payload.arg.buffer.type);
	struct payload *payload;
	uint32_t used[VIDEO_MAX_PLANES];
	int ret = session->dead ? session->dead : request->result;

	/* The queue may have changed while the application was looked at. */
	if (!ret && (!session_has_buffer(request) ||
		     request->buffer->state != QUEUE_IDLE))
		ret = -EINVAL;
	if (!ret && queue_is_output(queue)) {
		used_bytes(request, queue, used);
		ret = qbuf_contents(session, request->buffer, used,
				    queue->takes_empty);
	}
	if (ret) {
		session_finish(request, ret, false);
		return;
	}
	payload = pipeline_begin(request, queue);
	request->field = queue_habit_asked(queue, request->buffer,
					   &request->payload.arg.buffer);
	to_host(payload ? payload : &request->payload, request->buffer);
	if (!qbuf_preparing(request))
		queue_push(queue, request->buffer);
	if (payload) {
		pipeline_send(request, queue);
		return;
	}
	request->call.planes = &request->planes;
	session_forward(request, qbuf_done);
}

static void refused(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (error == HOSTLINK_LIE || !error)
		session_lied(request);
	else
		session_finish(request, error, false);
}

/* While read() or write() has the queue: is there one of that type? */
static void has_type(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (error == HOSTLINK_LIE)
		session_lied(request);
	else
		session_finish(request, error == -EINVAL ? error : -EBUSY,
			       false);
}

static int ask_type(struct request *request, uint32_t type)
{
	const struct v4l2_format format = { .type = type };

	payload_init(request->query, ioctl_lookup(VIDIOC_G_FMT), &format);
	session_forward_other(request, request->query, has_type);
	return 0;
}

/* With an index that no queue has: it cannot succeed. */
static int ask_in_vain(struct request *request, uint32_t cmd, uint32_t type,
		       void (*done)(struct hostlink_call *call, int error))
{
	if (setup_buffer(request->query, cmd, type, UINT32_MAX))
		return -ENOMEM;
	session_forward_other(request, request->query, done);
	return 0;
}

bool qbuf_refused(struct request *request)
{
	struct guest_session *session = request->session;
	uint32_t type = request->payload.arg.buffer.type;
	const struct queue *queue = session_queue(session, type);
	bool fileio = session_fileio(session);
	int ret = -ENOMEM;

	if (!fileio && (queue_busy(queue) || queue->making))
		return false;
	/* Queues of a codec are nobody else's business. */
	if (guest_device_m2m(session->device)) {
		session_finish(request, -EINVAL, false);
		return true;
	}
	request->query = calloc(1, sizeof(*request->query));
	if (request->query)
		ret = fileio ? ask_type(request, type)
			     : ask_in_vain(request, VIDIOC_QBUF, type, refused);
	if (ret)
		session_finish(request, ret, false);
	return true;
}

static void has_prepare(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	struct guest_device *device = request->session->device;

	if (error == HOSTLINK_LIE || !error) {
		session_lied(request);
		return;
	}
	if (error == -ENODEV || error == -EINTR) {
		session_finish(request, error, false);
		return;
	}
	payload_finish(request->query);
	free(request->query);
	request->query = NULL;
	device->prepares = error == -ENOTTY ? DEVICE_HAS_NONE : DEVICE_HAS_SOME;
	qbuf_run(request);
}

/*
 * Not all drivers have PREPARE_BUF: uvcvideo has not.
 *
 * Return: whether the request is answered, or will be later
 */
static bool prepare_refused(struct request *request)
{
	int ret = -ENOTTY;

	if (request->session->device->prepares == DEVICE_HAS_SOME)
		return false;
	if (request->session->device->prepares == DEVICE_HAS_UNKNOWN) {
		request->query = calloc(1, sizeof(*request->query));
		ret = !request->query ? -ENOMEM
				      : ask_in_vain(request, VIDIOC_PREPARE_BUF,
						    V4L2_BUF_TYPE_VIDEO_CAPTURE,
						    has_prepare);
	}
	if (ret)
		session_finish(request, ret, false);
	return true;
}

void qbuf_run(struct request *request)
{
	const struct v4l2_buffer *arg = &request->payload.arg.buffer;
	struct queue *queue = session_queue(request->session, arg->type);
	int ret;

	if (qbuf_preparing(request) && prepare_refused(request))
		return;
	ret = qbuf_check_owner(request);
	if (!ret && qbuf_refused(request))
		return;
	if (!ret) {
		session_set_buffer(request, queue_find(queue, arg->index));
		ret = qbuf_check(request, queue, request->buffer);
	}
	if (ret) {
		session_finish(request, ret, false);
		return;
	}
	request->result = 0;
	/* A prepared buffer keeps the addresses that it was prepared with. */
	if (queue->memory == V4L2_MEMORY_USERPTR && !request->buffer->prepared)
		userptr_queue(request, qbuf_send);
	else if (queue->memory == V4L2_MEMORY_DMABUF &&
		 !request->buffer->prepared)
		import_queue(request, qbuf_send);
	else
		qbuf_send(request);
}
