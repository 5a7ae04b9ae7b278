/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of planes that guests have descriptors of, and how much of it there is.
 *
 * A guest may keep a descriptor when the mapping is gone, and with it memory that
 * the kernel charges to nobody.  So an export counts until nobody else holds it:
 * we keep a descriptor of our own, and the kernel knows whether it is the last.
 */
#ifndef HOSTD_EXPORTS_H
#define HOSTD_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/loop.h"
#include "common/protocol.h"
#include "hostd/reopener.h"

struct exports;

/**
 * struct export - One plane's memory
 * @fd:		Ours
 * @anew:	Of a memfd: it is an open file of its own
 * @kind:	As it is told to the guest
 * @len:	Bytes
 * @released:	Its mapping is gone
 */
struct export
{
	LIST_ENTRY(export) next;
	struct exports *exports;
	int fd;
	bool anew;
	enum vms_obj_kind kind;
	uint64_t len;
	bool released;
};

/**
 * struct exports - All of a connection
 * @reopener:	Whom to ask, NULL: nobody
 * @look:	Looks again whether those that are released are held, after
 *		@look_ms: more each time
 * @most:	Bytes that the guest may hold
 * @len:	Bytes of all
 * @full:	The log knows that there was no more room
 */
struct exports {
	struct reopener *reopener;
	LIST_HEAD(, export) all;
	struct loop_timer *look;
	uint32_t look_ms;
	uint64_t most;
	uint64_t len;
	bool full;
};

/**
 * exports_create() - None yet
 * @most:	Bytes that the guest may hold
 *
 * Return: 0 or a negative errno
 */
int exports_create(struct loop *loop, uint64_t most, struct exports **out);

/**
 * exports_set_reopener() - Before the first exports_add()
 * @reopener:	Outlives them; NULL, as at first: who holds what cannot be told
 */
void exports_set_reopener(struct exports *exports, struct reopener *reopener);

/** exports_destroy() - Close all; may be NULL */
void exports_destroy(struct exports *exports);

/** exports_empty() - Is there none, held or not? */
static inline bool exports_empty(const struct exports *exports)
{
	return LIST_EMPTY(&exports->all);
}

/**
 * exports_held() - All mappings are gone
 *
 * What somebody holds is let go of by the loop, when nobody does any more; and now,
 * where that cannot be told.
 *
 * Return: is there any such?
 */
bool exports_held(struct exports *exports);

/**
 * exports_add() - Keep memory that is to be given to the guest
 * @fd:		From device_ops.export_plane, taken over, also on failure
 *
 * Return: 0; -EDQUOT if they are more than it may hold, logged once; -ENOMEM;
 * another negative errno
 */
int exports_add(struct exports *exports, int fd, enum vms_obj_kind kind,
		uint64_t len, struct export **out);

/**
 * export_give() - A descriptor for the guest, the caller's
 *
 * Return: it, or a negative errno
 */
int export_give(const struct export *export);

/**
 * export_release() - Its mapping is gone
 * @export:	May be NULL; freed as soon as nobody else holds it
 */
void export_release(struct export *export);

#endif
