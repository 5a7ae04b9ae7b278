// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that a guest has sent for its buffers.
 */
#include "hostd/imports.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/log.h"

struct import {
	LIST_ENTRY(import) next;
	uint32_t tag;
	struct plane_set set;
};

static struct import *imports_find(const struct imports *imports, uint32_t tag)
{
	struct import *import;

	LIST_FOREACH(import, &imports->waiting, next)
	if (import->tag == tag)
		return import;
	return NULL;
}

int imports_add(struct imports *imports, uint32_t tag, int fd,
		enum vms_obj_kind kind)
{
	struct import *import = imports_find(imports, tag);

	if (imports->count == VMS_OBJECTS_MAX)
		return -EPROTO;
	if (!import) {
		import = calloc(1, sizeof(*import));
		if (!import)
			return -ENOMEM;
		import->tag = tag;
		LIST_INSERT_HEAD(&imports->waiting, import, next);
	}
	if (plane_set_add(&import->set, fd, kind, &imports->count,
			  VMS_OBJECTS_MAX))
		return -EPROTO;
	return 0;
}

static void import_free(struct import *import)
{
	LIST_REMOVE(import, next);
	plane_set_finish(&import->set);
	free(import);
}

void imports_take(struct imports *imports, uint32_t tag, struct plane_set *out)
{
	struct import *import = imports_find(imports, tag);

	plane_set_init(out);
	if (!import)
		return;
	plane_set_move(out, &import->set);
	import_free(import);
}

void imports_finish(struct imports *imports)
{
	struct import *import;

	while ((import = LIST_FIRST(&imports->waiting)))
		import_free(import);
}

/* ---- bytes ----------------------------------------------------------------- */

static int imports_hold(struct imports *imports, uint64_t len,
			struct import_hold *hold)
{
	if (len > imports->most || imports->len > imports->most - len) {
		if (!imports->full)
			log_warn("a guest's buffers hold %" PRIu64
				 " bytes of its own memory of %" PRIu64
				 ", another %" PRIu64 " are refused",
				 imports->len, imports->most, len);
		imports->full = true;
		return -ENOMEM;
	}
	imports->len += len;
	hold->imports = imports;
	hold->len = len;
	return 0;
}

static int imports_lost(struct imports *imports)
{
	if (!imports->lost)
		log_warn("a guest could not pass memory for its buffers: too "
			 "many descriptors of its user wait in sockets "
			 "(unix(7))");
	imports->lost = true;
	return -ENOMEM;
}

/*
 * Its program can make a memfd longer after it was counted, or have given it memory
 * behind its end before that.  So it is sealed, and what was behind the end then is
 * no more than what may be before it.
 */
static bool imports_bounded(const struct plane_object *object, uint64_t len)
{
	int seals = fcntl(object->fd, F_GET_SEALS);
	struct stat file;

	if (object->kind != VMS_OBJ_MEMFD)
		return true;
	return seals >= 0 && (seals & F_SEAL_GROW) &&
	       fstat(object->fd, &file) == 0 &&
	       (uint64_t)file.st_blocks * 512 <= len + VMS_PAGE_SIZE;
}

int imports_check(struct imports *imports, const struct plane_set *set,
		  unsigned int kinds, const uint32_t *lens,
		  struct import_hold *hold)
{
	uint64_t sum = 0;
	unsigned int i;
	uint32_t kind;
	uint64_t len;

	for (i = 0; i < set->count; i++) {
		if (set->objects[i].fd < 0)
			return imports_lost(imports);
		if (plane_object_identify(set->objects[i].fd, &kind, &len) ||
		    kind != set->objects[i].kind || !(kinds & 1u << kind) ||
		    !imports_bounded(&set->objects[i], len))
			return -EINVAL;
		if (lens[i] > len)
			return -EFAULT;
		if (len > imports->most)
			len = imports->most + 1;
		sum += len;
	}
	return imports_hold(imports, sum, hold);
}

void import_hold_keep(struct import_hold *buffer, struct import_hold *command)
{
	struct import_hold less = *command;

	if (!command->imports)
		return;
	if (command->len > buffer->len) {
		less = *buffer;
		*buffer = *command;
	}
	import_hold_drop(&less);
	command->imports = NULL;
}

void import_hold_drop(struct import_hold *hold)
{
	if (hold->imports)
		hold->imports->len -= hold->len;
	hold->imports = NULL;
	hold->len = 0;
}
