// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that a program could bring for its buffers.
 */
#include "tests/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int sealed_memfd(size_t len, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	if (seals)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

uint8_t *sealed_map(int fd, size_t len)
{
	void *bytes =
		mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(bytes, MAP_FAILED);
	return bytes;
}

void sealed_unmap(uint8_t *bytes, size_t len, int fd)
{
	munmap(bytes, len);
	close(fd);
}
