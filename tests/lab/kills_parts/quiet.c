// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the daemons have while nobody uses them.
 */
#include "tests/lab/kills_parts/quiet.h"

#include <limits.h>
#include <stdio.h>

#include "tests/lab/kills_parts/world.h"
#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/usage.h"

#define OF_ROLE  8 /* processes */
#define SAME     5 /* looks */
#define PAUSE_MS 50

/* What is in use at the end of a heap keeps what is before it. */
#define GROWN_KB 64

enum role {
	ROLE_HOSTD,
	ROLE_HOSTD_GUEST,
	ROLE_HOSTD_OPENER,
	ROLE_GUESTD,
	ROLE_GUESTD_MEMORY,
	ROLE_COUNT,
};

static const char *const names[ROLE_COUNT] = {
	[ROLE_HOSTD] = "hostd",
	[ROLE_HOSTD_GUEST] = "hostd-guest",
	[ROLE_HOSTD_OPENER] = "hostd-opener",
	[ROLE_GUESTD] = "guestd",
	[ROLE_GUESTD_MEMORY] = "guestd-memory",
};

/**
 * struct look - All processes of one role
 * @fds:	Of all of them
 */
struct look {
	unsigned int count;
	pid_t pids[OF_ROLE];
	long kb[OF_ROLE];
	long fds;
};

static struct look first[ROLE_COUNT];
static struct look before[ROLE_COUNT];
static long grown_kb[ROLE_COUNT];

static void find(enum role role, struct look *look)
{
	unsigned int i;

	switch (role) {
	case ROLE_HOSTD:
		look->pids[look->count++] = world_hostd();
		break;
	case ROLE_HOSTD_GUEST:
	case ROLE_HOSTD_OPENER:
		look->count = world_children(world_hostd(), names[role],
					     look->pids, OF_ROLE);
		break;
	case ROLE_GUESTD:
	case ROLE_GUESTD_MEMORY:
	case ROLE_COUNT:
		for (i = 0; i < WORLD_NODES; i++)
			if (role == ROLE_GUESTD)
				look->pids[look->count++] = world_guestd(i);
			else
				look->count += world_children(
					world_guestd(i), names[role],
					look->pids + look->count,
					OF_ROLE - look->count);
		break;
	}
}

static struct look look_at(enum role role)
{
	struct look look = { 0 };
	struct usage usage;
	unsigned int i;

	find(role, &look);
	for (i = 0; i < look.count; i++) {
		if (!usage_look(look.pids[i], &usage))
			continue;
		look.kb[i] = usage.kb;
		look.fds += usage.fds;
	}
	return look;
}

static bool same(const struct look *a, const struct look *b)
{
	return a->count == b->count && a->fds == b->fds;
}

/* Some files are opened when they are needed first, and then stay. */
static bool no_more(const struct look *look, const struct look *than)
{
	return look->count == than->count && look->fds <= than->fds;
}

void quiet_begin(void)
{
	struct look look;
	int times = 0;
	int role;

	while (times++ < SAME) {
		for (role = 0; role < ROLE_COUNT; role++) {
			look = look_at(role);
			if (!same(&look, &first[role]))
				times = 0;
			first[role] = look;
		}
		pause_ms(PAUSE_MS);
	}
}

bool quiet_is(void)
{
	struct look look;
	int role;

	for (role = 0; role < ROLE_COUNT; role++) {
		look = look_at(role);
		if (!no_more(&look, &first[role]))
			return false;
	}
	return true;
}

void quiet_blame(void)
{
	struct look look;
	int role;

	for (role = 0; role < ROLE_COUNT; role++) {
		look = look_at(role);
		if (!no_more(&look, &first[role]))
			wrong(RULE_FLAT,
			      "%s: %u processes, %ld fds, not %u, %ld",
			      names[role], look.count, look.fds,
			      first[role].count, first[role].fds);
	}
}

/* ---- memory ---------------------------------------------------------------------- */

void quiet_remember(void)
{
	int role;

	for (role = 0; role < ROLE_COUNT; role++)
		before[role] = look_at(role);
}

static long kb_before(enum role role, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < before[role].count; i++)
		if (before[role].pids[i] == pid)
			return before[role].kb[i];
	return LONG_MAX;
}

void quiet_grown(void)
{
	struct look look;
	unsigned int i;
	long more;
	int role;

	for (role = 0; role < ROLE_COUNT; role++) {
		look = look_at(role);
		for (i = 0; i < look.count; i++) {
			more = look.kb[i] - kb_before(role, look.pids[i]);
			if (more > grown_kb[role])
				grown_kb[role] = more;
			if (more > GROWN_KB)
				wrong(RULE_FLAT, "%s %d: %ld KiB more",
				      names[role], look.pids[i], more);
		}
	}
}

void quiet_report(void)
{
	int role;

	for (role = 0; role < ROLE_COUNT; role++)
		printf("# %s: %u processes, %ld fds, up to %ld KiB more\n",
		       names[role], first[role].count, first[role].fds,
		       grown_kb[role]);
}
