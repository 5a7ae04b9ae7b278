// SPDX-License-Identifier: BSD-3-Clause
/*
 * System calls on a node, and the clock.
 */
#include "tests/bench/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

int kernel_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

void kernel_close(int fd)
{
	close(fd);
}

int kernel_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int kernel_poll(int fd, int events, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)events };

	return poll(&pollfd, 1, ms) < 0 ? -errno : pollfd.revents;
}

ssize_t kernel_read(int fd, void *bytes, size_t len)
{
	ssize_t ret = read(fd, bytes, len);

	return ret < 0 ? -errno : ret;
}

int kernel_mmap(int fd, size_t len, int64_t offset, void **out)
{
	void *memory =
		mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

void kernel_munmap(void *memory, size_t len)
{
	munmap(memory, len);
}

uint64_t kernel_now_ns(void)
{
	return now_ns();
}
