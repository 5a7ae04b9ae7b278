// SPDX-License-Identifier: BSD-3-Clause
/*
 * read() and write() as vb2 has them.
 *
 * A reader holds one buffer at a time and gives it back when it is read to the
 * end; a writer holds one until it is full.
 */
#include "guestd/fileio.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/plane_object.h"
#include "common/stats.h"
#include "guestd/fileio_parts.h"

/*
 * vb2 leaves out as many bytes at the end as at the beginning
 * (__vb2_perform_fileio(), "Compensate for data_offset"), and so do we.
 */
static void skip_offset(struct fileio *fileio)
{
	size_t offset = fileio->buffer->v4l2_planes[0].data_offset;

	if (!V4L2_TYPE_IS_MULTIPLANAR(fileio->queue->type) ||
	    offset >= fileio->size)
		return;
	fileio->pos = offset;
	fileio->size -= offset;
	if (fileio->size < fileio->pos)
		fileio->size = fileio->pos;
}

/* Return: 0 if a buffer is held, -EAGAIN if one may come */
static int take_full(struct fileio *fileio)
{
	if (fileio->buffer)
		return 0;
	fileio->buffer = queue_take(fileio->queue);
	if (!fileio->buffer)
		return -EAGAIN;
	fileio->pos = 0;
	fileio->size = queue_bytesused(fileio->queue, fileio->buffer, 0);
	skip_offset(fileio);
	return 0;
}

static int take_empty(struct fileio *fileio)
{
	struct queue *queue = fileio->queue;

	if (fileio->buffer)
		return 0;
	if (fileio->fresh < queue->count)
		fileio->buffer = queue_find(queue, fileio->fresh++);
	else
		fileio->buffer = queue_take(queue);
	if (!fileio->buffer)
		return -EAGAIN;
	fileio->pos = 0;
	fileio->size = fileio->buffer->planes[0].length;
	return 0;
}

static void release_buffer(struct fileio *fileio, size_t used)
{
	struct queue_buffer *buffer = fileio->buffer;
	int ret;

	fileio->buffer = NULL;
	ret = fileio_give_back(fileio, buffer, used);
	if (ret)
		fileio_error(fileio, ret);
}

static void read_bytes(struct fileio *fileio, struct request *request)
{
	const struct guest_mapping *mapping = fileio->buffer->planes[0].mapping;
	const uint8_t *bytes = mapping->bytes;
	size_t len = fileio->size - fileio->pos;
	size_t at = fileio->pos;

	if (len > request->len)
		len = request->len;
	fileio->pos += len;
	if (mapping->dmabuf)
		plane_object_sync(mapping->fd, false, false);
	request->ops->reply_bytes(request, bytes + at, len);
	if (mapping->dmabuf)
		plane_object_sync(mapping->fd, false, true);
	if (fileio->pos == fileio->size)
		release_buffer(fileio, 0);
}

static void write_bytes(struct fileio *fileio, struct request *request)
{
	const struct guest_mapping *mapping = fileio->buffer->planes[0].mapping;
	uint8_t *bytes = mapping->bytes;
	size_t len = fileio->size - fileio->pos;

	if (len > request->len)
		len = request->len;
	if (mapping->dmabuf)
		plane_object_sync(mapping->fd, true, false);
	memcpy(bytes + fileio->pos, request->bytes, len);
	if (mapping->dmabuf)
		plane_object_sync(mapping->fd, true, true);
	fileio->pos += len;
	request->ops->reply_count(request, len);
	if (fileio->pos == fileio->size)
		release_buffer(fileio, fileio->size);
}

/*
 * A piece that continues a call gets what is left of the same buffer and no
 * more: the call has ended with it.
 */
static bool call_is_over(const struct fileio *fileio,
			 const struct request *request)
{
	return request->offset && !fileio->buffer;
}

/* Return: 0 if it was answered, -EAGAIN if it has to wait */
static int serve_one(struct fileio *fileio, struct request *request)
{
	bool output = fileio->output;
	int ret;

	if (fileio->state != FILEIO_RUNNING)
		return -EAGAIN;
	if (call_is_over(fileio, request)) {
		if (output)
			request->ops->reply_count(request, 0);
		else
			request->ops->reply_bytes(request, NULL, 0);
		return 0;
	}
	ret = output ? take_empty(fileio) : take_full(fileio);
	if (ret)
		return ret;
	if (output)
		write_bytes(fileio, request);
	else
		read_bytes(fileio, request);
	return 0;
}

/* waiting_in_dqbuf: one waits, whatever the others would do */
static void refuse_others(struct fileio *fileio)
{
	struct session_list *waiting = &fileio->waiting;

	while (waiting->first->next)
		session_fail_parked(waiting, waiting->first->next, -EBUSY);
}

void fileio_serve(struct fileio *fileio)
{
	struct request *request;

	while (fileio->state == FILEIO_RUNNING &&
	       (request = fileio->waiting.first)) {
		session_unpark(&fileio->waiting, request);
		if (!serve_one(fileio, request))
			continue;
		/* It has waited for the start only. */
		if (request->flags & O_NONBLOCK) {
			request->ops->reply_error(request, -EAGAIN);
			continue;
		}
		session_park_first(&fileio->waiting, request);
		refuse_others(fileio);
		return;
	}
}

void fileio_call(struct request *request)
{
	struct guest_session *session = request->session;
	int ret;

	if (!request->len) {
		request->ops->reply_count(request, 0);
		return;
	}
	ret = fileio_begin(session, request->kind == REQUEST_WRITE);
	if (ret) {
		request->ops->reply_error(request, ret);
		return;
	}
	if (session->fileio->state == FILEIO_RUNNING &&
	    session->fileio->waiting.first) {
		request->ops->reply_error(request, -EBUSY);
		return;
	}
	if (!session->fileio->waiting.first &&
	    !serve_one(session->fileio, request))
		return;
	if ((request->flags & O_NONBLOCK) &&
	    session->fileio->state == FILEIO_RUNNING) {
		request->ops->reply_error(request, -EAGAIN);
		return;
	}
	if (session->fileio->state != FILEIO_RUNNING)
		stats_add(STATS_WAITS, 1);
	session_park(&session->fileio->waiting, request);
}

void fileio_wake(struct guest_session *session)
{
	if (session->fileio)
		fileio_serve(session->fileio);
}

void fileio_end(struct request *request, int error)
{
	struct fileio *fileio = request->session->fileio;

	if (fileio)
		session_fail_parked(&fileio->waiting, request, error);
}

void fileio_fail(struct guest_session *session, int error)
{
	if (session->fileio)
		session_fail_all_parked(&session->fileio->waiting, error);
}

void fileio_break(struct guest_session *session, int error)
{
	if (session->fileio)
		fileio_error(session->fileio, error);
}

void fileio_destroy(struct guest_session *session)
{
	struct fileio *fileio = session->fileio;

	if (!fileio)
		return;
	fileio_fail(session, -ENODEV);
	while (fileio->calls)
		fileio_end_call(fileio, fileio->calls);
	free(fileio);
	session->fileio = NULL;
}
