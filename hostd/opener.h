/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The opener: the process of a connection that may open device nodes.
 *
 * It reads nothing but a device index from the guest process, checks it against
 * the policy for the identity that the listener gave it, opens the node and
 * passes the descriptor.  The guest process opens nothing itself.
 */
#ifndef HOSTD_OPENER_H
#define HOSTD_OPENER_H

#include "hostd/device_kinds.h"
#include "hostd/policy.h"

/**
 * opener_run() - The opener process, until its asker is gone
 * @fd:		Its end of a SOCK_SEQPACKET pair
 *
 * Return: exit status of the process
 */
int opener_run(int fd, const struct device_list *devices,
	       const struct policy *policy, const struct transport_peer *peer);

struct opener;

/**
 * opener_create() - The asker's side, in the guest process
 * @fd:		Its end of the pair, taken over, on success only
 */
int opener_create(int fd, struct opener **out);

/** opener_destroy() - Close it, which ends the process; NULL is fine */
void opener_destroy(struct opener *opener);

/**
 * opener_open() - Ask for a device; blocks, any thread
 * @device:	Index in the list
 * @fd:		Set to an open descriptor, or -1 if this kind needs none
 *
 * Return: 0, or the negative errno of open(2); -EACCES if the policy forbids
 * it; -EIO if the opener is gone
 */
int opener_open(struct opener *opener, unsigned int device, int *fd);

#endif
