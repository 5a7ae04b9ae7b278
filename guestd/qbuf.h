/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * QBUF and PREPARE_BUF: vb2's rules, contents for the host, then the host.
 */
#ifndef GUESTD_QBUF_H
#define GUESTD_QBUF_H

#include "guestd/session_state.h"

/** qbuf_run() - An application's QBUF or PREPARE_BUF; answers the request */
void qbuf_run(struct request *request);

/**
 * qbuf_refused() - Answer QBUF, PREPARE_BUF or DQBUF if the file has no buffers of
 * that type
 *
 * As the host would, which is asked.  v4l2-ioctl.c looks whether the node has
 * queues of that type (check_fmt()): EINVAL.  Then vb2 looks who has the queue:
 * EBUSY, also if it is another guest or a program of the host.  Then it looks at
 * the type that it is of, and for buffers: EINVAL.
 *
 * Return: whether that is so; if not, nothing was done
 */
bool qbuf_refused(struct request *request);

/**
 * qbuf_contents() - Send an output buffer's contents ahead of its QBUF
 * @used:	Bytes per plane; 0: the whole plane (videodev2.h, bytesused)
 * @takes_empty: 0 is nothing
 *
 * Return: 0 or a negative errno
 */
int qbuf_contents(struct guest_session *session,
		  const struct queue_buffer *buffer, const uint32_t *used,
		  bool takes_empty);

#endif
