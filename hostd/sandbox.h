/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each process gives up, in the order in which it happens.
 *
 * In this version: the process dies with its parent, gains no privileges by
 * execve(2), and keeps no descriptor that it was not given.
 */
#ifndef HOSTD_SANDBOX_H
#define HOSTD_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

#define SANDBOX_KEEP_MAX 8

/**
 * sandbox_child() - First thing in a forked process
 * @parent:	Who forked it
 * @name:	For ps(1), at most 15 bytes
 * @keep:	Descriptors to keep besides 0, 1 and 2, ascending or not
 * @count:	Their number, at most SANDBOX_KEEP_MAX
 *
 * Also back to normal: signals, which the parent's loop has blocked (but SIGINT
 * of a terminal is for the parent to act on), and one malloc arena, since each
 * costs memory and no two threads allocate much at the same time.
 *
 * Return: 0, -ESRCH if the parent is gone already, or another negative errno
 */
int sandbox_child(pid_t parent, const char *name, const int *keep,
		  size_t count);

/** sandbox_guest() - Before the first byte of a guest is read */
int sandbox_guest(void);

/** sandbox_opener() - Before the first question of a guest process is read */
int sandbox_opener(void);

#endif
