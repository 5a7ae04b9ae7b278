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
 *	A file of FUSE or CUSE, even our own node, answers fstat(2), fstatfs(2),
 *	ioctl(2) when its server likes.  So the first question is one that the
 *	kernel answers by itself: the seals of a memfd; and a dma-buf, which has no
 *	type, or from Linux 6.15 on that of a regular file, has no direct I/O, which
 *	regular files of FUSE have.
 *
 *	lseek(2) of a file that was opened, even of a memfd by its name in /proc,
 *	waits for whoever is in read(2) or write(2) on the same open file: for ever,
 *	if the memory that he gave to that never answers.  A dma-buf is not opened.
 *
 * What is left: to close such a file waits for its server, too.  guestd has that
 * done elsewhere (guestd/memory_dispose.c); a guest that shares buffers can hang
 * its own process of hostd that way, over a unix socket of our own machine.  And
 * whoever has passed it can write into it at any time: programs may find that a
 * frame changes while they read it.
 */
#include "common/plane_object.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>

#include "common/protocol.h"

static bool is_memfd(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;

	return seals >= 0 && (seals & F_SEAL_SHRINK) && fstatfs(fd, &fs) == 0 &&
	       fs.f_type == TMPFS_MAGIC;
}

int plane_object_len(int fd, uint64_t *len)
{
	struct statx known;
	off_t end;

	if (fcntl(fd, F_GET_SEALS) >= 0) {
		if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
			  STATX_SIZE, &known) < 0)
			return -errno;
		*len = known.stx_size;
		return 0;
	}
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	*len = (uint64_t)end;
	return 0;
}

/* O_DIRECT is taken back, but in between whoever uses the open file has it. */
static bool has_direct_io(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_DIRECT) < 0)
		return false;
	fcntl(fd, F_SETFL, flags);
	return true;
}

/* alloc_anon_inode(), then dma_buf_fs_type: Linux 5.3.  Nothing has to be opened. */
static bool is_dmabuf(int fd)
{
	struct statx known;
	struct statfs fs;
	mode_t type;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
		  &known) < 0)
		return false;
	type = known.stx_mode & S_IFMT;
	if (type && (type != S_IFREG || has_direct_io(fd)))
		return false;
	return fstatfs(fd, &fs) == 0 && fs.f_type == DMA_BUF_MAGIC;
}

int plane_object_identify(int fd, uint32_t *kind, uint64_t *len)
{
	uint32_t found;
	uint64_t size = 0;

	if (is_memfd(fd))
		found = VMS_OBJ_MEMFD;
	else if (is_dmabuf(fd))
		found = VMS_OBJ_DMABUF;
	else
		return -EINVAL;
	if (plane_object_len(fd, &size))
		return -EINVAL;
	*kind = found;
	*len = size;
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
