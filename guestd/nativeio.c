// SPDX-License-Identifier: BSD-3-Clause
/*
 * read(), write() and poll() of a node without buffers.
 */
#include "guestd/nativeio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/stats.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)
#define ENDED    (EPOLLERR | EPOLLHUP)

/**
 * struct nativeio - Of one file
 * @waiting:	Calls that were EAGAIN
 * @question:	Is it true?  A POLL that asks for them, @asking as long as it is
 *		under way
 * @pause:	They try again after it
 * @edges:	How many there were: a call that was EAGAIN before the last one
 *		need not wait for another
 */
struct nativeio {
	struct guest_session *session;
	struct session_list waiting;
	struct hostlink_call question;
	bool asking;
	struct loop_timer *pause;
	uint32_t edges;
};

bool nativeio_has(const struct guest_session *session)
{
	return session->profile == PROFILE_NATIVE &&
	       guest_device_io(session->device);
}

static void lied(struct request *request, uint32_t poll)
{
	struct guest_session *session = request->session;

	session_note_lie(session, "IO");
	if (request->kind == REQUEST_POLL)
		request->ops->reply_poll(request, poll);
	else
		request->ops->reply_error(request, -EIO);
	session_kill(session, -EIO);
}

/* ---- calls that wait ---------------------------------------------------------- */

static void send_call(struct request *request)
{
	struct guest_session *session = request->session;

	request_set_state(request, REQUEST_WIRE);
	request->edges = session->nativeio->edges;
	stats_add(STATS_WAITS, 1);
	hostlink_io(session->device->link, &request->call, session);
}

static void try_again(struct nativeio *native)
{
	struct request *request = native->waiting.first;
	struct request *next;

	loop_timer_stop(native->pause);
	session_list_init(&native->waiting);
	for (; request; request = next) {
		next = request->next;
		request->next = NULL;
		send_call(request);
	}
}

static void pause_over(void *data)
{
	try_again(data);
}

static uint32_t wanted(const struct nativeio *native)
{
	const struct request *request;
	uint32_t events = 0;

	for (request = native->waiting.first; request; request = request->next)
		events |= request->kind == REQUEST_WRITE ? WRITABLE : READABLE;
	return events;
}

static void ask(struct nativeio *native);

static void told(struct hostlink_call *call, int error)
{
	struct nativeio *native =
		(struct nativeio *)((char *)call -
				    offsetof(struct nativeio, question));
	struct guest_session *session = native->session;
	uint32_t want = wanted(native);

	native->asking = false;
	if (error == HOSTLINK_LIE) {
		session_note_lie(session, "IO");
		session_kill(session, -EIO);
		return;
	}
	if (!want)
		return;
	/* With an error it is not known: as good as a contradiction. */
	if (error || (call->count & (want | ENDED)))
		loop_timer_set(native->pause, NATIVEIO_PAUSE_NS);
	else if (want & ~call->io.length)
		ask(native);
}

/*
 * Answers are in order: who waits when the answer comes was EAGAIN before the
 * host looked, or was not asked for.
 */
static void ask(struct nativeio *native)
{
	struct guest_session *session = native->session;

	if (native->asking || loop_timer_armed(native->pause))
		return;
	native->asking = true;
	native->question.done = told;
	native->question.io = (struct vms_io){
		.session_id = session_id(session),
		.direction = VMS_IO_POLL,
		.length = wanted(native),
	};
	hostlink_io(session->device->link, &native->question, session);
}

static void wait_for_edge(struct request *request)
{
	struct nativeio *native = request->session->nativeio;

	if (request->edges != native->edges) {
		send_call(request);
		return;
	}
	session_park(&native->waiting, request);
	ask(native);
}

static void call_answered(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);

	if (error == HOSTLINK_LIE)
		lied(request, 0);
	else if (request->session->dead && error)
		request->ops->reply_error(request, request->session->dead);
	else if (error == -EAGAIN && call->cancelled)
		request->ops->reply_error(request, -EINTR);
	else if (error == -EAGAIN && !(request->flags & O_NONBLOCK))
		wait_for_edge(request);
	else if (error)
		request->ops->reply_error(request, error);
	else if (request->kind == REQUEST_READ)
		request->ops->reply_bytes(request, call->bytes, call->count);
	else
		request->ops->reply_count(request, call->count);
}

