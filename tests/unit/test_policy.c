// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who may come in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/options.h"
#include "hostd/policy.h"

#define OWN_UID 1000

static struct policy policy;

static int setup(void **state)
{
	(void)state;

	policy = (struct policy){ .own_uid = OWN_UID };
	return 0;
}

static void allow(const char *text)
{
	char why[OPTIONS_WHY_LEN] = "";

	if (policy_add(&policy, text, why) != 0)
		fail_msg("%s: %s", text, why);
}

static struct transport_peer vsock_peer(uint32_t cid, uint32_t port)
{
	return (struct transport_peer){
		.kind = TRANSPORT_VSOCK,
		.cid = cid,
		.port = port,
	};
}

static struct transport_peer unix_peer(uid_t uid)
{
	return (struct transport_peer){ .kind = TRANSPORT_UNIX, .uid = uid };
}

static struct transport_peer hybrid_peer(const char *path, uid_t uid)
{
	struct transport_peer peer = { .kind = TRANSPORT_HYBRID, .uid = uid };

	snprintf(peer.path, sizeof(peer.path), "%s", path);
	return peer;
}

/* Return: -1 if admitted, else the reason */
static int refusal(struct transport_peer peer)
{
	enum vms_goaway_reason reason = VMS_GOAWAY_COUNT;
	struct grant grant;

	return policy_grant(&policy, &peer, &grant, &reason) ? -1 : (int)reason;
}

static void without_a_rule_only_the_own_uid_over_unix_may_come(void **state)
{
	(void)state;

	assert_int_equal(refusal(unix_peer(OWN_UID)), -1);
	assert_int_equal(refusal(unix_peer(0)), VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(vsock_peer(1, 1000)), VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(vsock_peer(OWN_UID, 1000)),
			 VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(hybrid_peer("/run/x", OWN_UID)),
			 VMS_GOAWAY_NOT_ALLOWED);
}

static void a_rule_admits_whom_it_names_and_nobody_else(void **state)
{
	(void)state;

	allow("cid:3");
	allow("uid:0");
	allow("hybrid:/run/vm");

	assert_int_equal(refusal(vsock_peer(3, 1000)), -1);
	assert_int_equal(refusal(vsock_peer(4, 1000)), VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(unix_peer(0)), -1);
	assert_int_equal(refusal(unix_peer(3)), VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(hybrid_peer("/run/vm", 77)), -1);
	assert_int_equal(refusal(hybrid_peer("/run/vm2", 0)),
			 VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(hybrid_peer("/run/v", 0)),
			 VMS_GOAWAY_NOT_ALLOWED);
}

static void over_vsock_the_source_port_is_below_1024(void **state)
{
	(void)state;

	allow("cid:3");

	assert_int_equal(refusal(vsock_peer(3, 0)), -1);
	assert_int_equal(refusal(vsock_peer(3, 1023)), -1);
	assert_int_equal(refusal(vsock_peer(3, 1024)), VMS_GOAWAY_PORT);
	assert_int_equal(refusal(vsock_peer(3, UINT32_MAX)), VMS_GOAWAY_PORT);
	assert_int_equal(refusal(vsock_peer(4, 1024)), VMS_GOAWAY_NOT_ALLOWED);
}

static void unless_the_rule_says_any_port(void **state)
{
	(void)state;

	allow("cid:3");
	allow("cid:3,any-port");

	assert_int_equal(refusal(vsock_peer(3, 1024)), -1);
	assert_int_equal(refusal(vsock_peer(3, 512)), -1);
	assert_int_equal(refusal(vsock_peer(4, 512)), VMS_GOAWAY_NOT_ALLOWED);
}

static void a_user_has_a_name_too(void **state)
{
	(void)state;

	allow("uid:root");
	assert_int_equal(policy.rules[0].peer.kind, TRANSPORT_UNIX);
	assert_int_equal(policy.rules[0].peer.uid, 0);
}

