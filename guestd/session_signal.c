// SPDX-License-Identifier: BSD-3-Clause
/*
 * Signals.
 *
 * The kernel says FUSE_INTERRUPT once and goes on waiting for the answer, so
 * whoever is not answered at once is looked after: a caller that is being killed
 * must not hang on a host that says nothing.  It says it for SIGSTOP too, which
 * interrupts nothing that a program can see: what it was is asked first, and
 * while a caller is only stopped its call goes on.  See request.h for what may be
 * done in which state.
 */
#include "guestd/session.h"

#include <errno.h>

#include "common/log.h"
#include "guestd/dqbuf.h"
#include "guestd/setup.h"

static void give_up(struct request *request, int error)
{
	struct guest_session *session = request->session;

	log_line(guest_device_level(session->device, DEVICE_NOTICE_GIVEN_UP,
				    LOG_LEVEL_INFO),
		 "session %u: a call was given up", session_id(session));
	setup_orphan(session, request);
	request->ops->reply_error(request, error);
	session_kill(session, -ENODEV);
}

/* An open that is given up: if the host opens it after all, it is closed. */
static void give_up_open(struct request *request)
{
	struct guest_session *session = request->session;

	request->session = NULL;
	request->ops->reply_error(request, -EINTR);
	session_free(session);
}

static void signalled(void *data, int signals)
{
	struct request *request = data;
	struct loop *loop = request->session->device->loop;
	bool impatient =
		loop_now(loop) - request->interrupted_ns >= SESSION_PATIENCE_NS;

	if (!signals)
		return;
	if (request->kind == REQUEST_OPEN) {
		give_up_open(request);
		return;
	}
	if (request->state == REQUEST_PARKED) {
		session_give_up(request, -EINTR);
		return;
	}
	if (request->state == REQUEST_WIRE)
		hostlink_cancel(&request->call);
	if (signals != CALLER_GIVE_UP && !impatient)
		return;
	if (request->state == REQUEST_STORE) {
		request->ops->withdraw(request);
		request->ops->reply_error(request, -EFAULT);
		return;
	}
	give_up(request, -EINTR);
}

static void watch_signals(struct request *request)
{
	struct guest_device *device = request->session->device;

	caller_signals(&request->question, device->loop, device->memory,
		       &request->caller, signalled, request);
}

/* Nothing has left guestd: the kernel may run the call again. */
static void restart(struct request *request)
{
	request->ops->withdraw(request);
	request->ops->reply_restart(request);
}

void session_interrupt(struct request *request)
{
	if (request->interrupted || request->kind == REQUEST_RELEASE ||
	    !request->session)
		return;
	request->interrupted = true;
	request->interrupted_ns = loop_now(request->session->device->loop);
	switch (request->state) {
	case REQUEST_FETCH:
		restart(request);
		return;
	case REQUEST_PARKED:
		if (!dqbuf_interrupt(request))
			watch_signals(request);
		return;
	case REQUEST_WIRE:
	case REQUEST_STORE:
		watch_signals(request);
		return;
	case REQUEST_STATE_COUNT:
		return;
	}
}
