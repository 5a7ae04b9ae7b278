/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The opener: the process of a connection that may open device nodes.
 *
 * It reads nothing but a device index from the guest process, checks it against
 * the grant that the listener gave it, opens the node and passes the descriptor.
 * The guest process opens nothing itself.  For a guest that shares buffers a second
 * thread of it looks at these (hostd/reopener.h).
 */
#ifndef HOSTD_OPENER_H
#define HOSTD_OPENER_H

#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"
#include "hostd/reopener.h"

/**
 * opener_run() - The opener process, until its asker is gone
 * @fd:		Its end of a SOCK_SEQPACKET pair
 * @peer:	For the audit, which has each open, or how many there were; NULL: it
 *		has none of this connection
 *
 * Return: exit status of the process
 */
int opener_run(int fd, const struct device_list *devices,
	       const struct grant *grant, const struct transport_peer *peer);

struct opener;

/**
 * opener_create() - The asker's side, in the guest process
 * @fd:		Its end of the pair, taken over, on success only
 */
int opener_create(int fd, struct opener **out);

/** opener_destroy() - Close it, which ends the process; NULL is fine; for tests */
void opener_destroy(struct opener *opener);

/**
 * opener_open() - Ask for a device; blocks, any thread
 * @device:	Index in the list
 * @fd:		Set to an open descriptor, or -1 if this kind needs none
 *
 * Return: 0, or the negative errno of open(2); -EACCES if it is not
 * granted; -EIO if the opener is gone
 */
int opener_open(struct opener *opener, unsigned int device, int *fd);

/**
 * opener_reopener() - Ask for the reopener of the process; blocks
 *
 * It is the opener's, and the same each time.
 *
 * Return: NULL if the grant says that this guest may not share, or it cannot be
 * started
 */
struct reopener *opener_reopener(struct opener *opener);

#endif
