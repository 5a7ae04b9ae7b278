// SPDX-License-Identifier: BSD-3-Clause
/*
 * How a connection begins: HELLO and what is answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clockdomain.h"
#include "hostd/hello.h"
#include "tests/guest_rig.h"

#define BOTH (VMS_FEATURE_SHM_FD | VMS_FEATURE_OBJ_FD)

static void hello_is_answered_with_what_both_can(void **state)
{
	struct vms_hello hello = guest_rig_hello_for("fake");
	struct vms_hello_ack ack;
	unsigned int listed = 99;

	(void)state;

	hello.version_max = 7;
	hello.features |= VMS_FEATURE_SHM_FD | VMS_FEATURE_XU | 1ull << 63;
	hello.features &= ~VMS_FEATURE_EDID;
	hello.max_ctrl = 8192;
	hello.max_chunk = 5001;
	hello.cmd_window = 3;
	guest_rig_say(&hello);

	ack = guest_rig_next_ack(NULL, &listed);
	assert_int_equal(ack.status, 0);
	assert_int_equal(ack.version, 1);
	assert_true(ack.features ==
		    (VMS_FEATURES & ~(VMS_FEATURE_EDID | VMS_FEATURE_IO | BOTH |
				      VMS_FEATURE_EXPBUF | VMS_FEATURE_MEMO)));
	assert_int_equal(ack.max_ctrl, 8192);
	assert_int_equal(ack.max_chunk, 5000);
	assert_int_equal(ack.cmd_window, 3);
	assert_true(ack.evt_credit == UINT32_MAX);
	assert_int_equal(listed, 0);
	guest_rig_expect_said("uid 7: connected, device fake");
}

/* What is left of these, and of EXPBUF */
static uint64_t features_of(const char *device, bool share, uint64_t domain)
{
	struct vms_hello hello = guest_rig_hello_for(device);
	unsigned int listed;
	struct grant grant;

	grant_default(&grant);
	grant.share = share;
	hello.features |= BOTH | VMS_FEATURE_EXPBUF;
	hello.clock_domain = domain;
	guest_set_grant(guest_rig.guest, &grant);
	guest_rig_say(&hello);
	return guest_rig_next_ack(NULL, &listed).features &
	       (BOTH | VMS_FEATURE_EXPBUF);
}

static void memory_is_shared_with_whom_it_may_be(void **state)
{
	(void)state;
	assert_true(features_of("pattern", true, clockdomain()) == BOTH);
}

static void memory_of_a_device_with_expbuf_is_dma_bufs(void **state)
{
	const uint64_t both = VMS_FEATURE_SHM_FD | VMS_FEATURE_EXPBUF;

	(void)state;
	guest_rig.fake_exports = true;
	assert_true((features_of("fake", true, clockdomain()) & both) == both);
}

static void memory_of_others_is_none(void **state)
{
	(void)state;
	assert_false(features_of("fake", true, clockdomain()) &
		     VMS_FEATURE_EXPBUF);
}

static void what_is_not_shared_is_no_dma_buf(void **state)
{
	(void)state;
	guest_rig.fake_exports = true;
	assert_false(features_of("fake", false, clockdomain()) &
		     VMS_FEATURE_EXPBUF);
}

static void memory_is_not_shared_with_others(void **state)
{
	(void)state;
	assert_true(!features_of("pattern", false, clockdomain()));
}

static void memory_is_not_shared_with_another_machine(void **state)
{
	(void)state;
	assert_true(!features_of("pattern", true, clockdomain() ^ 1));
}

static void memory_is_not_shared_if_nobody_knows_the_machine(void **state)
{
	(void)state;
	assert_true(!features_of("pattern", true, 0));
}

static void more_than_we_can_is_cut_to_what_we_can(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	struct vms_hello_ack ack;

	(void)state;

	hello.max_ctrl = UINT32_MAX;
	hello.max_chunk = UINT32_MAX;
	hello.cmd_window = UINT32_MAX;
	guest_rig_say(&hello);

	ack = guest_rig_next_ack(NULL, NULL);
	assert_int_equal(ack.max_ctrl, VMS_MAX_CTRL);
	assert_int_equal(ack.max_chunk, VMS_MAX_CHUNK);
	assert_int_equal(ack.cmd_window, VMS_CMD_WINDOW);
}

static void hello_ack_tells_about_the_device(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	ack = guest_rig_connect("fake");
	assert_string_equal((char *)ack.capability.driver, "fake");
	assert_int_equal(ack.capability.device_caps, guest_rig.fake_caps);
	assert_int_equal(ack.config.device_caps, guest_rig.fake_caps);
	assert_int_equal(ack.config.device_type, VIRTIO_MEDIA_TYPE_VBI);
	assert_int_equal(strspn(ack.config.card, "c"),
			 sizeof(ack.config.card) - 1);
	assert_true(ack.shm_len == 1ull << 62);
	assert_int_equal(ack.page_size, VMS_PAGE_SIZE);
	assert_int_equal(ack.generation, 0);
}

