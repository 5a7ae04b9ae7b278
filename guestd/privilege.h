/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd gives up once its node is there.
 */
#ifndef GUESTD_PRIVILEGE_H
#define GUESTD_PRIVILEGE_H

#include "common/transport.h"

/**
 * privilege_drop() - Keep no capability but, for a vsock connection that may be
 * lost and made again, CAP_NET_BIND_SERVICE; gain none by execve(2); be nobody's to
 * look at; and make the system calls of sandbox_loop.h alone
 * @kind:	How hostd is reached
 *
 * Return: 0 or a negative errno
 */
int privilege_drop(enum transport_kind kind);

#endif
