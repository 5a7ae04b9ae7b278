// SPDX-License-Identifier: BSD-3-Clause
/*
 * Addresses and peers, to and from text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

#include "common/transport.h"

static void every_address_comes_back_as_it_was_written(void **state)
{
	static const char *const texts[] = {
		"vsock:3:7000",
		"vsock:848",
		"vsock:0:0",
		"vsock:4294967294:4294967294",
		"unix:/run/hostd.sock",
		"unix:@hostd",
		"unix:relative",
		"hybrid:/run/fc.vsock_848",
		"fd:0",
		"fd:2147483647",
	};
	struct transport_address address;
	char text[TRANSPORT_TEXT_LEN];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(transport_parse(texts[i], &address), 0);
		transport_format(&address, text, sizeof(text));
		assert_string_equal(text, texts[i]);
	}
}

static void parsing_fills_what_the_kind_needs(void **state)
{
	struct transport_address address;

	(void)state;

	assert_int_equal(transport_parse("vsock:3:7000", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_VSOCK);
	assert_int_equal(address.cid, 3);
	assert_int_equal(address.port, 7000);

	assert_int_equal(transport_parse("vsock:848", &address), 0);
	assert_int_equal(address.cid, VMADDR_CID_ANY);
	assert_int_equal(address.port, 848);

	assert_int_equal(transport_parse("hybrid:/x", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_HYBRID);
	assert_string_equal(address.path, "/x");

	assert_int_equal(transport_parse("fd:3", &address), 0);
	assert_int_equal(address.kind, TRANSPORT_FD);
	assert_int_equal(address.fd, 3);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"vsock",
		"vsock:",
		"vsock::",
		"vsock:3:",
		"vsock::848",
		"vsock:3:4:5",
		"vsock:-1",
		"vsock:+1",
		"vsock: 1",
		"vsock:1 ",
		"vsock:0x10",
		"vsock:host:848",
		"vsock:4294967295",
		"vsock:4294967295:1",
		"vsock:99999999999999999999999",
		"unix:",
		"unix:@",
		"hybrid:",
		"hybrid:@x",
		"fd:",
		"fd:-1",
		"fd:2147483648",
		"fd:3x",
		"tcp:1:2",
		"/run/hostd.sock",
		"VSOCK:1",
	};
	struct transport_address address = { .port = 77 };
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(transport_parse(texts[i], &address), -EINVAL);
	assert_int_equal(address.port, 77);
}

static void a_path_may_be_as_long_as_the_kernel_allows(void **state)
{
	struct transport_address address;
	char text[200], back[TRANSPORT_TEXT_LEN];

	(void)state;

	memset(text, 'p', sizeof(text));
	memcpy(text, "hybrid:", 7);
	text[7 + TRANSPORT_PATH_LEN] = '\0';
	assert_int_equal(transport_parse(text, &address), -ENAMETOOLONG);
	text[7 + TRANSPORT_PATH_LEN - 1] = '\0';
	assert_int_equal(transport_parse(text, &address), 0);
	transport_format(&address, back, sizeof(back));
	assert_string_equal(back, text);

	transport_format(&address, back, 10);
	assert_string_equal(back, "hybrid:pp");
}

static void peers_have_a_text_each(void **state)
{
	struct transport_peer vsock = { .kind = TRANSPORT_VSOCK,
					.cid = 3,
					.port = 1022 };
	struct transport_peer local = { .kind = TRANSPORT_UNIX, .uid = 1000 };
	struct transport_peer hybrid = { .kind = TRANSPORT_HYBRID };
	char text[TRANSPORT_TEXT_LEN];

	(void)state;

	transport_peer_format(&vsock, text, sizeof(text));
	assert_string_equal(text, "cid 3 port 1022");
	transport_peer_format(&local, text, sizeof(text));
	assert_string_equal(text, "uid 1000");
	strcpy(hybrid.path, "/run/x");
	transport_peer_format(&hybrid, text, sizeof(text));
	assert_string_equal(text, "hybrid /run/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_comes_back_as_it_was_written),
		cmocka_unit_test(parsing_fills_what_the_kind_needs),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_path_may_be_as_long_as_the_kernel_allows),
		cmocka_unit_test(peers_have_a_text_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
