// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that wants to do what it may not: the device is not asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/options.h"
#include "common/stats.h"
#include "hostd/guest_state.h"
#include "tests/fake_device_io.h"
#include "tests/lying_guest.h"

static const uint8_t zeros[2072];

static int setup_class(void **state, enum grant_class class)
{
	struct grant grant;

	grant_default(&grant);
	grant.class = class;
	return raw_setup_granted(state, &grant);
}

static int setup_view(void **state)
{
	return setup_class(state, GRANT_VIEW);
}

static int setup_use(void **state)
{
	return setup_class(state, GRANT_USE);
}

static int setup_scalar(void **state)
{
	char why[OPTIONS_WHY_LEN];
	struct grant grant;

	grant_default(&grant);
	assert_int_equal(control_set_parse(&grant.controls, "0x00981903", why),
			 0);
	return raw_setup_granted(state, &grant);
}

#define GRANT_TEST(name, setup)                                                \
	cmocka_unit_test_setup_teardown(name, setup, raw_teardown)

static unsigned int said(const char *what)
{
	const char *at = harness.said;
	unsigned int count = 0;

	for (; (at = strstr(at, what)); at += strlen(what))
		count++;
	return count;
}

/* Each ioctl of the table.  Return: how many were refused */
static unsigned int try_all(uint32_t session, enum ioctl_class most)
{
	const struct ioctl_desc *desc;
	unsigned int refused = 0;
	unsigned int asked;
	uint32_t status;
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (desc->where != IOCTL_HOST || desc->least <= most)
			continue;
		asked = fake.record_count;
		status = raw_status(raw_ioctl(session, desc->cmd, zeros));
		assert_int_equal(status, EPERM);
		assert_int_equal(fake.record_count, asked);
		refused++;
	}
	return refused;
}

static void who_looks_sets_nothing(void **state)
{
	uint64_t before = stats_get(STATS_REFUSED);
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(try_all(session, IOCTL_VIEW), 22);
	assert_int_equal(stats_get(STATS_REFUSED) - before, 22);
	assert_int_equal(said("refused: the guest may only view"), 1);
	harness_expect_said("session 1: S_FMT: refused: the guest may only "
			    "view");
	raw_wait(raw_close(session));
	/* Once for each session. */
	session = raw_open();
	try_all(session, IOCTL_VIEW);
	assert_int_equal(said("refused: the guest may only view"), 2);
	raw_wait(raw_close(session));
}

static void who_uses_does_not_own(void **state)
{
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(try_all(session, IOCTL_USE), 10);
	assert_int_equal(fake_count(VIDIOC_S_FMT), 0);
	raw_status(raw_ioctl(session, VIDIOC_S_FMT, zeros));
	assert_int_equal(fake_count(VIDIOC_S_FMT), 1);
	harness_expect_said("refused: the guest may only use");
	raw_wait(raw_close(session));
}

static void who_looks_may_stream_what_comes(void **state)
{
	const struct v4l2_requestbuffers output = {
		.count = 1,
		.type = OUTPUT,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_create_buffers create = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = OUTPUT_MPLANE,
	};
	uint64_t addrs[2];
	uint32_t session;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 2, addrs);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_stream(session, CAPTURE, true);
	fake_finish(CAPTURE, 0, 100, 0);
	while (!raw_events())
		raw_run();
	assert_int_equal(raw.data_bytes, 100);
	/* And nothing that goes. */
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &output)), EPERM);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_CREATE_BUFS, &create)),
		EPERM);
	assert_int_equal(fake_count(VIDIOC_REQBUFS), 1);
	assert_int_equal(fake_count(VIDIOC_CREATE_BUFS), 0);
	raw_wait(raw_close(session));
}

static int setup_radio_view(void **state)
{
	int ret = raw_setup_radio(state);

	harness.guest->grant.class = GRANT_VIEW;
	return ret;
}

static void who_looks_reads_and_does_not_write(void **state)
{
	struct {
		struct vms_io io;
		uint8_t bytes[8];
	} write = { .io = { .direction = VMS_IO_WRITE, .length = 8 } };
	struct vms_io read = { .direction = VMS_IO_READ, .length = 8 };
	uint32_t session;

	(void)state;
	session = raw_open();
	write.io.session_id = session;
	read.session_id = session;
	assert_int_equal(raw_status(raw_io(&write, sizeof(write))), EPERM);
	assert_int_equal(fake.io.writes, 0);
	harness_expect_said("write: refused: the guest may only view");
	raw_status(raw_io(&read, sizeof(read)));
	assert_int_equal(fake.io.reads, 1);
	raw_wait(raw_close(session));
}

static uint32_t query(uint32_t session, uint32_t id)
{
	const struct v4l2_query_ext_ctrl arg = { .id = id };

	return raw_status(raw_ioctl(session, VIDIOC_QUERY_EXT_CTRL, &arg));
}

static void a_guest_has_the_controls_that_it_may_have(void **state)
{
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_ext_controls head;
		struct v4l2_ext_control list[2];
	} command = {
		.cmd = { .cmd = VIRTIO_MEDIA_CMD_IOCTL,
			 .code = _IOC_NR(VIDIOC_S_EXT_CTRLS) },
		.head.count = 2,
	};
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(query(session, FAKE_CID_SCALAR), 0);
	assert_int_equal(query(session, FAKE_CID_ARRAY), EINVAL);
	assert_int_equal(query(session, FAKE_CID_STRING), EINVAL);

	command.cmd.session_id = session;
	command.list[0].id = FAKE_CID_ARRAY;
	command.list[1].id = FAKE_CID_SCALAR;
	command.list[1].value = 3;
	assert_int_equal(raw_status(raw_req(&command, sizeof(command), 4096)),
			 EINVAL);
	assert_int_equal(fake.scalar, 0);
	command.list[0].id = FAKE_CID_SCALAR;
	assert_int_equal(raw_status(raw_req(&command, sizeof(command), 4096)),
			 0);
	assert_int_equal(fake.scalar, 3);
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GRANT_TEST(who_looks_sets_nothing, setup_view),
		GRANT_TEST(who_uses_does_not_own, setup_use),
		GRANT_TEST(who_looks_may_stream_what_comes, setup_view),
		GRANT_TEST(who_looks_reads_and_does_not_write,
			   setup_radio_view),
		GRANT_TEST(a_guest_has_the_controls_that_it_may_have,
			   setup_scalar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
