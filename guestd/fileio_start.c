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
#include "guestd/planes.h"
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

static struct fileio_call *begin_call(struct fileio *fileio,
				      void (*done)(struct hostlink_call *call,
						   int error))
{
	struct fileio_call *begun = calloc(1, sizeof(*begun));

	if (!begun)
		return NULL;
	begun->session = fileio->session;
	begun->call.done = done;
	begun->next = fileio->calls;
	fileio->calls = begun;
	return begun;
}

static int ask(struct fileio *fileio, uint32_t cmd, const void *arg,
	       void (*done)(struct hostlink_call *call, int error))
{
	struct fileio_call *asked = begin_call(fileio, done);

	if (!asked)
		return -ENOMEM;
	payload_init(&asked->payload, ioctl_lookup(cmd), arg);
	session_ask(fileio->session, &asked->call, &asked->payload);
	return 0;
}

/* vb2 has the time of a write() where the driver copies times. */
static struct timeval time_of_writing(const struct fileio *fileio)
{
	uint64_t now = loop_now(fileio->session->device->loop);

	return (struct timeval){
		.tv_sec = (time_t)(now / (1000 * LOOP_MS)),
		.tv_usec = (suseconds_t)(now % (1000 * LOOP_MS) / 1000),
	};
}

static int ask_qbuf(struct fileio *fileio, struct queue_buffer *buffer,
		    size_t used,
		    void (*done)(struct hostlink_call *call, int error))
{
	struct fileio_call *asked = begin_call(fileio, done);
	struct v4l2_buffer *arg;
	struct v4l2_plane *planes;

	if (!asked)
		return -ENOMEM;
	if (setup_buffer(&asked->payload, VIDIOC_QBUF, fileio->queue->type,
			 buffer->index)) {
		fileio_end_call(fileio, asked);
		return -ENOMEM;
	}
	asked->buffer = buffer;
	arg = &asked->payload.arg.buffer;
	planes = payload_planes(&asked->payload);
	if (planes)
		planes[0].bytesused = (uint32_t)used;
	else
		arg->bytesused = (uint32_t)used;
	if (fileio->output)
		arg->timestamp = time_of_writing(fileio);
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
	planes_forget(fileio->session, fileio->queue);
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

	ret = ask(fileio, VIDIOC_STREAMOFF, &type, undone);
	if (!ret)
		ret = ask(fileio, VIDIOC_REQBUFS, &none, undone);
	if (ret)
		return ret;
	fileio_set_state(fileio, FILEIO_ENDING);
	fileio->error = error;
	return 0;
}

static void log_error(struct fileio *fileio, int error)
{
	uint64_t *word = &fileio->logged[-error / 64];
	uint64_t bit = 1ull << -error % 64;

	if (!(*word & bit))
		log_line(guest_device_level(fileio->session->device,
					    DEVICE_NOTICE_FILEIO,
					    LOG_LEVEL_WARN),
			 "session %u: file I/O: %s",
			 session_id(fileio->session), strerror(-error));
	*word |= bit;
}

void fileio_error(struct fileio *fileio, int error)
{
	if (error == HOSTLINK_LIE) {
		session_note_lie(fileio->session, "file I/O");
		session_kill(fileio->session, -EIO);
		return;
	}
	log_error(fileio, error);
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
	uint32_t plane_used[VIDEO_MAX_PLANES] = { (uint32_t)used };
	int ret = 0;

	if (fileio->output)
		ret = qbuf_contents(fileio->session, buffer, plane_used, false);
	if (!ret)
		ret = ask_qbuf(fileio, buffer, used, queued);
	if (!ret)
		queue_push(fileio->queue, buffer);
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

static int start_queue(struct fileio *fileio)
{
	struct queue *queue = fileio->queue;
	uint32_t type = queue->type;
	unsigned int i;
	int ret = 0;

	/* Neither has vb2 file I/O of several planes (__vb2_init_fileio()). */
	if (queue->buffers[0]->plane_count != 1)
		return -EBUSY;
	for (i = 0; !ret && i < queue->count && !fileio->output; i++)
		ret = fileio_give_back(fileio, queue->buffers[i], 0);
	if (!ret)
		ret = ask(fileio, VIDIOC_STREAMON, &type, started);
	return ret;
}

static uint32_t nth_type(const struct fileio *fileio, unsigned int nth)
{
	return profile_io_type(session_caps(fileio->session), fileio->output,
			       nth);
}

static int make_buffers(struct fileio *fileio, unsigned int nth);

static void made(void *data, int error)
{
	struct fileio *fileio = data;

	if (error) {
		fileio->queue->fileio = false;
		/* Is it of the other type now? */
		if (error == -EINVAL && !fileio->session->dead &&
		    nth_type(fileio, fileio->nth + 1) &&
		    !make_buffers(fileio, fileio->nth + 1))
			return;
	} else {
		error = start_queue(fileio);
	}
	if (error)
		fileio_error(fileio, error);
}

static int make_buffers(struct fileio *fileio, unsigned int nth)
{
	struct guest_session *session = fileio->session;
	int ret;

	fileio->nth = nth;
	fileio->queue = session_queue(session, nth_type(fileio, nth));
	ret = setup_start(session, fileio->queue, FILEIO_BUFFERS, made, fileio);
	fileio->queue->fileio = !ret;
	return ret;
}

/* A node has one queue, whatever types it can be of. */
static bool has_buffers(const struct guest_session *session)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		const struct queue *queue = &session->queues[type];

		if (queue_busy(queue) || queue->setup || queue->making)
			return true;
	}
	return false;
}

static int fileio_start(struct guest_session *session, bool output)
{
	struct fileio *fileio = session->fileio;
	int ret;

	if (guest_device_busy(session->device, &session->member) ||
	    has_buffers(session))
		return -EBUSY;
	if (!fileio) {
		fileio = calloc(1, sizeof(*fileio));
		if (!fileio)
			return -ENOMEM;
		fileio->session = session;
		session_list_init(&fileio->waiting);
		session->fileio = fileio;
	}
	fileio_set_state(fileio, FILEIO_STARTING);
	fileio->output = output;
	fileio->error = 0;
	fileio->fresh = 0;
	fileio->buffer = NULL;
	ret = make_buffers(fileio, 0);
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
	if (!profile_io_type(session_caps(session), output, 0))
		return -EINVAL;
	if (!fileio || fileio->state == FILEIO_IDLE ||
	    (fileio->state == FILEIO_FAILED && !queue_busy(fileio->queue)))
		return fileio_start(session, output);
	if (fileio->state == FILEIO_FAILED)
		return fileio->error;
	/* vb2 has one direction per file. */
	return fileio->output == output ? 0 : -EBUSY;
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
