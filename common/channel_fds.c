// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors that come in with a stream.
 *
 * Whoever closes the last descriptor of a FUSE or CUSE file waits for its server.
 * There is no way to receive one and not to close it sooner or later, so to accept
 * descriptors from a peer is to trust it not to hang us.
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

void channel_fds_prepare(struct channel_fds *fds, struct msghdr *msg)
{
	if (!fds->fits)
		return;
	rights_make_room(msg, &fds->control);
}

int channel_fds_received(struct channel_fds *fds, const struct msghdr *msg,
			 uint64_t from, uint64_t to)
{
	struct channel_fds_one one = { rights_take(msg), from, to };

	if (one.fd < 0)
		return one.fd == -EMFILE ? -EPROTO : 0;
	if (fds->count == CHANNEL_FDS_MAX || !fds->fits(one.fd)) {
		close(one.fd);
		return -EPROTO;
	}
	fds->waiting[fds->count++] = one;
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
