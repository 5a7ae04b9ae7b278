// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: memory that QBUF brings.
 *
 * It is a dma-buf or a memfd that cannot shrink, so what is mapped stays there; but
 * whoever has brought it can write to it at any time, so nothing that we parse may
 * be in it.
 */
#include "hostd/softqueue_import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/protocol.h"

void softqueue_import_drop(struct softqueue_import *import)
{
	if (!import->bytes)
		return;
	munmap(import->bytes, import->mapped);
	close(import->object.fd);
	memset(import, 0, sizeof(*import));
	import->given = true;
}

static bool import_same(const struct softqueue_import *import,
			const struct stat *file, uint32_t len)
{
	return import->bytes && import->dev == file->st_dev &&
	       import->ino == file->st_ino && import->len == len;
}

/* Return: 0 or a negative errno */
static int import_map(struct softqueue_import *import, int fd, uint32_t kind,
		      size_t needed)
{
	void *bytes;
	int own;

	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return -ENOMEM;
	bytes = mmap(NULL, needed, PROT_READ | PROT_WRITE, MAP_SHARED, own, 0);
	if (bytes == MAP_FAILED) {
		close(own);
		return -EINVAL;
	}
	import->bytes = bytes;
	import->mapped = needed;
	import->object.fd = own;
	import->object.kind = kind;
	return 0;
}

static int import_change(struct softqueue_import *import,
			 const struct v4l2_buffer *arg, size_t needed)
{
	struct stat file;
	uint32_t kind;
	uint32_t len;
	uint64_t size;
	int ret;

	if (plane_object_identify(arg->m.fd, &kind, &size) ||
	    fstat(arg->m.fd, &file) < 0)
		return -EINVAL;
	len = arg->length;
	if (!len)
		len = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	if (len < needed)
		return -EINVAL;
	if (import_same(import, &file, len)) {
		import->number = arg->m.fd;
		return 0;
	}
	softqueue_import_drop(import);
	if (len > size)
		return -EFAULT;
	ret = import_map(import, arg->m.fd, kind, needed);
	if (ret)
		return ret;
	import->dev = file.st_dev;
	import->ino = file.st_ino;
	import->given = true;
	import->number = arg->m.fd;
	import->len = len;
	return 0;
}

int softqueue_import(struct softqueue_import *import,
		     const struct v4l2_buffer *arg, size_t needed)
{
	int ret = import_change(import, arg, needed);

	if (ret)
		softqueue_import_drop(import);
	return ret;
}

void softqueue_import_use(const struct softqueue_import *import, bool end)
{
	if (import->bytes && import->object.kind == VMS_OBJ_DMABUF)
		plane_object_sync(import->object.fd, true, end);
}