static void what_is_no_rule_is_refused_with_a_reason(void **state)
{
	static const char *const texts[] = {
		"",
		"3",
		"cid",
		"cid:",
		"cid:x",
		"cid:-1",
		"cid:+1",
		"cid: 1",
		"cid:1 ",
		"cid:0x3",
		"cid:4294967295", /* VMADDR_CID_ANY */
		"cid:4294967299", /* 3, if it were cut to 32 bits */
		"cid:99999999999999999999",
		"cid:3,",
		"cid:3,any",
		"cid:3,any-port,",
		"cid:,any-port",
		"cid:000000000000000003", /* longer than a number may be */
		"CID:3",
		"uid:",
		"uid:-1",
		"uid:4294967295", /* no user */
		"uid:4294967296", /* root, if it were cut */
		"uid:no such user",
		"uid:0,any-port",
		"uid:0,",
		"uid:0,share,",
		"uid:,share",
		"uid:no such user,share",
		"cid:3,share",
		"hybrid:",
		"vsock:3",
		"unix:",
		"unix:,share",
	};
	char path[TRANSPORT_PATH_LEN + sizeof("hybrid:")];
	char why[OPTIONS_WHY_LEN];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why[0] = '\0';
		if (policy_add(&policy, texts[i], why) != -EINVAL)
			fail_msg("\"%s\" was taken", texts[i]);
		assert_true(strlen(why) > 0);
	}

	memset(path, 'x', sizeof(path));
	memcpy(path, "hybrid:", strlen("hybrid:"));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(policy_add(&policy, path, why), -EINVAL);

	assert_int_equal(policy.count, 0);
}

static void there_is_room_for_a_number_of_rules(void **state)
{
	char why[OPTIONS_WHY_LEN] = "", text[32];
	unsigned int i;

	(void)state;

	for (i = 0; i < POLICY_RULES_MAX; i++) {
		snprintf(text, sizeof(text), "uid:%u", i);
		allow(text);
	}
	allow("uid:0,share");
	snprintf(text, sizeof(text), "uid:%u", i);
	assert_int_equal(policy_add(&policy, text, why), -E2BIG);
	assert_string_equal(why, "more than 256 rules");
	assert_int_equal(policy.count, POLICY_RULES_MAX);
}

static bool same(struct transport_peer a, struct transport_peer b)
{
	return policy_same_guest(&a, &b);
}

static void a_guest_is_a_cid_or_a_uid_or_a_path(void **state)
{
	(void)state;

	assert_true(same(vsock_peer(3, 600), vsock_peer(3, 601)));
	assert_false(same(vsock_peer(3, 600), vsock_peer(4, 600)));
	assert_true(same(unix_peer(7), unix_peer(7)));
	assert_false(same(unix_peer(7), unix_peer(8)));
	assert_false(same(unix_peer(3), vsock_peer(3, 600)));
	assert_true(same(hybrid_peer("/a", 1), hybrid_peer("/a", 2)));
	assert_false(same(hybrid_peer("/a", 1), hybrid_peer("/b", 1)));
	assert_false(same(hybrid_peer("/a", 1), unix_peer(1)));
}

static bool serves(const char *text)
{
	struct transport_address address;

	assert_int_equal(transport_parse(text, &address), 0);
	return policy_serves(&policy, &address);
}

static void an_address_may_be_one_where_nobody_is_let_in(void **state)
{
	(void)state;

	allow("uid:0");
	assert_false(serves("vsock:848"));
	assert_false(serves("hybrid:/run/vm"));
	assert_true(serves("unix:/run/vm"));
	assert_true(serves("fd:3"));
	allow("hybrid:/run/other");
	assert_false(serves("vsock:848"));
	assert_false(serves("hybrid:/run/vm"));
	allow("cid:3");
	allow("hybrid:/run/vm");
	assert_true(serves("vsock:1:4000"));
	assert_true(serves("hybrid:/run/vm"));
}

static bool shares(struct transport_peer peer)
{
	enum vms_goaway_reason reason;
	struct grant grant;

	return policy_grant(&policy, &peer, &grant, &reason) && grant.share;
}

static struct transport_peer socket_peer(const char *path, uid_t uid)
{
	struct transport_peer peer = unix_peer(uid);

	snprintf(peer.path, sizeof(peer.path), "%s", path);
	policy_identify(&policy, &peer);
	return peer;
}

