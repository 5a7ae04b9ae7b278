/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the memory helper may ask of the kernel.
 */
#ifndef GUESTD_SANDBOX_HELPER_H
#define GUESTD_SANDBOX_HELPER_H

#include <stdbool.h>

/**
 * sandbox_helper() - From now on this process makes the calls of its table alone
 * @ptrace:	It copies application memory
 * @shim:	It has the socket for applications' shims
 *
 * Before it has threads.
 *
 * Return: 0 or a negative errno
 */
int sandbox_helper(bool ptrace, bool shim);

#endif
