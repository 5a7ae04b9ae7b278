// SPDX-License-Identifier: BSD-3-Clause
/*
 * A real V4L2 node.
 *
 * Nothing is interpreted here: the caller has put every pointer and descriptor
 * of an argument there itself, and the kernel checks the rest.
 *
 * EINTR goes back to the caller, because the signal is how a call is cancelled
 * that sleeps in the driver.
 */
#include "hostd/device_v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/options.h"

#define DEVICE_V4L2_DIRECTORY "/dev/"

/**
 * struct device_v4l2_file - One open node
 * @base:	What callers see
 * @fd:		The node; -1 after close
 * @maps:	Mappings that are not undone: they outlive the close
 */
struct device_v4l2_file {
	struct device_file base;
	int fd;
	unsigned int maps;
};

static struct device_v4l2_file *device_v4l2_file(struct device_file *base)
{
	return (struct device_v4l2_file *)base;
}

/* Has the path a part that is ".."? */
static bool device_v4l2_leads_up(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "/.."))) {
		at += 3;
		if (*at == '/' || *at == '\0')
			return true;
	}
	return false;
}

static int device_v4l2_check(const char *target, char *why)
{
	size_t directory_len = strlen(DEVICE_V4L2_DIRECTORY);

	if (strncmp(target, DEVICE_V4L2_DIRECTORY, directory_len) != 0) {
		snprintf(why, OPTIONS_WHY_LEN, "a node is below %s",
			 DEVICE_V4L2_DIRECTORY);
		return -EINVAL;
	}
	if (device_v4l2_leads_up(target)) {
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
static int device_v4l2_open_node(const char *target)
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

static void device_v4l2_explain(const char *target, int error, char *why)
{
	switch (-error) {
	case ENOTTY:
		snprintf(why, DEVICE_WHY_LEN, "%s is not a V4L2 node", target);
		break;
	case EACCES:
		snprintf(why, DEVICE_WHY_LEN,
			 "%s: %s: hostd runs as uid %u, give it the group of "
			 "the node",
			 target, strerror(-error), geteuid());
		break;
	default:
		snprintf(why, DEVICE_WHY_LEN, "%s: %s", target,
			 strerror(-error));
	}
}

/* v4l2-dev.c: the first part of a node's name says its type. */
static const struct {
	const char *base;
	enum virtio_media_device_type type;
} device_v4l2_bases[] = {
	{ "video", VIRTIO_MEDIA_TYPE_VIDEO },
	{ "vbi", VIRTIO_MEDIA_TYPE_VBI },
	{ "radio", VIRTIO_MEDIA_TYPE_RADIO },
	{ "swradio", VIRTIO_MEDIA_TYPE_SDR },
	{ "v4l-touch", VIRTIO_MEDIA_TYPE_TOUCH },
};
#define DEVICE_V4L2_BASES                                                      \
	(sizeof(device_v4l2_bases) / sizeof(device_v4l2_bases[0]))

static enum virtio_media_device_type device_v4l2_type(const char *target)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;
	size_t i;

	for (i = 0; i < DEVICE_V4L2_BASES; i++) {
		const char *base = device_v4l2_bases[i].base;

		if (strncmp(name, base, strlen(base)) == 0)
			return device_v4l2_bases[i].type;
	}
	/* A link with a name of its own. */
	return VIRTIO_MEDIA_TYPE_VIDEO;
}

static int device_v4l2_open(struct device *device, int fd,
			    struct device_file **out)
{
	struct device_v4l2_file *file;

	if (fd < 0)
		return -EBADF;

	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;

	file->base.device = device;
	file->fd = fd;
	*out = &file->base;
	return 0;
}

static void device_v4l2_close(struct device_file *base)
{
	struct device_v4l2_file *file = device_v4l2_file(base);

	close(file->fd);
	file->fd = -1;
	if (file->maps == 0)
		free(file);
}

static int device_v4l2_ioctl(struct device_file *base,
			     const struct ioctl_desc *desc, void *arg)
{
	return ioctl(device_v4l2_file(base)->fd, desc->cmd, arg) < 0 ? -errno
								     : 0;
}

static int device_v4l2_map(struct device_file *base, uint32_t offset,
			   size_t len, struct device_map *out)
{
	struct device_v4l2_file *file = device_v4l2_file(base);
	void *bytes;

	bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd,
		     offset);
	if (bytes == MAP_FAILED)
		return -errno;

	file->maps++;
	out->bytes = bytes;
	out->len = len;
	return 0;
}

static void device_v4l2_unmap(struct device_file *base,
			      const struct device_map *map)
{
	struct device_v4l2_file *file = device_v4l2_file(base);

	munmap(map->bytes, map->len);
	if (--file->maps == 0 && file->fd < 0)
		free(file);
}

static uint32_t device_v4l2_poll(struct device_file *base, unsigned int wanted,
				 int *fd)
{
	uint32_t events = 0;

	if (wanted & DEVICE_CAPTURE)
		events |= EPOLLIN;
	if (wanted & DEVICE_OUTPUT)
		events |= EPOLLOUT;
	if (wanted & DEVICE_EVENT)
		events |= EPOLLPRI;
	if (events)
		*fd = device_v4l2_file(base)->fd;
	return events;
}

static int device_v4l2_collect_buffer(struct device_file *base,
				      struct v4l2_buffer *buffer)
{
	/* Drivers older than vb2 compare it. */
	buffer->memory = V4L2_MEMORY_MMAP;
	return ioctl(device_v4l2_file(base)->fd, VIDIOC_DQBUF, buffer) < 0
		       ? -errno
		       : 0;
}

static int device_v4l2_collect_event(struct device_file *base,
				     struct v4l2_event *event)
{
	return ioctl(device_v4l2_file(base)->fd, VIDIOC_DQEVENT, event) < 0
		       ? -errno
		       : 0;
}

static void device_v4l2_set_blocking(struct device_file *base, bool blocking)
{
	int fd = device_v4l2_file(base)->fd;
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0)
		fcntl(fd, F_SETFL,
		      blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

const struct device_ops device_v4l2_ops = {
	.name = "v4l2",
	.check = device_v4l2_check,
	.open_node = device_v4l2_open_node,
	.explain = device_v4l2_explain,
	.type = device_v4l2_type,
	.open = device_v4l2_open,
	.close = device_v4l2_close,
	.ioctl = device_v4l2_ioctl,
	.map = device_v4l2_map,
	.unmap = device_v4l2_unmap,
	.poll = device_v4l2_poll,
	.collect_buffer = device_v4l2_collect_buffer,
	.collect_event = device_v4l2_collect_event,
	.set_blocking = device_v4l2_set_blocking,
};
