// SPDX-License-Identifier: BSD-3-Clause
/*
 * The window: a sorted list of mappings.
 *
 * It only grows at its end, since addresses do.
 */
#include "hostd/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void window_finish(struct window *window)
{
	unsigned int i;

	for (i = 0; i < window->count; i++)
		free(window->mappings[i]);
	free(window->mappings);
	window->mappings = NULL;
	window->count = 0;
}

int window_add(struct window *window, const struct device_map *map,
	       struct mapping **out)
{
	const uint64_t page = VMS_PAGE_SIZE;
	uint64_t len = (map->len + page - 1) & ~(page - 1);
	struct mapping **mappings;
	struct mapping *mapping;

	if (window->count == WINDOW_MAPPINGS_MAX ||
	    len > WINDOW_LEN - window->next)
		return -ENOSPC;
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	mappings = realloc(window->mappings,
			   (window->count + 1) * sizeof(struct mapping *));
	if (!mappings) {
		free(mapping);
		return -ENOMEM;
	}
	mapping->addr = window->next;
	mapping->map = *map;
	window->next += len;
	window->mappings = mappings;
	window->mappings[window->count++] = mapping;
	*out = mapping;
	return 0;
}

/* Addresses only grow, so the list is sorted. */
struct mapping *window_find(const struct window *window, uint64_t addr,
			    size_t len)
{
	unsigned int low = 0;
	unsigned int high = window->count;
	struct mapping *mapping;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (window->mappings[middle]->addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	mapping = window->mappings[low - 1];
	if (len > mapping->map.len ||
	    addr - mapping->addr > mapping->map.len - len)
		return NULL;
	return mapping;
}

void window_remove(struct window *window, struct mapping *mapping)
{
	unsigned int i;

	for (i = 0; i < window->count; i++)
		if (window->mappings[i] == mapping)
			break;
	if (i == window->count)
		return;
	window->count--;
	memmove(&window->mappings[i], &window->mappings[i + 1],
		(window->count - i) * sizeof(struct mapping *));
	export_release(mapping->export);
	slice_drop(mapping->slice);
	free(mapping);
}
