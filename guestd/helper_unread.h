/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of the shim's socket that have been answered with a descriptor.
 *
 * Until they read it, it is on its way, and there may be only so many of our user's
 * on their way (unix(7), ETOOMANYREFS), guestd's to this helper among them; nor can
 * they be taken back.  So a client is kept until it has read, or is gone, and who
 * has many such has to wait with the next.
 */
#ifndef GUESTD_HELPER_UNREAD_H
#define GUESTD_HELPER_UNREAD_H

#include <stdbool.h>
#include <sys/types.h>

#define UNREAD_MAX      512
#define UNREAD_USER_MAX 64 /* of one user */

/** struct unread - Zeroed: there is none; all of it private */
struct unread {
	struct {
		int fd;
		uid_t uid;
	} clients[UNREAD_MAX];
	unsigned int count;
};

/** unread_room() - May a client of @uid be answered with a descriptor? */
bool unread_room(const struct unread *unread, uid_t uid);

/** unread_add() - The one behind @fd has been; there was room */
void unread_add(struct unread *unread, int fd, uid_t uid);

/**
 * unread_take() - One that has read the answer, or is gone
 *
 * @uid:	Set to its user
 *
 * Return: its socket, the caller's again; -1: there is none
 */
int unread_take(struct unread *unread, uid_t *uid);

#endif
