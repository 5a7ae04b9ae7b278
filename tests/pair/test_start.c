// SPDX-License-Identifier: BSD-3-Clause
/*
 * The start of guestd: a connection comes to be, or a person is told why not and
 * what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/lying_host.h"

static bool over(void)
{
	return harness.ups || harness.fatals;
}

static void expect_fatal(const char *what)
{
	assert_int_equal(harness.ups, 0);
	assert_int_equal(harness.fatals, 1);
	if (!strstr(harness.fatal, what))
		fail_msg("\"%s\" is not in \"%s\"", what, harness.fatal);
	assert_null(strchr(harness.fatal, '\n'));
}

static void guestd_connects_by_itself(void **state)
{
	struct front_file file;

	(void)state;
	harness.hosting = true;
	harness_begin("fake");
	harness_until(over);
	assert_int_equal(harness.ups, 1);
	assert_string_equal((char *)harness.device->ack.capability.driver,
			    "fake");
	harness_open(&file);
	assert_int_equal(front_close(&file), 0);
}

static void without_a_name_it_gets_the_first_device(void **state)
{
	(void)state;
	harness.hosting = true;
	harness_begin("");
	harness_until(over);
	assert_string_equal((char *)harness.device->ack.capability.driver,
			    "usermedia");
}

static void
a_name_that_is_not_there_is_answered_with_those_that_are(void **state)
{
	(void)state;
	harness.hosting = true;
	harness_begin("camera");
	harness_until(over);
	expect_fatal("no device \"camera\"");
	expect_fatal("--remote");
	expect_fatal("pattern, fake");
}

static void a_device_that_does_not_open_is_said(void **state)
{
	(void)state;
	fake.open_result = -EBUSY;
	harness.hosting = true;
	harness_begin("fake");
	harness_until(over);
	expect_fatal("cannot open device \"fake\"");
	expect_fatal(strerror(EBUSY));
}

static void without_a_name_it_is_the_first_that_does_not_open(void **state)
{
	(void)state;
	harness.devices.devices[0] = harness.devices.devices[1];
	harness.devices.count = 1;
	fake.open_result = -ENODEV;
	harness.hosting = true;
	harness_begin("");
	harness_until(over);
	expect_fatal("hostd cannot open its first device");
}

static void where_nobody_listens_is_said(void **state)
{
	(void)state;
	snprintf(harness.address.path, sizeof(harness.address.path),
		 "@usermedia-nobody");
	harness_begin("fake");
	harness_until(over);
	expect_fatal("unix:@usermedia-nobody");
	expect_fatal("is hostd running there?");
}

static void who_waits_tries_again(void **state)
{
	(void)state;
	harness.config.wait = true;
	harness_begin("fake");
	harness_pass_ms(3000);
	assert_false(over());
	assert_true(harness.accepts > 5);
	harness.hosting = true;
	harness_pass_ms(1000);
	assert_int_equal(harness.ups, 1);
}

static void who_waits_says_why_once(void **state)
{
	(void)state;
	harness.config.wait = true;
	harness_begin("camera");
	harness_pass_ms(3000);
	assert_int_equal(harness_times_said("is hostd running there?: waiting"),
			 1);
	harness.hosting = true;
	harness_pass_ms(1000);
	assert_int_equal(
		harness_times_said("--remote from pattern, fake: waiting"), 1);
	assert_int_equal(harness_times_said(": waiting"), 2);
	harness.hosting = false;
	harness_pass_ms(10000);
	assert_int_equal(harness_times_said(": waiting"), 3);
	assert_false(over());
}

/* Nothing changes until somebody has started hostd in another way. */
static void a_refusal_is_not_asked_about_at_once(void **state)
{
	(void)state;
	harness.config.wait = true;
	harness.hosting = true;
	harness_begin("camera");
	harness_pass_ms(4900);
	assert_int_equal(harness.accepts, 1);
	harness_pass_ms(10200);
	assert_int_equal(harness.accepts, 4);
	assert_int_equal(harness_times_said(": waiting"), 1);
	/* When it is gone, it is soon looked for. */
	harness.hosting = false;
	harness_pass_ms(10000);
	assert_true(harness.accepts > 15);
}

static bool listed;

static void on_listing(void *owner, const struct vms_list_entry *entries,
		       unsigned int count)
{
	(void)owner;
	assert_int_equal(count, 2);
	assert_string_equal(entries[0].name, "pattern");
	assert_string_equal(entries[0].kind, "pattern");
	assert_string_equal(entries[1].name, "fake");
	listed = true;
}

static bool is_listed(void)
{
	return listed;
}

static void who_asks_for_the_list_gets_it(void **state)
{
	(void)state;
	listed = false;
	harness.config.link.list = true;
	harness.config.link.listing = on_listing;
	harness.hosting = true;
	harness_begin("");
	harness_until(is_listed);
	harness_settle();
	assert_int_equal(harness.ups, 0);
}

/* ---- a host that is none ------------------------------------------------------ */

static void another_version(struct vms_hello_ack *ack)
{
	ack->version = 9;
	ack->status = EPROTONOSUPPORT;
}

static void another_version_without_a_word(struct vms_hello_ack *ack)
{
	ack->version = 9;
}

static void more_features(struct vms_hello_ack *ack)
{
	ack->features |= VMS_FEATURE_XU;
}

