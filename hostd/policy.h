/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may come in, and what a guest may open.  A pure function of the rules and
 * of what the kernel says about the peer.
 *
 * Without a rule: the own uid over unix, nobody over vsock or hybrid.
 */
#ifndef HOSTD_POLICY_H
#define HOSTD_POLICY_H

#include <stdbool.h>

#include "common/protocol.h"
#include "common/transport.h"

#define POLICY_RULES_MAX 256

/**
 * struct policy_rule - One --allow
 * @peer:	kind, and cid, uid or path
 * @any_port:	vsock: a source port of 1024 and more will do
 * @share:	unix: it may have the memory of buffers itself
 */
struct policy_rule {
	struct transport_peer peer;
	bool any_port;
	bool share;
};

/**
 * struct policy - All rules
 * @own_uid:	Allowed over unix without a rule
 */
struct policy {
	struct policy_rule rules[POLICY_RULES_MAX];
	unsigned int count;
	uid_t own_uid;
};

/**
 * policy_add() - Take one --allow option
 * @text:	cid:N[,any-port], uid:N[,share] (or a user name), hybrid:PATH
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or a negative errno
 */
int policy_add(struct policy *policy, const char *text, char *why);

/**
 * policy_admits() - May this peer connect?
 * @reason:	Set on refusal: VMS_GOAWAY_NOT_ALLOWED or VMS_GOAWAY_PORT
 *
 * vsock: the source port must be below 1024 unless the rule says any-port,
 * because otherwise any process of the VM is the guest (af_vsock.c).
 */
bool policy_admits(const struct policy *policy,
		   const struct transport_peer *peer,
		   enum vms_goaway_reason *reason);

/**
 * policy_shares() - May this peer have the memory of buffers itself?
 *
 * Of those that are admitted: the own uid, and whom a rule says so of.
 */
bool policy_shares(const struct policy *policy,
		   const struct transport_peer *peer);

/**
 * policy_serves() - Is there anybody who may connect there?
 *
 * Of sockets that were there before (fd:N) nothing is known: true.
 */
bool policy_serves(const struct policy *policy,
		   const struct transport_address *address);

/**
 * policy_same_guest() - Do two peers count as one guest?  Same CID, uid or path
 */
bool policy_same_guest(const struct transport_peer *a,
		       const struct transport_peer *b);

/**
 * policy_may_open() - May this peer use device number @index?
 *
 * In this version whoever is admitted may use every device.
 */
bool policy_may_open(const struct policy *policy,
		     const struct transport_peer *peer, unsigned int index);

#endif
