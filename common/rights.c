// SPDX-License-Identifier: BSD-3-Clause
/*
 * Messages with a descriptor.
 */
#include "common/rights.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void rights_attach(struct msghdr *message, struct rights_control *control,
		   int fd)
{
	struct cmsghdr *cmsg;

	message->msg_control = NULL;
	message->msg_controllen = 0;
	if (fd < 0)
		return;

	memset(control, 0, sizeof(*control));
	message->msg_control = control;
	message->msg_controllen = sizeof(*control);
	cmsg = CMSG_FIRSTHDR(message);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

void rights_make_room(struct msghdr *message, struct rights_control *control)
{
	message->msg_control = control;
	/* Not CMSG_SPACE(): its padding has room for a second one. */
	message->msg_controllen = CMSG_LEN(sizeof(int));
}

int rights_take(const struct msghdr *message)
{
	const struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (cmsg && cmsg->cmsg_level == SOL_SOCKET &&
	    cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	if (!(message->msg_flags & MSG_CTRUNC))
		return fd;
	if (fd < 0)
		return -EMFILE;
	close(fd);
	return -EPROTO;
}

void rights_make_all_room(struct msghdr *message, struct rights_room *room)
{
	message->msg_control = room;
	message->msg_controllen = sizeof(*room);
}

unsigned int rights_take_all(const struct msghdr *message, int *fds)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);
	unsigned int count = 0, i, n;

	for (; cmsg; cmsg = CMSG_NXTHDR((struct msghdr *)message, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (unsigned int)((cmsg->cmsg_len - CMSG_LEN(0)) /
				   sizeof(int));
		for (i = 0; i < n && count < RIGHTS_MAX; i++)
			memcpy(&fds[count++], CMSG_DATA(cmsg) + i * sizeof(int),
			       sizeof(int));
	}
	return count;
}

ssize_t rights_send(int socket, const void *bytes, size_t len, int fd,
		    int flags)
{
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct rights_control control;
	ssize_t ret;

	rights_attach(&message, &control, fd);
	do
		ret = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

ssize_t rights_receive(int socket, void *bytes, size_t len, int *fd, int flags)
{
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct rights_control control;
	ssize_t ret;

	do {
		rights_make_room(&message, &control);
		ret = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	*fd = rights_take(&message);
	return ret;
}
