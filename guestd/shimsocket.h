/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket file at which applications' shims find the memory helper.
 *
 * The helper must have it before there is a node, and so before anybody knows the
 * node's name: it is made under a temporary name, and gets its own when the node
 * is there.
 */
#ifndef GUESTD_SHIMSOCKET_H
#define GUESTD_SHIMSOCKET_H

#include <sys/types.h>

#include "common/shim.h"

#define SHIMSOCKET_DIR "/run/usermedia"

/* Longest path of an option: with ".tmp-" and a process id it fits sockaddr_un */
#define SHIMSOCKET_PATH_MAX (SHIM_PATH_LEN - 9)

/** struct shimsocket - Zeroed: there is none; all of it private but @path */
struct shimsocket {
	char path[SHIM_PATH_LEN + 4]; /* where it is now */
	dev_t dev;
	ino_t ino;
};

/**
 * shimsocket_create() - Make it, where nobody looks for it
 * @path:	What it shall be; its directory is made if that is missing
 * @fd:		Set to the listening socket
 *
 * Nobody may connect before shimsocket_place().
 *
 * Return: 0 or a negative errno
 */
int shimsocket_create(struct shimsocket *sock, const char *path, int *fd);

/**
 * shimsocket_place() - Give it its own name
 *
 * Everybody may connect from then on.  A socket at which nobody listens any more is
 * replaced.
 *
 * Return: 0; -EADDRINUSE if somebody listens there; -EEXIST if it is something
 * else; or another negative errno
 */
int shimsocket_place(struct shimsocket *sock, const char *path);

/** shimsocket_remove() - Unlink it, if it is still ours */
void shimsocket_remove(struct shimsocket *sock);

#endif
