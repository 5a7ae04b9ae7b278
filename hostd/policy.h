/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may come in, and what is granted then.  A pure function of the rules and
 * of what the kernel says about the peer.
 *
 * Without a rule: the own uid over unix, nobody over vsock or hybrid.
 */
#ifndef HOSTD_POLICY_H
#define HOSTD_POLICY_H

#include <stdbool.h>

#include "common/protocol.h"
#include "common/transport.h"
#include "hostd/grant.h"

#define POLICY_RULES_MAX 256

/**
 * struct policy_rule - One guest
 * @peer:	kind, and cid, uid or path
 * @any_port:	vsock: a source port of 1024 and more will do
 * @configured:	It is a section of a file
 * @grant:	What it gets
 */
struct policy_rule {
	struct transport_peer peer;
	bool any_port;
	bool configured;
	struct grant grant;
};

/**
 * struct policy - All rules, of a guest one
 * @shmem:	--shm: of the one guest that options let in, and of our own uid; or
 *		empty
 * @own_uid:	Allowed over unix without a rule, and to share buffers
 */
struct policy {
	struct policy_rule rules[POLICY_RULES_MAX];
	unsigned int count;
	uid_t own_uid;
	char shmem[GRANT_SHMEM_LEN];
};

/**
 * policy_parse() - Make a rule of what names a guest
 * @text:	cid:N[,any-port], uid:N[,share] (or a user name),
 *		unix:PATH[,share], hybrid:PATH
 * @rule:	Gets the default grant
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or a negative errno
 */
int policy_parse(const char *text, struct policy_rule *rule, char *why);

/**
 * policy_put() - Take a rule
 *
 * Return: 0; -EEXIST if there is one of the same guest, or one that has the same
 * memory, -E2BIG after POLICY_RULES_MAX; with a reason in @why
 */
int policy_put(struct policy *policy, const struct policy_rule *rule,
	       char *why);

/**
 * policy_add() - Take one --allow option
 * @text:	As for policy_parse(); what several say of one guest adds up
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or a negative errno
 */
int policy_add(struct policy *policy, const char *text, char *why);

/**
 * policy_shmem() - Take the path of a file of memory
 * @path:	Absolute
 * @out:	GRANT_SHMEM_LEN bytes
 * @why:	Gets the reason on failure, OPTIONS_WHY_LEN bytes
 *
 * Return: 0 or -EINVAL
 */
int policy_shmem(const char *path, char *out, char *why);

/**
 * policy_check_shmem() - Is the memory of --shm one guest's?
 * @why:	As above
 *
 * When all options and the file were taken.
 *
 * Return: 0 or -EINVAL
 */
int policy_check_shmem(const struct policy *policy, char *why);

/**
 * policy_identify() - Which guest a peer is: that of its socket, or its user
 *
 * Over a unix socket that a rule names it keeps the path, else it loses it.  What
 * follows is asked of a peer that has been through this.
 */
void policy_identify(const struct policy *policy, struct transport_peer *peer);

/**
 * policy_grant() - May this peer connect, and what may it then?
 * @grant:	Set if it may
 * @reason:	Set if not: VMS_GOAWAY_NOT_ALLOWED or VMS_GOAWAY_PORT
 *
 * vsock: the source port must be below 1024 unless the rule says any-port,
 * because otherwise any process of the VM is the guest (af_vsock.c).
 */
bool policy_grant(const struct policy *policy,
		  const struct transport_peer *peer, struct grant *grant,
		  enum vms_goaway_reason *reason);

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
 * policy_guest_format() - As policy_parse() takes it: "cid:3", "uid:1000"
 * @len:	TRANSPORT_TEXT_LEN is enough
 */
void policy_guest_format(const struct transport_peer *peer, char *text,
			 size_t len);

#endif
