/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One open file of the node: what the front calls.
 *
 * Everything is answered through the request's ops, now or later.
 */
#ifndef GUESTD_SESSION_H
#define GUESTD_SESSION_H

#include "guestd/session_state.h"

/**
 * session_open() - open(2)
 * @choice:	--profile
 * @file:	The front's file, for ops->wake()
 *
 * Ends in reply_open() or reply_error(): -ENODEV without a connection.
 */
void session_open(struct guest_device *device, struct request *request,
		  enum profile_choice choice, void *file);

/**
 * session_release() - Last close(2): frees the session
 *
 * Answered when the host has closed its file, so that nobody is told EBUSY by
 * an open that follows; after 1 s at the latest, at once without a connection.
 * A host that takes longer closes it all the same, and its answer is expected:
 * a busy machine may need more to stop a USB camera.
 */
void session_release(struct guest_session *session, struct request *request);
#define SESSION_RELEASE_NS (1000 * LOOP_MS)

/**
 * session_discard() - The application has given up its open(2) in the moment in
 * which it succeeded: nobody will release it
 */
void session_discard(struct guest_session *session);

/**
 * session_ioctl() - ioctl(2)
 * @cmd:	Its number in 64-bit programs; caller.cmd is what the caller said
 * @arg:	Its argument, or NULL if the device does not read it
 */
void session_ioctl(struct guest_session *session, struct request *request,
		   uint32_t cmd, const void *arg);

/**
 * session_give_up() - The front cannot keep a read() or write() that waits
 * @error:	What it gets
 *
 * Nothing has happened yet, and nothing of it will.
 */
void session_give_up(struct request *request, int error);

/** session_io() - A piece of read(2) or write(2), as request->kind says */
void session_io(struct guest_session *session, struct request *request);

/**
 * session_poll_asks() - Has the host to be asked what poll() says?
 *
 * Then the call is for session_poll_host(), else for session_poll().
 */
bool session_poll_asks(const struct guest_session *session, uint32_t requested);

/** session_poll_host() - As session_poll(), with a @request of kind POLL */
void session_poll_host(struct guest_session *session, struct request *request);

/**
 * session_poll() - poll(2), select(2), epoll(7)
 * @requested:	EPOLL*
 *
 * Return: EPOLL* that are true now; ops->wake() follows when that changes
 */
uint32_t session_poll(struct guest_session *session, uint32_t requested);

/**
 * session_interrupt() - A signal has come for the caller of @request
 *
 * Nothing has happened yet: the call is restarted by the kernel.  It is with the
 * host: CANCEL, and wait; the session is given up if SIGKILL is pending, or
 * another signal and no answer for 2 s.  read() and write() that wait: EINTR,
 * unless it is only a stop signal.
 */
void session_interrupt(struct request *request);
#define SESSION_PATIENCE_NS (2000 * LOOP_MS)

#endif
