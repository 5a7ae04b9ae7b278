// SPDX-License-Identifier: BSD-3-Clause
/*
 * Clients of the shim's socket that have been answered with a descriptor.
 *
 * No event says that somebody has read, so whoever is interested looks.
 */
#include "guestd/helper_unread.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool user_of(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	*uid = cred.uid;
	return true;
}

bool unread_room(const struct unread *unread, int fd)
{
	unsigned int i, same = 0;
	uid_t uid;

	if (unread->count == UNREAD_MAX || !user_of(fd, &uid))
		return false;
	for (i = 0; i < unread->count; i++)
		if (unread->clients[i].uid == uid)
			same++;
	return same < UNREAD_USER_MAX;
}

void unread_add(struct unread *unread, int fd)
{
	uid_t uid = 0;

	user_of(fd, &uid); /* it has said it once */
	unread->clients[unread->count].fd = fd;
	unread->clients[unread->count++].uid = uid;
}

/* What was sent is ours until the other end takes it (unix_outq_len()). */
static bool has_read(int fd)
{
	int waiting;

	return ioctl(fd, SIOCOUTQ, &waiting) < 0 || !waiting;
}

int unread_take(struct unread *unread)
{
	unsigned int i;
	int fd;

	for (i = 0; i < unread->count; i++) {
		fd = unread->clients[i].fd;
		if (!has_read(fd))
			continue;
		unread->clients[i] = unread->clients[--unread->count];
		return fd;
	}
	return -1;
}
