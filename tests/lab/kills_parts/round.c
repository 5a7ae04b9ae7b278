// SPDX-License-Identifier: BSD-3-Clause
/*
 * One kill, and what follows.
 */
#include "tests/lab/kills_parts/round.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/kills_parts/crowd.h"
#include "tests/lab/kills_parts/quiet.h"
#include "tests/lab/kills_parts/strike.h"
#include "tests/lab/kills_parts/tally.h"
#include "tests/lab/kills_parts/world.h"
#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define STEP_MS    2
#define BEGIN_MS   5000  /* for programs to begin */
#define SEEN_MS    5000  /* for what is dead to be seen */
#define OPEN_MS    1000  /* for a new open to work: the promise */
#define GIVE_UP_MS 10000 /* and the end of waiting for it */
#define DELAY_MS   40    /* before a kill: none to so many */
#define TWICE      4     /* of so many kills one is followed by another */

static unsigned int *round_dice;
static bool round_faults;
static struct tally tallies[TARGET_COUNT];

/* ---- this round ------------------------------------------------------------------- */

static struct {
	unsigned int nodes;
	unsigned int again; /* crowd_judge() */
	uint64_t restart_ns[WORLD_NODES];
	uint64_t at_ns;
} now;

static unsigned int roll(unsigned int sides)
{
	return (unsigned int)rand_r(round_dice) % sides;
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!world_reaped(pid))
			crowd_reaped(pid, status);
}

/* Whether @done was true within @ms */
static bool until(long ms, bool (*done)(void))
{
	long end = now_ms() + ms;

	for (;;) {
		reap();
		if (done())
			return true;
		if (now_ms() > end)
			return false;
		pause_ms(STEP_MS);
	}
}

static bool never(void)
{
	return false;
}

static bool somebody_failed(void)
{
	return crowd_failed() & ~now.nodes;
}

static bool all_failed(void)
{
	return crowd_all_failed(now.nodes);
}

static bool all_gone(void)
{
	return crowd_gone(now.nodes);
}

static bool others_go_on(void)
{
	return crowd_others(now.nodes);
}

static bool nobody_in_d_state(void)
{
	return !process_any_in_d_state();
}

/* ---- a new open ---------------------------------------------------------------------- */

/* Nobody else has the buffers */
static bool is_free(unsigned int node, int fd)
{
	/* The last node has the profile read. */
	if (node == WORLD_NODES - 1)
		return node_read(fd) >= 0 || errno == EAGAIN;
	return node_buffers(fd, 1, V4L2_MEMORY_MMAP) > 0 &&
	       node_buffers(fd, 0, V4L2_MEMORY_MMAP) >= 0;
}

static bool works(unsigned int node, bool buffers)
{
	struct v4l2_format format;
	int fd = open(world_node(node), O_RDWR | O_NONBLOCK | O_CLOEXEC);
	bool fine;

	if (fd < 0)
		return false;
	fine = !node_get_format(fd, &format) && (!buffers || is_free(node, fd));
	close(fd);
	return fine;
}

/* Return: since when a new open is to work */
static uint64_t since(unsigned int node)
{
	uint64_t started = world_started_ns(node);

	return started > now.at_ns ? started : now.at_ns;
}

static bool started_again(unsigned int node)
{
	return world_started_ns(node) > now.restart_ns[node];
}

static void opens(unsigned int nodes, bool buffers, struct tally *tally)
{
	long end = now_ms() + GIVE_UP_MS;
	unsigned int node;
	long ms;

	for (node = 0; nodes && now_ms() < end;
	     node = (node + 1) % WORLD_NODES) {
		reap();
		if (nodes & 1u << node && started_again(node) &&
		    works(node, buffers)) {
			nodes &= ~(1u << node);
			ms = (long)((now_ns() - since(node)) / 1000000);
			if (ms > tally->open_ms)
				tally->open_ms = ms;
			if (ms > OPEN_MS)
				wrong(RULE_OPENS, "%s: after %ld ms",
				      world_node(node), ms);
		} else if (node == 0) {
			pause_ms(STEP_MS);
		}
	}
	for (node = 0; node < WORLD_NODES; node++)
		if (nodes & 1u << node)
			wrong(RULE_OPENS, "%s: not after %d ms",
			      world_node(node), GIVE_UP_MS);
}

/* ---- one kill -------------------------------------------------------------------------- */

static bool spares(enum round_spared spared, enum target target)
{
	switch (spared) {
	case ROUND_SPARED_HOSTD:
		return target == TARGET_LISTENER;
	case ROUND_SPARED_GUESTDS:
		return target == TARGET_GUESTD || target == TARGET_HELPER;
	case ROUND_SPARED_DAEMONS:
		return target != TARGET_APPLICATION && target < TARGET_PAUSED;
	case ROUND_SPARED_NOBODY:
	case ROUND_SPARED_COUNT:
		break;
	}
	return false;
}

