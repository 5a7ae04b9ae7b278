// SPDX-License-Identifier: BSD-3-Clause
/*
 * read() and write() as vb2 has them.
 *
 * The start is a conversation (buffers, their QBUFs for read, STREAMON), so
 * whoever comes before its end is parked.  Afterwards a reader holds one buffer
 * at a time and gives it back when it is read to the end; a writer holds one
 * until it is full.
 */
#include "guestd/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "guestd/qbuf.h"
#include "guestd/setup.h"

enum fileio_state {
	FILEIO_IDLE,     /* may be started */
	FILEIO_STARTING, /* everybody waits */
	FILEIO_RUNNING,
	FILEIO_FAILED, /* every call gets error, or tries again to start */
};

/* A QBUF or STREAMON that nobody waits for by name. */
struct fileio_call {
	struct hostlink_call call; /* first: call -> fileio_call */
	struct guest_session *session;
	struct payload payload;
	struct queue_buffer *buffer;
	struct fileio_call *next;
};

struct fileio {
	struct guest_session *session;
	struct queue *queue;
	enum fileio_state state;
	int error;
	unsigned int fresh; /* output: buffers from here on were never used */
	struct queue_buffer *buffer; /* held */
	size_t pos;                  /* in it */
	size_t size;                 /* of its contents, or room */
	struct session_list waiting;
	struct fileio_call *calls; /* under way */
};

static void serve(struct fileio *fileio);

