/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application's own memory as buffers.
 *
 * The host has MMAP buffers; here the application's addresses are remembered at
 * QBUF and contents are copied by the memory helper: into its memory when it
 * dequeues a capture buffer, out of it when it queues an output buffer.  Only
 * the process that queued a buffer gets its contents written: natively its pages
 * are pinned, and in another process that address is something else.
 */
#ifndef GUESTD_USERPTR_H
#define GUESTD_USERPTR_H

#include "guestd/session_state.h"

/**
 * userptr_queue() - Before QBUF or PREPARE_BUF goes to the host
 * @request:	Its payload has the application's addresses; request->buffer is
 *		the buffer
 * @step:	Comes next, with request->result 0, -EINVAL if a plane is too
 *		short, or -EFAULT
 *
 * Capture: are the pages there?  Output: fetch the contents.
 */
void userptr_queue(struct request *request,
		   void (*step)(struct request *request));

/**
 * userptr_dequeue() - Before a finished buffer is shown
 * @step:	Comes next, with request->result 0, or -EFAULT or -ESRCH if the
 *		contents did not arrive: it is shown with the error flag, empty
 */
void userptr_dequeue(struct request *request,
		     void (*step)(struct request *request));

#endif
