/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each forked process gives up.
 *
 * In this version: the process gains no privileges by execve(2), and keeps no
 * descriptor that it was not given.
 */
#ifndef HOSTD_SANDBOX_H
#define HOSTD_SANDBOX_H

#include <stddef.h>

#define SANDBOX_KEEP_MAX 8

/**
 * sandbox_child() - First thing in a forked process
 * @keep:	Descriptors to keep besides 0, 1 and 2, ascending or not; may be
 *		NULL if there are none
 * @count:	Their number, at most SANDBOX_KEEP_MAX
 *
 * Return: 0 or a negative errno
 */
int sandbox_child(const int *keep, size_t count);

#endif
