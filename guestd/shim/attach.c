// SPDX-License-Identifier: BSD-3-Clause
/*
 * Telling guestd that an open file has a shim.
 */
#include "guestd/shim/attach.h"

#include <stddef.h>
#include <string.h>

#include "guestd/shim/node.h"
#include "guestd/shim/raw.h"
#include "guestd/shim/report.h"

/* One line per file: the beginning of its token stands for it. */
#define FILES 32

static void report_once(int fd, const struct shim_attach *attach)
{
	static uint32_t reported[FILES];
	char name[SHIM_NODE_NAME_LEN];
	uint32_t file;

	memcpy(&file, attach->token, sizeof(file));
	if (__atomic_exchange_n(&reported[file % FILES], file,
				__ATOMIC_RELAXED) == file)
		return;
	shim_node_name(fd, name);
	shim_report(fd, "attached", name, 0);
}

bool shim_attach_file(int fd, struct shim_attach *out)
{
	long ret;

	if (!shim_node_ours(fd))
		return false;
	memset(out, 0, sizeof(*out));
	ret = SHIM_RAW(SYS_ioctl, fd, SHIM_IOCTL_ATTACH, out);
	if (ret < 0) {
		shim_report(fd, "not attached", NULL, (int)-ret);
		return false;
	}
	if (out->magic != SHIM_MAGIC || out->version != SHIM_VERSION ||
	    !memchr(out->path, 0, sizeof(out->path))) {
		shim_report(fd, "not attached: guestd is of another version",
			    NULL, 0);
		return false;
	}
	report_once(fd, out);
	return true;
}
