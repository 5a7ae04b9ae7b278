// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies in answers to read(), write() and poll(), and how late an
 * answer may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/stats.h"
#include "tests/fake_device_io.h"
#include "tests/lying_host.h"

static struct front_call call;
static uint8_t bytes[128];

/* What the test in hand answers. */
static uint32_t direction;
static uint32_t status;
static uint32_t count;
static size_t len;

static void say(struct lying_io *io)
{
	static const uint8_t zeros[1024];

	if (io->asked.direction == direction)
		lying_io_put(io, status, count, zeros, len);
}

static void radio(struct vms_hello_ack *ack)
{
	ack->capability.device_caps = FAKE_RADIO;
	ack->capability.capabilities = FAKE_RADIO | V4L2_CAP_DEVICE_CAPS;
	ack->config.device_caps = FAKE_RADIO;
}

static int setup(void **state)
{
	int ret = lying_init(state);

	lying.hello = radio;
	lying_start(PROFILE_CHOICE_AUTO);
	harness_open(&lying.file);
	return ret;
}
#define RADIO_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup, lying_teardown)

static ssize_t result(void)
{
	return front_wait(&harness.front, &call);
}

static void expect_session_ended(void)
{
	uint32_t priority;

	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 1);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_G_PRIORITY, &priority),
			 -EIO);
	assert_int_equal(front_read(&lying.file, bytes, 4, 0), -EIO);
	assert_int_equal(front_poll(&lying.file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_int_equal(front_close(&lying.file), 0);
	assert_true(harness.device->ready);
}

static void lie(uint32_t which, uint32_t with_status, uint32_t with_count,
		size_t with_len)
{
	direction = which;
	status = with_status;
	count = with_count;
	len = with_len;
	lying.lie_io = say;
	lying.lies = stats_get(STATS_LIES);
}

/* ---- lies ------------------------------------------------------------------------ */

static void more_than_was_asked_for_is_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_READ, 0, 17, 17);
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -EIO);
	expect_session_ended();
}

static void a_count_that_is_not_there_is_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_READ, 0, 16, 15);
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -EIO);
	expect_session_ended();
}

static void bytes_that_are_not_counted_are_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_READ, 0, 3, 4);
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -EIO);
	expect_session_ended();
}

static void an_error_with_bytes_is_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_READ, EIO, 4, 4);
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -EIO);
	expect_session_ended();
}

static void a_write_of_more_than_there_was_is_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_WRITE, 0, 4, 0);
	assert_int_equal(front_write(&lying.file, "abc", 3, 0), -EIO);
	expect_session_ended();
}

static void a_write_is_not_answered_with_bytes(void **state)
{
	(void)state;
	lie(VMS_IO_WRITE, 0, 3, 3);
	assert_int_equal(front_write(&lying.file, "abc", 3, 0), -EIO);
	expect_session_ended();
}

static void events_that_there_are_not_are_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_POLL, 0, EPOLLIN | EPOLLPRI, 0);
	assert_int_equal(front_poll(&lying.file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	expect_session_ended();
}

/* The question is our own: nobody has called poll(). */
static void a_lie_ends_who_waits(void **state)
{
	(void)state;
	lie(VMS_IO_POLL, 0, UINT32_MAX, 0);
	front_begin_read(&call, &lying.file, bytes, 16, 0);
	assert_int_equal(result(), -EIO);
	expect_session_ended();
}

static void a_status_that_is_no_errno_is_a_lie(void **state)
{
	(void)state;
	lie(VMS_IO_READ, 4096, 0, 0);
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -EIO);
	expect_session_ended();
}

/* ---- frames ------------------------------------------------------------------------- */

static void swap(struct lying_io *io)
{
	io->type = VMS_RESP;
}

static void expect_connection_ended(void)
{
	lying_settle();
	assert_false(harness.device->ready);
	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 1);
}

static void a_resp_is_no_answer_to_an_io(void **state)
{
	(void)state;
	lying.lies = stats_get(STATS_LIES);
	lying.lie_io = swap;
	assert_int_equal(front_read(&lying.file, bytes, 16, 0), -ENODEV);
	expect_connection_ended();
	assert_int_equal(front_close(&lying.file), 0);
}

static void withhold(struct lying_io *io)
{
	io->withheld = true;
}

/* A read() whose answer is held back, until answer_held() */
static void hold_read(void)
{
	lying.lie_io = withhold;
	front_begin_read(&call, &lying.file, bytes, 16, 0);
}

