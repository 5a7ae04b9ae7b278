/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What poll() says: vb2_core_poll() and v4l2_m2m_poll(), on the shadow queues.
 * Pure functions.
 */
#ifndef GUESTD_POLL_H
#define GUESTD_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "guestd/queue.h"

/** poll_asks() - Is anything of a queue asked for?  Else nothing of it is said */
bool poll_asks(bool output, uint32_t requested);

/**
 * poll_queue() - A node with one queue (videobuf2-core.c, vb2_core_poll)
 * @queue:	The node's queue, whoever owns it; NULL: it has no buffers
 * @output:	Its direction
 * @requested:	EPOLL* that the application waits for
 * @fileio:	read() or write() is possible on this file
 * @start:	Set if file I/O has to be started now: the answer is the one for
 *		now, and the application is woken when that is done
 *
 * Return: EPOLL*
 */
uint32_t poll_queue(const struct queue *queue, bool output, uint32_t requested,
		    bool fileio, bool *start);

/** poll_m2m() - A memory-to-memory file (v4l2-mem2mem.c, v4l2_m2m_poll) */
uint32_t poll_m2m(const struct queue *output, const struct queue *capture,
		  uint32_t requested);

#endif
