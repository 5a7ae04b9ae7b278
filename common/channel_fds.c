// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that come in with a stream.
 *
 * Whoever closes the last descriptor of a FUSE or CUSE file waits for its server,
 * and for ever if that is himself.  There is no way to receive one and not to close it
 * sooner or later: guestd has another process do it (channel_dispose()).  Memory, which
 * is all that fits, waits for nobody.
 *
 * Nor must one be kept that is not understood, not even until its frame is complete:
 * it may be the peer's end of this connection, which then does not end with the peer.
 */
#include "common/channel_fds.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void channel_fds_finish(struct channel_fds *fds)
{
	while (fds->count)
		close(fds->waiting[--fds->count].fd);
}

void channel_fds_dispose(const struct channel_fds *fds, int fd)
{
	if (fds->dispose)
		fds->dispose(fds->owner, fd);
	else
		close(fd);
}

void channel_fds_prepare(struct channel_fds *fds, struct msghdr *msg)
{
	if (fds->fits || fds->dispose)
		rights_make_all_room(msg, &fds->room);
}

static bool channel_fds_accepts(const struct channel_fds *fds, int fd)
{
	return fds->fits && fds->count < CHANNEL_FDS_MAX && fds->fits(fd);
}

int channel_fds_received(struct channel_fds *fds, const struct msghdr *msg,
			 uint64_t from, uint64_t to)
{
	bool lost = msg->msg_flags & MSG_CTRUNC;
	int came[RIGHTS_MAX];
	unsigned int count;
	unsigned int i;

	if (!lost && !msg->msg_controllen)
		return 0;
	count = rights_take_all(msg, came);
	/* None may come, so no room was made; or this process had none. */
	if (!count && lost)
		return fds->fits ? -EMFILE : -EPROTO;
	if (!count)
		return 0;
	if (count > 1 || lost || !channel_fds_accepts(fds, came[0])) {
		for (i = 0; i < count; i++)
			channel_fds_dispose(fds, came[i]);
		return -EPROTO;
	}
	fds->waiting[fds->count++] =
		(struct channel_fds_one){ came[0], from, to };
	return 0;
}

int channel_fds_header(struct channel_fds *fds, uint64_t at, bool wanted,
		       int *fd)
{
	const struct channel_fds_one *one = &fds->waiting[0];

	*fd = -1;
	if (fds->count && one->to <= at)
		return -EPROTO;
	if (!wanted)
		return 0;
	if (!fds->count || at < one->from)
		return -EBADMSG;

	*fd = one->fd;
	fds->count--;
	memmove(&fds->waiting[0], &fds->waiting[1],
		fds->count * sizeof(fds->waiting[0]));
	return 0;
}
