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

bool unread_room(const struct unread *unread, uid_t uid)
{
	unsigned int i, same = 0;

	for (i = 0; i < unread->count; i++)
		if (unread->clients[i].uid == uid)
			same++;
	return unread->count < UNREAD_MAX && same < UNREAD_USER_MAX;
}

void unread_add(struct unread *unread, int fd, uid_t uid)
{
	unread->clients[unread->count].fd = fd;
	unread->clients[unread->count++].uid = uid;
}

/* What was sent is ours until the other end takes it (unix_outq_len()). */
static bool has_read(int fd)
{
	int waiting;

	return ioctl(fd, SIOCOUTQ, &waiting) < 0 || !waiting;
}

int unread_take(struct unread *unread, uid_t *uid)
{
	unsigned int i;
	int fd;

	for (i = 0; i < unread->count; i++) {
		fd = unread->clients[i].fd;
		if (!has_read(fd))
			continue;
		*uid = unread->clients[i].uid;
		unread->clients[i] = unread->clients[--unread->count];
		return fd;
	}
	return -1;
}
