/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors for the planes of one buffer, in order, and how many there are in all
 * sets of somebody.
 */
#ifndef COMMON_PLANE_SET_H
#define COMMON_PLANE_SET_H

#include "common/plane_object.h"
#include "common/protocol.h"

/**
 * struct plane_set - Those of one buffer
 * @objects:	@count of them; fd -1: given away
 * @total:	Counts those of all sets that have it; NULL: nobody counts
 */
struct plane_set {
	unsigned int count;
	unsigned int *total;
	struct plane_object objects[VIDEO_MAX_PLANES];
};

/** plane_set_init() - None; as if the set were zeroed */
static inline void plane_set_init(struct plane_set *set)
{
	set->count = 0;
	set->total = NULL;
}

/**
 * plane_set_add() - One more
 * @fd:		Taken over on success
 * @kind:	enum vms_obj_kind
 * @total:	The same for all of a set; outlives it
 * @most:	What @total may become
 *
 * Return: 0, -ENOMEM if there are @most, -E2BIG if no buffer has so many planes
 */
int plane_set_add(struct plane_set *set, int fd, uint32_t kind,
		  unsigned int *total, unsigned int most);

/**
 * plane_set_give() - Give one away, which counts until the set is finished
 * @plane:	Less than @count
 *
 * Return: its descriptor, the caller's; -1 if it was given away already
 */
int plane_set_give(struct plane_set *set, unsigned int plane);

/** plane_set_move() - @to, which is empty, gets all, and @from is empty */
void plane_set_move(struct plane_set *to, struct plane_set *from);

/** plane_set_close() - plane_set_finish() of one that is not empty */
void plane_set_close(struct plane_set *set);

/** plane_set_finish() - Close what was not given away: it is empty, as most are before */
static inline void plane_set_finish(struct plane_set *set)
{
	if (set->count || set->total)
		plane_set_close(set);
}

#endif
