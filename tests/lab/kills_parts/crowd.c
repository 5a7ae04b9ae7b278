// SPDX-License-Identifier: BSD-3-Clause
/*
 * The programs that use the nodes.
 */
#include "tests/lab/kills_parts/crowd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/kills_parts/crowd_state.h"
#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/process.h"

#define BUSY_MS 1000 /* until who was killed has given back its buffers */

/* What each node's first one may do; its profile decides. */
static const enum victim_mode of_vivid[] = {
	VICTIM_DQBUF,  VICTIM_USER,    VICTIM_POLL, VICTIM_READ,   VICTIM_SLOW,
	VICTIM_FORMAT, VICTIM_REQBUFS, VICTIM_MAP,  VICTIM_MAPPED,
};
static const enum victim_mode of_pattern[] = {
	VICTIM_DQBUF,  VICTIM_USER,    VICTIM_POLL, VICTIM_SLOW,
	VICTIM_FORMAT, VICTIM_REQBUFS, VICTIM_MAP,  VICTIM_MAPPED,
};
static const enum victim_mode of_vsock[] = {
	VICTIM_READ,
	VICTIM_MAP,
	VICTIM_MAPPED,
};
static const enum victim_mode of_seconds[] = { VICTIM_OPEN, VICTIM_EVENT };

#define MODES(list)                                                            \
	{                                                                      \
		list, sizeof(list) / sizeof((list)[0])                         \
	}

static const struct {
	const enum victim_mode *modes;
	unsigned int count;
} choices[WORLD_NODES] = {
	MODES(of_vivid),
	MODES(of_pattern),
	MODES(of_vsock),
};

struct victim victims[CROWD_COUNT];
struct victim_said *said;
static unsigned int *crowd_dice;
static char said_fd[16];
static char program[256];
static char run_program[256];

void crowd_begin(const char *build, unsigned int *dice)
{
	size_t len = CROWD_COUNT * sizeof(said[0]);
	int fd = memfd_create("said", MFD_CLOEXEC);
	unsigned int i;

	if (fd < 0 || ftruncate(fd, (off_t)len) < 0)
		fatal("memfd_create");
	said = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (said == MAP_FAILED)
		fatal("mmap");
	snprintf(said_fd, sizeof(said_fd), "%d", fd);
	snprintf(program, sizeof(program), "%s/lab/victim", build);
	snprintf(run_program, sizeof(run_program), "%s/guestd-run", build);
	crowd_dice = dice;
	for (i = 0; i < CROWD_COUNT; i++)
		victims[i].go = -1;
}

/* ---- starting --------------------------------------------------------------------- */

static bool wants_shim(enum victim_mode mode)
{
	return mode == VICTIM_MAP || mode == VICTIM_MAPPED;
}

static void be(unsigned int which, int go)
{
	const struct victim *victim = &victims[which];
	char index[16];
	char *arguments[] = {
		run_program,
		program,
		(char *)victim_mode_name(victim->mode),
		(char *)world_node(node_of(which)),
		said_fd,
		index,
		NULL,
	};
	char **from = wants_shim(victim->mode) ? arguments : arguments + 1;

	snprintf(index, sizeof(index), "%u", which);
	if (dup2(go, STDIN_FILENO) < 0 ||
	    fcntl((int)strtol(said_fd, NULL, 10), F_SETFD, 0) < 0)
		fatal("standard input");
	execv(from[0], from);
	fatal(from[0]);
}

static void start(unsigned int which)
{
	struct victim *victim = &victims[which];
	int ends[2];

	memset(&said[which], 0, sizeof(said[which]));
	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("pipe2");
	victim->go = ends[1];
	victim->status = 0;
	victim->pid = fork_child();
	if (victim->pid == 0)
		be(which, ends[0]);
	close(ends[0]);
}

static void draw(unsigned int which)
{
	unsigned int node = node_of(which);
	unsigned int nth = (unsigned int)rand_r(crowd_dice);

	victims[which].mode =
		which % CROWD_PER_NODE
			? of_seconds[nth % 2]
			: choices[node].modes[nth % choices[node].count];
	start(which);
}

/* One that has ended while it began: the buffers may still have been another's. */
static void start_again(unsigned int which)
{
	struct victim *victim = &victims[which];
	const struct victim_call *failed = &said[which].failed;

	if (!WIFEXITED(victim->status) || failed->error != EBUSY ||
	    now_ms() > victim->busy_until)
		wrong(RULE_STARTS, "%s, %s: %s: %s, status %#x",
		      world_node(node_of(which)),
		      victim_mode_name(victim->mode), failed->name,
		      error_name(failed->error), victim->status);
	else
		start(which);
}

/* Return: does it run? */
static bool fill(unsigned int which)
{
	struct victim *victim = &victims[which];

	if (!victim->pid && victim->go < 0) {
		victim->busy_until = now_ms() + BUSY_MS;
		draw(which);
	} else if (!victim->pid) {
		close(victim->go);
		victim->go = -1;
		start_again(which);
	}
	return victim->pid && stage_of(which) != VICTIM_BEGINS;
}

bool crowd_fill(void)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		all = fill(i) && all;
	return all;
}

/* ---- ending ------------------------------------------------------------------------- */

bool crowd_reaped(pid_t pid, int status)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++) {
		if (victims[i].pid != pid)
			continue;
		victims[i].pid = 0;
		victims[i].status = status;
		return true;
	}
	return false;
}

void crowd_look(void)
{
	unsigned int before;
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++) {
		before = atomic_load(&said[i].begun);
		victims[i].waits =
			victims[i].pid &&
			process_line(victims[i].pid, "syscall")[0] != 'r' &&
			stage_of(i) == VICTIM_RUNS;
		victims[i].looked = atomic_load(&said[i].begun);
		victims[i].waits &= before == victims[i].looked;
	}
}

unsigned int crowd_failed(void)
{
	unsigned int nodes = 0;
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (victims[i].go >= 0 && stage_of(i) >= VICTIM_FAILED)
			nodes |= 1u << node_of(i);
	return nodes;
}

bool crowd_all_failed(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (is_of(i, nodes) && victims[i].pid &&
		    stage_of(i) < VICTIM_FAILED)
			return false;
	return true;
}

void crowd_ask(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (is_of(i, nodes) && victims[i].pid &&
		    write(victims[i].go, "", 1) != 1)
			fatal("write");
}

bool crowd_gone(unsigned int nodes)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++)
		if (is_of(i, nodes) && victims[i].pid)
			return false;
	return true;
}

unsigned int crowd_one(unsigned int nth)
{
	unsigned int which;
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++) {
		which = (nth + i) % CROWD_COUNT;
		if (victims[which].pid && stage_of(which) == VICTIM_RUNS)
			return which;
	}
	return CROWD_COUNT;
}

pid_t crowd_pid(unsigned int which)
{
	return victims[which].pid;
}

void crowd_forget(unsigned int which)
{
	close(victims[which].go);
	victims[which].go = -1;
}

void crowd_kill_all(void)
{
	unsigned int i;

	for (i = 0; i < CROWD_COUNT; i++) {
		if (victims[i].pid)
			kill(victims[i].pid, SIGKILL);
		if (victims[i].go >= 0)
			crowd_forget(i);
	}
}
