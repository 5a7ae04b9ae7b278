// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the memory helper knows.
 *
 * A client of the shim's socket reaches the buffers of the file whose token it
 * has, and no others: that is all that a search through the regions goes by.
 */
#include "guestd/helper_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "common/log.h"
#include "guestd/helper_marks.h"

#define TABLE_PAGE_LEN 4096u

struct table_file {
	struct table_file *next;
	uint64_t cookie;
	uint8_t token[SHIM_TOKEN_LEN];
	bool writable;
	bool exports; /* dma-bufs of the host's, even while there is none */
};

struct helper_table {
	pthread_mutex_t lock;
	struct helper_region *regions;
	struct table_file *files;
	struct helper_marks *marks; /* NULL: guestd has not asked for them */
	uint64_t owner;             /* 0: nobody */
	uint32_t owner_type;
	bool fileio; /* that one's queue is read()'s or write()'s */
	bool forgot; /* an open file, for want of memory: nobody has its token */
};

int helper_table_create(struct helper_table **out)
{
	struct helper_table *table;

	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	pthread_mutex_init(&table->lock, NULL);
	*out = table;
	return 0;
}

void helper_table_destroy(struct helper_table *table)
{
	if (!table)
		return;
	while (table->regions)
		helper_table_remove(table, table->regions->id);
	while (table->files)
		helper_table_close(table, table->files->cookie);
	helper_marks_close(table->marks);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* ---- regions ----------------------------------------------------------- */

static uint64_t table_pages(uint64_t len)
{
	const uint64_t page = TABLE_PAGE_LEN;

	return (len + page - 1) & ~(page - 1);
}

/* Return: one reference; NULL if it cannot be had */
static struct helper_region *region_create(const struct helper_request *request,
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

static struct helper_region **table_find(struct helper_table *table,
					 uint32_t id)
{
	struct helper_region **link = &table->regions;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static struct table_file **table_find_file(struct helper_table *table,
					   uint64_t cookie)
{
	struct table_file **link = &table->files;

	while (*link && (*link)->cookie != cookie)
		link = &(*link)->next;
	return link;
}

/* A client that maps it shall not meet its end before @len. */
static bool region_holds(int fd, uint64_t len)
{
	off_t end = lseek(fd, 0, SEEK_END);

	return len && end > 0 && table_pages(len) <= (uint64_t)end;
}

bool helper_table_add(struct helper_table *table,
		      const struct helper_request *request, int fd)
{
	struct helper_region *region = NULL;
	bool sense;

	if (fd >= 0 && request->file && !region_holds(fd, request->len))
		return false;

	pthread_mutex_lock(&table->lock);
	sense = !*table_find(table, request->region) &&
		(!request->file || table->forgot ||
		 *table_find_file(table, request->file));
	pthread_mutex_unlock(&table->lock);
	if (!sense)
		return false;

	if (fd >= 0)
		region = region_create(request, fd);
	if (!region) {
		log_err("helper: no room for %" PRIu64 " bytes of a plane",
			request->len);
		return true;
	}

	pthread_mutex_lock(&table->lock);
	region->next = table->regions;
	table->regions = region;
	pthread_mutex_unlock(&table->lock);
	return true;
}

void helper_table_remove(struct helper_table *table, uint32_t id)
{
	struct helper_region **link, *region;

	pthread_mutex_lock(&table->lock);
	link = table_find(table, id);
	region = *link;
	if (region)
		*link = region->next;
	pthread_mutex_unlock(&table->lock);
	helper_region_put(region);
}

struct helper_region *helper_table_get(struct helper_table *table, uint32_t id)
{
	struct helper_region *region;

	pthread_mutex_lock(&table->lock);
	region = *table_find(table, id);
	if (region)
		atomic_fetch_add(&region->users, 1);
	pthread_mutex_unlock(&table->lock);
	return region;
}

/* ---- files --------------------------------------------------------------- */

/* Takes the same time wherever they differ. */
static bool token_equal(const uint8_t *one, const uint8_t *other)
{
	volatile uint8_t differs = 0;
	size_t i;

	for (i = 0; i < SHIM_TOKEN_LEN; i++)
		differs |= one[i] ^ other[i];
	return !differs;
}

static const struct table_file *table_holder(const struct helper_table *table,
					     const uint8_t *token)
{
	const struct table_file *found = NULL, *file;

	for (file = table->files; file; file = file->next)
		if (token_equal(file->token, token))
			found = file;
	return found;
}

bool helper_table_share(struct helper_table *table, int fd)
{
	struct helper_marks *marks;
	bool sense;

	if (fd < 0)
		return true;

	marks = helper_marks_open(fd);
	pthread_mutex_lock(&table->lock);
	sense = marks && !table->marks;
	if (sense)
		table->marks = marks;
	pthread_mutex_unlock(&table->lock);
	if (!sense)
		helper_marks_close(marks);
	return sense;
}

bool helper_table_attach(struct helper_table *table,
			 const struct helper_request *request)
{
	struct table_file *file;
	bool sense;

	file = calloc(1, sizeof(*file));
	if (!file) {
		log_err("helper: no room for an open file");
		pthread_mutex_lock(&table->lock);
		table->forgot = true;
		pthread_mutex_unlock(&table->lock);
		return true;
	}
	file->cookie = request->file;
	file->writable = request->count & HELPER_ATTACH_WRITABLE;
	file->exports = request->count & HELPER_ATTACH_EXPORTS;
	memcpy(file->token, request->token, sizeof(file->token));

	pthread_mutex_lock(&table->lock);
	sense = request->file && !*table_find_file(table, request->file) &&
		!table_holder(table, request->token);
	if (sense) {
		file->next = table->files;
		table->files = file;
	}
	pthread_mutex_unlock(&table->lock);
	if (!sense)
		free(file);
	return sense;
}

void helper_table_own(struct helper_table *table,
		      const struct helper_request *request)
{
	pthread_mutex_lock(&table->lock);
	table->owner = request->file;
	table->owner_type = request->buf_type;
	table->fileio = request->file && request->count;
	pthread_mutex_unlock(&table->lock);
}

/* With the lock.  Return: regions that have left the table */
static struct helper_region *table_take(struct helper_table *table,
					uint64_t file)
{
	struct helper_region **link = &table->regions, *taken = NULL;

	while (*link) {
		struct helper_region *region = *link;

		if (region->file != file) {
			link = &region->next;
			continue;
		}
		*link = region->next;
		region->next = taken;
		taken = region;
	}
	return taken;
}

void helper_table_close(struct helper_table *table, uint64_t file)
{
	struct helper_region *taken = NULL;
	struct table_file **link, *closed;

	pthread_mutex_lock(&table->lock);
	link = table_find_file(table, file);
	closed = *link;
	if (closed) {
		*link = closed->next;
		taken = table_take(table, file);
	}
	pthread_mutex_unlock(&table->lock);

	while (taken) {
		struct helper_region *region = taken;

		taken = region->next;
		helper_region_put(region);
	}
	free(closed);
}

/* ---- the shim -------------------------------------------------------------- */

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
	*len = table_pages(region->len);
	return 0;
}

/* With the lock; @fd is set to a duplicate. */
static int table_map(const struct helper_table *table,
		     const struct shim_ask *ask, int *fd, uint64_t *len)
{
	const struct table_file *file = table_holder(table, ask->token);
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
	    ask->len > table_pages(region->len))
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
	const struct table_file *file = table_holder(table, ask->token);
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
