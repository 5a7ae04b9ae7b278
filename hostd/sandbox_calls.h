/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which system calls each process may make.
 */
#ifndef HOSTD_SANDBOX_CALLS_H
#define HOSTD_SANDBOX_CALLS_H

/**
 * enum sandbox_role - Which process it is
 * @SANDBOX_GUEST:	All that a guest sends
 * @SANDBOX_CONVERT:	The same, with libv4l2 in it
 * @SANDBOX_OPENER:	Opens nodes, and memory anew
 * @SANDBOX_REFUSER:	Turns unix peers away
 * @SANDBOX_CHECK:	Looks at the devices once
 */
enum sandbox_role {
	SANDBOX_GUEST,
	SANDBOX_CONVERT,
	SANDBOX_OPENER,
	SANDBOX_REFUSER,
	SANDBOX_CHECK,
	SANDBOX_ROLE_COUNT,
};

/**
 * sandbox_calls_prepare() - Make the filters of all roles
 *
 * Processes that are forked afterwards have them, and need not allocate memory for
 * that.
 *
 * Return: 0; -ENOSYS if this kernel has no such filters; another negative errno
 */
int sandbox_calls_prepare(void);

/**
 * sandbox_calls_enter() - Make no other calls from now on
 *
 * Return: 0 or a negative errno
 */
int sandbox_calls_enter(enum sandbox_role role);

#endif
