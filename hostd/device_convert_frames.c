// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames of a camera whose pictures are converted.
 *
 * Planes are memory of our own, into which a frame is copied once more.  libv4l2
 * lets nobody request new buffers while old ones are mapped, and its memory is
 * gone when they are; but a guest unmaps them after the answer, and may still be
 * sent what an old one has.
 */
#include "hostd/device_convert_state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/frames.h"

int convert_map(struct device_file *base, uint32_t offset, size_t len,
		struct device_map *out)
{
	struct convert_file *file = convert_file(base);
	struct convert_plane *plane;
	int ret;

	plane = calloc(1, sizeof(*plane));
	if (!plane)
		return -ENOMEM;
	plane->offset = offset;
	plane->map.len = len;
	ret = frames_memfd(len, &plane->fd, &plane->map.bytes);
	if (ret < 0) {
		free(plane);
		return ret;
	}

	LIST_INSERT_HEAD(&file->planes, plane, all);
	*out = plane->map;
	return 0;
}

static struct convert_plane *convert_mapped(const struct convert_file *file,
					    const struct device_map *map)
{
	struct convert_plane *plane;

	LIST_FOREACH(plane, &file->planes, all)
	{
		if (plane->map.bytes == map->bytes)
			break;
	}
	return plane;
}

int convert_export(struct device_file *base, const struct device_plane *which,
		   const struct device_map *map, enum vms_obj_kind *kind)
{
	const struct convert_plane *plane =
		convert_mapped(convert_file(base), map);
	int fd;

	(void)which;
	if (!plane)
		return -EINVAL;
	fd = fcntl(plane->fd, F_DUPFD_CLOEXEC, 0);
	*kind = VMS_OBJ_MEMFD;
	return fd < 0 ? -errno : fd;
}

void convert_unmap(struct device_file *base, const struct device_map *map)
{
	struct convert_file *file = convert_file(base);
	struct convert_plane *plane = convert_mapped(file, map);

	if (!plane)
		return;
	close(plane->fd);
	munmap(plane->map.bytes, plane->map.len);
	LIST_REMOVE(plane, all);
	free(plane);
	if (LIST_EMPTY(&file->planes) && file->node.fd < 0)
		free(file);
}

static int convert_copy(struct convert_file *file,
			const struct v4l2_buffer *buffer)
{
	struct convert_plane *plane;
	size_t len = buffer->bytesused;
	void *bytes;

	LIST_FOREACH(plane, &file->planes, all)
	{
		if (plane->offset == buffer->m.offset && !plane->orphan)
			break;
	}
	if (!plane)
		return 0;
	bytes = file->library->mmap(NULL, buffer->length, PROT_READ, MAP_SHARED,
				    file->node.fd, buffer->m.offset);
	if (bytes == MAP_FAILED)
		return -errno;
	if (len > buffer->length)
		len = buffer->length;
	if (len > plane->map.len)
		len = plane->map.len;
	memcpy(plane->map.bytes, bytes, len);
	file->library->munmap(bytes, buffer->length);
	return 0;
}

/* The device has it again; the guest sees a gap, as if it had been lost. */
static int convert_drop(struct convert_file *file, int error)
{
	const char *said = file->library->said();

	if (file->dropped++ == 0)
		log_warn("device %s: a frame cannot be converted: %s",
			 file->node.base.device->name,
			 said[0] ? said : strerror(-error));
	return -EAGAIN;
}

/* vb2_core_poll(): the queue does not stream, or has failed, or is gone. */
static bool convert_queue_failed(const struct convert_file *file)
{
	struct pollfd pollfd = { .fd = file->node.fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) < 0 ||
	       pollfd.revents & (POLLERR | POLLHUP | POLLNVAL);
}

int convert_collect_buffer(struct device_file *base, struct v4l2_buffer *buffer)
{
	struct convert_file *file = convert_file(base);
	int ret = convert_call(file, VIDIOC_DQBUF, buffer);

	switch (-ret) {
	case 0:
		break;
	case EAGAIN:
	case EINTR:
	case ENODEV:
	case EPIPE:
		return ret;
	default:
		/* It says EIO, too, of a frame that it could not decode. */
		return convert_queue_failed(file) ? ret
						  : convert_drop(file, ret);
	}

	if (convert_copy(file, buffer) < 0) {
		buffer->flags |= V4L2_BUF_FLAG_ERROR;
		buffer->bytesused = 0;
	}
	return 0;
}