static int begin(struct guest_session *session)
{
	struct nativeio *native = session->nativeio;
	int ret;

	if (native)
		return 0;
	native = calloc(1, sizeof(*native));
	if (!native)
		return -ENOMEM;
	ret = loop_timer(session->device->loop, pause_over, native,
			 &native->pause);
	if (ret) {
		free(native);
		return ret;
	}
	native->session = session;
	session_list_init(&native->waiting);
	session->nativeio = native;
	return 0;
}

/* The front's bytes may go when this returns, and a write may have to wait. */
static int keep_written(struct request *request, uint32_t len)
{
	request->written = malloc(len);
	if (!request->written)
		return -ENOMEM;
	memcpy(request->written, request->bytes, len);
	request->bytes = NULL;
	return 0;
}

void nativeio_call(struct request *request)
{
	struct guest_session *session = request->session;
	uint32_t len = hostlink_io_max(session->device->link);
	bool write = request->kind == REQUEST_WRITE;
	int ret;

	/*
	 * CUSE splits calls of more than 31 pages only.  Their first piece is
	 * shortened, which ends the call: no piece can follow it.
	 */
	if (!request->len || request->offset) {
		request->ops->reply_count(request, 0);
		return;
	}
	if (len > request->len)
		len = (uint32_t)request->len;
	ret = begin(session);
	if (!ret && write)
		ret = keep_written(request, len);
	if (ret) {
		request->ops->reply_error(request, ret);
		return;
	}
	request->call.done = call_answered;
	request->call.written = request->written;
	request->call.io = (struct vms_io){
		.session_id = session_id(session),
		.direction = write ? VMS_IO_WRITE : VMS_IO_READ,
		.length = len,
	};
	send_call(request);
}

void nativeio_ready(struct guest_session *session)
{
	if (session->nativeio) {
		session->nativeio->edges++;
		try_again(session->nativeio);
	}
	session_wake(session);
}

/* ---- poll ------------------------------------------------------------------------ */

bool nativeio_asks(const struct guest_session *session, uint32_t requested)
{
	return nativeio_has(session) && !session->dead &&
	       (requested & VMS_IO_EVENTS & ~(uint32_t)ENDED);
}

static void poll_answered(struct hostlink_call *call, int error)
{
	struct request *request = request_of(call);
	const struct guest_session *session = request->session;
	uint32_t ready = session->events.pending ? EPOLLPRI : 0;

	if (error == HOSTLINK_LIE)
		lied(request, ENDED | EPOLLPRI);
	else if (session->dead || error == -ENODEV)
		request->ops->reply_poll(request, ENDED | EPOLLPRI);
	else if (error == -EINTR)
		/* By our CANCEL: poll(2) itself sees the signal. */
		request->ops->reply_poll(request, ready);
	else
		request->ops->reply_poll(request, error ? ready | EPOLLERR
							: ready | call->count);
}

void nativeio_poll(struct request *request)
{
	struct guest_session *session = request->session;

	request_set_state(request, REQUEST_WIRE);
	request->call.done = poll_answered;
	request->call.io = (struct vms_io){
		.session_id = session_id(session),
		.direction = VMS_IO_POLL,
		.length = request->requested & VMS_IO_EVENTS,
	};
	stats_add(STATS_WAITS, 1);
	hostlink_io(session->device->link, &request->call, session);
}

/* ---- the end ---------------------------------------------------------------------- */

void nativeio_end(struct request *request, int error)
{
	struct nativeio *native = request->session->nativeio;

	if (native)
		session_fail_parked(&native->waiting, request, error);
}

void nativeio_destroy(struct guest_session *session, int error)
{
	struct nativeio *native = session->nativeio;

	if (!native)
		return;
	session_fail_all_parked(&native->waiting, error);
	hostlink_orphan(&native->question);
	loop_timer_destroy(native->pause);
	free(native);
	session->nativeio = NULL;
}
