/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The programs that use the nodes: what crowd.c and crowd_judge.c know of each.
 */
#ifndef TESTS_LAB_KILLS_CROWD_STATE_H
#define TESTS_LAB_KILLS_CROWD_STATE_H

#include "tests/lab/kills_parts/crowd.h"

/**
 * struct victim - One of them
 * @pid:	0: it does not run
 * @go:		Its standard input; -1: there is none, nor anything to be judged
 * @status:	As waitpid(2) has it
 * @busy_until:	So long the buffers may be another's who was killed (ms)
 * @looked:	How many calls it had begun when crowd_look() came
 * @waits:	It waited in the last of them
 */
struct victim {
	enum victim_mode mode;
	pid_t pid;
	int go;
	int status;
	long busy_until;
	unsigned int looked;
	bool waits;
};

extern struct victim victims[CROWD_COUNT];
extern struct victim_said *said;

static inline unsigned int stage_of(unsigned int which)
{
	return atomic_load(&said[which].stage);
}

static inline unsigned int node_of(unsigned int which)
{
	return which / CROWD_PER_NODE;
}

static inline bool is_of(unsigned int which, unsigned int nodes)
{
	return nodes & 1u << node_of(which);
}

#endif
