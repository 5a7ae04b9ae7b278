// SPDX-License-Identifier: BSD-3-Clause
/*
 * Messages with a descriptor (SCM_RIGHTS).
 */
#include "hostd/rights.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Room for one descriptor, aligned as the kernel wants it. */
union rights_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int rights_send(int socket, const void *bytes, size_t len, int fd, int flags)
{
	union rights_control control = { 0 };
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t ret;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}

	do
		ret = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

ssize_t rights_receive(int socket, void *bytes, size_t len, int *fd)
{
	union rights_control control;
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	struct msghdr message;
	const struct cmsghdr *cmsg;
	ssize_t ret;

	do {
		message = (struct msghdr){
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		ret = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (message.msg_flags & MSG_CTRUNC)
		return -EMFILE;

	*fd = -1;
	cmsg = CMSG_FIRSTHDR(&message);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return ret;
}
