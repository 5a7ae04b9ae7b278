// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who may come in, and what is granted then.
 *
 * A rule names a guest; there is nothing to forbid, since nobody is allowed
 * without one.  A rule for a CID trusts root of that VM, and with any-port every
 * process in it; CID 1 (VMADDR_CID_LOCAL) is whoever is on this machine.  A rule
 * for a hybrid socket trusts whoever may connect to it, and so does one for a unix
 * socket, which a container may have as its own: users of containers are often one.
 *
 * Who shares memory of buffers can write in it at any time, also while a driver
 * reads it, as any program that opens the node itself.
 *
 * Memory that both have (--shm) has the frames of all programs of a guest in it, so no
 * two guests have the same.
 */
#include "hostd/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/vm_sockets.h>

#include "common/options.h"

#define POLICY_PORT_MAX       1023 /* PROT_SOCK - 1 of af_vsock.c */
#define POLICY_OWN            "no rule: our own user"
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
	rule->grant.share = strcmp(text + len, POLICY_SHARE) == 0;
	if (text[len] && !rule->grant.share) {
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

/* A path may have commas: only this word at its end is none of it. */
static int policy_parse_unix(const char *text, struct policy_rule *rule,
			     char *why)
{
	size_t len = strlen(text), share = strlen(POLICY_SHARE);

	rule->peer.kind = TRANSPORT_UNIX;
	if (len >= share && strcmp(text + len - share, POLICY_SHARE) == 0) {
		rule->grant.share = true;
		len -= share;
	}
	if (len == 0 || len >= sizeof(rule->peer.path)) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "not the path of a --listen unix:PATH");
		return -EINVAL;
	}
	memcpy(rule->peer.path, text, len);
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
	{ "unix:", policy_parse_unix },
	{ "hybrid:", policy_parse_hybrid },
};

int policy_parse(const char *text, struct policy_rule *rule, char *why)
{
	size_t i;

	*rule = (struct policy_rule){ 0 };
	grant_default(&rule->grant);

	for (i = 0; i < sizeof(policy_kinds) / sizeof(policy_kinds[0]); i++) {
		size_t len = strlen(policy_kinds[i].prefix);

		if (strncmp(text, policy_kinds[i].prefix, len) == 0)
			return policy_kinds[i].parse(text + len, rule, why);
	}

	snprintf(why, OPTIONS_WHY_LEN,
		 "neither cid:N[,any-port] nor uid:N[,share] nor "
		 "unix:PATH[,share] nor hybrid:PATH");
	return -EINVAL;
}

static unsigned int policy_find(const struct policy *policy,
				const struct transport_peer *peer)
{
	unsigned int i;

	for (i = 0; i < policy->count; i++)
		if (policy_same_guest(&policy->rules[i].peer, peer))
			break;
	return i;
}

/* ---- memory ---------------------------------------------------------- */

int policy_shmem(const char *path, char *out, char *why)
{
	if (path[0] != '/' || strlen(path) >= GRANT_SHMEM_LEN) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "not the path of a file, from /, of at most %d bytes",
			 GRANT_SHMEM_LEN - 1);
		return -EINVAL;
	}
	snprintf(out, GRANT_SHMEM_LEN, "%s", path);
	return 0;
}

/* Return: the rule whose guest has that memory, or NULL */
static const struct policy_rule *policy_find_shmem(const struct policy *policy,
						   const char *path)
{
	unsigned int i;

	for (i = 0; i < policy->count; i++)
		if (path[0] && strcmp(policy->rules[i].grant.shmem, path) == 0)
			return &policy->rules[i];
	return NULL;
}

int policy_check_shmem(const struct policy *policy, char *why)
{
	const struct policy_rule *other =
		policy_find_shmem(policy, policy->shmem);
	unsigned int allowed = 0;
	unsigned int i;

	for (i = 0; i < policy->count; i++)
		allowed += !policy->rules[i].configured;
	if (!policy->shmem[0] || (allowed <= 1 && !other))
		return 0;
	if (other)
		snprintf(why, OPTIONS_WHY_LEN,
			 "that memory is another guest's: %.100s",
			 other->grant.rule);
	else
		snprintf(why, OPTIONS_WHY_LEN,
			 "%u guests would see each other's frames: give each "
			 "its own in hostd.conf(5)",
			 allowed);
	return -EINVAL;
}

