// SPDX-License-Identifier: BSD-3-Clause
/*
 * The opener process, and the side of it that asks.
 *
 *	guest process			opener process
 *	index ------------------------>	policy, open(2)
 *	takes the descriptor <---------	0 and a descriptor, 0 alone, or an errno
 *
 * Questions and answers are whole messages of a SOCK_SEQPACKET pair, so there is
 * nothing to take apart.  One question at a time: an open may wake a camera and
 * last seconds, and then the next one for that camera would wait in any case.
 */
#include "hostd/opener.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

/* Room for one descriptor, aligned as the kernel wants it. */
union opener_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* ---- the process ----------------------------------------------------- */

/* Return: 0 or a negative errno; *fd is -1 if there is nothing to open */
static int opener_answer(const struct device_list *devices,
			 const struct policy *policy,
			 const struct transport_peer *peer, uint32_t index,
			 int *fd)
{
	const struct device *device;
	int ret;

	if (index >= devices->count)
		return -ENODEV;
	if (!policy_may_open(policy, peer, index))
		return -EACCES;

	device = &devices->devices[index];
	if (!device->ops->open_node) {
		*fd = -1;
		return 0;
	}

	ret = device->ops->open_node(device->target);
	if (ret < 0)
		return ret;
	*fd = ret;
	return 0;
}

static int opener_reply(int fd, int32_t error, int node)
{
	union opener_control control = { 0 };
	struct iovec iov = { .iov_base = &error, .iov_len = sizeof(error) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t ret;

	if (node >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(node));
		memcpy(CMSG_DATA(cmsg), &node, sizeof(node));
	}

	do
		ret = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

int opener_run(int fd, const struct device_list *devices,
	       const struct policy *policy, const struct transport_peer *peer)
{
	uint32_t index;
	ssize_t len;
	int node, ret;

	for (;;) {
		/* MSG_TRUNC: the real length, so that more is no index. */
		len = recv(fd, &index, sizeof(index), MSG_TRUNC);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len < 0;
		if (len != sizeof(index)) {
			log_err("opener: a question of %zd bytes", len);
			return 1;
		}

		node = -1;
		ret = opener_answer(devices, policy, peer, index, &node);
		ret = opener_reply(fd, ret, node);
		if (node >= 0)
			close(node);
		/* Who asked may be gone by now. */
		if (ret < 0)
			return ret != -EPIPE;
	}
}

/* ---- who asks -------------------------------------------------------- */

/**
 * struct opener - The asker's side
 * @lock:	Held from a question to its answer
 */
struct opener {
	int fd;
	pthread_mutex_t lock;
};

static int opener_ask(const struct opener *opener, uint32_t index)
{
	ssize_t len;

	do
		len = send(opener->fd, &index, sizeof(index), MSG_NOSIGNAL);
	while (len < 0 && errno == EINTR);
	return len == sizeof(index) ? 0 : -EIO;
}

/* A signal (of client_cancel()) does not end the wait: the answer will come. */
static int opener_receive(const struct opener *opener, int *fd)
{
	union opener_control control = { 0 };
	int32_t error;
	struct iovec iov = { .iov_base = &error, .iov_len = sizeof(error) };
	struct msghdr message;
	const struct cmsghdr *cmsg;
	int node = -1;
	ssize_t len;

	do {
		message = (struct msghdr){
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};
		len = recvmsg(opener->fd, &message, MSG_CMSG_CLOEXEC);
	} while (len < 0 && errno == EINTR);
	if (len != sizeof(error))
		return -EIO;

	cmsg = CMSG_FIRSTHDR(&message);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(&node, CMSG_DATA(cmsg), sizeof(node));

	/* No room for the descriptor: EMFILE, as open(2) would say. */
	if (message.msg_flags & MSG_CTRUNC)
		error = -EMFILE;
	if (error) {
		if (node >= 0)
			close(node);
		return error;
	}
	*fd = node;
	return 0;
}

int opener_open(struct opener *opener, unsigned int device, int *fd)
{
	int ret;

	pthread_mutex_lock(&opener->lock);
	ret = opener_ask(opener, device);
	if (ret == 0)
		ret = opener_receive(opener, fd);
	pthread_mutex_unlock(&opener->lock);
	return ret;
}

int opener_create(int fd, struct opener **out)
{
	struct opener *opener;

	opener = calloc(1, sizeof(*opener));
	if (!opener)
		return -ENOMEM;

	opener->fd = fd;
	pthread_mutex_init(&opener->lock, NULL);
	*out = opener;
	return 0;
}

void opener_destroy(struct opener *opener)
{
	if (!opener)
		return;

	close(opener->fd);
	pthread_mutex_destroy(&opener->lock);
	free(opener);
}
