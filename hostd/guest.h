/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest process: everything that touches a guest's bytes.  Channel on one
 * side, client on the other; HELLO and its timeout; the end.
 */
#ifndef HOSTD_GUEST_H
#define HOSTD_GUEST_H

#include "common/loop.h"
#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/opener.h"

struct guest;

/**
 * guest_create() - Serve one connection
 * @fd:		Connected socket, non-blocking; taken over, on success only
 * @peer:	For the log
 * @devices:	Not copied; what a listing shows
 * @opener:	Not taken over
 * @ended:	Called once, from the loop, when the connection is over; the
 *		caller destroys the guest then or later
 *
 * Return: 0 or a negative errno
 */
int guest_create(struct loop *loop, int fd, const struct transport_peer *peer,
		 struct device_list *devices, struct opener *opener,
		 void (*ended)(void *data, int error), void *data,
		 struct guest **out);

/**
 * guest_destroy() - Close all sessions and the connection
 * @guest:	May be NULL
 *
 * Waits for device calls that sleep: only tests use it; a guest process that
 * is done just exits.
 */
void guest_destroy(struct guest *guest);

/**
 * guest_run() - The whole life of a guest process
 * @opener_fd:	Its end of the pair, taken over
 *
 * Frees nothing: the process is to _exit(2), and must not wait for a device call
 * that sleeps.
 *
 * Return: exit status of the process
 */
int guest_run(int fd, const struct transport_peer *peer,
	      struct device_list *devices, int opener_fd);

#endif
