/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The supervisor: hostd and three guestds, which are started again when they die.
 *
 *	/dev/video91	vivid, over unix, profile stream
 *	/dev/video92	the pattern, over unix, profile stream
 *	/dev/video93	the pattern, over vsock
 */
#ifndef TESTS_LAB_KILLS_WORLD_H
#define TESTS_LAB_KILLS_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WORLD_NODES 3
#define WORLD_ALL   ((1u << WORLD_NODES) - 1)

/** world_begin() - Start all, and wait until all nodes can be opened
 * @build:	Where the programs are
 * @work:	Where hostd's socket and the logs may be
 */
void world_begin(const char *build, const char *work);

/**
 * world_reaped() - A child has ended: start it again if it is one of ours
 *
 * Return: whether it was
 */
bool world_reaped(pid_t pid);

/** world_end() - Have all end, by SIGTERM */
void world_end(void);

/** world_node() - "/dev/video91" */
const char *world_node(unsigned int node);

/** world_hostd(), world_guestd() - Their processes */
pid_t world_hostd(void);
pid_t world_guestd(unsigned int node);

/**
 * world_child() - A process's child of this name
 * @nth:	Which of them; taken modulo how many there are
 *
 * Return: 0 if there is none now
 */
pid_t world_child(pid_t parent, const char *name, unsigned int nth);

/** world_children() - How many of this name, and their ids.  Return: at most @max */
unsigned int world_children(pid_t parent, const char *name, pid_t *out,
			    unsigned int max);

/** world_cut() - Shut a guestd's connection down.  Return: false if it has none */
bool world_cut(unsigned int node);

/** world_started_ns() - When the last of the daemons of a node was started */
uint64_t world_started_ns(unsigned int node);

#endif
