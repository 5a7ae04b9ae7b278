/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd says of a node that is there, and of what it cannot do: in the log,
 * each with its cure.
 *
 * It is said when the node can be used, so that whoever cannot start guestd at all
 * reads why, and nothing else.
 */
#ifndef GUESTD_ANNOUNCE_H
#define GUESTD_ANNOUNCE_H

#include <sys/types.h>

#include "guestd/device.h"
#include "guestd/settings.h"

/**
 * announce_limits() - What programs cannot have for want of ptrace rights, if so
 * @ptrace_error: What helper_start() said where they were wanted, else 0
 */
void announce_limits(const struct settings *settings, int ptrace_error);

/**
 * announce_no_shim() - There is no socket for programs' shims, though wanted
 * @error:	shimsocket_create()'s or shimsocket_place()'s
 */
void announce_no_shim(const char *path, int error);

/** announce_node() - What the node at @path is, and what does not fit there */
void announce_node(const struct settings *settings,
		   const struct guest_device *device, const char *path,
		   dev_t rdev);

#endif
