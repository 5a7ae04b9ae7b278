// SPDX-License-Identifier: BSD-3-Clause
/*
 * How many files this process may have.
 */
#include "common/filelimit.h"

#include <errno.h>
#include <sys/resource.h>

int filelimit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}
