// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who may die, and how that is done.
 */
#include "tests/lab/kills_parts/strike.h"

#include <assert.h>
#include <signal.h>
#include <sys/types.h>

#include "tests/lab/kills_parts/crowd.h"
#include "tests/lab/kills_parts/world.h"
#include "tests/lab/shared/process.h"

#define PAUSE_MS 150

static const char *const names[] = {
	[TARGET_GUESTD] = "guestd",
	[TARGET_HELPER] = "helper",
	[TARGET_LISTENER] = "listener",
	[TARGET_GUEST] = "guest",
	[TARGET_OPENER] = "opener",
	[TARGET_CONNECTION] = "connection",
	[TARGET_APPLICATION] = "application",
	[TARGET_PAUSED_GUESTD] = "stop guestd",
	[TARGET_PAUSED_HELPER] = "stop helper",
	[TARGET_PAUSED_GUEST] = "stop guest",
	[TARGET_PAUSED_APPLICATION] = "stop appl.",
};

static_assert(sizeof(names) / sizeof(names[0]) == TARGET_COUNT,
	      "each target has a name");

const char *target_name(enum target target)
{
	return names[target];
}

static bool end(pid_t pid)
{
	return pid > 0 && kill(pid, SIGKILL) == 0;
}

static bool stop(pid_t pid)
{
	if (pid <= 0 || kill(pid, SIGSTOP) < 0)
		return false;
	pause_ms(PAUSE_MS);
	kill(pid, SIGCONT);
	return true;
}

/*
 * One of those that serve.  Others there may be, whose connection is over and whose
 * buffers somebody still holds: nobody would see their end.
 */
static pid_t serving(const char *name, unsigned int nth)
{
	pid_t pids[16];
	unsigned int count = world_children(world_hostd(), name, pids, 16);

	return count == WORLD_NODES ? pids[nth % count] : 0;
}

static bool do_strike(enum target target, unsigned int nth, struct strike *out)
{
	unsigned int node = nth % WORLD_NODES;

	switch (target) {
	case TARGET_GUESTD:
	case TARGET_HELPER:
		out->nodes = 1u << node;
		out->restarts = true;
		return end(target == TARGET_GUESTD
				   ? world_guestd(node)
				   : world_child(world_guestd(node),
						 "guestd-memory", 0));
	case TARGET_LISTENER:
		out->nodes = WORLD_ALL;
		out->restarts = true;
		return end(world_hostd());
	case TARGET_GUEST:
	case TARGET_OPENER:
		out->unknown = true;
		return end(serving(target == TARGET_GUEST ? "hostd-guest"
							  : "hostd-opener",
				   nth));
	case TARGET_CONNECTION:
		out->nodes = 1u << node;
		return world_cut(node);
	case TARGET_APPLICATION:
		out->which = crowd_one(nth);
		return out->which < CROWD_COUNT && end(crowd_pid(out->which));
	case TARGET_PAUSED_GUESTD:
		return stop(world_guestd(node));
	case TARGET_PAUSED_HELPER:
		return stop(
			world_child(world_guestd(node), "guestd-memory", 0));
	case TARGET_PAUSED_GUEST:
		return stop(serving("hostd-guest", nth));
	case TARGET_PAUSED_APPLICATION:
		out->which = crowd_one(nth);
		return out->which < CROWD_COUNT && stop(crowd_pid(out->which));
	case TARGET_COUNT:
		break;
	}
	return false;
}

bool strike(enum target target, unsigned int nth, struct strike *out)
{
	*out = (struct strike){ .at_ns = now_ns() };
	return do_strike(target, nth, out);
}
