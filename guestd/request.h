/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One call of an application: what it wants, and how the front is told.
 *
 * A call takes several steps (fetch the argument, the array behind it, which
 * controls carry payload, that payload; ask the host; store; reply or wait), so
 * it is an object that each step hands on.  The front - CUSE, or a test -
 * allocates it, and it is over when exactly one reply_*() was called.
 *
 * Who holds it, and what an interrupt means:
 *
 *	FETCH	the front, copying from the application: nothing has happened yet
 *	WIRE	the host: it may have happened
 *	PARKED	a list of the session: waits for a buffer, an event
 *	STORE	the front, copying to the application: it has happened
 *
 * It may skip some, but never goes back; only a read() or write() that has waited
 * on a node without buffers asks the host again.
 */
#ifndef GUESTD_REQUEST_H
#define GUESTD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/payload.h"
#include "common/plane_set.h"
#include "guestd/caller.h"
#include "guestd/hostlink.h"
#include "guestd/memory.h"

struct compat32;
struct guest_session;
struct queue_buffer;
struct request;

enum request_kind {
	REQUEST_OPEN,
	REQUEST_RELEASE,
	REQUEST_IOCTL,
	REQUEST_READ,
	REQUEST_WRITE,
	REQUEST_POLL,
};

enum request_state {
	REQUEST_FETCH,
	REQUEST_WIRE,
	REQUEST_PARKED,
	REQUEST_STORE,
	REQUEST_STATE_COUNT,
};

/**
 * struct request_ops - What a front does
 * @reply_open:	Open succeeded; the front keeps @session with the file
 * @reply_error: Any call failed; @error is a negative errno
 * @reply_ioctl: @result is 0 or a negative errno; @arg may be NULL
 * @reply_bytes: read() got these
 * @reply_count: write() took so many
 * @reply_poll:	EPOLL* that are true
 * @reply_restart: An ioctl that was interrupted before anything happened: the
 *		kernel restarts it or gives EINTR, as SA_RESTART wants
 * @reply_done:	Release is done
 * @fetch:	Fill extents from the application.  Return: 1 if they are filled
 *		now; 0 if @done will be called, or the call will be made
 *		again from the start and this request is gone; -EFAULT
 * @store:	Copy extents to the application.  Return: 1 if it is done, or
 *		will be with the reply; 0 if @done will be called; -EFAULT
 * @withdraw:	Give up a fetch or store that is under way; @done is not called
 * @wake:	Poll state of a file may have changed: applications look again.
 *		Called for edges only
 *
 * All are mandatory.  A reply frees the request.
 */
struct request_ops {
	void (*reply_open)(struct request *request,
			   struct guest_session *session);
	void (*reply_error)(struct request *request, int error);
	void (*reply_ioctl)(struct request *request, int result,
			    const void *arg, size_t len);
	void (*reply_bytes)(struct request *request, const void *bytes,
			    size_t len);
	void (*reply_count)(struct request *request, size_t count);
	void (*reply_poll)(struct request *request, uint32_t ready);
	void (*reply_restart)(struct request *request);
	void (*reply_done)(struct request *request);
	int (*fetch)(struct request *request,
		     const struct payload_extent *extents, unsigned int count,
		     void (*done)(struct request *request, int result));
	int (*store)(struct request *request,
		     const struct payload_extent *extents, unsigned int count,
		     void (*done)(struct request *request, int result));
	void (*withdraw)(struct request *request);
	void (*wake)(void *file);
};

/**
 * struct request - One call
 * @ops:	The front
 * @kind:	Which call
 * @session:	Which open file; NULL for open
 * @caller:	Who calls
 * @flags:	O_* of the file: at open, or as read() and write() tell them
 * @state:	Who holds it; set by request_set_state() only
 * @bytes:	write(): what was written, @len bytes; valid until the reply;
 *		NULL: nobody needs it any more
 * @len:	read(), write(): bytes
 * @requested:	poll(): EPOLL* that are asked for
 * @offset:	read(), write(): of this piece in its system call; 0 begins one
 * @call:	What is asked of the host
 * @answered:	What comes after its answer, unless the session has died
 * @job:	What is asked of the memory helper
 * @question:	What is asked about the caller
 * @next:	In a list of parked requests
 * @step:	What comes after the current step
 * @interrupted: A signal has come for the caller
 * @interrupted_ns: When
 * @result:	Result that is being stored, or of a step
 * @control:	QUERYCTRL, QUERY_EXT_CTRL: what the application asks for
 * @field:	QBUF: as queue_habit_asked()
 * @memory:	REQBUFS, CREATE_BUFS: memory type of the application
 * @pushes:	STREAMOFF: of the queue, when it was sent
 * @waits:	DQBUF: it is the one that queue->waiting stands for
 * @plane:	Next plane to be copied, or fetched
 * @buffer:	Buffer that it is about, see session_set_buffer()
 * @buffer_number: That one's
 * @stored:	Extents that are being stored
 * @fault:	Of those, or of those to be fetched, the next that may not be there
 * @query:	Another ioctl that has to be asked first, or instead
 * @written:	write() of a node without buffers: what goes to the host
 * @edges:	The same, and read(): nativeio's count when it was sent
 * @compat:	A 32-bit program's, whose argument has another layout: what
 *		stands between the front and the session; NULL: nothing
 * @planes:	QBUF, PREPARE_BUF: memory of the application's own, fetched
 * @imported_len: Bytes of each
 * @payload:	ioctl: argument and what it points to
 */
struct request {
	const struct request_ops *ops;
	enum request_kind kind;
	struct guest_session *session;
	struct memory_caller caller;
	int flags;
	enum request_state state;
	const void *bytes;
	size_t len;
	uint32_t requested;
	uint64_t offset;
	struct hostlink_call call;
	void (*answered)(struct hostlink_call *call, int error);
	struct memory_job job;
	struct caller_question question;
	struct request *next;
	void (*step)(struct request *request);
	bool interrupted;
	uint64_t interrupted_ns;
	int result;
	uint32_t control;
	uint32_t field;
	uint32_t memory;
	uint64_t pushes;
	bool waits;
	unsigned int plane;
	struct queue_buffer *buffer;
	uint64_t buffer_number;
	unsigned int stored;
	unsigned int fault;
	struct payload *query;
	void *written;
	uint32_t edges;
	struct compat32 *compat;
	struct plane_set planes;
	uint32_t imported_len[VIDEO_MAX_PLANES];
	struct payload payload;
};

/**
 * request_init() - A call that nothing is known of, in any memory
 *
 * All of it is zero up to @planes, which is empty as @payload is: those have room for
 * much more than most calls need.
 */
void request_init(struct request *request);

/** request_of_job() - The request whose @job it is */
struct request *request_of_job(struct memory_job *job);

/** request_set_state() - Somebody else holds it, or still does */
void request_set_state(struct request *request, enum request_state state);

/**
 * request_finish() - Let go of everything a request holds, before a front frees
 * it
 */
void request_finish(struct request *request);

#endif
