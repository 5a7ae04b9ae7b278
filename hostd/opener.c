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
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/rights.h"

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

int opener_run(int fd, const struct device_list *devices,
	       const struct policy *policy, const struct transport_peer *peer)
{
	uint32_t index;
	int32_t error;
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
		error = opener_answer(devices, policy, peer, index, &node);
		ret = (int)rights_send(fd, &error, sizeof(error), node, 0);
		if (node >= 0)
			close(node);
		if (ret == -ETOOMANYREFS) /* of our user: not for long */
			ret = (int)rights_send(fd, &ret, sizeof(ret), -1, 0);
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
	int32_t error;
	ssize_t len;
	int node;

	len = rights_receive(opener->fd, &error, sizeof(error), &node, 0);
	if (len < 0)
		return -EIO;
	if (node == -EMFILE) /* as open(2) would say */
		return -EMFILE;
	if (len == sizeof(error) && error == 0) {
		*fd = node;
		return 0;
	}

	if (node >= 0)
		close(node);
	return len == sizeof(error) ? error : -EIO;
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
