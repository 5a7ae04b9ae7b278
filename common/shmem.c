// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that a VM and its host, or two VMs, both have.
 */
#include "common/shmem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int shmem_len(int fd, uint64_t *len)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return -errno;
	if (!S_ISREG(file.st_mode) || (uint64_t)file.st_size < SHMEM_LEN_MIN ||
	    (uint64_t)file.st_size > SHMEM_LEN_MAX)
		return -EINVAL;
	*len = (uint64_t)file.st_size / VMS_PAGE_SIZE * VMS_PAGE_SIZE;
	return 0;
}

int shmem_open(const char *path)
{
	/* A FIFO would wait for its other end. */
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	uint64_t len;
	int ret;

	if (fd < 0)
		return -errno;
	ret = shmem_len(fd, &len);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}

int shmem_map(int fd, struct shmem *out)
{
	uint64_t len = 0;
	void *bytes;
	int ret;

	ret = shmem_len(fd, &len);
	if (ret < 0)
		return ret;
	bytes = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	out->bytes = bytes;
	out->len = len;
	return 0;
}

void shmem_unmap(struct shmem *shmem)
{
	if (shmem->bytes)
		munmap(shmem->bytes, shmem->len);
	*shmem = (struct shmem){ 0 };
}

bool shmem_has_slice(const struct shmem *shmem, uint64_t offset, uint64_t len)
{
	return offset >= VMS_PAGE_SIZE && offset % VMS_PAGE_SIZE == 0 && len &&
	       len <= shmem->len && offset <= shmem->len - len;
}

static uint64_t *shmem_marks(const struct shmem *shmem)
{
	return (uint64_t *)(void *)shmem->bytes;
}

void shmem_mark(const struct shmem *shmem, uint64_t mark)
{
	__atomic_store_n(&shmem_marks(shmem)[mark % SHMEM_MARKS], mark,
			 __ATOMIC_SEQ_CST);
}

bool shmem_marked(const struct shmem *shmem, uint64_t mark)
{
	return __atomic_load_n(&shmem_marks(shmem)[mark % SHMEM_MARKS],
			       __ATOMIC_SEQ_CST) == mark;
}
