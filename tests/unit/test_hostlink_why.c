// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a person is told whose connection did not come to be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guestd/hostlink_why.h"

#define NONE    VMADDR_CID_ANY
#define UNKNOWN HOSTLINK_CID_UNKNOWN

static const char *failed(const char *at, uint32_t cid, int error)
{
	static char why[HOSTLINK_WHY_LEN];
	struct transport_address address;

	assert_int_equal(transport_parse(at, &address), 0);
	hostlink_why_failed(&address, cid, error, why);
	assert_null(strchr(why, '\n'));
	assert_int_equal(strncmp(why, at, strlen(at)), 0);
	return why;
}

static void expect(const char *why, const char *what)
{
	if (!strstr(why, what))
		fail_msg("\"%s\" is not in \"%s\"", what, why);
}

static const char no_device[] =
	"this machine has no vsock device: start the VM with -device "
	"vhost-vsock-pci,guest-cid=N, or modprobe vmw_vsock_virtio_transport";

static void a_missing_vsock_device_is_not_the_hosts_fault(void **state)
{
	(void)state;
	expect(failed("vsock:2:848", NONE, -ENODEV), no_device);
	/* With vsock_loopback context 2 is this machine. */
	expect(failed("vsock:2:848", NONE, -ECONNRESET), no_device);
	expect(failed("vsock:2:848", UNKNOWN, -ENODEV), no_device);
	expect(failed("vsock:2:848", NONE, -EAFNOSUPPORT), "modprobe vsock");
}

static void the_advice_has_our_context_and_the_port(void **state)
{
	(void)state;
	expect(failed("vsock:2:99", 3, -ECONNRESET),
	       "start hostd on the host: hostd --listen vsock:99 --allow "
	       "cid:3");
	expect(failed("vsock:2:99", UNKNOWN, -ECONNRESET), "--allow cid:N");
	/* The host itself comes by loopback. */
	expect(failed("vsock:2:99", VMADDR_CID_HOST, -ECONNRESET),
	       "--allow cid:1");
	expect(failed("vsock:2:99", VMADDR_CID_HOST, -ENODEV),
	       "modprobe vsock_loopback");
	expect(failed("vsock:2:99", 3, -ETIMEDOUT), "is it stopped?");
	expect(failed("vsock:4:99", VMADDR_CID_HOST, -ECONNRESET),
	       "start hostd there: hostd --listen vsock:99 --allow cid:2");
}

static void the_loopback_needs_its_module(void **state)
{
	(void)state;
	expect(failed("vsock:1:99", NONE, -ENODEV), "modprobe vsock_loopback");
	expect(failed("vsock:1:99", NONE, -ECONNRESET),
	       "start hostd there: hostd --listen vsock:99 --allow cid:1");
	expect(failed("vsock:1:99", 3, -ECONNRESET), "--allow cid:1");
	expect(failed("vsock:1:99", NONE, -ETIMEDOUT), "is it stopped?");
}

static void another_context_than_the_hosts_is_asked_about(void **state)
{
	static const char host[] = "from a VM the host is vsock:2:848";

	(void)state;
	expect(failed("vsock:3:848", 3, -ENODEV), host);
	expect(failed("vsock:3:848", 3, -ECONNRESET), host);
	expect(failed("vsock:3:848", 3, -ENODEV), "context 3 is this machine");
	expect(failed("vsock:4:848", 3, -ETIMEDOUT), host);
	expect(failed("vsock:4:848", 3, -ENODEV), "context 4 does not answer");
	expect(failed("vsock:4:848", NONE, -ENODEV), host);
}

static void a_socket_file_has_two_gates(void **state)
{
	char rule[32];

	(void)state;
	snprintf(rule, sizeof(rule), "--allow uid:%u", (unsigned int)geteuid());
	expect(failed("unix:/run/x", UNKNOWN, -EACCES),
	       "you may not write to this socket: chmod it");
	expect(failed("unix:/run/x", UNKNOWN, -EACCES), rule);
	expect(failed("unix:/run/x", UNKNOWN, -ENOENT), "is hostd running");
	expect(failed("unix:/run/x", UNKNOWN, -ETIMEDOUT), "is it stopped?");
}

/* socket(2) had no descriptor, no file or no memory left here. */
static void what_we_lack_ourselves_is_not_hostds_fault(void **state)
{
	(void)state;
	expect(failed("unix:/run/x", UNKNOWN, -EMFILE),
	       "Too many open files: guestd itself may have no more");
	expect(failed("vsock:2:848", 3, -EMFILE),
	       "Too many open files: guestd itself may have no more");
	expect(failed("unix:/run/x", UNKNOWN, -ENFILE), "this machine has");
	expect(failed("vsock:2:848", 3, -ENOMEM), "this machine has");
}

static void what_is_not_hostd_is_called_so(void **state)
{
	(void)state;
	expect(failed("unix:/run/x", UNKNOWN, -EPROTO), "this is not hostd");
	expect(failed("vsock:2:848", 3, -EPROTO), "this is not hostd");
}

static void the_longest_path_leaves_room(void **state)
{
	char path[5 + TRANSPORT_PATH_LEN] = "unix:/";

	(void)state;
	memset(path + 6, 'x', TRANSPORT_PATH_LEN - 2);
	expect(failed(path, UNKNOWN, -EACCES), "--allow uid:");
}

static void the_port_that_is_too_high_gets_a_rule(void **state)
{
	char why[HOSTLINK_WHY_LEN];
	struct transport_address address;

	(void)state;
	assert_int_equal(transport_parse("vsock:2:848", &address), 0);
	hostlink_why_goaway(&address, 7, VMS_GOAWAY_PORT, why);
	expect(why, "--allow cid:7,any-port");
	hostlink_why_goaway(&address, UNKNOWN, VMS_GOAWAY_PORT, why);
	expect(why, "--allow cid:N,any-port");
	hostlink_why_goaway(&address, NONE, VMS_GOAWAY_PORT, why);
	expect(why, "--allow cid:1,any-port");
}

static void only_vsock_has_contexts(void **state)
{
	struct transport_address address;

	(void)state;
	assert_int_equal(transport_parse("unix:/run/x", &address), 0);
	assert_int_equal(hostlink_why_local_cid(&address), UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_vsock_device_is_not_the_hosts_fault),
		cmocka_unit_test(the_advice_has_our_context_and_the_port),
		cmocka_unit_test(the_loopback_needs_its_module),
		cmocka_unit_test(another_context_than_the_hosts_is_asked_about),
		cmocka_unit_test(a_socket_file_has_two_gates),
		cmocka_unit_test(what_we_lack_ourselves_is_not_hostds_fault),
		cmocka_unit_test(what_is_not_hostd_is_called_so),
		cmocka_unit_test(the_longest_path_leaves_room),
		cmocka_unit_test(the_port_that_is_too_high_gets_a_rule),
		cmocka_unit_test(only_vsock_has_contexts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
