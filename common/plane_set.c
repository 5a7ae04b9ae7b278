// SPDX-License-Identifier: BSD-3-Clause
/*
 * Descriptors for the planes of one buffer.
 */
#include "common/plane_set.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int plane_set_add(struct plane_set *set, int fd, uint32_t kind,
		  unsigned int *total, unsigned int most)
{
	if (*total >= most)
		return -ENOMEM;
	if (set->count == VIDEO_MAX_PLANES)
		return -E2BIG;
	set->objects[set->count++] =
		(struct plane_object){ .fd = fd, .kind = kind };
	set->total = total;
	++*total;
	return 0;
}

int plane_set_give(struct plane_set *set, unsigned int plane)
{
	int fd = set->objects[plane].fd;

	set->objects[plane].fd = -1;
	return fd;
}

void plane_set_move(struct plane_set *to, struct plane_set *from)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

void plane_set_close(struct plane_set *set)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (set->objects[i].fd >= 0)
			close(set->objects[i].fd);
	if (set->total)
		*set->total -= set->count;
	memset(set, 0, sizeof(*set));
}
