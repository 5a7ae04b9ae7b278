/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory helper's thread for applications' shims: common/shim.h's socket.
 *
 * Anybody may connect, so nothing is believed here but the token.  A client has
 * SHIM_CLIENT_NS to ask one thing.  More than SHIM_CLIENTS_MAX at once wait to be
 * accepted, and whoever has said nothing for SHIM_CROWDED_NS makes way for them; of
 * more than SHIM_USER_MAX of one user the oldest do so at once, or one who connects
 * again and again would keep all others out.
 * Who leaves the memory that he has asked for in the socket gets EAGAIN, beyond
 * helper_unread.h's numbers.
 */
#ifndef GUESTD_HELPER_SHIM_H
#define GUESTD_HELPER_SHIM_H

#include "guestd/helper_table.h"

#define SHIM_CLIENTS_MAX 64
#define SHIM_USER_MAX    32
#define SHIM_CLIENT_NS   5000000000ull
#define SHIM_CROWDED_NS  500000000ull

/**
 * helper_shim_start() - Begin to serve
 * @listener:	Listening socket, non-blocking; stays the caller's
 * @udmabuf:	From helper_export_open(); -1: nothing is exported
 *
 * The thread ends with the process.
 *
 * Return: 0 or a negative errno
 */
int helper_shim_start(int listener, int udmabuf, struct helper_table *table);

#endif
