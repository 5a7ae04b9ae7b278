/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd's loop may ask of the kernel once its node is there.
 *
 * It opens nothing any more, starts nothing, and looks at no other process; it can
 * remove files, which is how it ends.
 */
#ifndef GUESTD_SANDBOX_LOOP_H
#define GUESTD_SANDBOX_LOOP_H

#include "common/transport.h"

/**
 * sandbox_loop() - From now on this process makes the calls of its table alone
 * @kind:	How hostd is reached, which decides what sockets it makes
 *
 * Return: 0 or a negative errno
 */
int sandbox_loop(enum transport_kind kind);

#endif
