// SPDX-License-Identifier: BSD-3-Clause
/*
 * A device for fuzzers: its files, their read() and write(), and events.
 *
 * Its ioctls and buffers are in fuzz_device_ioctls.c.
 */
#include "tests/fuzz_device.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz_device_ioctls.h"

#define EVENTS 64u
#define FILES  256

struct fuzz_file {
	struct device_file base; /* first */
	int fd;
	int io_fd;
	unsigned int maps;
	bool busy; /* a call runs */
};

static unsigned int files;
static unsigned int maps;
static unsigned int events;
static int io_said;
static int io_fds[FILES]; /* of those that are open; -1: none */

void fuzz_device_check(void)
{
	fuzz_must(!files && !maps);
}

void fuzz_device_reset(void)
{
	unsigned int i;

	fuzz_device_check();
	fuzz_ioctls_reset();
	events = 0;
	io_said = -EAGAIN;
	for (i = 0; i < FILES; i++)
		io_fds[i] = -1;
}

void fuzz_device_readable(int result)
{
	uint64_t one = 1;
	unsigned int i;

	io_said = result;
	for (i = 0; i < FILES; i++)
		if (io_fds[i] >= 0)
			fuzz_must(write(io_fds[i], &one, sizeof(one)) ==
				  sizeof(one));
}

void fuzz_device_event(void)
{
	if (events < EVENTS)
		events++;
}

/* ---- the interface --------------------------------------------------------------- */

static int fuzz_open(struct device *device, int fd, struct device_file **out)
{
	struct fuzz_file *file;

	fuzz_must(fd == -1);
	if (fuzz_ioctls_said() == -EBUSY)
		return -EBUSY;
	file = calloc(1, sizeof(*file));
	if (!file)
		abort();
	file->base.device = device;
	file->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	fuzz_must(file->fd >= 0);
	file->io_fd = -1;
	files++;
	*out = &file->base;
	return 0;
}

static void fuzz_close(struct device_file *base)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	unsigned int i;

	fuzz_must(!file->maps);
	files--;
	for (i = 0; i < FILES && file->io_fd >= 0; i++)
		if (io_fds[i] == file->io_fd)
			io_fds[i] = -1;
	if (file->io_fd >= 0)
		close(file->io_fd);
	close(file->fd);
	free(file);
}

static int fuzz_ioctl(struct device_file *base, const struct ioctl_desc *desc,
		      void *arg)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	int ret;

	fuzz_must(!file->busy);
	file->busy = true;
	ret = fuzz_ioctls_call(desc, arg);
	file->busy = false;
	return ret;
}

static int fuzz_map(struct device_file *base, uint32_t offset, size_t len,
		    struct device_map *out)
{
	(void)offset;
	fuzz_must(len == FUZZ_PLANE_LEN);
	out->bytes = calloc(1, len);
	fuzz_must(out->bytes != NULL);
	out->len = len;
	((struct fuzz_file *)base)->maps++;
	maps++;
	return 0;
}

/* Every other buffer; the rest is mirrored. */
static int fuzz_export(struct device_file *base,
		       const struct device_plane *plane,
		       const struct device_map *map, enum vms_obj_kind *kind)
{
	(void)base;
	(void)map;
	*kind = plane->index & 2 ? VMS_OBJ_DMABUF : VMS_OBJ_MEMFD;
	return plane->index & 1 ? memfd_create("fuzz", MFD_CLOEXEC) : -ENOTTY;
}

static void fuzz_unmap(struct device_file *base, const struct device_map *map)
{
	free(map->bytes);
	((struct fuzz_file *)base)->maps--;
	maps--;
}

/* Always readable: what is there is found out by collecting it. */
static uint32_t fuzz_poll(struct device_file *base, unsigned int wanted,
			  int *fd)
{
	fuzz_must(wanted);
	*fd = ((struct fuzz_file *)base)->fd;
	return EPOLLIN;
}

static int fuzz_collect_buffer(struct device_file *file,
			       struct v4l2_buffer *buffer)
{
	(void)file;
	return fuzz_ioctls_collect(buffer);
}

static int fuzz_collect_event(struct device_file *file,
			      struct v4l2_event *event)
{
	(void)file;
	if (!events)
		return -ENOENT;
	events--;
	event->type = V4L2_EVENT_EOS;
	return 0;
}

static ssize_t io_call(struct device_file *base, void *bytes, size_t len)
{
	struct fuzz_file *file = (struct fuzz_file *)base;

	fuzz_must(!file->busy && len <= VMS_MAX_IO);
	fuzz_touch(bytes, len);
	return io_said > (int)len ? (ssize_t)len : io_said;
}

static ssize_t fuzz_read(struct device_file *file, void *bytes, size_t len)
{
	memset(bytes, 0, len);
	return io_call(file, bytes, len);
}

static ssize_t fuzz_write(struct device_file *file, const void *bytes,
			  size_t len)
{
	return io_call(file, (void *)bytes, len);
}

static int fuzz_io_fd(struct device_file *base)
{
	struct fuzz_file *file = (struct fuzz_file *)base;
	unsigned int i;

	if (file->io_fd >= 0)
		return file->io_fd;
	file->io_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fuzz_must(file->io_fd >= 0);
	for (i = 0; io_fds[i] >= 0; i++)
		fuzz_must(i + 1 < FILES);
	io_fds[i] = file->io_fd;
	return file->io_fd;
}

static int fuzz_check(const char *target, char *why)
{
	(void)target;
	(void)why;
	return 0;
}

/* Whether it is true or not. */
static uint32_t fuzz_lasting(const struct v4l2_capability *capability)
{
	(void)capability;
	return VMS_MEMO_ALL;
}

const struct device_ops fuzz_device_ops = {
	.name = "fuzz",
	.check = fuzz_check,
	.open = fuzz_open,
	.close = fuzz_close,
	.ioctl = fuzz_ioctl,
	.map = fuzz_map,
	.unmap = fuzz_unmap,
	.export_plane = fuzz_export,
	.imports = 1u << VMS_OBJ_MEMFD,
	.poll = fuzz_poll,
	.collect_buffer = fuzz_collect_buffer,
	.collect_event = fuzz_collect_event,
	.read = fuzz_read,
	.write = fuzz_write,
	.io_fd = fuzz_io_fd,
	.lasting = fuzz_lasting,
};
