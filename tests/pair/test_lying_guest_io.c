// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that sends IO in a wrong way, or to what has none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/wire.h"
#include "hostd/guest_state.h"
#include "tests/fake_device_io.h"
#include "tests/lying_guest.h"

#define RADIO_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, raw_setup_radio, raw_teardown)

static uint32_t io(uint32_t session, uint32_t direction, uint32_t length)
{
	const struct vms_io asked = {
		.session_id = session,
		.direction = direction,
		.length = length,
	};

	return raw_io(&asked, sizeof(asked));
}

static struct vms_io_resp answer(uint32_t tag)
{
	const struct raw_frame *frame = raw_wait(tag);
	struct vms_io_resp resp;

	assert_int_equal(frame->header.type, VMS_IO_RESP);
	memcpy(&resp, frame->bytes, sizeof(resp));
	if (resp.status)
		assert_int_equal(frame->header.slen, sizeof(resp));
	return resp;
}

static void expect_end(void)
{
	raw_settle();
	assert_true(raw.peer.ended);
	harness_expect_said("IO is out of place");
}

/* ---- who has IO, and who has not ------------------------------------------------------------ */

static struct vms_hello_ack welcome(void)
{
	struct vms_hello_ack ack;

	assert_int_equal(wire_get_hello_ack(raw.frames[0].bytes,
					    raw.frames[0].header.slen, &ack,
					    NULL, NULL),
			 0);
	return ack;
}

static void a_node_without_buffers_has_io(void **state)
{
	struct vms_hello_ack ack = welcome();

	(void)state;
	assert_true(ack.features & VMS_FEATURE_IO);
	assert_int_equal(ack.config.device_caps, FAKE_RADIO);
}

static void a_node_with_buffers_has_none(void **state)
{
	(void)state;
	assert_false(welcome().features & VMS_FEATURE_IO);
}

static void io_for_a_node_with_buffers_ends_the_connection(void **state)
{
	uint32_t session = raw_open();

	(void)state;
	io(session, VMS_IO_READ, 4);
	expect_end();
	assert_int_equal(fake_reads(), 0);
}

static void io_that_was_not_agreed_on_ends_the_connection(void **state)
{
	(void)state;
	io(raw_open(), VMS_IO_POLL, EPOLLIN);
	expect_end();
}

static int setup_radio_plain(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	int ret = raw_setup_radio(state);

	/* Again, without the feature. */
	guest_peer_finish(&raw.peer);
	raw_settle();
	guest_peer_init(&raw.peer, harness_host());
	hello.features &= ~VMS_FEATURE_IO;
	strcpy(hello.device, "fake");
	guest_peer_send_hello(&raw.peer, &hello);
	while (raw.count < 2)
		raw_run();
	return ret;
}

/* ---- what is impossible ------------------------------------------------------------ */

static void sessions_that_are_not_there_are_einval(void **state)
{
	static const uint32_t ids[] = { 0, 2, 1000, UINT32_MAX };
	size_t i;

	(void)state;
	assert_int_equal(raw_open(), 1);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_int_equal(answer(io(ids[i], VMS_IO_READ, 4)).status,
				 EINVAL);
	raw_wait(raw_close(1));
	assert_int_equal(answer(io(1, VMS_IO_READ, 4)).status, EINVAL);
	assert_int_equal(fake_reads(), 0);
}

static void what_is_impossible_is_einval(void **state)
{
	static const uint32_t heads[][4] = {
		{ 1, 3, 4, 0 },
		{ 1, UINT32_MAX, 4, 0 },
		{ 1, VMS_IO_READ, 4, 1 },
		{ 1, VMS_IO_READ, VMS_MAX_IO + 1, 0 },
		{ 1, VMS_IO_READ, UINT32_MAX, 0 },
		{ 1, VMS_IO_WRITE, 1, 0 },
		{ 1, VMS_IO_WRITE, UINT32_MAX, 0 },
	};
	uint32_t longer[5] = { 1, VMS_IO_READ, 4, 0, 0 };
	size_t i;

	(void)state;
	assert_int_equal(raw_open(), 1);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		assert_int_equal(
			answer(raw_io(heads[i], sizeof(heads[i]))).status,
			EINVAL);
	/* More than there should be: nothing follows a read or a poll. */
	assert_int_equal(answer(raw_io(longer, 17)).status, EINVAL);
	longer[1] = VMS_IO_POLL;
	assert_int_equal(answer(raw_io(longer, 20)).status, EINVAL);
	longer[1] = VMS_IO_WRITE;
	longer[2] = 3;
	assert_int_equal(answer(raw_io(longer, 20)).status, EINVAL);
	assert_int_equal(fake_reads() + fake_writes(), 0);
	/* Nothing ends. */
	fake_put("abcd", 4);
	assert_int_equal(answer(io(1, VMS_IO_READ, 4)).count, 4);
}

static void an_io_that_is_too_short_ends_the_connection(void **state)
{
	static const uint32_t head[4] = { 1 };

	(void)state;
	raw_io(head, 15);
	raw_settle();
	assert_true(raw.peer.ended);
}

static void an_io_that_is_too_long_ends_the_connection(void **state)
{
	static const struct vms_io asked = { .session_id = 1 };
	const struct vms_header header = {
		.type = VMS_IO,
		.tag = 1,
		.len = sizeof(asked) + VMS_MAX_IO + 8,
		.slen = sizeof(asked) + VMS_MAX_IO + 1,
	};

	(void)state;
	guest_peer_send(&raw.peer, &header, &asked, sizeof(asked));
	raw_settle();
	assert_true(raw.peer.ended);
}

