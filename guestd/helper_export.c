// SPDX-License-Identifier: BSD-3-Clause
/*
 * Plane memory as a dma-buf.
 *
 * The kernel makes one of a memfd that cannot shrink.  It is open for reading and
 * writing whatever the program asks for, which is its own memory in any case.
 */
#include "guestd/helper_export.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/log.h"

int helper_export_open(void)
{
	return open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
}

int helper_export(int udmabuf, int memfd, uint64_t len)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)memfd,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = len,
	};
	int fd = ioctl(udmabuf, UDMABUF_CREATE, &create);

	if (fd >= 0)
		return fd;
	log_debug("helper: no dma-buf of %llu bytes: %s",
		  (unsigned long long)len, strerror(errno));
	return -EINVAL;
}
