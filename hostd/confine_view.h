/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A process that sees no files and no network.
 */
#ifndef HOSTD_CONFINE_VIEW_H
#define HOSTD_CONFINE_VIEW_H

/**
 * confine_view_try() - Does this kernel let us do confine_view_enter()?
 *
 * @error:	Set to what that says there, 0 or a negative errno; -EPERM also if it
 *		was killed
 *
 * Tried in a process that is forked for it; nobody else may reap it.
 *
 * Return: 0, or a negative errno if it cannot be tried
 */
int confine_view_try(int *error);

/**
 * confine_view_enter() - Give this process an empty file system, read only, and
 * networks, users and the rest of System V's that have nothing in them
 *
 * In the new user namespace it is nobody, with all capabilities there.  The
 * process must have one thread.
 *
 * Return: 0 or a negative errno; then it may be halfway there
 */
int confine_view_enter(void);

#endif