static void hello_ack_tells_the_time(void **state)
{
	uint64_t before = hello_now(CLOCK_MONOTONIC);
	uint64_t real = hello_now(CLOCK_REALTIME);
	struct vms_hello_ack ack;

	(void)state;

	ack = guest_rig_connect("");
	assert_true(ack.mono_ns >= before);
	assert_true(ack.mono_ns <= hello_now(CLOCK_MONOTONIC));
	assert_true(ack.real_ns >= real);
	assert_true(ack.real_ns <= hello_now(CLOCK_REALTIME));
	assert_true(ack.clock_domain == clockdomain());
	assert_true(ack.clock_domain != 0);
}

static void no_name_is_the_first_device(void **state)
{
	(void)state;

	guest_rig_connect("");
	guest_rig_expect_said("device cam");
}

static void what_only_read_could_carry_is_masked_without_streaming(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	guest_rig.fake_caps = V4L2_CAP_RADIO | V4L2_CAP_TUNER |
			      V4L2_CAP_READWRITE | V4L2_CAP_RDS_CAPTURE |
			      V4L2_CAP_RDS_OUTPUT;
	ack = guest_rig_connect("fake");
	assert_int_equal(ack.config.device_caps,
			 V4L2_CAP_RADIO | V4L2_CAP_TUNER);
	assert_int_equal(ack.capability.device_caps, guest_rig.fake_caps);
}

static void log_status_is_a_feature_of_devices_that_have_it(void **state)
{
	struct vms_hello_ack ack;

	(void)state;

	guest_rig.fake_log_status = -ENOTTY;
	ack = guest_rig_connect("fake");
	assert_false(ack.features & VMS_FEATURE_LOG_STATUS);
}

/* The driver writes to the kernel's log when it is asked. */
static void who_comes_all_the_time_has_no_log_status(void **state)
{
	struct vms_hello_ack ack;
	struct notices *notices;
	unsigned int i;

	(void)state;

	assert_int_equal(
		notices_create(guest_rig.loop, &guest_rig.devices, &notices),
		0);
	for (i = 0; i < NOTICES_SERVED_MAX; i++)
		notices_add(notices, &guest_rig.who, NOTICE_SERVED);
	guest_set_notices(guest_rig.guest, notices);
	ack = guest_rig_connect("fake");
	assert_false(ack.features & VMS_FEATURE_LOG_STATUS);
	guest_set_notices(guest_rig.guest, NULL);
	notices_destroy(notices);
}

static void a_kind_that_says_no_type_is_video(void **state)
{
	(void)state;

	assert_int_equal(guest_rig_connect("cam").config.device_type,
			 VIRTIO_MEDIA_TYPE_VIDEO);
}

static void without_a_common_version_it_says_ours(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	hello.version_min = 2;
	hello.version_max = 9;
	guest_rig_say(&hello);

	ack = guest_rig_next_ack(NULL, &listed);
	assert_int_equal(ack.status, EPROTONOSUPPORT);
	assert_int_equal(ack.version, VMS_VERSION_MAX);
	assert_int_equal(listed, 0);
	guest_rig_expect_goaway(EPROTONOSUPPORT, VMS_GOAWAY_VERSION);
	guest_rig_expect_said(
		"uid 7: refused: speaks versions 2 to 9, we 1 to 1");
	guest_rig_expect_said("audit: event=refuse guest=uid:7 reason=version");
}

static void version_0_is_no_version(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;

	hello.version_min = 0;
	hello.version_max = 0;
	guest_rig_say(&hello);
	assert_int_equal(guest_rig_next_ack(NULL, NULL).status,
			 EPROTONOSUPPORT);
	guest_rig_expect_goaway(EPROTONOSUPPORT, VMS_GOAWAY_VERSION);
}

static void an_unknown_device_is_answered_with_those_there_are(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = guest_rig_hello_for("nope\n");
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	guest_rig_say(&hello);
	ack = guest_rig_next_ack(entries, &listed);
	assert_int_equal(ack.status, ENODEV);
	assert_int_equal(listed, 3);
	assert_string_equal(entries[0].name, "cam");
	assert_string_equal(entries[0].kind, "pattern");
	assert_string_equal(entries[1].name, "pattern");
	assert_string_equal(entries[2].name, "fake");
	assert_string_equal(entries[2].kind, "v4l2");
	guest_rig_expect_goaway(ENODEV, VMS_GOAWAY_DEVICE);
}

