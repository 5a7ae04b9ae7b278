// SPDX-License-Identifier: BSD-3-Clause
/*
 * A real V4L2 node.
 *
 * Nothing is interpreted here: the caller has put every pointer and descriptor
 * of an argument there itself, and the kernel checks the rest.  (But for memory that
 * the guest has, too: hostd/device_v4l2_placed.h.)
 *
 * EINTR goes back to the caller, because the signal is how a call is cancelled
 * that sleeps in the driver.
 */
#include "hostd/device_v4l2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostd/device_node.h"
#include "hostd/device_v4l2_placed.h"

/**
 * struct device_v4l2_file - One open node
 * @node:	What callers see; its fd is -1 after close
 * @io_fd:	The same once more, for epoll knows a descriptor once; -1: not
 *		asked for
 * @maps:	Mappings that are not undone: they outlive the close
 * @placed:	Buffers in memory that the guest has, too
 */
struct device_v4l2_file {
	struct device_node node;
	int io_fd;
	unsigned int maps;
	struct placed placed;
};

static struct device_v4l2_file *device_v4l2_file(struct device_file *base)
{
	return (struct device_v4l2_file *)base;
}

static int device_v4l2_open(struct device *device, int fd,
			    struct device_file **out)
{
	struct device_node *node;
	int ret;

	ret = device_node_create(device, fd, sizeof(struct device_v4l2_file),
				 &node);
	if (ret < 0)
		return ret;

	device_v4l2_file(&node->base)->io_fd = -1;
	*out = &node->base;
	return 0;
}

static void device_v4l2_close(struct device_file *base)
{
	struct device_v4l2_file *file = device_v4l2_file(base);

	if (file->io_fd >= 0)
		close(file->io_fd);
	close(file->node.fd);
	file->node.fd = -1;
	placed_finish(&file->placed);
	if (file->maps == 0)
		free(file);
}

static int device_v4l2_ioctl(struct device_file *base,
			     const struct ioctl_desc *desc, void *arg)
{
	struct slices *slices = base->device->slices;

	if (slices)
		return placed_ioctl(&device_v4l2_file(base)->placed,
				    device_node(base)->fd, slices, desc->cmd,
				    arg);
	return ioctl(device_node(base)->fd, desc->cmd, arg) < 0 ? -errno : 0;
}

static int device_v4l2_map(struct device_file *base, uint32_t offset,
			   size_t len, struct device_map *out)
{
	struct device_v4l2_file *file = device_v4l2_file(base);
	void *bytes;

	if (placed_map(&file->placed, offset, len, out) == 0) {
		file->maps++;
		return 0;
	}
	bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
		     file->node.fd, offset);
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

	if (!placed_unmap(&file->placed, map))
		munmap(map->bytes, map->len);
	if (--file->maps == 0 && file->node.fd < 0)
		free(file);
}

static int device_v4l2_export(struct device_file *base,
			      const struct device_plane *plane,
			      const struct device_map *map,
			      enum vms_obj_kind *kind)
{
	struct v4l2_exportbuffer arg = {
		.type = plane->type,
		.index = plane->index,
		.plane = plane->plane,
		.flags = O_RDWR | O_CLOEXEC,
	};
	off_t size;

	if (ioctl(device_node(base)->fd, VIDIOC_EXPBUF, &arg) < 0)
		return -errno;

	/* Its pages are what can be mapped. */
	size = lseek(arg.fd, 0, SEEK_END);
	if (size < 0 || size % VMS_PAGE_SIZE || (size_t)size < map->len) {
		close(arg.fd);
		return -EINVAL;
	}
	*kind = VMS_OBJ_DMABUF;
	return arg.fd;
}

/* No buffer has that number: the call exists if it says anything but ENOTTY. */
static bool device_v4l2_exports(struct device_file *base)
{
	struct v4l2_exportbuffer arg = { .index = UINT32_MAX };

	return ioctl(device_node(base)->fd, VIDIOC_EXPBUF, &arg) < 0 &&
	       errno != ENOTTY;
}

static int device_v4l2_collect_buffer(struct device_file *base,
				      struct v4l2_buffer *buffer)
{
	/* Drivers older than vb2 compare it. */
	buffer->memory = V4L2_MEMORY_MMAP;
	if (ioctl(device_node(base)->fd, VIDIOC_DQBUF, buffer) < 0)
		return -errno;
	placed_show(buffer);
	return 0;
}

static ssize_t device_v4l2_read(struct device_file *base, void *bytes,
				size_t len)
{
	ssize_t ret = read(device_node(base)->fd, bytes, len);

	return ret < 0 ? -errno : ret;
}

static ssize_t device_v4l2_write(struct device_file *base, const void *bytes,
				 size_t len)
{
	ssize_t ret = write(device_node(base)->fd, bytes, len);

	return ret < 0 ? -errno : ret;
}

static int device_v4l2_io_fd(struct device_file *base)
{
	struct device_v4l2_file *file = device_v4l2_file(base);

	if (file->io_fd < 0)
		file->io_fd = fcntl(file->node.fd, F_DUPFD_CLOEXEC, 0);
	return file->io_fd < 0 ? -errno : file->io_fd;
}

/*
 * Drivers whose formats, sizes, intervals and inputs are the same as long as there is
 * the device.  uvcvideo has them from the camera's descriptors, which it reads once
 * (uvc_parse_format()).  Most others have some that depend on an input, a standard, a
 * link or another program: v4l2loopback on what its producer has set, vivid on what is
 * connected.  Nobody is told of that.
 */
static const char *const device_v4l2_constant[] = { "uvcvideo" };

static bool device_v4l2_is_constant(const struct v4l2_capability *capability)
{
	size_t i;

	for (i = 0;
	     i < sizeof(device_v4l2_constant) / sizeof(device_v4l2_constant[0]);
	     i++)
		if (strncmp((const char *)capability->driver,
			    device_v4l2_constant[i],
			    sizeof(capability->driver)) == 0)
			return true;
	return false;
}

/*
 * What file hears of its controls is in hostd/memo_monitor.h.  A node of a media
 * controller has what its user connects to it.
 */
static uint32_t device_v4l2_lasting(const struct v4l2_capability *capability)
{
	uint32_t caps = capability->capabilities | capability->device_caps;

	if (caps &
	    (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_IO_MC))
		return 0;
	return device_v4l2_is_constant(capability) ? VMS_MEMO_ALL
						   : VMS_MEMO_CONTROLS;
}

const struct device_ops device_v4l2_ops = {
	.name = "v4l2",
	.check = device_node_check,
	.open_node = device_node_open,
	.explain = device_node_explain,
	.type = device_node_type,
	.open = device_v4l2_open,
	.close = device_v4l2_close,
	.ioctl = device_v4l2_ioctl,
	.map = device_v4l2_map,
	.unmap = device_v4l2_unmap,
	.export_plane = device_v4l2_export,
	.imports = 1u << VMS_OBJ_DMABUF,
	.exports = device_v4l2_exports,
	.poll = device_node_poll,
	.collect_buffer = device_v4l2_collect_buffer,
	.collect_event = device_node_collect_event,
	.set_blocking = device_node_set_blocking,
	.read = device_v4l2_read,
	.write = device_v4l2_write,
	.io_fd = device_v4l2_io_fd,
	.lasting = device_v4l2_lasting,
};
