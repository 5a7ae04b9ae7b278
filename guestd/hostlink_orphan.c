// SPDX-License-Identifier: BSD-3-Clause
/*
 * Calls that nobody waits for, from the start or any more.
 *
 * One whose caller has left keeps its slot, without the call, until the host has
 * answered: that answer finds an orphan.  What the host makes or keeps for nobody
 * goes away again.
 */
#include <errno.h>
#include <stdlib.h>

#include "guestd/hostlink_parts.h"

/* ---- of the link's own ----------------------------------------------------- */

static void free_call(struct hostlink_call *call, int error)
{
	(void)error;
	free(call);
}

bool hostlink_own(const struct hostlink_call *call)
{
	return call->done == free_call;
}

struct hostlink_call *hostlink_own_call(void)
{
	struct hostlink_call *call = calloc(1, sizeof(*call));

	if (call)
		call->done = free_call;
	return call;
}

/* ---- orphans ------------------------------------------------------------- */

/* Return: whether it was in this list */
static bool forget_in(struct hostlink_call **at,
		      const struct hostlink_call *call)
{
	while (*at && *at != call)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = call->next;
	return true;
}

/*
 * A CLOSE whose session nobody can use any more is sent all the same, or the
 * host's file stays open for as long as the connection lives.
 *
 * Return: whether @call was a CLOSE that waits; one of our own has its place
 */
static bool replace_close(struct hostlink *link, struct hostlink_call *call)
{
	struct hostlink_call **at = &link->waiting;
	struct hostlink_call *own;

	while (*at && *at != call)
		at = &(*at)->next;
	if (!*at || call->cmd != VIRTIO_MEDIA_CMD_CLOSE)
		return false;
	own = hostlink_own_call();
	if (!own)
		return false;
	own->link = link;
	own->cmd = call->cmd;
	own->session_id = call->session_id;
	own->key = call->key;
	own->next = call->next;
	*at = own;
	if (link->waiting_last == &call->next)
		link->waiting_last = &own->next;
	return true;
}

static void forget_waiting(struct hostlink *link, struct hostlink_call *call)
{
	struct hostlink_call **last = &link->waiting;

	if (replace_close(link, call))
		return;
	if (forget_in(&link->held, call)) {
		hostlink_close(link, NULL, call->session_id, NULL);
		return;
	}
	if (!forget_in(&link->waiting, call)) {
		forget_in(&link->refused, call);
		return;
	}
	while (*last)
		last = &(*last)->next;
	link->waiting_last = last;
	if (call->cmd == VIRTIO_MEDIA_CMD_OPEN)
		hostlink_clock_close(link);
}

void hostlink_orphan(struct hostlink_call *call)
{
	struct hostlink *link = call->link;

	if (!link)
		return;
	if (call->tag)
		link->slots[call->tag & (SLOT_COUNT - 1)].call = NULL;
	else
		forget_waiting(link, call);
	call->link = NULL;
}

void hostlink_undo_orphan(struct hostlink *link, uint32_t cmd,
			  const struct channel_frame *frame)
{
	struct wire_reader reader;
	uint32_t status;

	wire_reader_init(&reader, frame->section, frame->header.slen);
	status = wire_get_u32(&reader);
	wire_get_u32(&reader);
	if (reader.failed || status) {
		if (cmd == VIRTIO_MEDIA_CMD_OPEN)
			hostlink_clock_close(link);
		return;
	}
	if (cmd == VIRTIO_MEDIA_CMD_OPEN)
		hostlink_close(link, NULL, wire_get_u32(&reader), NULL);
	else if (cmd == VIRTIO_MEDIA_CMD_MMAP)
		hostlink_munmap(link, wire_get_u64(&reader), NULL);
}