static void larger_pages(struct vms_hello_ack *ack)
{
	ack->page_size = 2 * VMS_PAGE_SIZE;
}

static void no_pages(struct vms_hello_ack *ack)
{
	ack->page_size = 0;
}

static void no_limits(struct vms_hello_ack *ack)
{
	ack->max_ctrl = 0;
}

static void no_errno(struct vms_hello_ack *ack)
{
	ack->status = 5000;
}

/* Rule: B36 */
static void an_answer_that_is_no_good_is_said(void **state)
{
	static const struct {
		void (*hello)(struct vms_hello_ack *ack);
		const char *why;
	} lies[] = {
		{ another_version, "protocol version 9" },
		{ another_version_without_a_word, "protocol version 9" },
		{ more_features, "what was not offered" },
		{ larger_pages, "pages of 8192 bytes" },
		{ no_pages, "pages of 0 bytes" },
		{ no_limits, "this is not hostd" },
		{ no_errno, "this is not hostd" },
	};
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (i) {
			lying_teardown(state);
			lying_init(state);
		}
		lying.hello = lies[i].hello;
		lying_start(PROFILE_CHOICE_STREAM);
		expect_fatal(lies[i].why);
	}
}

/* Text that is not terminated, and capabilities that nobody has. */
static void strange_answer(struct vms_hello_ack *ack)
{
	memset(&ack->capability, 0xff, sizeof(ack->capability));
	memset(&ack->config, 0xff, sizeof(ack->config));
	ack->shm_len = 0;
	ack->mono_ns = UINT64_MAX;
	ack->real_ns = UINT64_MAX;
	ack->cmd_window = UINT32_MAX;
}

static void a_strange_device_is_survived(void **state)
{
	struct v4l2_capability capability;
	struct front_file file;

	(void)state;
	lying.hello = strange_answer;
	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(harness.ups, 1);
	harness_open(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	assert_int_equal(capability.card[31], 0);
	assert_int_equal(capability.reserved[0], 0);
	/* There is no room for any buffer. */
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 -EIO);
	assert_int_equal(front_close(&file), 0);
}

/* A socket on which somebody else listens. */
static void somebody_else_is_said(const void *bytes, size_t len)
{
	harness_attach(guest_peer_init_pair(&lying.peer),
		       PROFILE_CHOICE_STREAM);
	harness_settle();
	if (len)
		assert_int_equal(send(lying.peer.fd, bytes, len, 0), len);
}

static void somebody_else_is_not_hostd(void **state)
{
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";

	(void)state;
	somebody_else_is_said(ssh, sizeof(ssh));
	harness_until(over);
	expect_fatal("this is not hostd");
}

static void who_says_nothing_is_waited_for_10_s(void **state)
{
	(void)state;
	somebody_else_is_said(NULL, 0);
	harness_pass_ms(9900);
	assert_false(over());
	harness_pass_ms(200);
	expect_fatal(strerror(ETIMEDOUT));
}

static void a_refusal_says_what_to_do(void **state)
{
	static const struct {
		uint32_t reason;
		const char *why;
	} reasons[] = {
		{ VMS_GOAWAY_NOT_ALLOWED, "--allow" },
		{ VMS_GOAWAY_PORT, "CAP_NET_BIND_SERVICE" },
		{ VMS_GOAWAY_LIMIT, "too many connections" },
		{ 77, "refused" },
	};
	const struct vms_header header = { .type = VMS_GOAWAY };
	struct vms_goaway goaway = { .error = EACCES };
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (i) {
			lying_teardown(state);
			lying_init(state);
		}
		somebody_else_is_said(NULL, 0);
		goaway.reason = reasons[i].reason;
		lying_send(&header, &goaway, sizeof(goaway));
		harness_until(over);
		expect_fatal(reasons[i].why);
	}
}

static void send_away(uint32_t reason)
{
	const struct vms_header header = { .type = VMS_GOAWAY };
	const struct vms_goaway goaway = { .reason = reason };

	somebody_else_is_said(NULL, 0);
	lying_send(&header, &goaway, sizeof(goaway));
	harness_pass_ms(4000);
}

/* A hostd that ends makes room for the next. */
static void only_a_refusal_is_final_for_a_while(void **state)
{
	harness.config.wait = true;
	send_away(VMS_GOAWAY_LIMIT);
	assert_int_equal(harness.accepts, 0);
	lying_teardown(state);
	lying_init(state);
	harness.config.wait = true;
	send_away(VMS_GOAWAY_SHUTDOWN);
	assert_true(harness.accepts > 5);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, lying_init, lying_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(guestd_connects_by_itself),
		TEST(without_a_name_it_gets_the_first_device),
		TEST(a_name_that_is_not_there_is_answered_with_those_that_are),
		TEST(a_device_that_does_not_open_is_said),
		TEST(without_a_name_it_is_the_first_that_does_not_open),
		TEST(where_nobody_listens_is_said),
		TEST(who_waits_tries_again),
		TEST(who_waits_says_why_once),
		TEST(a_refusal_is_not_asked_about_at_once),
		TEST(who_asks_for_the_list_gets_it),
		TEST(an_answer_that_is_no_good_is_said),
		TEST(a_strange_device_is_survived),
		TEST(somebody_else_is_not_hostd),
		TEST(who_says_nothing_is_waited_for_10_s),
		TEST(a_refusal_says_what_to_do),
		TEST(only_a_refusal_is_final_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
