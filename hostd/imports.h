/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that a guest has sent for its buffers, and how much of it there is.
 *
 * Descriptors wait here for the QBUF that they are for, then they are its command's;
 * the device keeps what it needs.  A guest can send what it likes, so their number
 * is limited, and the bytes that devices keep are, too: memory of a program's that
 * has ended is charged to nobody.
 */
#ifndef HOSTD_IMPORTS_H
#define HOSTD_IMPORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/plane_set.h"

struct import;

/**
 * struct imports - All of a connection; zeroed, but for @most: none
 * @waiting:	For their QBUF
 * @count:	Descriptors, with those of commands: at most VMS_OBJECTS_MAX
 * @most:	Bytes that devices may keep
 * @len:	Bytes that are held
 * @full:	The log knows that there was no more room
 * @lost:	And that an OBJ came without memory
 */
struct imports {
	LIST_HEAD(, import) waiting;
	unsigned int count;
	uint64_t most;
	uint64_t len;
	bool full;
	bool lost;
};

/** imports_finish() - Close those that wait; commands and buffers are gone */
void imports_finish(struct imports *imports);

/**
 * imports_add() - OBJ came
 * @tag:	Of the REQ that is to follow
 * @fd:		Taken over on success; -1: the guest could not pass it
 *
 * Return: 0; -EPROTO if no guest sends so many; -ENOMEM
 */
int imports_add(struct imports *imports, uint32_t tag, int fd,
		enum vms_obj_kind kind);

/**
 * imports_take() - The REQ came
 * @out:	Set to what came for it, maybe nothing
 */
void imports_take(struct imports *imports, uint32_t tag, struct plane_set *out);

/**
 * struct import_hold - Bytes that a command or a buffer holds; zeroed: none
 */
struct import_hold {
	struct imports *imports;
	uint64_t len;
};

/**
 * imports_check() - May a device have these?
 * @kinds:	device_ops.imports
 * @lens:	What the guest says each of them has; 0: all that is there
 * @hold:	Holds their bytes, on success
 *
 * The kernel is asked what they are, nobody is believed.
 *
 * Return: 0; -EINVAL if one is something else, or can grow; -EFAULT if it has less;
 * -ENOMEM if one could not be passed, or if they are too many, logged once
 */
int imports_check(struct imports *imports, const struct plane_set *set,
		  unsigned int kinds, const uint32_t *lens,
		  struct import_hold *hold);

/**
 * import_hold_keep() - A buffer's QBUF succeeded
 * @buffer:	The buffer's; gets what @command has, if that is more.  The device may
 *		still have what was there before
 */
void import_hold_keep(struct import_hold *buffer, struct import_hold *command);

/** import_hold_drop() - The device has let go of it */
void import_hold_drop(struct import_hold *hold);

#endif
