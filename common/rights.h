/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages with a descriptor (SCM_RIGHTS).
 */
#ifndef COMMON_RIGHTS_H
#define COMMON_RIGHTS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

#define RIGHTS_MAX 253 /* SCM_MAX_FD: no message brings more */

/** struct rights_control - Room for one, aligned as the kernel wants it */
struct rights_control {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
};

/**
 * struct rights_room - Room for all that can come with a message
 *
 * And for some of what others may have asked a socket for, before it was ours.
 */
struct rights_room {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(RIGHTS_MAX *
						       sizeof(int)) +
					    256];
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
 * Return: a descriptor, the caller's; -1 if nothing; -EPROTO if there were more;
 * -EMFILE if there was no room for it in this process: none of them is open
 */
int rights_take(const struct msghdr *message);

/**
 * rights_make_all_room() - Let the kernel throw away none that come with a message
 * @room:	As long-lived as @message
 *
 * Before each recvmsg(2), which changes that.
 */
void rights_make_all_room(struct msghdr *message, struct rights_room *room);

/**
 * rights_take_all() - What has come along with a message, however much
 * @fds:	Room for RIGHTS_MAX; the caller's to close
 *
 * MSG_CTRUNC means that this process had no room for others, which are closed.
 *
 * Return: how many
 */
unsigned int rights_take_all(const struct msghdr *message, int *fds);

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
