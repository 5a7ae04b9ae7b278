/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The programs that use the nodes (tests/lab/victim.c): two of each, one that takes
 * frames or buffers, and one that does not.
 */
#ifndef TESTS_LAB_KILLS_CROWD_H
#define TESTS_LAB_KILLS_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/lab/kills_parts/tally.h"
#include "tests/lab/kills_parts/world.h"
#include "tests/lab/shared/victim.h"

#define CROWD_PER_NODE 2
#define CROWD_COUNT    (WORLD_NODES * CROWD_PER_NODE)

/** crowd_begin() - Where victims are; @dice: what they do is drawn from these */
void crowd_begin(const char *build, unsigned int *dice);

/** crowd_fill() - Start those that are missing.  Return: do all run? */
bool crowd_fill(void);

/** crowd_reaped() - A child has ended.  Return: whether it was one of them */
bool crowd_reaped(pid_t pid, int status);

/** crowd_look() - Which call is each in now? */
void crowd_look(void);

/** crowd_failed() - The nodes of whom a call has failed, as bits */
unsigned int crowd_failed(void);

/** crowd_all_failed() - Have all of these nodes seen it? */
bool crowd_all_failed(unsigned int nodes);

/** crowd_ask() - Have all of these nodes ask once more what a file says, and end */
void crowd_ask(unsigned int nodes);

/** crowd_gone() - Have all of these nodes ended? */
bool crowd_gone(unsigned int nodes);

/**
 * crowd_judge() - Look at what those of these nodes have seen, and forget them
 * @again:	Of these, guestd died, or its helper, after something else had
 */
void crowd_judge(unsigned int nodes, unsigned int again, struct tally *tally);

/**
 * crowd_others() - Those of all other nodes must be as they were, and go on
 *
 * Return: whether all have
 */
bool crowd_others(unsigned int nodes);

/** crowd_blame() - Those of these nodes have not ended: say so, and end them */
void crowd_blame(unsigned int nodes);

/** crowd_blame_others() - The same of the others that do not go on */
void crowd_blame_others(unsigned int nodes);

/** crowd_tally() - How often calls of a mode were in flight when they ended */
const struct tally *crowd_tally(enum victim_mode mode);

/** crowd_one() - One of them that runs.  Return: CROWD_COUNT if there is none */
unsigned int crowd_one(unsigned int nth);

/** crowd_pid() - Of one; 0: none */
pid_t crowd_pid(unsigned int which);

/** crowd_forget() - What it has seen is of no interest */
void crowd_forget(unsigned int which);

/** crowd_kill_all() - No kill that counts: there is to be quiet */
void crowd_kill_all(void);

#endif
