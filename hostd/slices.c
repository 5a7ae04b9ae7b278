// SPDX-License-Identifier: BSD-3-Clause
/*
 * Slices of the memory that a guest and we have.
 *
 * First fit: there are as many as a guest has planes, and they come and go with
 * REQBUFS.
 */
#include "hostd/slices.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static uint64_t slice_pages(size_t len)
{
	return ((uint64_t)len + VMS_PAGE_SIZE - 1) / VMS_PAGE_SIZE *
	       VMS_PAGE_SIZE;
}

static struct flock slice_lock(short type, uint64_t offset, uint64_t len)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)offset,
		.l_len = (off_t)len,
	};
}

/* Return: where the one of ours ends that has some of these bytes; 0: there is none */
static uint64_t ours_until(const struct slices *slices, uint64_t offset,
			   uint64_t len)
{
	const struct slice *slice;

	LIST_FOREACH(slice, &slices->all, next)
	if (slice->offset < offset + len &&
	    offset < slice->offset + slice_pages(slice->len))
		return slice->offset + slice_pages(slice->len);
	return 0;
}

/*
 * Return: where that of another connection ends; 0: there is none, and the bytes are
 * locked
 */
static uint64_t theirs_until(const struct slices *slices, uint64_t offset,
			     uint64_t len)
{
	struct flock lock = slice_lock(F_WRLCK, offset, len);

	if (fcntl(slices->fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN || fcntl(slices->fd, F_OFD_GETLK, &lock) < 0 ||
	    lock.l_len == 0)
		return slices->len;
	/* It may have gone in between: look there again. */
	if (lock.l_type == F_UNLCK)
		return offset;
	return slice_pages((size_t)(lock.l_start + lock.l_len));
}

/* Return: offset, locked; 0: there is no room */
static uint64_t find_room(const struct slices *slices, uint64_t len)
{
	uint64_t offset = VMS_PAGE_SIZE;
	uint64_t next;

	while (len <= slices->len && offset <= slices->len - len) {
		next = ours_until(slices, offset, len);
		if (!next)
			next = theirs_until(slices, offset, len);
		if (!next)
			return offset;
		offset = next;
	}
	return 0;
}

/* @error: of its file system; 0: there is no room in the file */
static void say_full(struct slices *slices, size_t len, int error)
{
	if (!slices->full && error)
		log_warn("shared memory: a plane of %zu bytes: %s: contents of "
			 "some buffers travel: see what else is in its file "
			 "system",
			 len, strerror(-error));
	else if (!slices->full)
		log_warn("shared memory: no room for a plane of %zu bytes in "
			 "%" PRIu64 ": contents of some buffers travel: make "
			 "it larger",
			 len, slices->len);
	slices->full = true;
}

/* A hole in a file whose file system is full is SIGBUS. */
static int fill_holes(const struct slices *slices, uint64_t offset,
		      uint64_t len)
{
	if (fallocate(slices->fd, 0, (off_t)offset, (off_t)len) == 0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return -errno;
}

static void unlock(const struct slices *slices, uint64_t offset, size_t len)
{
	struct flock lock = slice_lock(F_UNLCK, offset, slice_pages(len));

	fcntl(slices->fd, F_OFD_SETLK, &lock);
}

static struct slice *take(struct slices *slices, struct slice *slice,
			  size_t len)
{
	uint64_t offset = find_room(slices, slice_pages(len));
	int ret = offset ? fill_holes(slices, offset, slice_pages(len)) : 0;

	if (ret)
		unlock(slices, offset, len);
	if (!offset || ret) {
		say_full(slices, len, ret);
		free(slice);
		return NULL;
	}
	slice->offset = offset;
	slice->slices = slices;
	slice->len = len;
	slice->bytes = slices->shmem.bytes + slice->offset;
	LIST_INSERT_HEAD(&slices->all, slice, next);
	return slice;
}

struct slice *slices_take(struct slices *slices, size_t len)
{
	struct slice *slice = calloc(1, sizeof(*slice));

	if (!slice || !len) {
		free(slice);
		return NULL;
	}
	pthread_mutex_lock(&slices->lock);
	slice = take(slices, slice, len);
	pthread_mutex_unlock(&slices->lock);
	/* Frames that were there before may be another program's in the VM. */
	if (slice)
		memset(slice->bytes, 0, slice_pages(len));
	return slice;
}

void slice_drop(struct slice *slice)
{
	struct slices *slices;

	if (!slice)
		return;
	slices = slice->slices;
	pthread_mutex_lock(&slices->lock);
	LIST_REMOVE(slice, next);
	unlock(slices, slice->offset, slice->len);
	pthread_mutex_unlock(&slices->lock);
	free(slice);
}

bool slices_offset(const struct slices *slices, const void *bytes,
		   uint64_t *offset)
{
	uintptr_t first = (uintptr_t)slices->shmem.bytes;
	uintptr_t at = (uintptr_t)bytes;

	if (at < first || at - first >= slices->shmem.len)
		return false;
	*offset = at - first;
	return true;
}

bool slices_agree(struct slices *slices, uint64_t mark, uint64_t len)
{
	if (!mark || !shmem_marked(&slices->shmem, mark))
		return false;
	slices->len = len < slices->shmem.len ? len : slices->shmem.len;
	return true;
}

int slices_create(int fd, struct slices **out)
{
	struct slices *slices = calloc(1, sizeof(*slices));
	int ret;

	if (!slices)
		return -ENOMEM;
	slices->fd = fd;
	ret = shmem_map(fd, &slices->shmem);
	/* Where the marks are */
	if (!ret)
		ret = fill_holes(slices, 0, VMS_PAGE_SIZE);
	if (ret < 0) {
		shmem_unmap(&slices->shmem);
		free(slices);
		return ret;
	}
	pthread_mutex_init(&slices->lock, NULL);
	*out = slices;
	return 0;
}

void slices_destroy(struct slices *slices)
{
	struct slice *slice;

	if (!slices)
		return;
	while ((slice = LIST_FIRST(&slices->all)))
		slice_drop(slice);
	shmem_unmap(&slices->shmem);
	close(slices->fd);
	pthread_mutex_destroy(&slices->lock);
	free(slices);
}