static void an_answer_with_another_tag_ends_the_connection(void **state)
{
	(void)state;
	lying.lies = stats_get(STATS_LIES);
	hold_read();
	lying_settle();
	lying.io.tag ^= 1u << 20;
	lying_release_io();
	assert_int_equal(result(), -ENODEV);
	expect_connection_ended();
	assert_int_equal(front_close(&lying.file), 0);
}

static void an_io_resp_that_nobody_waits_for_ends_the_connection(void **state)
{
	(void)state;
	lying.lies = stats_get(STATS_LIES);
	lying.io = (struct lying_io){ .type = VMS_IO_RESP, .tag = 1 };
	lying_io_put(&lying.io, 0, 0, NULL, 0);
	lying_release_io();
	expect_connection_ended();
	assert_int_equal(front_close(&lying.file), 0);
}

/* A frame that only guests send */
static void an_io_from_a_host_ends_the_connection(void **state)
{
	static const struct vms_header header = { .type = VMS_IO, .tag = 1 };
	static const struct vms_io io = { .session_id = 1 };

	(void)state;
	lying.lies = stats_get(STATS_LIES);
	lying_send(&header, &io, sizeof(io));
	expect_connection_ended();
	assert_int_equal(front_close(&lying.file), 0);
}

static void edges_of_sessions_that_are_not_there_are_ignored(void **state)
{
	(void)state;
	lying_io_ready(77);
	lying_io_ready(0);
	lying_settle();
	assert_int_equal(lying.file.wakes, 0);
	lying_io_ready(1);
	lying_settle();
	assert_int_equal(lying.file.wakes, 1);
	assert_int_equal(front_close(&lying.file), 0);
}

#define FLOOD 1000

static void flood(void)
{
	unsigned int i;

	for (i = 0; i < FLOOD; i++) {
		lying_io_ready(1);
		/* As many as the socket takes at once. */
		if (i % 100 == 99)
			lying_settle();
	}
}

/* The front makes one of those that nobody asked for (cuse_reply.c). */
static void a_flood_of_edges_costs_a_wakeup_each(void **state)
{
	(void)state;
	assert_int_equal(front_read(&lying.file, bytes, 16, O_NONBLOCK),
			 -EAGAIN);
	flood();
	assert_int_equal(lying.file.wakes, FLOOD);
	assert_int_equal(lying.ios[VMS_IO_READ], 1);
	assert_int_equal(lying.ios[VMS_IO_POLL], 0);
	assert_int_equal(front_close(&lying.file), 0);
}

/* The answer that a read() waits for is not asked for again. */
static void a_flood_of_edges_does_not_repeat_a_call(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	flood();
	assert_int_equal(lying.ios[VMS_IO_READ], 1);
	lying.lie_io = NULL;
	/* Its EAGAIN is older than the edges: once more, and once for all. */
	lying_io_put(&lying.io, EAGAIN, 0, NULL, 0);
	lying_release_io();
	lying_settle();
	assert_int_equal(lying.ios[VMS_IO_READ], 2);
	assert_int_equal(front_close(&lying.file), 0);
}

static void without_io(struct vms_hello_ack *ack)
{
	radio(ack);
	ack->features &= ~VMS_FEATURE_IO;
}

/* An older hostd: a radio that can be controlled, but not read. */
static void without_io_there_is_no_read(void **state)
{
	struct v4l2_capability capability;

	(void)state;
	lying.hello = without_io;
	lying_start(PROFILE_CHOICE_AUTO);
	harness_open(&lying.file);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_QUERYCAP, &capability),
			 0);
	assert_int_equal(capability.device_caps,
			 V4L2_CAP_RADIO | V4L2_CAP_TUNER);
	assert_int_equal(front_read(&lying.file, bytes, 4, 0), -EINVAL);
	assert_int_equal(front_write(&lying.file, bytes, 4, 0), -EINVAL);
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	assert_int_equal(lying.ios[VMS_IO_READ] + lying.ios[VMS_IO_POLL], 0);
	/* And no edges. */
	lying.lies = stats_get(STATS_LIES);
	lying_io_ready(1);
	expect_connection_ended();
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- what a host has room for ----------------------------------------------------------- */

#define ODD_CTRL (VMS_MIN_CTRL + 3)

static uint32_t io_len;

