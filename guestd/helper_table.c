// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the memory helper knows: what guestd says.
 */
#include "guestd/helper_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/monotonic.h"
#include "guestd/helper_marks.h"
#include "guestd/helper_table_parts.h"

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

static struct helper_region **table_find(struct helper_table *table,
					 uint64_t id)
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

/* In the helper's first thread alone; programs can have it happen again and again. */
static void table_say_full(struct helper_table *table, uint64_t len)
{
	enum log_level level =
		log_rate_level(&table->full, monotonic_ns(), LOG_LEVEL_ERR);

	log_line(level, "helper: no room for %" PRIu64 " bytes of a plane",
		 len);
}

bool helper_table_add(struct helper_table *table,
		      const struct helper_request *request, int fd)
{
	struct helper_region *region = NULL;
	bool sense;

	if (fd >= 0 && request->file && !helper_region_fits(fd, request->len))
		return false;

	pthread_mutex_lock(&table->lock);
	sense = !*table_find(table, request->region) &&
		(!request->file || table->forgot ||
		 *table_find_file(table, request->file));
	pthread_mutex_unlock(&table->lock);
	if (!sense)
		return false;

	if (fd >= 0)
		region = helper_region_create(request, fd);
	if (!region) {
		table_say_full(table, request->len);
		return true;
	}

	pthread_mutex_lock(&table->lock);
	region->next = table->regions;
	table->regions = region;
	pthread_mutex_unlock(&table->lock);
	return true;
}

void helper_table_remove(struct helper_table *table, uint64_t id)
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

struct helper_region *helper_table_get(struct helper_table *table, uint64_t id)
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

const struct table_file *helper_table_holder(const struct helper_table *table,
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
		!helper_table_holder(table, request->token);
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
