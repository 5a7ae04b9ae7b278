// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory of planes that guests have descriptors of.
 *
 * Whether somebody else holds it is in fdinfo of a dma-buf (`count:`, which has
 * mappings too).  Of a memfd it is told by a lease: F_WRLCK is given only while no
 * other open file of it exists.  Descriptors that are copies are one open file,
 * and that of memfd_create(2) does not count, so the guest and we each get one that
 * was opened anew, through /proc.  Both are the reopener's to do: this process opens
 * nothing.  Where that cannot be it counts until the connection ends.  Two of ours
 * would keep each other, so there is one.
 *
 * What is open with O_PATH keeps memory, too, and neither way tells.
 */
#include "hostd/exports.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define EXPORTS_LOOK_FIRST 20 /* ms; the guest closes when it has unmapped */
#define EXPORTS_LOOK_LAST  10000

/* ---- one ---------------------------------------------------------------- */

static int copy(int fd)
{
	int copied = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copied < 0 ? -errno : copied;
}

/* Return: an open file of its own, or a copy where that cannot be, see @anew */
static int open_anew(const struct exports *exports, int fd, bool *anew)
{
	int opened = reopener_anew(exports->reopener, fd);

	*anew = opened >= 0;
	if (opened < 0)
		return copy(fd);
	return opened;
}

int export_give(const struct export *export)
{
	bool anew;

	return export->kind == VMS_OBJ_MEMFD
		       ? open_anew(export->exports, export->fd, &anew)
		       : copy(export->fd);
}

/* As reopener_held() */
static int memfd_held(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		return errno == EAGAIN ? 1 : -errno;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

static int export_held(const struct export *export)
{
	switch (export->kind) {
	case VMS_OBJ_MEMFD:
		return export->anew ? memfd_held(export->fd) : -ENODATA;
	case VMS_OBJ_DMABUF:
		return reopener_held(export->exports->reopener, export->fd);
	case VMS_OBJ_SHMEM: /* is no export */
		break;
	}
	return -EINVAL;
}

static void export_free(struct export *export)
{
	LIST_REMOVE(export, next);
	export->exports->len -= export->len;
	close(export->fd);
	free(export);
}

/* ---- all ---------------------------------------------------------------- */

/* Let go of what nobody holds.  Return: is something left that was released? */
static bool exports_sweep(struct exports *exports)
{
	struct export *export = LIST_FIRST(&exports->all);
	struct export *next;
	bool left = false;

	for (; export; export = next) {
		next = LIST_NEXT(export, next);
		if (!export->released)
			continue;
		if (export_held(export))
			left = true;
		else
			export_free(export);
	}
	return left;
}

static void exports_look(void *data)
{
	struct exports *exports = data;

	if (!exports_sweep(exports))
		return;
	exports->look_ms *= 2;
	if (exports->look_ms > EXPORTS_LOOK_LAST)
		exports->look_ms = EXPORTS_LOOK_LAST;
	loop_timer_set(exports->look, exports->look_ms * LOOP_MS);
}

void export_release(struct export *export)
{
	struct exports *exports;

	if (!export)
		return;
	exports = export->exports;
	export->released = true;
	exports->look_ms = EXPORTS_LOOK_FIRST;
	loop_timer_set(exports->look, exports->look_ms * LOOP_MS);
}

static bool exports_fit(const struct exports *exports, uint64_t len)
{
	return len <= exports->most && exports->len <= exports->most - len;
}

static int exports_check(struct exports *exports, uint64_t len)
{
	if (!exports_fit(exports, len))
		exports_sweep(exports);
	if (exports_fit(exports, len))
		return 0;
	if (!exports->full)
		log_warn("a guest holds %" PRIu64 " bytes of shared buffers of "
			 "%" PRIu64 ", another %" PRIu64 " are copied instead",
			 exports->len, exports->most, len);
	exports->full = true;
	return -EDQUOT;
}

static bool is_same_file(int fd, const struct stat *file)
{
	struct stat other;

	if (fstat(fd, &other) < 0)
		return false;
	return other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

/*
 * The guest has unmapped it, and maps it again before it has been let go of.
 *
 * @fd: a memfd.  Return: NULL if there is none
 */
static struct export *exports_find(const struct exports *exports, int fd)
{
	struct export *export;
	struct stat file;

	if (fstat(fd, &file) < 0)
		return NULL;
	LIST_FOREACH(export, &exports->all, next)
	if (export->released && export->kind == VMS_OBJ_MEMFD &&
	    is_same_file(export->fd, &file))
		return export;
	return NULL;
}

int exports_add(struct exports *exports, int fd, enum vms_obj_kind kind,
		uint64_t len, struct export **out)
{
	struct export *export = NULL;
	bool anew = false;
	int own = fd;
	int ret;

	if (kind == VMS_OBJ_MEMFD)
		export = exports_find(exports, fd);
	if (export) {
		close(fd);
		export->released = false;
		*out = export;
		return 0;
	}
	ret = exports_check(exports, len);
	if (ret < 0)
		goto err_close;
	if (kind == VMS_OBJ_MEMFD) {
		own = open_anew(exports, fd, &anew);
		close(fd);
		if (own < 0)
			return own;
	}
	export = calloc(1, sizeof(*export));
	if (!export) {
		ret = -ENOMEM;
		goto err_close;
	}
	export->exports = exports;
	export->fd = own;
	export->anew = anew;
	export->kind = kind;
	export->len = len;
	exports->len += len;
	LIST_INSERT_HEAD(&exports->all, export, next);
	*out = export;
	return 0;

err_close:
	close(own);
	return ret;
}

bool exports_held(struct exports *exports)
{
	struct export *export = LIST_FIRST(&exports->all);
	struct export *next;

	for (; export; export = next) {
		next = LIST_NEXT(export, next);
		if (export_held(export) > 0)
			export_release(export);
		else
			export_free(export);
	}
	return !exports_empty(exports);
}

int exports_create(struct loop *loop, uint64_t most, struct exports **out)
{
	struct exports *exports = calloc(1, sizeof(*exports));
	int ret;

	if (!exports)
		return -ENOMEM;
	exports->most = most;
	LIST_INIT(&exports->all);
	/* Whoever opens a memfd anew while its lease is tried out sends that. */
	signal(SIGIO, SIG_IGN);
	ret = loop_timer(loop, exports_look, exports, &exports->look);
	if (ret < 0) {
		free(exports);
		return ret;
	}
	*out = exports;
	return 0;
}

void exports_set_reopener(struct exports *exports, struct reopener *reopener)
{
	exports->reopener = reopener;
}

void exports_destroy(struct exports *exports)
{
	struct export *export;

	if (!exports)
		return;
	while ((export = LIST_FIRST(&exports->all)))
		export_free(export);
	loop_timer_destroy(exports->look);
	free(exports);
}