static void a_socket_with_a_rule_is_a_guest_of_its_own(void **state)
{
	char text[TRANSPORT_TEXT_LEN];
	struct transport_peer peer;

	(void)state;

	allow("unix:/run/a,share");
	allow("unix:/run/b,c");
	allow("uid:7");
	assert_int_equal(refusal(socket_peer("/run/a", 8)), -1);
	assert_int_equal(refusal(socket_peer("/run/b,c", 8)), -1);
	assert_int_equal(refusal(socket_peer("/run/other", 8)),
			 VMS_GOAWAY_NOT_ALLOWED);
	assert_int_equal(refusal(socket_peer("/run/other", 7)), -1);
	assert_int_equal(refusal(hybrid_peer("/run/a", 7)),
			 VMS_GOAWAY_NOT_ALLOWED);
	assert_true(shares(socket_peer("/run/a", 8)));
	assert_false(shares(socket_peer("/run/b,c", 8)));
	/* There, the own user is who connects to it, and no more. */
	assert_false(shares(socket_peer("/run/b,c", OWN_UID)));
	assert_true(shares(socket_peer("/run/other", OWN_UID)));

	assert_true(same(socket_peer("/run/a", 7), socket_peer("/run/a", 8)));
	assert_false(
		same(socket_peer("/run/a", 7), socket_peer("/run/b,c", 7)));
	assert_false(same(socket_peer("/run/a", 7), unix_peer(7)));
	assert_true(same(socket_peer("/run/other", 7), unix_peer(7)));

	peer = socket_peer("/run/a", 7);
	policy_guest_format(&peer, text, sizeof(text));
	assert_string_equal(text, "unix:/run/a");
	transport_peer_format(&peer, text, sizeof(text));
	assert_string_equal(text, "unix /run/a");
	/* Its rule goes while it is connected. */
	policy.count = 0;
	assert_int_equal(refusal(peer), VMS_GOAWAY_NOT_ALLOWED);
}

static void a_rule_without_more_grants_all(void **state)
{
	struct transport_peer peer = vsock_peer(3, 1000);
	enum vms_goaway_reason reason;
	struct grant grant, all;

	(void)state;

	allow("cid:3");
	assert_true(policy_grant(&policy, &peer, &grant, &reason));
	assert_string_equal(grant.rule, "--allow cid:3");
	grant_default(&all);
	assert_int_equal(grant.class, GRANT_FULL);
	assert_int_equal(grant.connections, GRANT_CONNECTIONS_MAX);
	assert_memory_equal((const char *)&grant + sizeof(grant.rule),
			    (const char *)&all + sizeof(all.rule),
			    sizeof(grant) - sizeof(grant.rule));
	assert_true(grant_device(&grant, 0));
	assert_true(grant_device(&grant, 63));
	assert_false(grant_device(&grant, 64));
}

