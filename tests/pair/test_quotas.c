// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that wants more than it may have, buffers apart (test_quotas_buffers.c): open
 * files, requests, payload of controls, subscriptions, bytes that are shared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/guest_state.h"
#include "hostd/subscriptions.h"
#include "tests/lying_guest.h"

#define LEN 4096 /* of a buffer */

static int setup_small(void **state)
{
	struct grant grant;

	grant_default(&grant);
	grant.sessions = 3;
	grant.requests = 4;
	grant.shared = 2 * LEN;
	grant.share = true;
	grant.control_payload = 100;
	return raw_setup_granted(state, &grant);
}
#define QUOTA_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup_small, raw_teardown)

static void only_so_many_files_are_open(void **state)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	uint32_t sessions[3];
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++)
		sessions[i] = raw_open();
	assert_int_equal(raw_status(raw_req(&open, sizeof(open), 16)), EMFILE);
	assert_int_equal(fake.file_count, 3);
	raw_wait(raw_close(sessions[1]));
	sessions[1] = raw_open();
	assert_int_equal(raw_status(raw_req(&open, sizeof(open), 16)), EMFILE);
	for (i = 0; i < 3; i++)
		raw_wait(raw_close(sessions[i]));
}

static void the_window_is_as_large_as_the_rule_says(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	struct vms_hello_ack ack;
	uint32_t tags[20];
	uint32_t session;
	unsigned int i;

	(void)state;
	memcpy(&ack, raw.frames[0].bytes, sizeof(ack));
	assert_int_equal(ack.cmd_window, 4);
	session = raw_open();
	fake_sleep(VIDIOC_S_FMT);
	for (i = 0; i < 20; i++)
		tags[i] = raw_ioctl(session, VIDIOC_S_FMT, &format);
	harness_asleep();
	raw_settle();
	assert_int_equal(harness.guest->out.unanswered, 4);
	fake_wake();
	for (i = 0; i < 20; i++)
		raw_wait(tags[i]);
	raw_wait(raw_close(session));
}

static uint32_t get_array(uint32_t session, uint32_t size)
{
	const struct raw_array array =
		raw_array(session, VIDIOC_G_EXT_CTRLS, size);
	uint8_t aux[sizeof(array.aux) + 512] = { 0 };

	memcpy(aux, &array.aux, sizeof(array.aux));
	return raw_status(raw_req_aux(&array.section, sizeof(array.section),
				      aux, sizeof(array.aux) + size, 65536));
}

static void control_payload_is_limited(void **state)
{
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(get_array(session, 104), ENOMEM);
	assert_int_equal(fake_count(VIDIOC_G_EXT_CTRLS), 0);
	/* The device's own word: it has more than that. */
	assert_int_equal(get_array(session, 96), ENOSPC);
	assert_int_equal(fake_count(VIDIOC_G_EXT_CTRLS), 1);
	raw_wait(raw_close(session));
}

static uint32_t subscribe(uint32_t session, uint32_t cmd, uint32_t type,
			  uint32_t id)
{
	const struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
	};

	raw.count = 0;
	return raw_status(raw_ioctl(session, cmd, &subscription));
}

/* Of its events a driver takes any id, and the kernel remembers each. */
static void only_so_many_events_are_subscribed_to(void **state)
{
	const uint32_t type = V4L2_EVENT_SOURCE_CHANGE;
	const uint32_t on = VIDIOC_SUBSCRIBE_EVENT;
	const uint32_t off = VIDIOC_UNSUBSCRIBE_EVENT;
	uint32_t sessions[2];
	unsigned int i;

	(void)state;
	fake.unrecorded = true;
	sessions[0] = raw_open();
	sessions[1] = raw_open();
	for (i = 0; i < SUBSCRIPTIONS_MAX; i++)
		assert_int_equal(subscribe(sessions[i & 1], on, type, i), 0);
	assert_int_equal(subscribe(sessions[0], on, type, i), ENOMEM);
	assert_int_equal(subscribe(sessions[1], on, type, 0), ENOMEM);
	/* Which it has. */
	assert_int_equal(subscribe(sessions[0], on, type, 0), 0);
	assert_int_equal(subscribe(sessions[0], off, type, 0), 0);
	/* What the device refuses does not count. */
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -EINVAL, 1);
	assert_int_equal(subscribe(sessions[0], on, type, i), EINVAL);
	assert_int_equal(subscribe(sessions[0], on, type, i), 0);
	assert_int_equal(subscribe(sessions[0], on, type, i + 1), ENOMEM);
	assert_int_equal(subscribe(sessions[0], off, V4L2_EVENT_ALL, 0), 0);
	for (i = 0; i < SUBSCRIPTIONS_MAX / 2; i++)
		assert_int_equal(subscribe(sessions[0], on, type, i), 0);
	assert_int_equal(subscribe(sessions[0], on, type, i), ENOMEM);
	raw_wait(raw_close(sessions[1]));
	assert_int_equal(subscribe(sessions[0], on, type, i), 0);
	raw_wait(raw_close(sessions[0]));
}

static unsigned int objects(void)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < raw.count; i++)
		count += raw.frames[i].header.type == VMS_OBJ;
	return count;
}

/* What is more travels. */
static void only_so_many_bytes_are_shared(void **state)
{
	uint64_t addrs[3];
	uint32_t session;

	(void)state;
	fake.shares = true;
	session = raw_open();
	raw_buffers(session, CAPTURE, 3, addrs);
	assert_int_equal(objects(), 2);
	harness_expect_said(
		"a guest holds 8192 bytes of shared buffers of 8192");
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 2)), 0);
	raw_stream(session, CAPTURE, true);
	fake_finish(CAPTURE, 2, 100, 0);
	while (!raw_events())
		raw_run();
	assert_int_equal(raw.data_bytes, 100);
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUOTA_TEST(only_so_many_files_are_open),
		QUOTA_TEST(the_window_is_as_large_as_the_rule_says),
		QUOTA_TEST(control_payload_is_limited),
		QUOTA_TEST(only_so_many_events_are_subscribed_to),
		QUOTA_TEST(only_so_many_bytes_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