/* Neither by name, nor in the list, nor as the first. */
static void what_is_not_granted_is_not_there(void **state)
{
	struct vms_hello hello = guest_rig_hello_for("fake");
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello_ack ack;
	struct grant grant;
	unsigned int listed;

	(void)state;

	grant_default(&grant);
	grant.devices = 1u << 1;
	guest_set_grant(guest_rig.guest, &grant);
	guest_rig_say(&hello);
	ack = guest_rig_next_ack(entries, &listed);
	assert_int_equal(ack.status, ENODEV);
	assert_int_equal(listed, 1);
	assert_string_equal(entries[0].name, "pattern");
	guest_rig_expect_goaway(ENODEV, VMS_GOAWAY_DEVICE);
	guest_rig_expect_said("refused: no device \"fake\"");
	guest_rig_expect_said(
		"audit: event=refuse guest=uid:7 reason=device device=fake\n");
}

static void the_first_device_is_the_first_that_is_granted(void **state)
{
	struct grant grant;

	(void)state;

	grant_default(&grant);
	grant.devices &= ~1ull;
	guest_set_grant(guest_rig.guest, &grant);
	guest_rig_connect("");
	guest_rig_expect_said("uid 7: connected, device pattern");
}

static void a_listing_is_all_that_a_list_connection_gets(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = guest_rig_hello_for("nope");
	struct vms_hello_ack ack;
	unsigned int listed;

	(void)state;

	hello.role = VMS_ROLE_LIST;
	guest_rig_say(&hello);
	ack = guest_rig_next_ack(entries, &listed);
	assert_int_equal(ack.status, 0);
	assert_int_equal(listed, 3);
	guest_rig_expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
	assert_int_equal(guest_rig.open_count, 0);
}

static void the_longest_listing_fits(void **state)
{
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello hello = guest_peer_hello();
	unsigned int listed;

	(void)state;

	while (guest_rig.devices.count < DEVICE_COUNT_MAX)
		guest_rig_add_fake("a-name-of-thirty-one-bytes-long", "");
	hello.role = VMS_ROLE_LIST;
	hello.max_ctrl = VMS_MIN_CTRL;
	guest_rig_say(&hello);
	assert_int_equal(guest_rig_next_ack(entries, &listed).status, 0);
	assert_int_equal(listed, VMS_LIST_MAX);
	assert_string_equal(entries[VMS_LIST_MAX - 1].name,
			    "a-name-of-thirty-one-bytes-long");
	guest_rig_expect_goaway(0, VMS_GOAWAY_SHUTDOWN);
}

static void a_device_that_does_not_open_says_why(void **state)
{
	struct vms_hello hello = guest_rig_hello_for("fake");
	unsigned int listed;

	(void)state;

	guest_rig.open_result = -EBUSY;
	guest_rig_say(&hello);
	assert_int_equal(guest_rig_next_ack(NULL, &listed).status, EBUSY);
	assert_int_equal(listed, 0);
	guest_rig_expect_goaway(EBUSY, VMS_GOAWAY_DEVICE);
	guest_rig_expect_said(
		"uid 7: refused: device fake: Device or resource busy\n");
}

static void without_an_opener_nothing_opens(void **state)
{
	struct vms_hello hello = guest_rig_hello_for("cam");

	(void)state;

	kill(guest_rig.opener_process, SIGKILL);
	guest_rig_say(&hello);
	assert_int_equal(guest_rig_next_ack(NULL, NULL).status, EIO);
	guest_rig_expect_goaway(EIO, VMS_GOAWAY_DEVICE);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, guest_rig_setup,                 \
					guest_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_is_answered_with_what_both_can),
		TEST(memory_is_shared_with_whom_it_may_be),
		TEST(memory_of_a_device_with_expbuf_is_dma_bufs),
		TEST(memory_of_others_is_none),
		TEST(what_is_not_shared_is_no_dma_buf),
		TEST(memory_is_not_shared_with_others),
		TEST(memory_is_not_shared_with_another_machine),
		TEST(memory_is_not_shared_if_nobody_knows_the_machine),
		TEST(more_than_we_can_is_cut_to_what_we_can),
		TEST(hello_ack_tells_about_the_device),
		TEST(hello_ack_tells_the_time),
		TEST(no_name_is_the_first_device),
		TEST(what_only_read_could_carry_is_masked_without_streaming),
		TEST(log_status_is_a_feature_of_devices_that_have_it),
		TEST(who_comes_all_the_time_has_no_log_status),
		TEST(a_kind_that_says_no_type_is_video),
		TEST(without_a_common_version_it_says_ours),
		TEST(version_0_is_no_version),
		TEST(an_unknown_device_is_answered_with_those_there_are),
		TEST(what_is_not_granted_is_not_there),
		TEST(the_first_device_is_the_first_that_is_granted),
		TEST(a_listing_is_all_that_a_list_connection_gets),
		TEST(the_longest_listing_fits),
		TEST(a_device_that_does_not_open_says_why),
		TEST(without_an_opener_nothing_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
