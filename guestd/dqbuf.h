/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DQBUF and DQEVENT: what is there at once, who waits for what is not.
 *
 * The kernel does not tell a CUSE server whether the file is O_NONBLOCK now.  So
 * a call that would have to wait is parked first, and then the helper looks.
 */
#ifndef GUESTD_DQBUF_H
#define GUESTD_DQBUF_H

#include "guestd/session_state.h"

/** dqbuf_run() - An application's DQBUF; answers the request, now or later */
void dqbuf_run(struct request *request);

/** dqbuf_event() - An application's DQEVENT */
void dqbuf_event(struct request *request);

/** dqbuf_wake() - A buffer is finished: the first who waits for it gets it */
void dqbuf_wake(struct guest_session *session, struct queue *queue);

/** dqbuf_wake_event() - An event is there */
void dqbuf_wake_event(struct guest_session *session);

/** dqbuf_fail() - Everybody who waits for @queue (NULL: for anything) fails */
void dqbuf_fail(struct guest_session *session, struct queue *queue, int error);

/**
 * dqbuf_interrupt() - A signal for a parked DQBUF or DQEVENT
 *
 * Return: whether it was one
 */
bool dqbuf_interrupt(struct request *request);

#endif
