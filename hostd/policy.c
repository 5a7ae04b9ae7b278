// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who may come in, and what a guest may open.
 *
 * A rule names a guest; there is nothing to forbid, since nobody is allowed
 * without one.  A rule for a CID trusts root of that VM, and with any-port every
 * process in it; CID 1 (VMADDR_CID_LOCAL) is whoever is on this machine.  A rule
 * for a hybrid socket trusts whoever may connect to it.
 *
 * Who shares memory of buffers can write in it at any time, also while a driver
 * reads it, as any program that opens the node itself.
 */
#include "hostd/policy.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/vm_sockets.h>

#include "common/options.h"

#define POLICY_PORT_MAX       1023 /* PROT_SOCK - 1 of af_vsock.c */
#define POLICY_ANY_PORT       ",any-port"
#define POLICY_SHARE          ",share"
#define POLICY_USER_LEN       64
#define POLICY_NUMBER_INVALID UINT32_MAX /* VMADDR_CID_ANY, (uid_t)-1 */

/* Decimal, nothing before or after it, and neither "any CID" nor "no user". */
static int policy_number(const char *text, uint32_t *out)
{
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || number >= POLICY_NUMBER_INVALID)
		return -EINVAL;
	*out = (uint32_t)number;
	return 0;
}

static int policy_parse_cid(const char *text, struct policy_rule *rule,
			    char *why)
{
	size_t len = strcspn(text, ",");
	char number[16];

	rule->peer.kind = TRANSPORT_VSOCK;
	rule->any_port = strcmp(text + len, POLICY_ANY_PORT) == 0;
	if (text[len] && !rule->any_port) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "only \"any-port\" may follow the comma");
		return -EINVAL;
	}

	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	if (len >= sizeof(number) ||
	    policy_number(number, &rule->peer.cid) < 0) {
		snprintf(why, OPTIONS_WHY_LEN, "not the number of a CID");
		return -EINVAL;
	}
	return 0;
}

static int policy_parse_uid(const char *text, struct policy_rule *rule,
			    char *why)
{
	size_t len = strcspn(text, ",");
	const struct passwd *user;
	char name[POLICY_USER_LEN];

	rule->peer.kind = TRANSPORT_UNIX;
	rule->share = strcmp(text + len, POLICY_SHARE) == 0;
	if (text[len] && !rule->share) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "only \"share\" may follow the comma");
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (policy_number(name, &rule->peer.uid) == 0)
		return 0;

	/* A number that is none must not be looked up as a name. */
	user = NULL;
	if (len < sizeof(name) && name[0] &&
	    strspn(name, "+-0123456789") != len)
		user = getpwnam(name);
	if (!user) {
		snprintf(why, OPTIONS_WHY_LEN, "no such user");
		return -EINVAL;
	}
	rule->peer.uid = user->pw_uid;
	return 0;
}

static int policy_parse_hybrid(const char *text, struct policy_rule *rule,
			       char *why)
{
	size_t len = strlen(text);

	rule->peer.kind = TRANSPORT_HYBRID;
	if (len == 0 || len >= sizeof(rule->peer.path)) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "not the path of a --listen hybrid:PATH");
		return -EINVAL;
	}
	memcpy(rule->peer.path, text, len + 1);
	return 0;
}

static const struct {
	const char *prefix;
	int (*parse)(const char *text, struct policy_rule *rule, char *why);
} policy_kinds[] = {
	{ "cid:", policy_parse_cid },
	{ "uid:", policy_parse_uid },
	{ "hybrid:", policy_parse_hybrid },
};

int policy_add(struct policy *policy, const char *text, char *why)
{
	struct policy_rule rule = { 0 };
	size_t i;
	int ret;

	for (i = 0; i < sizeof(policy_kinds) / sizeof(policy_kinds[0]); i++) {
		size_t len = strlen(policy_kinds[i].prefix);

		if (strncmp(text, policy_kinds[i].prefix, len) != 0)
			continue;

		ret = policy_kinds[i].parse(text + len, &rule, why);
		if (ret < 0)
			return ret;
		if (policy->count == POLICY_RULES_MAX) {
			snprintf(why, OPTIONS_WHY_LEN, "more than %d rules",
				 POLICY_RULES_MAX);
			return -E2BIG;
		}
		policy->rules[policy->count++] = rule;
		return 0;
	}

	snprintf(why, OPTIONS_WHY_LEN,
		 "neither cid:N[,any-port] nor uid:N[,share] nor hybrid:PATH");
	return -EINVAL;
}

bool policy_admits(const struct policy *policy,
		   const struct transport_peer *peer,
		   enum vms_goaway_reason *reason)
{
	enum vms_goaway_reason refusal = VMS_GOAWAY_NOT_ALLOWED;
	unsigned int i;

	if (peer->kind == TRANSPORT_UNIX && peer->uid == policy->own_uid)
		return true;

	for (i = 0; i < policy->count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (!policy_same_guest(&rule->peer, peer))
			continue;
		if (peer->kind != TRANSPORT_VSOCK || rule->any_port ||
		    peer->port <= POLICY_PORT_MAX)
			return true;
		refusal = VMS_GOAWAY_PORT;
	}

	*reason = refusal;
	return false;
}

bool policy_shares(const struct policy *policy,
		   const struct transport_peer *peer)
{
	unsigned int i;

	if (peer->kind != TRANSPORT_UNIX)
		return false;
	if (peer->uid == policy->own_uid)
		return true;

	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].share &&
		    policy_same_guest(&policy->rules[i].peer, peer))
			return true;
	return false;
}

bool policy_serves(const struct policy *policy,
		   const struct transport_address *address)
{
	unsigned int i;

	if (address->kind == TRANSPORT_UNIX || address->kind == TRANSPORT_FD)
		return true;

	for (i = 0; i < policy->count; i++) {
		const struct transport_peer *peer = &policy->rules[i].peer;

		if (peer->kind == address->kind &&
		    (peer->kind == TRANSPORT_VSOCK ||
		     strcmp(peer->path, address->path) == 0))
			return true;
	}
	return false;
}

bool policy_same_guest(const struct transport_peer *a,
		       const struct transport_peer *b)
{
	if (a->kind != b->kind)
		return false;

	switch (a->kind) {
	case TRANSPORT_VSOCK:
		return a->cid == b->cid;
	case TRANSPORT_UNIX:
		return a->uid == b->uid;
	case TRANSPORT_HYBRID:
		return strcmp(a->path, b->path) == 0;
	case TRANSPORT_FD:
		break; /* an address, never a peer */
	}
	return false;
}

bool policy_may_open(const struct policy *policy,
		     const struct transport_peer *peer, unsigned int index)
{
	enum vms_goaway_reason reason;

	(void)index;

	return policy_admits(policy, peer, &reason);
}
