// SPDX-License-Identifier: BSD-3-Clause
/*
 * Plane memory that the memory helper knows.
 */
#include "guestd/helper_region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/plane_object.h"
#include "common/protocol.h"

uint64_t helper_region_pages(uint64_t len)
{
	const uint64_t page = VMS_PAGE_SIZE;

	return (len + page - 1) & ~(page - 1);
}

bool helper_region_fits(int fd, uint64_t len)
{
	uint64_t end;

	return len && !plane_object_len(fd, &end) &&
	       helper_region_pages(len) <= end;
}

struct helper_region *helper_region_create(const struct helper_request *request,
					   int fd)
{
	struct helper_region *region;

	region = calloc(1, sizeof(*region));
	if (!region)
		return NULL;

	/* Jobs need that of a dma-buf, which has no seals. */
	region->fd = -1;
	region->dmabuf = fcntl(fd, F_GET_SEALS) < 0;
	if (request->file || region->dmabuf) {
		region->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (region->fd < 0)
			goto err_free;
	}
	if (!request->file) {
		region->bytes = mmap(NULL, request->len, PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);
		if (region->bytes == MAP_FAILED)
			goto err_close;
	}

	region->id = request->region;
	region->len = request->len;
	region->file = request->file;
	region->buf_type = request->buf_type;
	region->index = request->index;
	region->plane = request->plane;
	region->offset = request->offset;
	atomic_init(&region->users, 1);
	return region;

err_close:
	if (region->fd >= 0)
		close(region->fd);
err_free:
	free(region);
	return NULL;
}

void helper_region_put(struct helper_region *region)
{
	if (!region || atomic_fetch_sub(&region->users, 1) != 1)
		return;

	if (region->bytes)
		munmap(region->bytes, region->len);
	if (region->fd >= 0)
		close(region->fd);
	free(region);
}
