/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What to tell a person about a connection that did not come to be: one line,
 * with where to, what failed, and what to do.
 *
 * Pure functions but the first, which asks the kernel what they go by.
 */
#ifndef GUESTD_HOSTLINK_WHY_H
#define GUESTD_HOSTLINK_WHY_H

#include <linux/vm_sockets.h>

#include "guestd/hostlink.h"

#define HOSTLINK_WHY_LEN 512 /* of each @why below, with its NUL */

/* No context of a machine: nobody can tell which is ours. */
#define HOSTLINK_CID_UNKNOWN VMADDR_CID_HYPERVISOR

/**
 * hostlink_why_keep() - Ask no other /dev/vsock than what there is now
 * @address:	Where hostd is
 *
 * Before this process can open nothing any more.
 */
void hostlink_why_keep(const struct transport_address *address);

/**
 * hostlink_why_local_cid() - This machine's vsock context
 * @address:	What could not be reached
 *
 * Return: it; VMADDR_CID_ANY if there is none, as without a vsock device, with
 * vsock_loopback alone, too; HOSTLINK_CID_UNKNOWN if there is no /dev/vsock to
 * ask, as in a container, or @address is not of vsock
 */
uint32_t hostlink_why_local_cid(const struct transport_address *address);

/**
 * hostlink_why_failed() - Nobody was reached, or somebody else than hostd
 * @cid:	From hostlink_why_local_cid()
 * @error:	A negative errno
 * @why:	Set
 */
void hostlink_why_failed(const struct transport_address *address, uint32_t cid,
			 int error, char *why);

/**
 * hostlink_why_goaway() - hostd has sent us away
 * @cid:	From hostlink_why_local_cid()
 * @why:	Set
 */
void hostlink_why_goaway(const struct transport_address *address, uint32_t cid,
			 uint32_t reason, char *why);

/**
 * hostlink_why_ack() - HELLO_ACK has a status other than 0
 * @entries:	@count devices that there are instead
 * @why:	Set
 */
void hostlink_why_ack(const struct hostlink_config *config,
		      const struct vms_hello_ack *ack,
		      const struct vms_list_entry *entries, unsigned int count,
		      char *why);

#endif
