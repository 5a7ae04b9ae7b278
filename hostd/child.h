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
 *
 * Return: its pid; 0 in the child, once the gate is open; or a negative errno
 */
pid_t child_fork(const struct child_gate *gate);

#endif
