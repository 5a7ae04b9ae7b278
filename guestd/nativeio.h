/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read(), write() and poll() of a node without buffers, such as a radio with RDS:
 * they are the host's driver's own.
 *
 * A call of an application is one IO to the host, which does not wait.  If the
 * answer is EAGAIN and the application does wait, it waits here, where a signal
 * can end it: nothing of it is with the host then, and so nothing can be lost.
 * What makes it try again is
 *
 *	an edge: the host says that its driver has woken those who poll;
 *	a pause, where the host's poll() says that there is something although
 *	read() has just said that there is not: vivid's radio says so always.
 *
 * poll() asks the host each time, for only the driver knows, and polling may be
 * what makes it begin to receive (si470x, ivtv).  Edges wake those who poll here.
 *
 * The host is hostile: what it answers fits what was asked (wire_get_io_resp()),
 * or the session is over; and one that never has anything keeps a caller waiting,
 * but not from being killed.
 */
#ifndef GUESTD_NATIVEIO_H
#define GUESTD_NATIVEIO_H

#include "guestd/session_state.h"

/* The pause: as long as the driver's own (vivid_radio_rx_read()). */
#define NATIVEIO_PAUSE_NS (20 * LOOP_MS)

/** nativeio_has() - Are read() and write() of this file the host's? */
bool nativeio_has(const struct guest_session *session);

/**
 * nativeio_call() - A read() or write(); answers the request, now or later
 *
 * It may be shortened, to hostlink_io_max(), as read(2) and write(2) may.
 */
void nativeio_call(struct request *request);

/** nativeio_asks() - Is there anything that only the host knows in a poll()? */
bool nativeio_asks(const struct guest_session *session, uint32_t requested);

/** nativeio_poll() - A poll() for which nativeio_asks() */
void nativeio_poll(struct request *request);

/** nativeio_ready() - An edge */
void nativeio_ready(struct guest_session *session);

/** nativeio_end() - A parked call fails with @error; others do not */
void nativeio_end(struct request *request, int error);

/** nativeio_destroy() - The session is over: parked calls get @error */
void nativeio_destroy(struct guest_session *session, int error);

#endif
