/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read() and write() as vb2 has them (videobuf2-core.c, __vb2_init_fileio and
 * __vb2_perform_fileio), run by guestd on MMAP buffers of the session.
 *
 * The first read(), write() or poll() starts it; it ends with close().  One
 * read() never returns more than one buffer; a short one leaves the rest for the
 * next; write() gathers until a buffer is full.  CUSE splits a call into pieces:
 * offset 0 begins one.
 *
 * vb2 can also end with the first buffer or queue one that is not full, but no
 * driver of 6.1 wants that (fileio_read_once, fileio_write_immediately).
 */
#ifndef GUESTD_FILEIO_H
#define GUESTD_FILEIO_H

#include "guestd/session_state.h"

#define FILEIO_BUFFERS 4

/** fileio_call() - A piece of a read() or write(); answers it, now or later */
void fileio_call(struct request *request);

/**
 * fileio_poll() - Somebody polls a file that could read or write: start
 *
 * session_wake() when that is done or has failed.
 */
void fileio_poll(struct guest_session *session, bool output);

/**
 * fileio_failed() - Did it fail?  poll() says ERR then
 *
 * A start that failed is reported once: the next poll() tries again, as vb2's.
 */
bool fileio_failed(struct guest_session *session);

/** fileio_starting() - Are its buffers being made? */
bool fileio_starting(const struct guest_session *session);

/** fileio_wake() - A buffer is finished */
void fileio_wake(struct guest_session *session);

/** fileio_end() - A parked read() or write() fails with @error; others do not */
void fileio_end(struct request *request, int error);

/** fileio_fail() - Everybody who waits fails with @error */
void fileio_fail(struct guest_session *session, int error);

/** fileio_break() - Its stream is over: every call is @error until close() */
void fileio_break(struct guest_session *session, int error);

/** fileio_destroy() - The session is over */
void fileio_destroy(struct guest_session *session);

#endif
