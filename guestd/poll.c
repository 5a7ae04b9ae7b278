// SPDX-License-Identifier: BSD-3-Clause
/*
 * What poll() says.
 */
#include "guestd/poll.h"

#include <stddef.h>
#include <sys/epoll.h>

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)

bool poll_asks(bool output, uint32_t requested)
{
	return requested & (output ? WRITABLE : READABLE);
}

uint32_t poll_queue(const struct queue *queue, bool output, uint32_t requested,
		    bool fileio, bool *start)
{
	uint32_t ready = output ? WRITABLE : READABLE;

	*start = false;
	if (!poll_asks(output, requested))
		return 0;
	if (!queue || !queue_busy(queue)) {
		if (!fileio)
			return EPOLLERR;
		*start = true;
		return output ? ready : 0;
	}
	/* Another file starts it, which under vb2's lock takes no time. */
	if (queue->fileio && !queue->streaming)
		return output ? ready : 0;
	if (!queue->streaming || queue->error)
		return EPOLLERR;
	if (!output && !queue->armed)
		return EPOLLERR;
	if (output && queue->fileio && queue->queued < queue->count)
		return ready;
	if (queue->done)
		return ready;
	return !output && queue->last ? ready : 0;
}

static bool runs(const struct queue *queue)
{
	return queue->streaming && !queue->error;
}

/* vb2's queued_list: whatever was queued and has not been dequeued */
static bool has_queued(const struct queue *queue)
{
	return queue->queued || queue->done;
}

uint32_t poll_m2m(const struct queue *output, const struct queue *capture,
		  uint32_t requested)
{
	uint32_t ready = 0;

	if (!(requested & (READABLE | WRITABLE)))
		return 0;
	if ((!runs(output) || !has_queued(output)) &&
	    (!runs(capture) || (!has_queued(capture) && !capture->last)))
		return EPOLLERR;
	if (output->done)
		ready |= WRITABLE;
	if (capture->done || capture->last)
		ready |= READABLE;
	return ready;
}
