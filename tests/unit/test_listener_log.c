// SPDX-License-Identifier: BSD-3-Clause
/*
 * What is in the log when guests come again and again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "common/videodev2_new.h"
#include "hostd/notices.h"
#include "tests/listener_rig.h"

static struct guest_peer *const peers = listener_rig.peers;

static void who_is_refused_again_and_again_is_logged_once(void **state)
{
	int i;

	(void)state;

	listener_rig.policy.own_uid = geteuid() + 1;
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < 10; i++) {
		listener_rig_dial(&peers[0]);
		listener_rig_expect_refused(&peers[0], EACCES,
					    VMS_GOAWAY_NOT_ALLOWED);
	}
	assert_int_equal(listener_rig_log_count("refused"), 1);
}

static void who_asks_again_and_again_is_logged_once(void **state)
{
	char why[OPTIONS_WHY_LEN];
	int i;

	(void)state;

	assert_int_equal(
		device_list_add(&listener_rig.devices, "cam=/dev/nosuch", why),
		0);
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < 5; i++) {
		listener_rig_visit("cam");
		listener_rig_visit("typo");
	}
	assert_int_equal(listener_rig_log_count("refused: device cam: "
						"/dev/nosuch: No such file"),
			 1);
	assert_int_equal(listener_rig_log_count("refused: no device \"typo\""),
			 1);
	assert_int_equal(listener_rig_log_count("gone"), 2);
	assert_int_equal(listener_rig_log_count(" reason=device device=cam\n"),
			 1);
	assert_int_equal(listener_rig_log_count(" reason=device device=typo\n"),
			 1);
}

static void who_comes_and_goes_too_often_is_not_logged(void **state)
{
	int i;

	(void)state;

	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < NOTICES_SERVED_MAX + 10; i++)
		listener_rig_visit("");
	assert_int_equal(listener_rig_log_count("connected, device"),
			 NOTICES_SERVED_MAX);
	assert_int_equal(listener_rig_log_count(": gone"), NOTICES_SERVED_MAX);
}

/* Our own user may view. */
static void let_view(void)
{
	char why[OPTIONS_WHY_LEN], text[32];
	struct policy_rule rule;

	snprintf(text, sizeof(text), "uid:%u", geteuid());
	assert_int_equal(policy_parse(text, &rule, why), 0);
	rule.configured = true;
	rule.grant.class = GRANT_VIEW;
	assert_int_equal(policy_put(&listener_rig.policy, &rule, why), 0);
}

static void visit_and_set_a_format(void)
{
	const struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_format format;
	} set = {
		.cmd = {
			.cmd = VIRTIO_MEDIA_CMD_IOCTL,
			.session_id = 1,
			.code = _IOC_NR(VIDIOC_S_FMT),
		},
		.format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE },
	};
	const struct vms_header header = {
		.type = VMS_REQ,
		.tag = 2,
		.slen = sizeof(set),
		.arg = sizeof(struct virtio_media_resp) + sizeof(set.format),
	};
	struct virtio_media_resp resp;
	struct vms_header answer;
	pid_t pids[CHILDREN_MAX];
	const uint8_t *section;

	listener_rig_dial(&peers[0]);
	listener_rig_expect_served(&peers[0]);
	listener_rig_open(&peers[0], 1);
	assert_true(guest_peer_send(&peers[0], &header, &set, sizeof(set)));
	assert_true(listener_rig_next(&peers[0], &answer, &section));
	memcpy(&resp, section, sizeof(resp));
	assert_int_equal(resp.status, EPERM);
	guest_peer_finish(&peers[0]);
	listener_rig_wait_for_children("hostd-guest", 0, pids);
	listener_rig_wait_for_children("hostd-opener", 0, pids);
}

/* Each connection may say something of what it was asked; not so many of them. */
static void what_it_does_then_is_not_logged_either(void **state)
{
	int i;

	(void)state;

	let_view();
	listener_rig_start(TRANSPORT_UNIX);
	for (i = 0; i < NOTICES_SERVED_MAX + 10; i++)
		visit_and_set_a_format();
	assert_int_equal(listener_rig_log_count("S_FMT: refused"),
			 NOTICES_SERVED_MAX);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, listener_rig_setup,              \
					listener_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_refused_again_and_again_is_logged_once),
		TEST(who_asks_again_and_again_is_logged_once),
		TEST(who_comes_and_goes_too_often_is_not_logged),
		TEST(what_it_does_then_is_not_logged_either),
	};

	return cmocka_run_group_tests(tests, listener_rig_make_directory,
				      listener_rig_remove_directory);
}
