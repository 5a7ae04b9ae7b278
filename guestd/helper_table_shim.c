// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a client of the shim's socket is given of what the memory helper knows.
 *
 * It reaches the buffers of the file whose token it has, and no others: that is all
 * that a search through the regions goes by.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <linux/videodev2.h>

#include "common/log.h"
#include "guestd/helper_marks.h"
#include "guestd/helper_table_parts.h"

/* vb2_mmap() looks at the queue's direction before anything else of it. */
static bool map_allowed(uint32_t buf_type, const struct shim_ask *ask)
{
	return ask->prot &
	       (V4L2_TYPE_IS_OUTPUT(buf_type) ? PROT_WRITE : PROT_READ);
}

static const struct helper_region *map_find(const struct helper_table *table,
					    uint64_t file, uint64_t offset)
{
	const struct helper_region *region = table->regions;

	while (region && (region->file != file || region->offset != offset))
		region = region->next;
	return region;
}

static int table_give(const struct helper_table *table,
		      const struct helper_region *region, const char *call,
		      int *fd, uint64_t *len)
{
	int copy = fcntl(region->fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	log_debug("helper: %s of type %" PRIu32 ", buffer %" PRIu32
		  ", plane %" PRIu32,
		  call, region->buf_type, region->index, region->plane);
	helper_marks_set(table->marks, region->id);
	*fd = copy;
	*len = helper_region_pages(region->len);
	return 0;
}

/* With the lock; @fd is set to a duplicate. */
static int table_map(const struct helper_table *table,
		     const struct shim_ask *ask, int *fd, uint64_t *len)
{
	const struct table_file *file = helper_table_holder(table, ask->token);
	const struct helper_region *region;

	if (!file)
		return -EACCES;
	/*
	 * MAP_SHARED_VALIDATE has that bit, too.  What is not open for writing
	 * is never VM_SHARED (do_mmap()).
	 */
	if (!(ask->flags & MAP_SHARED) || !file->writable)
		return -EINVAL;
	if (table->fileio)
		return map_allowed(table->owner_type, ask) ? -EBUSY : -EINVAL;

	region = map_find(table, file->cookie, ask->offset);
	if (!region || !map_allowed(region->buf_type, ask) || !ask->len ||
	    ask->len > helper_region_pages(region->len))
		return -EINVAL;

	return table_give(table, region, "mmap", fd, len);
}

int helper_table_map(struct helper_table *table, const struct shim_ask *ask,
		     int *fd, uint64_t *len)
{
	int ret;

	pthread_mutex_lock(&table->lock);
	ret = table_map(table, ask, fd, len);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static const struct helper_region *export_find(const struct helper_table *table,
					       uint64_t file,
					       const struct shim_ask *ask)
{
	const struct helper_region *region = table->regions;

	while (region &&
	       (region->file != file || region->buf_type != ask->type ||
		region->index != ask->index || region->plane != ask->plane))
		region = region->next;
	return region;
}

static bool export_served(const struct helper_table *table,
			  const struct table_file *file)
{
	const struct helper_region *region = table->regions;

	if (!file || file->exports)
		return file;
	while (region && (region->file != file->cookie || !region->dmabuf))
		region = region->next;
	return region;
}

static int table_export(const struct helper_table *table,
			const struct shim_ask *ask, bool makes, int *fd,
			uint64_t *len)
{
	const struct table_file *file = helper_table_holder(table, ask->token);
	const struct helper_region *region;
	int ret;

	/* No such ioctl, whatever its argument is. */
	if (!makes && !export_served(table, file))
		return -ENOTTY;
	if (!file)
		return -EACCES;
	if (table->owner && table->owner != file->cookie)
		return -EBUSY;
	if (ask->flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE))
		return -EINVAL;
	/* Its buffers are not known here: one that is not there is EBUSY, too. */
	if (table->fileio)
		return ask->type == table->owner_type ? -EBUSY : -EINVAL;

	region = export_find(table, file->cookie, ask);
	if (!region || (!makes && !region->dmabuf))
		return -EINVAL;
	ret = table_give(table, region, "EXPBUF", fd, len);
	if (region->dmabuf)
		*len = 0;
	return ret;
}

int helper_table_export(struct helper_table *table, const struct shim_ask *ask,
			bool makes, int *fd, uint64_t *len)
{
	int ret;

	pthread_mutex_lock(&table->lock);
	ret = table_export(table, ask, makes, fd, len);
	pthread_mutex_unlock(&table->lock);
	return ret;
}