static void with_odd_room(struct vms_hello_ack *ack)
{
	radio(ack);
	ack->max_ctrl = ODD_CTRL;
}

static void hear_io(const struct vms_header *header, const uint8_t *section)
{
	(void)section;
	if (header->type == VMS_IO)
		io_len = header->len;
}

/* The padding of a frame counts. */
static void a_long_write_fits_the_host(void **state)
{
	static const uint8_t much[2 * VMS_MIN_CTRL];
	ssize_t ret;

	(void)state;
	lying.hello = with_odd_room;
	lying.hear = hear_io;
	lying_start(PROFILE_CHOICE_AUTO);
	harness_open(&lying.file);
	ret = front_write(&lying.file, much, sizeof(much), 0);
	assert_int_equal(ret, VMS_MIN_CTRL - sizeof(struct vms_io));
	assert_true(io_len <= ODD_CTRL);
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- what was taken is not lost --------------------------------------------------------- */

static void answer_held(uint32_t with_status, const char *text)
{
	uint32_t text_len = (uint32_t)strlen(text);

	lying_io_put(&lying.io, with_status, text_len, text, text_len);
	lying_release_io();
}

static void a_read_that_took_bytes_has_them_in_spite_of_a_signal(void **state)
{
	(void)state;
	hold_read();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	lying_settle();
	assert_int_equal(lying.cancels, 1);
	assert_false(front_done(&call));
	answer_held(0, "taken");
	assert_int_equal(result(), 5);
	assert_memory_equal(bytes, "taken", 5);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_signal_while_the_host_looks_ends_a_read(void **state)
{
	(void)state;
	hold_read();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	lying_settle();
	answer_held(EAGAIN, "");
	assert_int_equal(result(), -EINTR);
	assert_int_equal(lying.ios[VMS_IO_POLL], 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void
a_host_that_does_not_answer_keeps_nobody_from_being_killed(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	harness.helper.signals = HELPER_SIGNAL_KILL;
	front_interrupt(&call);
	assert_int_equal(result(), -EINTR);
	assert_int_equal(front_poll(&lying.file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	/* Late bytes are nobody's. */
	answer_held(0, "late");
	lying_settle();
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

/* The edge comes while the host has not said yet that there was nothing. */
static void an_edge_before_the_answer_is_not_missed(void **state)
{
	(void)state;
	hold_read();
	lying_settle();
	lying_io_ready(1);
	answer_held(EAGAIN, "");
	lying_settle();
	assert_int_equal(lying.ios[VMS_IO_READ], 2);
	answer_held(0, "abc");
	assert_int_equal(result(), 3);
	assert_int_equal(front_close(&lying.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RADIO_TEST(more_than_was_asked_for_is_a_lie),
		RADIO_TEST(a_count_that_is_not_there_is_a_lie),
		RADIO_TEST(bytes_that_are_not_counted_are_a_lie),
		RADIO_TEST(an_error_with_bytes_is_a_lie),
		RADIO_TEST(a_write_of_more_than_there_was_is_a_lie),
		RADIO_TEST(a_write_is_not_answered_with_bytes),
		RADIO_TEST(events_that_there_are_not_are_a_lie),
		RADIO_TEST(a_lie_ends_who_waits),
		RADIO_TEST(a_status_that_is_no_errno_is_a_lie),
		RADIO_TEST(a_resp_is_no_answer_to_an_io),
		RADIO_TEST(an_answer_with_another_tag_ends_the_connection),
		RADIO_TEST(
			an_io_resp_that_nobody_waits_for_ends_the_connection),
		RADIO_TEST(an_io_from_a_host_ends_the_connection),
		RADIO_TEST(edges_of_sessions_that_are_not_there_are_ignored),
		RADIO_TEST(a_flood_of_edges_costs_a_wakeup_each),
		RADIO_TEST(a_flood_of_edges_does_not_repeat_a_call),
		cmocka_unit_test_setup_teardown(without_io_there_is_no_read,
						lying_init, lying_teardown),
		cmocka_unit_test_setup_teardown(a_long_write_fits_the_host,
						lying_init, lying_teardown),
		RADIO_TEST(
			a_read_that_took_bytes_has_them_in_spite_of_a_signal),
		RADIO_TEST(a_signal_while_the_host_looks_ends_a_read),
		RADIO_TEST(
			a_host_that_does_not_answer_keeps_nobody_from_being_killed),
		RADIO_TEST(an_edge_before_the_answer_is_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
