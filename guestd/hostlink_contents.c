// SPDX-License-Identifier: BSD-3-Clause
/*
 * Contents of output buffers, and how much of them may wait.
 *
 * A host that reads nothing, and says that it has, would have us keep ever more: what
 * programs have mapped stays until it is sent, although they and their buffers have gone,
 * and each QBUF leaves a frame.  What programs hold themselves is theirs to limit.
 */
#include <errno.h>

#include "common/log.h"
#include "guestd/hostlink_parts.h"

/* With what is still held: a slow host of 32 pictures of 4K has 530 MB of them. */
#define UNSENT_BYTES_MAX ((size_t)1 << 30)
/* Twice the planes of all buffers that 64 sessions have of 32 */
#define UNSENT_FRAMES_MAX 32768u

static void too_much(struct hostlink *link)
{
	if (link->unread)
		return;
	link->unread = true;
	log_err("host: it does not read what programs write: the connection "
		"ends");
	channel_goaway(link->channel, ENOBUFS, VMS_GOAWAY_SHUTDOWN);
}

int hostlink_contents(struct hostlink *link, const void *key, const void *bytes,
		      size_t len, uint64_t addr, uint32_t generation,
		      void (*done)(void *data), void *data)
{
	if (!link->channel || link->over)
		return -ENODEV;
	if (channel_waiting(link->channel) >= UNSENT_FRAMES_MAX) {
		too_much(link);
		return -ENOBUFS;
	}
	return channel_send_data(link->channel, key, bytes, len, addr,
				 generation, done, data);
}

void hostlink_abandon(struct hostlink *link)
{
	if (link->channel && !link->over &&
	    channel_queued(link->channel) > UNSENT_BYTES_MAX)
		too_much(link);
}

void hostlink_forget(struct hostlink *link, const void *bytes, size_t len)
{
	if (link->channel)
		channel_forget_data(link->channel, bytes, len);
}
