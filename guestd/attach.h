/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ATTACH of common/shim.h: an application whose program has the shim.
 *
 * Its open file is of profile stream from then on, and the memory helper knows
 * the file's token and each MMAP buffer of it.
 */
#ifndef GUESTD_ATTACH_H
#define GUESTD_ATTACH_H

#include "common/shim.h"
#include "guestd/session_state.h"

/** attach_is() - Is it that ioctl?  32-bit programs have the same */
static inline bool attach_is(uint32_t cmd)
{
	return cmd == SHIM_IOCTL_ATTACH;
}

/**
 * attach_run() - Answer it
 *
 * ENOTTY on a node without buffers, or without a socket for the shim; EBUSY, and
 * nothing has changed, while read() or write() of this file has the queue and the
 * host's device has no such calls.  The token stays the same for the life of the
 * open file.
 */
void attach_run(struct request *request);

/**
 * attach_plane() - The helper shall know this plane, if the shim may map it
 *
 * Return: 0, also if it may not; -ENOMEM
 */
int attach_plane(struct guest_session *session, const struct queue *queue,
		 const struct queue_buffer *buffer, unsigned int plane);

/** attach_shows() - Are buffers of this queue for the shim? */
static inline bool attach_shows(const struct guest_session *session,
				const struct queue *queue)
{
	return session->attached && queue->memory == V4L2_MEMORY_MMAP &&
	       !queue->fileio;
}

#endif
