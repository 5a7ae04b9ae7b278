// SPDX-License-Identifier: BSD-3-Clause
/*
 * What victims are called.
 */
#include "tests/lab/shared/victim.h"

#include <assert.h>

static const char *const names[] = {
	[VICTIM_DQBUF] = "dqbuf",     [VICTIM_USER] = "user",
	[VICTIM_POLL] = "poll",       [VICTIM_READ] = "read",
	[VICTIM_SLOW] = "slow",       [VICTIM_FORMAT] = "format",
	[VICTIM_REQBUFS] = "reqbufs", [VICTIM_MAP] = "map",
	[VICTIM_MAPPED] = "mapped",   [VICTIM_OPEN] = "open",
	[VICTIM_EVENT] = "event",
};

static_assert(sizeof(names) / sizeof(names[0]) == VICTIM_MODES,
	      "each mode has a name");

const char *victim_mode_name(enum victim_mode mode)
{
	return names[mode];
}
