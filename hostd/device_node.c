// SPDX-License-Identifier: BSD-3-Clause
/*
 * A node below /dev, and what is the same for every kind that opens one.
 */
#include "hostd/device_node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/node_type.h"
#include "common/options.h"

#define DEVICE_NODE_DIRECTORY "/dev/"

static uid_t device_node_uid; /* of hostd */

/* Has the path a part that is ".."? */
static bool device_node_leads_up(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "/.."))) {
		at += 3;
		if (*at == '/' || *at == '\0')
			return true;
	}
	return false;
}

int device_node_check(const char *target, char *why)
{
	size_t directory_len = strlen(DEVICE_NODE_DIRECTORY);

	/* Who will be told that an open has failed may be nobody then. */
	device_node_uid = geteuid();

	if (strncmp(target, DEVICE_NODE_DIRECTORY, directory_len) != 0) {
		snprintf(why, OPTIONS_WHY_LEN, "a node is below %s",
			 DEVICE_NODE_DIRECTORY);
		return -EINVAL;
	}
	if (device_node_leads_up(target)) {
		snprintf(why, OPTIONS_WHY_LEN, "no \"..\" in the path");
		return -EINVAL;
	}
	if (strlen(target) >= DEVICE_TARGET_LEN) {
		snprintf(why, OPTIONS_WHY_LEN, "the path is too long");
		return -EINVAL;
	}
	return 0;
}

/* Looked at first, since opening may already do something: a tape rewinds. */
int device_node_open(const char *target)
{
	struct stat before, after;
	int fd;
	int ret;

	if (stat(target, &before) < 0)
		return -errno;
	if (!S_ISCHR(before.st_mode))
		return -ENODEV;

	fd = open(target, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	if (fstat(fd, &after) < 0) {
		ret = -errno;
		goto err_close;
	}

	if (!S_ISCHR(after.st_mode) || after.st_rdev != before.st_rdev) {
		ret = -ENODEV;
		goto err_close;
	}

	return fd;

err_close:
	close(fd);
	return ret;
}

void device_node_explain(const char *target, int error, char *why)
{
	switch (-error) {
	case ENOTTY:
		snprintf(why, DEVICE_WHY_LEN, "%s is not a V4L2 node", target);
		break;
	case EACCES:
		snprintf(why, DEVICE_WHY_LEN,
			 "%s: %s: hostd runs as uid %u, give it the group of "
			 "the node",
			 target, strerror(-error), device_node_uid);
		break;
	default:
		snprintf(why, DEVICE_WHY_LEN, "%s: %s", target,
			 strerror(-error));
	}
}

enum virtio_media_device_type device_node_type(const char *target)
{
	enum virtio_media_device_type type = VIRTIO_MEDIA_TYPE_VIDEO;
	char *real = realpath(target, NULL);
	const char *path = real ? real : target;
	const char *slash = strrchr(path, '/');

	node_type_parse(slash ? slash + 1 : path, &type);
	free(real);
	return type;
}

/* ---- an open one ------------------------------------------------------ */

int device_node_create(struct device *device, int fd, size_t size,
		       struct device_node **out)
{
	struct device_node *node;

	if (fd < 0)
		return -EBADF;

	node = calloc(1, size);
	if (!node)
		return -ENOMEM;

	node->base.device = device;
	node->fd = fd;
	*out = node;
	return 0;
}

uint32_t device_node_poll(struct device_file *base, unsigned int wanted,
			  int *fd)
{
	uint32_t events = 0;

	if (wanted & DEVICE_CAPTURE)
		events |= EPOLLIN;
	if (wanted & DEVICE_OUTPUT)
		events |= EPOLLOUT;
	if (wanted & DEVICE_EVENT)
		events |= EPOLLPRI;
	/* epoll tells it unasked.  Without IN and OUT, vb2 is not ERR. */
	if (wanted & DEVICE_HANGUP)
		events |= EPOLLHUP;
	if (events)
		*fd = device_node(base)->fd;
	return events;
}

int device_node_collect_event(struct device_file *base,
			      struct v4l2_event *event)
{
	return ioctl(device_node(base)->fd, VIDIOC_DQEVENT, event) < 0 ? -errno
								       : 0;
}

void device_node_set_blocking(struct device_file *base, bool blocking)
{
	int fd = device_node(base)->fd;
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL,
		      blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}
