/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages with a descriptor (SCM_RIGHTS).
 */
#ifndef COMMON_RIGHTS_H
#define COMMON_RIGHTS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/** struct rights_control - Room for one, aligned as the kernel wants it */
struct rights_control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
};

/**
 * rights_attach() - Let a descriptor go along with a message
 * @control:	As long-lived as @message; its contents do not matter
 * @fd:		Still the caller's; -1: none
 */
void rights_attach(struct msghdr *message, struct rights_control *control,
		   int fd);

/**
 * rights_make_room() - Let one descriptor come along with a message
 * @control:	As long-lived as @message
 *
 * Before each recvmsg(2), which changes that.
 */
void rights_make_room(struct msghdr *message, struct rights_control *control);

/**
 * rights_take() - What has come along with a message
 *
 * Return: a descriptor, the caller's; -1 if nothing; -EMFILE if there were more, or
 * one without room for it in this process: none of them is open
 */
int rights_take(const struct msghdr *message);

/**
 * rights_send() - Send a message
 * @socket:	Of the kind AF_UNIX
 * @len:	Bytes, at least 1
 * @fd:		To go along, still the caller's; -1: none
 * @flags:	Of sendmsg(2); MSG_NOSIGNAL is always set
 *
 * A signal does not end it.
 *
 * Return: bytes that the socket took, or a negative errno
 */
ssize_t rights_send(int socket, const void *bytes, size_t len, int fd,
		    int flags);

/**
 * rights_receive() - Receive a message
 * @bytes:	Room for @len bytes; what of a datagram is longer is cut
 * @fd:		What came along, close-on-exec, see rights_take()
 * @flags:	Of recvmsg(2); MSG_CMSG_CLOEXEC is always set
 *
 * A signal does not end it.
 *
 * Return: its length, 0 if the other end is closed, or a negative errno
 */
ssize_t rights_receive(int socket, void *bytes, size_t len, int *fd, int flags);

#endif
