/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The children of a process.
 */
#ifndef TESTS_CHILDREN_H
#define TESTS_CHILDREN_H

#include <sys/types.h>

/**
 * children_of() - Those of a process's first thread
 * @pids:	Room for @room; what there are more is left out
 *
 * Return: how many
 */
int children_of(pid_t parent, pid_t *pids, int room);

#endif
