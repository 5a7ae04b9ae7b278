// SPDX-License-Identifier: BSD-3-Clause
/*
 * The start of read() and write(): buffers, their QBUFs for read, STREAMON.
 *
 * That is a conversation, so whoever comes before its end is parked.  If it
 * fails, another one undoes it, and then they all get the error.
 */
#include "guestd/fileio_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "guestd/qbuf.h"
#include "guestd/setup.h"

static const char *const fileio_state_names[] = {
	[FILEIO_IDLE] = "idle",     [FILEIO_STARTING] = "starting",
	[FILEIO_ENDING] = "ending", [FILEIO_RUNNING] = "running",
	[FILEIO_FAILED] = "failed",
};
static_assert(sizeof(fileio_state_names) / sizeof(fileio_state_names[0]) ==
		      FILEIO_STATE_COUNT,
	      "a state without a name");

/* ---- calls to the host -------------------------------------------------------- */

void fileio_end_call(struct fileio *fileio, struct fileio_call *ended)
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

void fileio_set_state(struct fileio *fileio, enum fileio_state state)
{
	assert(state != FILEIO_RUNNING || fileio->state == FILEIO_STARTING);
	assert(state != FILEIO_ENDING || fileio->state == FILEIO_STARTING);
	log_debug("session %u: file I/O: %s -> %s", session_id(fileio->session),
		  fileio_state_names[fileio->state], fileio_state_names[state]);
	fileio->state = state;
}

static void over(struct fileio *fileio, int error)
{
	fileio_set_state(fileio, FILEIO_FAILED);
	fileio->error = error;
	fileio_fail(fileio->session, error);
	session_wake_queue(fileio->session);
}

static void undone(struct hostlink_call *call, int error)
{
	struct fileio_call *asked = (struct fileio_call *)call;
	struct fileio *fileio = asked->session->fileio;
	bool last = asked->payload.desc->cmd == VIDIOC_REQBUFS;

	(void)error;
	fileio_end_call(fileio, asked);
	if (!last)
		return;
	/* A host that answers in order has answered all others. */
	while (fileio->calls)
		fileio_end_call(fileio, fileio->calls);
	setup_forget(fileio->session, fileio->queue);
	over(fileio, fileio->error);
}

/*
 * __vb2_init_fileio(): what was begun is undone, so that another file can have
 * the node.  STREAMON may be on its way.
 *
 * Return: 0 or -ENOMEM
 */
static int undo(struct fileio *fileio, int error)
{
	uint32_t type = fileio->queue->type;
	struct v4l2_requestbuffers none = {
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret;

	ret = ask(fileio, VIDIOC_STREAMOFF, &type, NULL, undone);
	if (!ret)
		ret = ask(fileio, VIDIOC_REQBUFS, &none, NULL, undone);
	if (ret)
		return ret;
	fileio_set_state(fileio, FILEIO_ENDING);
	fileio->error = error;
	return 0;
}

void fileio_error(struct fileio *fileio, int error)
{
	if (error == HOSTLINK_LIE) {
		session_note_lie(fileio->session, "file I/O");
		session_kill(fileio->session, -EIO);
		return;
	}
	log_warn("session %u: file I/O: %s", session_id(fileio->session),
		 strerror(-error));
	if (fileio->state == FILEIO_STARTING && queue_busy(fileio->queue) &&
	    !undo(fileio, error))
		return;
	over(fileio, error);
}

static void queued(struct hostlink_call *call, int error)
{
	struct fileio_call *asked = (struct fileio_call *)call;
	struct fileio *fileio = asked->session->fileio;
	struct queue_buffer *buffer = asked->buffer;

	fileio_end_call(fileio, asked);
	if (!error || fileio->state == FILEIO_FAILED ||
	    fileio->state == FILEIO_ENDING)
		return;
	queue_unpush(fileio->queue, buffer);
	fileio_error(fileio, error);
}

int fileio_give_back(struct fileio *fileio, struct queue_buffer *buffer,
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

	fileio_end_call(fileio, asked);
	if (fileio->state == FILEIO_ENDING)
		return;
	if (error) {
		fileio_error(fileio, error);
		return;
	}
	fileio->queue->streaming = true;
	if (fileio->state == FILEIO_FAILED)
		return;
	fileio_set_state(fileio, FILEIO_RUNNING);
	fileio_serve(fileio);
	session_wake(fileio->session);
}

static void made(void *data, int error)
{
	struct fileio *fileio = data;
	struct queue *queue = fileio->queue;
	uint32_t type = queue->type;
	unsigned int i;

	queue->fileio = !error;
	for (i = 0; !error && i < queue->count && !queue_is_output(queue); i++)
		error = fileio_give_back(fileio, queue->buffers[i], 0);
	if (!error)
		error = ask(fileio, VIDIOC_STREAMON, &type, NULL, started);
	if (error)
		fileio_error(fileio, error);
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
		session_list_init(&fileio->waiting);
		session->fileio = fileio;
	}
	fileio->queue = queue;
	fileio_set_state(fileio, FILEIO_STARTING);
	fileio->error = 0;
	fileio->fresh = 0;
	fileio->buffer = NULL;
	ret = setup_start(session, queue, FILEIO_BUFFERS, made, fileio);
	if (ret) {
		fileio_set_state(fileio, FILEIO_FAILED);
		fileio->error = ret;
	}
	return ret;
}

int fileio_begin(struct guest_session *session, bool output)
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
		fileio_set_state(fileio, FILEIO_IDLE);
	return true;
}

bool fileio_starting(const struct guest_session *session)
{
	return session->fileio && (session->fileio->state == FILEIO_STARTING ||
				   session->fileio->state == FILEIO_ENDING);
}