/* What was taken from the device would have to be thrown away. */
static void a_read_that_no_frame_could_carry_is_not_run(void **state)
{
	struct vms_hello hello = guest_peer_hello();

	(void)state;
	guest_peer_finish(&raw.peer);
	raw_settle();
	raw.count = 0;
	guest_peer_init(&raw.peer, harness_host());
	hello.max_ctrl = VMS_MIN_CTRL;
	strcpy(hello.device, "fake");
	guest_peer_send_hello(&raw.peer, &hello);
	while (!raw.count)
		raw_run();
	fake_put("abcd", 4);
	raw_open();
	assert_int_equal(answer(io(1, VMS_IO_READ, VMS_MIN_CTRL)).status,
			 EINVAL);
	assert_int_equal(fake_reads(), 0);
	assert_int_equal(answer(io(1, VMS_IO_READ, VMS_MIN_CTRL - 8)).count, 4);
}

static void events_that_there_are_not_are_not_asked_for(void **state)
{
	(void)state;
	raw_open();
	assert_int_equal(answer(io(1, VMS_IO_POLL, UINT32_MAX)).count,
			 EPOLLOUT);
	assert_int_equal(answer(io(1, VMS_IO_POLL, 0)).count, 0);
}

/* ---- order ------------------------------------------------------------------------- */

static void an_io_has_its_turn(void **state)
{
	const struct v4l2_format format = { .type = CAPTURE };
	uint32_t slow;
	uint32_t tags[3];
	unsigned int i;

	(void)state;
	raw_open();
	fake_put("abcd", 4);
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(1, VIDIOC_S_FMT, &format);
	for (i = 0; i < 3; i++)
		tags[i] = io(1, VMS_IO_READ, 2);
	raw_cancel(tags[1]);
	harness_asleep();
	raw_settle();
	for (i = 0; i < 3; i++)
		assert_false(raw_answered(tags[i]));
	fake_wake();
	assert_int_equal(raw_status(slow), ENOTTY);
	assert_int_equal(answer(tags[0]).count, 2);
	assert_int_equal(answer(tags[1]).status, EINTR);
	assert_int_equal(answer(tags[2]).count, 2);
	assert_int_equal(fake_reads(), 2);
}

static void an_io_of_a_session_that_does_not_open_is_answered(void **state)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	uint32_t tag;

	(void)state;
	fake.open_result = -EBUSY;
	tag = raw_req(&open, sizeof(open), 16);
	assert_int_equal(answer(io(1, VMS_IO_READ, 4)).status, EINVAL);
	assert_int_equal(raw_status(tag), EBUSY);
	assert_int_equal(fake_reads(), 0);
}

/* The host stops reading, and goes on when there is room. */
static void ios_count_in_the_window(void **state)
{
	uint32_t tags[2 * VMS_CMD_WINDOW];
	const struct v4l2_format format = { .type = CAPTURE };
	unsigned int i;

	(void)state;
	raw_open();
	fake_sleep(VIDIOC_S_FMT);
	raw_ioctl(1, VIDIOC_S_FMT, &format);
	harness_asleep();
	for (i = 0; i < 2 * VMS_CMD_WINDOW; i++)
		tags[i] = io(1, VMS_IO_READ, VMS_MAX_IO);
	raw_settle();
	assert_int_equal(harness.guest->out.unanswered, VMS_CMD_WINDOW);
	fake_wake();
	for (i = 0; i < 2 * VMS_CMD_WINDOW; i++)
		assert_int_equal(answer(tags[i]).status, EAGAIN);
	assert_int_equal(harness.guest->out.unanswered, 0);
}

/* As one that ends: its session is closed with an IO under way. */
static void a_guest_may_leave_in_the_middle(void **state)
{
	(void)state;
	raw_open();
	answer(io(1, VMS_IO_POLL, EPOLLIN));
	fake_io_sleeps();
	io(1, VMS_IO_READ, 4);
	io(1, VMS_IO_WRITE, 0);
	raw_close(1);
	harness_asleep();
	guest_peer_finish(&raw.peer);
	raw.reading = false;
	while (fake.file_count)
		raw_run();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RADIO_TEST(a_node_without_buffers_has_io),
		RAW_TEST(a_node_with_buffers_has_none),
		RAW_TEST(io_for_a_node_with_buffers_ends_the_connection),
		cmocka_unit_test_setup_teardown(
			io_that_was_not_agreed_on_ends_the_connection,
			setup_radio_plain, raw_teardown),
		RADIO_TEST(sessions_that_are_not_there_are_einval),
		RADIO_TEST(what_is_impossible_is_einval),
		RADIO_TEST(an_io_that_is_too_short_ends_the_connection),
		RADIO_TEST(an_io_that_is_too_long_ends_the_connection),
		RADIO_TEST(a_read_that_no_frame_could_carry_is_not_run),
		RADIO_TEST(events_that_there_are_not_are_not_asked_for),
		RADIO_TEST(an_io_has_its_turn),
		RADIO_TEST(an_io_of_a_session_that_does_not_open_is_answered),
		RADIO_TEST(ios_count_in_the_window),
		RADIO_TEST(a_guest_may_leave_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
