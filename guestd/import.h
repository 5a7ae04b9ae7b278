/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application's own dma-bufs as buffers.
 *
 * An application names its memory by a descriptor.  The memory helper fetches what
 * that stands for, anew for each QBUF, for it may be something else by then, and
 * the host gets it with the QBUF.  No byte of it is copied.  What applications see
 * is their own descriptor, which is only a number here.
 */
#ifndef GUESTD_IMPORT_H
#define GUESTD_IMPORT_H

#include "guestd/session_state.h"

/* Descriptors that all calls under way may have. */
#define IMPORT_MAX 256

/**
 * import_queue() - Before QBUF or PREPARE_BUF goes to the host
 * @request:	Its payload has the application's descriptors; request->buffer is
 *		the buffer
 * @step:	Comes next, with request->result 0 and request->planes; or -EINVAL
 *		if one is no memory that can be shared, or too short; -EFAULT if it
 *		is shorter than it is said to be, or nobody may look; -ENOMEM
 */
void import_queue(struct request *request,
		  void (*step)(struct request *request));

#endif
