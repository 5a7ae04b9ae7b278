/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each process gives up.
 *
 *			guest	refuser	opener	check	listener
 *	descriptors	x	x	x	x
 *	limits		x	x	x	x
 *	file system	x	x
 *	network		x	x
 *	capabilities	x	x	x	x	x
 *	to be looked at	x	x	x	x
 *	system calls	x	x	x	x
 *
 * The listener reads no byte of a guest, and forks the others: its system calls are
 * what all of them need to give up theirs.
 */
#ifndef HOSTD_CONFINE_H
#define HOSTD_CONFINE_H

#include <stddef.h>

#include "hostd/sandbox_calls.h"

#define CONFINE_KEEP_MAX 8

/**
 * confine_prepare() - Before any process is forked that calls confine_enter()
 *
 * Says in the log, with the cure, if processes cannot have an empty file system and
 * no network here; then they go without that.  Otherwise one that cannot have it
 * does not begin.  There must be a process to try it in.
 *
 * Return: 0; -ENOSYS if this kernel cannot filter system calls; another negative
 * errno
 */
int confine_prepare(void);

/**
 * confine_enter() - First thing in a forked process, which must have one thread
 * @keep:	Descriptors to keep besides 0, 1 and 2, ascending or not; may be
 *		NULL if there are none
 * @count:	Their number, at most CONFINE_KEEP_MAX
 *
 * None of it can be taken back.  Afterwards a system call that @role has not in
 * hostd/sandbox_calls.c ends the process by SIGSYS.
 *
 * Return: 0 or a negative errno; then the process must not go on
 */
int confine_enter(enum sandbox_role role, const int *keep, size_t count);

/**
 * confine_listener() - Once it listens, the listener needs no capability
 *
 * It owns its sockets and its children; a node that it may not open as a user, by
 * owner or group, is not for guests.
 *
 * Return: 0 or a negative errno
 */
int confine_listener(void);

#endif
