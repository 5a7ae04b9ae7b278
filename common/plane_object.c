// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of a plane as a descriptor that somebody has passed.
 *
 * A hostile peer, or a program, may pass anything.  What is checked:
 *
 *	A file that is cut while it is mapped is SIGBUS: only a memfd that is
 *	sealed against that, on tmpfs (huge pages may be missing when they are
 *	touched), or a dma-buf, which has one size for good.
 *
 *	A file of FUSE or CUSE, even our own node, answers fstat(2), lseek(2),
 *	ioctl(2) when its server likes.  So the first question is one that the
 *	kernel answers by itself, and only for what it knows to be its own: the
 *	seals of a memfd, the exporter in a dma-buf's fdinfo.
 *
 * What is left: to close such a file waits for its server, too.  hostd can hang
 * guestd that way, and a guest that shares buffers its own process of hostd, as
 * they could without this (common/channel_fds.c), over a unix socket of our own
 * machine.  And whoever has passed it can write into it at any time: programs may
 * find that a frame changes while they read it.
 */
#include "common/plane_object.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>

#include "common/fdinfo.h"
#include "common/protocol.h"

static bool is_memfd(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;

	return seals >= 0 && (seals & F_SEAL_SHRINK) && fstatfs(fd, &fs) == 0 &&
	       fs.f_type == TMPFS_MAGIC;
}

/* dma_buf_show_fdinfo() */
static bool is_dmabuf(int fd)
{
	return !fdinfo_find(fd, "exp_name", NULL);
}

int plane_object_identify(int fd, uint32_t *kind, uint64_t *len)
{
	uint32_t found;
	off_t size;

	if (is_memfd(fd))
		found = VMS_OBJ_MEMFD;
	else if (is_dmabuf(fd))
		found = VMS_OBJ_DMABUF;
	else
		return -EINVAL;
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return -EINVAL;
	*kind = found;
	*len = (uint64_t)size;
	return 0;
}

bool plane_object_is_memory(int fd)
{
	uint32_t kind;
	uint64_t len;

	return !plane_object_identify(fd, &kind, &len);
}

int plane_object_check(const struct plane_object *object, size_t len)
{
	uint32_t kind;
	uint64_t size;
	int flags;

	if (plane_object_identify(object->fd, &kind, &size) ||
	    kind != object->kind)
		return -EPROTO;
	flags = fcntl(object->fd, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) != O_RDWR)
		return -EPROTO;
	if (size % VMS_PAGE_SIZE || size < len)
		return -EPROTO;
	return 0;
}

void plane_object_sync(int fd, bool write, bool end)
{
	struct dma_buf_sync sync = {
		.flags = (write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ) |
			 (end ? DMA_BUF_SYNC_END : DMA_BUF_SYNC_START),
	};
	struct pollfd ready = { .fd = fd, .events = write ? POLLOUT : POLLIN };

	/* SYNC would wait for fences, which no V4L2 driver has. */
	if (end || poll(&ready, 1, 0) == 1)
		ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}
