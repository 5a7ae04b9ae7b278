// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the programs that use the nodes have seen.
 */
#include "tests/lab/kills_parts/crowd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/lab/kills_parts/crowd_state.h"
#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/process.h"

static struct tally by_mode[VICTIM_MODES];

/* ---- what they saw ------------------------------------------------------------------- */

static bool is_opening(const struct victim *victim,
		       const struct victim_call *call)
{
	return victim->mode == VICTIM_OPEN && !strcmp(call->name, "open");
}

/* A call that was being made.  A node that is gone cannot be opened, either. */
static bool may_in_flight(const struct victim *victim,
			  const struct victim_call *call)
{
	if (is_opening(victim, call) &&
	    (call->error == ENOENT || call->error == ENXIO))
		return true;
	return call->error == ENODEV || call->error == EINTR ||
	       call->error == ECONNABORTED;
}

static bool may_later(const struct victim_call *call)
{
	return call->error == ENODEV || call->error == ENOTCONN;
}

/*
 * The shim asks the helper, which dies before guestd does: the next call is then being
 * made when that follows.
 */
static bool may_follow_mmap(const struct victim_said *what, unsigned int nth)
{
	return nth == 0 && what->later[nth].error == ECONNABORTED &&
	       !strcmp(what->failed.name, "mmap");
}

/*
 * guestd died second, while a program asked for the first time: one of these calls was
 * then being made.
 */
static bool may_be_second(const struct victim_said *what, unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < nth; i++)
		if (what->later[i].error == ECONNABORTED)
			return false;
	return nth < what->later_count / 2 &&
	       what->later[nth].error == ECONNABORTED;
}

static void judge_first(unsigned int which, struct tally *tally)
{
	const struct victim *victim = &victims[which];
	const struct victim_call *failed = &said[which].failed;
	bool in_flight =
		victim->waits && said[which].failed_as == victim->looked;

	tally_error(in_flight ? &tally->in_flight : &tally->next,
		    failed->error);
	tally_error(in_flight ? &by_mode[victim->mode].in_flight
			      : &by_mode[victim->mode].next,
		    failed->error);
	by_mode[victim->mode].times++;
	/*
	 * The kernel asks guestd more than once for one ioctl(2), and if it dies between
	 * that, ENOTCONN comes, too (fuse_do_ioctl()).
	 */
	if (may_in_flight(victim, failed) || may_later(failed))
		return;
	wrong(RULE_IN_FLIGHT, "%s, %s: %s, which %s: %s",
	      world_node(node_of(which)), victim_mode_name(victim->mode),
	      failed->name, in_flight ? "was being made" : "came next",
	      error_name(failed->error));
}

static void judge(unsigned int which, bool again, struct tally *tally)
{
	const struct victim *victim = &victims[which];
	const struct victim_said *what = &said[which];
	unsigned int i;

	if (!WIFEXITED(victim->status) || WEXITSTATUS(victim->status) ||
	    stage_of(which) != VICTIM_ASKED) {
		wrong(RULE_ENDS, "%s, %s: ends with status %#x in %s",
		      world_node(node_of(which)),
		      victim_mode_name(victim->mode), victim->status,
		      what->failed.name);
		return;
	}
	judge_first(which, tally);
	for (i = 0; i < what->later_count; i++) {
		tally_error(&tally->later, what->later[i].error);
		tally_error(&by_mode[victim->mode].later, what->later[i].error);
		if (!may_later(&what->later[i]) && !may_follow_mmap(what, i) &&
		    !(again && may_be_second(what, i)))
			wrong(RULE_LATER, "%s, %s: then %s: %s",
			      world_node(node_of(which)),
			      victim_mode_name(victim->mode),
			      what->later[i].name,
			      error_name(what->later[i].error));
	}
}

void crowd_judge(unsigned int nodes, unsigned int again, struct tally *tally)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++) {
		if (!is_of(i, nodes) || victims[i].go < 0)
			continue;
		judge(i, is_of(i, again), tally);
		crowd_forget(i);
	}
}

/* Who waits for an event does not go on, but waits. */
static bool goes_on(unsigned int which)
{
	return stage_of(which) == VICTIM_RUNS &&
	       (victims[which].mode == VICTIM_EVENT ||
		atomic_load(&said[which].begun) != victims[which].looked);
}

bool crowd_others(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (!is_of(i, nodes) && victims[i].pid && !goes_on(i))
			return false;
	return true;
}

static void blame(unsigned int which, enum rule rule)
{
	wrong(rule, "%s, %s: in %s (%s), state %c, stage %u",
	      world_node(node_of(which)), victim_mode_name(victims[which].mode),
	      said[which].failed.name, error_name(said[which].failed.error),
	      process_state(victims[which].pid), stage_of(which));
	kill(victims[which].pid, SIGKILL);
	crowd_forget(which);
}

void crowd_blame(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (is_of(i, nodes) && victims[i].pid)
			blame(i, RULE_ENDS);
}

void crowd_blame_others(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (!is_of(i, nodes) && victims[i].pid && !goes_on(i))
			blame(i, RULE_OTHERS);
}

const struct tally *crowd_tally(enum victim_mode mode)
{
	return &by_mode[mode];
}