static enum target draw(enum round_spared spared)
{
	enum target target;

	do
		target = roll(round_faults ? TARGET_COUNT : TARGET_PAUSED);
	while (spares(spared, target));
	return target;
}

static void note(const struct strike *struck)
{
	unsigned int node;

	now.nodes |= struck->nodes;
	now.at_ns = struck->at_ns;
	for (node = 0; node < WORLD_NODES; node++)
		if (struck->restarts && struck->nodes & 1u << node)
			now.restart_ns[node] = struck->at_ns;
}

/* Another one while the first is still being noticed, of those whose nodes are known */
static void strike_again(enum round_spared spared)
{
	static const enum target targets[] = {
		TARGET_GUESTD,
		TARGET_HELPER,
		TARGET_LISTENER,
		TARGET_CONNECTION,
	};
	enum target target = targets[roll(4)];
	struct strike struck;

	if (spares(spared, target))
		return;
	until(roll(DELAY_MS), never);
	if (!strike(target, roll(WORLD_NODES), &struck))
		return;
	tallies[target].times++;
	note(&struck);
	if (target == TARGET_GUESTD || target == TARGET_HELPER)
		now.again = struck.nodes;
}

static void who_was_it(void)
{
	if (!until(SEEN_MS, somebody_failed))
		wrong(RULE_ENDS, "nobody has seen it");
	now.nodes |= crowd_failed();
}

/* All is seen, all is there again, and each program has said what it saw. */
static void follow(enum target target)
{
	struct tally *tally = &tallies[target];
	uint64_t struck_ns = now.at_ns;
	long ms;

	if (!until(SEEN_MS, all_failed))
		crowd_blame(now.nodes);
	ms = (long)((now_ns() - struck_ns) / 1000000);
	if (ms > tally->ended_ms)
		tally->ended_ms = ms;
	opens(now.nodes, true, tally);
	crowd_ask(now.nodes);
	if (!until(SEEN_MS, all_gone))
		crowd_blame(now.nodes);
	crowd_judge(now.nodes, now.again, tally);
}

static void application_died(const struct strike *struck)
{
	unsigned int node = struck->which / CROWD_PER_NODE;
	unsigned int before = now.nodes;

	crowd_forget(struck->which);
	now.nodes = 0;
	if (!until(OPEN_MS, nobody_in_d_state))
		wrong(RULE_D_STATE, "somebody is");
	opens(1u << node, struck->which % CROWD_PER_NODE == 0,
	      &tallies[TARGET_APPLICATION]);
	now.nodes = before;
}

bool round_kill(unsigned int number, enum round_spared spared)
{
	enum target target = draw(spared);
	struct strike struck;

	memset(&now, 0, sizeof(now));
	wrong_at(number, target_name(target));
	if (!until(BEGIN_MS, crowd_fill))
		wrong(RULE_STARTS, "not all have begun");
	until(roll(DELAY_MS), never);

	crowd_look();
	if (!strike(target, roll(1u << 16), &struck))
		return false;
	tallies[target].times++;
	note(&struck);
	if (struck.unknown)
		who_was_it();
	if (target < TARGET_APPLICATION && roll(TWICE) == 0)
		strike_again(spared);
	if (target < TARGET_APPLICATION)
		follow(target);
	else if (target == TARGET_APPLICATION)
		application_died(&struck);
	if (!until(SEEN_MS, others_go_on))
		crowd_blame_others(now.nodes);
	if (!until(OPEN_MS, nobody_in_d_state))
		wrong(RULE_D_STATE, "somebody is");
	return true;
}

/* ---- between the seasons --------------------------------------------------------------- */

void round_begin(unsigned int *dice, bool faults)
{
	round_dice = dice;
	round_faults = faults;
}

static void end_all(void)
{
	crowd_kill_all();
	now.nodes = WORLD_ALL;
	if (!until(SEEN_MS, all_gone))
		crowd_blame(WORLD_ALL);
}

void round_warm(void)
{
	if (!until(BEGIN_MS, crowd_fill))
		wrong(RULE_STARTS, "not all have begun");
	end_all();
}

void round_quiet(void)
{
	end_all();
	if (!until(SEEN_MS, quiet_is))
		quiet_blame();
}

void round_report(void)
{
	int target;
	int mode;

	tally_print_heads("killed");
	for (target = 0; target < TARGET_COUNT; target++)
		if (tallies[target].times)
			tally_print(target_name(target), &tallies[target]);
	tally_print_heads("program");
	for (mode = 0; mode < VICTIM_MODES; mode++)
		tally_print(victim_mode_name(mode), crowd_tally(mode));
}
