/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guestd's command line.
 */
#ifndef GUESTD_SETTINGS_H
#define GUESTD_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/options.h"
#include "guestd/cuse.h"
#include "guestd/device.h"
#include "guestd/ivshmem.h"
#include "guestd/shimsocket.h"

/**
 * struct settings - What the options say
 * @cuse:	name is empty for --device auto
 * @device:	Connection
 * @owner, @group: Of the node; -1: as the kernel made it
 * @mode:	Of the node; 0: as the kernel made it
 * @permissions_given: There was one of --owner and --mode
 * @ptrace:	Copy application memory; false: --no-ptrace
 * @shim:	Path of the socket for applications' shims; empty: by the node's
 *		name
 * @no_shim:	--shim-socket none
 * @shm:	Memory that hostd has, too
 * @list:	Only list what hostd offers
 * @verbose:	Log debug lines, too
 * @busy_poll_us: For loop_busy_poll()
 * @device_given: There was a --device, which only --list can do without
 */
struct settings {
	struct cuse_config cuse;
	struct guest_device_config device;
	uid_t owner;
	gid_t group;
	mode_t mode;
	bool permissions_given;
	bool ptrace;
	char shim[SHIMSOCKET_PATH_MAX + 1];
	bool no_shim;
	struct ivshmem shm;
	bool list;
	bool verbose;
	unsigned int busy_poll_us;
	bool device_given;
};

/** settings_parse() - As options_parse(), with defaults filled in */
enum options_result settings_parse(int argc, char **argv,
				   struct settings *settings);

#endif
