/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages with a descriptor (SCM_RIGHTS), between hostd's own processes.
 */
#ifndef HOSTD_RIGHTS_H
#define HOSTD_RIGHTS_H

#include <stddef.h>
#include <sys/types.h>

/**
 * rights_send() - Send a message
 * @socket:	SOCK_SEQPACKET
 * @len:	Bytes, at least 1
 * @fd:		To go along, still the caller's; -1: none
 * @flags:	Of sendmsg(2); MSG_NOSIGNAL is always set
 *
 * A signal does not end it.
 *
 * Return: 0 or a negative errno
 */
int rights_send(int socket, const void *bytes, size_t len, int fd, int flags);

/**
 * rights_receive() - Wait for a message
 * @bytes:	Room for @len bytes; what is longer is cut
 * @fd:		What came along, close-on-exec and the caller's; -1 if nothing
 *
 * A signal does not end it.
 *
 * Return: its length, 0 if the other end is closed, -EMFILE if there was no
 * room for the descriptor, or another negative errno
 */
ssize_t rights_receive(int socket, void *bytes, size_t len, int *fd);

#endif
