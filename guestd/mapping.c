// SPDX-License-Identifier: BSD-3-Clause
/*
 * The window, guest side.
 */
#include "guestd/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/plane_object.h"
#include "common/protocol.h"
#include "common/stats.h"

/* Index of the first mapping that is above @addr; the list is sorted. */
static unsigned int first_above(const struct mapping_window *window,
				uint64_t addr)
{
	unsigned int low = 0;
	unsigned int high = window->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (window->mappings[middle]->addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool range_free(const struct mapping_window *window, unsigned int at,
		       uint64_t addr, uint64_t len)
{
	const struct guest_mapping *before =
		at ? window->mappings[at - 1] : NULL;
	const struct guest_mapping *after =
		at < window->count ? window->mappings[at] : NULL;

	return (!before || before->addr + before->len <= addr) &&
	       (!after || addr + len <= after->addr);
}

static int map_memory(struct guest_mapping *mapping, int fd)
{
	void *bytes = mmap(NULL, mapping->len, PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	mapping->fd = fd;
	mapping->bytes = bytes;
	return 0;
}

static int make_memory(struct guest_mapping *mapping)
{
	const uint64_t page = VMS_PAGE_SIZE;
	uint64_t file_len = (mapping->len + page - 1) & ~(page - 1);
	int ret = 0;
	int fd;

	fd = memfd_create("usermedia", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)file_len) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) <
		    0)
		ret = -errno;
	if (!ret)
		ret = map_memory(mapping, fd);
	if (ret)
		close(fd);
	return ret;
}

int mapping_create(struct mapping_window *window, uint64_t window_len,
		   uint64_t addr, uint64_t len,
		   const struct plane_object *object,
		   struct guest_mapping **out)
{
	struct guest_mapping **list;
	struct guest_mapping *mapping;
	unsigned int at;
	int ret;

	if (addr % VMS_PAGE_SIZE || !len || len > MAPPING_LEN_MAX ||
	    len > window_len || addr > window_len - len)
		return -EPROTO;
	at = first_above(window, addr);
	if (!range_free(window, at, addr, len))
		return -EPROTO;
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	mapping->addr = addr;
	mapping->len = len;
	list = realloc(window->mappings, (window->count + 1) * sizeof(list[0]));
	if (!list) {
		free(mapping);
		return -ENOMEM;
	}
	window->mappings = list;
	mapping->shared = object && object->fd >= 0;
	mapping->placed = object ? object->bytes : NULL;
	mapping->dmabuf = mapping->shared && object->kind == VMS_OBJ_DMABUF;
	ret = mapping->shared ? map_memory(mapping, object->fd)
			      : make_memory(mapping);
	if (ret) {
		free(mapping);
		return ret;
	}
	memmove(&list[at + 1], &list[at],
		(window->count - at) * sizeof(list[0]));
	list[at] = mapping;
	window->count++;
	*out = mapping;
	return 0;
}

static void free_memory(struct guest_mapping *mapping)
{
	munmap(mapping->bytes, mapping->len);
	close(mapping->fd);
	free(mapping);
}

void mapping_destroy(struct mapping_window *window,
		     struct guest_mapping *mapping)
{
	unsigned int at;

	if (!mapping)
		return;
	at = first_above(window, mapping->addr);
	if (at && window->mappings[at - 1] == mapping) {
		window->count--;
		memmove(&window->mappings[at - 1], &window->mappings[at],
			(window->count - at + 1) * sizeof(window->mappings[0]));
	}
	mapping->buffer = NULL;
	mapping->doomed = true;
	if (!mapping->lent)
		free_memory(mapping);
}

static size_t at_most(const struct guest_mapping *mapping, size_t len)
{
	len = len < mapping->len ? len : mapping->len;
	stats_add(STATS_SHMEM_COPIED, len);
	return len;
}

void mapping_fetch(struct guest_mapping *mapping, size_t len)
{
	memcpy(mapping->bytes, mapping->placed, at_most(mapping, len));
}

void mapping_place(struct guest_mapping *mapping, size_t len)
{
	memcpy(mapping->placed, mapping->bytes, at_most(mapping, len));
}

void mapping_lend(struct guest_mapping *mapping)
{
	mapping->lent++;
}

void mapping_return(void *data)
{
	struct guest_mapping *mapping = data;

	if (--mapping->lent == 0 && mapping->doomed)
		free_memory(mapping);
}

struct guest_mapping *mapping_find(const struct mapping_window *window,
				   uint64_t addr, size_t len)
{
	struct guest_mapping *mapping;
	unsigned int at = first_above(window, addr);

	if (!at)
		return NULL;
	mapping = window->mappings[at - 1];
	if (len > mapping->len || addr - mapping->addr > mapping->len - len)
		return NULL;
	return mapping;
}

void mapping_window_finish(struct mapping_window *window)
{
	free(window->mappings);
	window->mappings = NULL;
	window->count = 0;
}
