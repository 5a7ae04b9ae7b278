/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forked processes that go on in the same program, and the gate that holds them
 * back until their parent has let go of what it gave them.
 */
#ifndef HOSTD_CHILD_H
#define HOSTD_CHILD_H

#include <sys/types.h>

/**
 * struct child_gate - A pipe on which nothing is ever written
 * @fds:	Its ends; all children behind the gate wait for the other one
 *		to be closed
 */
struct child_gate {
	int fds[2];
};

/**
 * child_gate_init() - A closed gate
 *
 * Return: 0 or a negative errno
 */
int child_gate_init(struct child_gate *gate);

/**
 * child_gate_open() - Let all children of this gate start, and forget it
 *
 * They start too when the parent dies.
 */
void child_gate_open(struct child_gate *gate);

/**
 * child_fork() - Start a process behind @gate
 * @gate:	NULL: it starts at once
 * @name:	For ps(1), at most 15 bytes
 *
 * The child dies with its parent.  It has signals as they were before the
 * parent's loop blocked them (but SIGINT and SIGHUP of a terminal are for the parent
 * to act on), and one malloc arena, since each costs memory and no two threads
 * allocate much at the same time.
 *
 * Return: its pid; 0 in the child, once the gate is open; or a negative errno
 */
pid_t child_fork(const struct child_gate *gate, const char *name);

/**
 * child_fail() - End a child that could not begin, and say why
 * @name:	As for child_fork()
 * @error:	Negative errno
 *
 * By _exit(2), so that nothing of the parent is torn down by a copy of it.
 */
void child_fail(const char *name, int error) __attribute__((noreturn));

#endif