static void list_init(struct session_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

/* ---- calls to the host -------------------------------------------------------- */

static void end_call(struct fileio *fileio, struct fileio_call *ended)
{
	struct fileio_call **at = &fileio->calls;

	while (*at != ended)
		at = &(*at)->next;
	*at = ended->next;
	hostlink_orphan(&ended->call);
	payload_finish(&ended->payload);
	free(ended);
}

static int ask(struct fileio *fileio, uint32_t cmd, const void *arg,
	       struct queue_buffer *buffer,
	       void (*done)(struct hostlink_call *call, int error))
{
	struct fileio_call *asked = calloc(1, sizeof(*asked));

	if (!asked)
		return -ENOMEM;
	asked->session = fileio->session;
	asked->buffer = buffer;
	asked->next = fileio->calls;
	fileio->calls = asked;
	payload_init(&asked->payload, ioctl_lookup(cmd), arg);
	asked->call.done = done;
	session_ask(fileio->session, &asked->call, &asked->payload);
	return 0;
}

/* @fileio may be gone after that. */
static void fileio_error(struct fileio *fileio, int error)
{
	if (error == HOSTLINK_LIE) {
		session_note_lie(fileio->session, "file I/O");
		session_kill(fileio->session, -EIO);
		return;
	}
	log_warn("session %u: file I/O: %s", session_id(fileio->session),
		 strerror(-error));
	fileio->state = FILEIO_FAILED;
	fileio->error = error;
	fileio_fail(fileio->session, error);
	session_wake(fileio->session);
}

static void queued(struct hostlink_call *call, int error)
{
	struct fileio_call *asked = (struct fileio_call *)call;
	struct fileio *fileio = asked->session->fileio;
	struct queue_buffer *buffer = asked->buffer;

	end_call(fileio, asked);
	if (!error || fileio->state == FILEIO_FAILED)
		return;
	queue_unpush(fileio->queue, buffer);
	fileio_error(fileio, error);
}

/* Nobody waits for the answer: if it is bad, the next call hears of it. */
static int give_back(struct fileio *fileio, struct queue_buffer *buffer,
		     size_t used)
{
	struct queue *queue = fileio->queue;
	struct v4l2_buffer arg = {
		.index = buffer->index,
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.bytesused = (uint32_t)used,
		.field = V4L2_FIELD_ANY,
	};
	uint32_t plane_used[VIDEO_MAX_PLANES] = { (uint32_t)used };
	int ret = 0;

	if (queue_is_output(queue))
		ret = qbuf_contents(fileio->session, buffer, plane_used);
	if (!ret)
		ret = ask(fileio, VIDIOC_QBUF, &arg, buffer, queued);
	if (!ret)
		queue_push(queue, buffer);
	return ret;
}

/* ---- the start ------------------------------------------------------------------ */

static void started(struct hostlink_call *call, int error)
{
	struct fileio_call *asked = (struct fileio_call *)call;
	struct fileio *fileio = asked->session->fileio;

	end_call(fileio, asked);
	if (error) {
		fileio_error(fileio, error);
		return;
	}
	fileio->queue->streaming = true;
	if (fileio->state == FILEIO_FAILED)
		return;
	fileio->state = FILEIO_RUNNING;
	serve(fileio);
	session_wake(fileio->session);
}

static void made(void *data, int error)
{
	struct fileio *fileio = data;
	struct queue *queue = fileio->queue;
	uint32_t type = queue->type;
	unsigned int i;

	for (i = 0; !error && i < queue->count && !queue_is_output(queue); i++)
		error = give_back(fileio, queue->buffers[i], 0);
	if (!error)
		error = ask(fileio, VIDIOC_STREAMON, &type, NULL, started);
	if (error) {
		fileio_error(fileio, error);
		return;
	}
	queue->fileio = true;
}

static int fileio_start(struct guest_session *session, bool output)
{
	uint32_t type = profile_io_type(session_caps(session), output);
	struct queue *queue = session_queue(session, type);
	struct fileio *fileio = session->fileio;
	int ret;

	if (!queue)
		return -EINVAL;
	if (guest_device_busy(session->device, &session->member) ||
	    queue_busy(queue) || queue->setup || queue->making)
		return -EBUSY;
	if (!fileio) {
		fileio = calloc(1, sizeof(*fileio));
		if (!fileio)
			return -ENOMEM;
		fileio->session = session;
		list_init(&fileio->waiting);
		session->fileio = fileio;
	}
	fileio->queue = queue;
	fileio->state = FILEIO_STARTING;
	fileio->error = 0;
	fileio->fresh = 0;
	fileio->buffer = NULL;
	ret = setup_start(session, queue, FILEIO_BUFFERS, made, fileio);
	if (ret) {
		fileio->state = FILEIO_FAILED;
		fileio->error = ret;
	}
	return ret;
}

/* Return: 0 if @session's file I/O is there or on its way */
static int fileio_begin(struct guest_session *session, bool output)
{
	struct fileio *fileio = session->fileio;

	/* A camera has no write(), whatever runs. */
	if (!profile_io_type(session_caps(session), output))
		return -EINVAL;
	if (!fileio || fileio->state == FILEIO_IDLE ||
	    (fileio->state == FILEIO_FAILED && !queue_busy(fileio->queue)))
		return fileio_start(session, output);
	if (fileio->state == FILEIO_FAILED)
		return fileio->error;
	/* vb2 has one direction per file. */
	return queue_is_output(fileio->queue) == output ? 0 : -EBUSY;
}

void fileio_poll(struct guest_session *session, bool output)
{
	if (!session->fileio || session->fileio->state == FILEIO_IDLE)
		fileio_begin(session, output);
}

bool fileio_failed(struct guest_session *session)
{
	struct fileio *fileio = session->fileio;

	if (!fileio || fileio->state != FILEIO_FAILED)
		return false;
	if (!queue_busy(fileio->queue))
		fileio->state = FILEIO_IDLE;
	return true;
}

bool fileio_starting(const struct guest_session *session)
{
	return session->fileio && session->fileio->state == FILEIO_STARTING;
}

/* ---- moving bytes --------------------------------------------------------------- */

/* Return: 0 if a buffer is held, -EAGAIN if one may come */
static int take_full(struct fileio *fileio)
{
	if (fileio->buffer)
		return 0;
	fileio->buffer = queue_take(fileio->queue);
	if (!fileio->buffer)
		return -EAGAIN;
	fileio->pos = 0;
	fileio->size = fileio->buffer->v4l2.bytesused;
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
	ret = give_back(fileio, buffer, used);
	if (ret)
		fileio_error(fileio, ret);
}

static void read_bytes(struct fileio *fileio, struct request *request)
{
	const uint8_t *bytes = fileio->buffer->planes[0].mapping->bytes;
	size_t len = fileio->size - fileio->pos;
	size_t at = fileio->pos;

	if (len > request->len)
		len = request->len;
	fileio->pos += len;
	request->ops->reply_bytes(request, bytes + at, len);
	if (fileio->pos == fileio->size)
		release_buffer(fileio, 0);
}

static void write_bytes(struct fileio *fileio, struct request *request)
{
	uint8_t *bytes = fileio->buffer->planes[0].mapping->bytes;
	size_t len = fileio->size - fileio->pos;

	if (len > request->len)
		len = request->len;
	memcpy(bytes + fileio->pos, request->bytes, len);
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
	bool output = queue_is_output(fileio->queue);
	int ret;

	if (fileio->state == FILEIO_STARTING)
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

static void serve(struct fileio *fileio)
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
		/* It was the first, so it stays the first. */
		request->next = fileio->waiting.first;
		if (!fileio->waiting.first)
			fileio->waiting.last = &request->next;
		fileio->waiting.first = request;
		return;
	}
}

static void fileio_call(struct request *request, bool output)
{
	struct guest_session *session = request->session;
	int ret;

	if (!request->len) {
		request->ops->reply_count(request, 0);
		return;
	}
	ret = fileio_begin(session, output);
	if (ret) {
		request->ops->reply_error(request, ret);
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
	session_park(&session->fileio->waiting, request);
}

void fileio_read(struct request *request)
{
	fileio_call(request, false);
}

void fileio_write(struct request *request)
{
	fileio_call(request, true);
}

void fileio_wake(struct guest_session *session)
{
	if (session->fileio)
		serve(session->fileio);
}

void fileio_interrupt(struct request *request)
{
	struct fileio *fileio = request->session->fileio;

	if (fileio && session_unpark(&fileio->waiting, request))
		request->ops->reply_error(request, -EINTR);
}

void fileio_fail(struct guest_session *session, int error)
{
	struct fileio *fileio = session->fileio;
	struct request *request;

	while (fileio && (request = fileio->waiting.first)) {
		session_unpark(&fileio->waiting, request);
		request->ops->reply_error(request, error);
	}
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
		end_call(fileio, fileio->calls);
	free(fileio);
	session->fileio = NULL;
}