static void a_section_also_says_what_the_own_uid_may(void **state)
{
	struct transport_peer own = unix_peer(OWN_UID);
	struct policy_rule rule = { .peer = own, .configured = true };
	enum vms_goaway_reason reason;
	char why[OPTIONS_WHY_LEN];
	struct grant grant;

	(void)state;

	grant_default(&rule.grant);
	rule.grant.class = GRANT_VIEW;
	assert_int_equal(policy_put(&policy, &rule, why), 0);
	assert_true(policy_grant(&policy, &own, &grant, &reason));
	assert_int_equal(grant.class, GRANT_VIEW);
	assert_false(grant.share);
	assert_int_equal(policy_put(&policy, &rule, why), -EEXIST);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

static void memory_is_for_the_own_uid_and_whom_a_rule_says(void **state)
{
	(void)state;

	allow("uid:7");
	allow("uid:8,share");
	allow("uid:root,share");
	allow("cid:3");
	allow("hybrid:/run/vm");
	assert_true(shares(unix_peer(OWN_UID)));
	assert_true(shares(unix_peer(8)));
	assert_true(shares(unix_peer(0)));
	assert_false(shares(unix_peer(7)));
	assert_false(shares(unix_peer(9)));
	assert_false(shares(vsock_peer(3, 1000)));
	assert_false(shares(vsock_peer(OWN_UID, 1000)));
	assert_false(shares(hybrid_peer("/run/vm", OWN_UID)));
	assert_false(shares(hybrid_peer("/run/vm", 8)));
}

static const char *memory_of(struct transport_peer peer)
{
	enum vms_goaway_reason reason;
	static struct grant grant;

	assert_true(policy_grant(&policy, &peer, &grant, &reason));
	return grant.shmem;
}

static void shared_memory_is_that_of_the_one_who_is_let_in(void **state)
{
	char why[OPTIONS_WHY_LEN] = "";

	(void)state;

	assert_int_equal(policy_shmem("/dev/shm/vm", policy.shmem, why), 0);
	assert_int_equal(policy_check_shmem(&policy, why), 0);
	assert_string_equal(memory_of(unix_peer(OWN_UID)), "/dev/shm/vm");
	allow("cid:3");
	allow("cid:3,any-port");
	assert_int_equal(policy_check_shmem(&policy, why), 0);
	assert_string_equal(memory_of(vsock_peer(3, 5)), "/dev/shm/vm");
	allow("cid:4");
	assert_int_equal(policy_check_shmem(&policy, why), -EINVAL);
	assert_non_null(strstr(why, "2 guests would see each other's frames"));
	policy.shmem[0] = '\0';
	assert_int_equal(policy_check_shmem(&policy, why), 0);
	assert_string_equal(memory_of(vsock_peer(3, 5)), "");
}

static void put(uint32_t cid, const char *path, int result)
{
	struct policy_rule rule = {
		.peer = vsock_peer(cid, 0),
		.configured = true,
	};
	char why[OPTIONS_WHY_LEN] = "";

	grant_default(&rule.grant);
	snprintf(rule.grant.shmem, sizeof(rule.grant.shmem), "%s", path);
	assert_int_equal(policy_put(&policy, &rule, why), result);
	if (result)
		assert_non_null(strstr(why, "is another guest's"));
}

static void no_two_guests_have_the_same_memory(void **state)
{
	char why[OPTIONS_WHY_LEN] = "";

	(void)state;

	put(3, "/dev/shm/3", 0);
	put(4, "/dev/shm/4", 0);
	put(5, "", 0);
	put(6, "", 0);
	put(7, "/dev/shm/3", -EEXIST);
	assert_string_equal(memory_of(vsock_peer(4, 5)), "/dev/shm/4");
	assert_string_equal(memory_of(vsock_peer(5, 5)), "");
	allow("cid:9");
	assert_int_equal(policy_shmem("/dev/shm/9", policy.shmem, why), 0);
	assert_int_equal(policy_check_shmem(&policy, why), 0);
	assert_string_equal(memory_of(vsock_peer(9, 5)), "/dev/shm/9");
	assert_string_equal(memory_of(vsock_peer(4, 5)), "/dev/shm/4");
	assert_int_equal(policy_shmem("/dev/shm/4", policy.shmem, why), 0);
	assert_int_equal(policy_check_shmem(&policy, why), -EINVAL);
	assert_non_null(strstr(why, "is another guest's"));
}

static void memory_is_a_path(void **state)
{
	char why[OPTIONS_WHY_LEN] = "";
	char path[GRANT_SHMEM_LEN + 1] = "/";
	char out[GRANT_SHMEM_LEN];

	(void)state;

	assert_int_equal(policy_shmem("", out, why), -EINVAL);
	assert_int_equal(policy_shmem("vm", out, why), -EINVAL);
	memset(path + 1, 'x', GRANT_SHMEM_LEN - 1);
	assert_int_equal(policy_shmem(path, out, why), -EINVAL);
	path[GRANT_SHMEM_LEN - 1] = '\0';
	assert_int_equal(policy_shmem(path, out, why), 0);
	assert_string_equal(out, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_rule_only_the_own_uid_over_unix_may_come),
		TEST(a_rule_admits_whom_it_names_and_nobody_else),
		TEST(over_vsock_the_source_port_is_below_1024),
		TEST(unless_the_rule_says_any_port),
		TEST(a_user_has_a_name_too),
		TEST(what_is_no_rule_is_refused_with_a_reason),
		TEST(there_is_room_for_a_number_of_rules),
		TEST(a_guest_is_a_cid_or_a_uid_or_a_path),
		TEST(an_address_may_be_one_where_nobody_is_let_in),
		TEST(memory_is_for_the_own_uid_and_whom_a_rule_says),
		TEST(a_socket_with_a_rule_is_a_guest_of_its_own),
		TEST(a_rule_without_more_grants_all),
		TEST(a_section_also_says_what_the_own_uid_may),
		TEST(shared_memory_is_that_of_the_one_who_is_let_in),
		TEST(no_two_guests_have_the_same_memory),
		TEST(memory_is_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