/* ---- rules ----------------------------------------------------------- */

int policy_put(struct policy *policy, const struct policy_rule *rule, char *why)
{
	const struct policy_rule *other =
		policy_find_shmem(policy, rule->grant.shmem);
	unsigned int i = policy_find(policy, &rule->peer);

	if (i < policy->count) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "there is a rule for this guest: %.150s",
			 policy->rules[i].grant.rule);
		return -EEXIST;
	}
	if (other) {
		snprintf(why, OPTIONS_WHY_LEN,
			 "shm: that memory is another guest's: %.150s",
			 other->grant.rule);
		return -EEXIST;
	}
	if (policy->count == POLICY_RULES_MAX) {
		snprintf(why, OPTIONS_WHY_LEN, "more than %d rules",
			 POLICY_RULES_MAX);
		return -E2BIG;
	}
	policy->rules[policy->count++] = *rule;
	return 0;
}

int policy_add(struct policy *policy, const char *text, char *why)
{
	struct policy_rule rule, *known;
	unsigned int i;
	int ret;

	ret = policy_parse(text, &rule, why);
	if (ret < 0)
		return ret;

	i = policy_find(policy, &rule.peer);
	if (i < policy->count) {
		known = &policy->rules[i];
		known->any_port |= rule.any_port;
		known->grant.share |= rule.grant.share;
		return 0;
	}
	snprintf(rule.grant.rule, sizeof(rule.grant.rule), "--allow %s", text);
	return policy_put(policy, &rule, why);
}

void policy_identify(const struct policy *policy, struct transport_peer *peer)
{
	if (peer->kind == TRANSPORT_UNIX && peer->path[0] &&
	    policy_find(policy, peer) == policy->count)
		peer->path[0] = '\0';
}

bool policy_grant(const struct policy *policy,
		  const struct transport_peer *peer, struct grant *grant,
		  enum vms_goaway_reason *reason)
{
	bool own = peer->kind == TRANSPORT_UNIX && !peer->path[0] &&
		   peer->uid == policy->own_uid;
	unsigned int i = policy_find(policy, peer);
	const struct policy_rule *rule = &policy->rules[i];

	if (i == policy->count) {
		if (!own) {
			*reason = VMS_GOAWAY_NOT_ALLOWED;
			return false;
		}
		grant_default(grant);
		memcpy(grant->rule, POLICY_OWN, sizeof(POLICY_OWN));
		memcpy(grant->shmem, policy->shmem, sizeof(grant->shmem));
		grant->share = true;
		return true;
	}

	if (peer->kind == TRANSPORT_VSOCK && !rule->any_port &&
	    peer->port > POLICY_PORT_MAX) {
		*reason = VMS_GOAWAY_PORT;
		return false;
	}
	*grant = rule->grant;
	if (!rule->configured)
		memcpy(grant->shmem, policy->shmem, sizeof(grant->shmem));
	/* An option adds to what it may anyway; a section says what it may. */
	if (own && !rule->configured)
		grant->share = true;
	return true;
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
		if (a->path[0] || b->path[0])
			return strcmp(a->path, b->path) == 0;
		return a->uid == b->uid;
	case TRANSPORT_HYBRID:
		return strcmp(a->path, b->path) == 0;
	case TRANSPORT_FD:
		break; /* an address, never a peer */
	}
	return false;
}

void policy_guest_format(const struct transport_peer *peer, char *text,
			 size_t len)
{
	switch (peer->kind) {
	case TRANSPORT_VSOCK:
		snprintf(text, len, "cid:%" PRIu32, peer->cid);
		break;
	case TRANSPORT_UNIX:
		if (peer->path[0])
			snprintf(text, len, "unix:%s", peer->path);
		else
			snprintf(text, len, "uid:%u", peer->uid);
		break;
	case TRANSPORT_HYBRID:
		snprintf(text, len, "hybrid:%s", peer->path);
		break;
	case TRANSPORT_FD: /* an address, never a peer */
		snprintf(text, len, "?");
		break;
	}
}
