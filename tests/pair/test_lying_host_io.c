// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies in answers to read(), write() and poll(); and one that has room
 * for little.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/stats.h"
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

static void an_answer_with_another_tag_ends_the_connection(void **state)
{
	(void)state;
	lying.lies = stats_get(STATS_LIES);
	lying.lie_io = lying_withhold_io;
	front_begin_read(&call, &lying.file, bytes, 16, 0);
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

static void without_io(struct vms_hello_ack *ack)
{
	lying_radio(ack);
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
	lying_radio(ack);
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

static uint8_t long_payload[2 * VMS_MIN_CTRL];

static void have_long_control(struct lying_answer *answer)
{
	struct v4l2_query_ext_ctrl control;

	if (!lying_is(answer, VIDIOC_QUERY_EXT_CTRL))
		return;
	memcpy(&control, lying_argument(answer), sizeof(control));
	control.type = V4L2_CTRL_TYPE_U8;
	control.flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
	control.elem_size = 1;
	control.elems = sizeof(long_payload);
	control.nr_of_dims = 1;
	control.dims[0] = sizeof(long_payload);
	memcpy(lying_argument(answer), &control, sizeof(control));
}

/* It says of a control that it is longer than what it takes. */
static void a_control_that_does_not_fit_the_host_is_not_sent(void **state)
{
	struct v4l2_ext_control control = {
		.id = V4L2_CTRL_CLASS_USER | 0x1000,
		.size = sizeof(long_payload),
		.p_u8 = long_payload,
	};
	struct v4l2_ext_controls controls = {
		.count = 1,
		.controls = &control,
	};

	(void)state;
	lying.hello = with_odd_room;
	lying.lie = have_long_control;
	lying_start(PROFILE_CHOICE_AUTO);
	harness_open(&lying.file);
	assert_int_equal(
		front_ioctl(&lying.file, VIDIOC_S_EXT_CTRLS, &controls),
		-ENOMEM);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_S_EXT_CTRLS)], 0);
	stream_barrier(&lying.file);
	assert_int_equal(front_close(&lying.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_RADIO_TEST(more_than_was_asked_for_is_a_lie),
		LYING_RADIO_TEST(a_count_that_is_not_there_is_a_lie),
		LYING_RADIO_TEST(bytes_that_are_not_counted_are_a_lie),
		LYING_RADIO_TEST(an_error_with_bytes_is_a_lie),
		LYING_RADIO_TEST(a_write_of_more_than_there_was_is_a_lie),
		LYING_RADIO_TEST(a_write_is_not_answered_with_bytes),
		LYING_RADIO_TEST(events_that_there_are_not_are_a_lie),
		LYING_RADIO_TEST(a_lie_ends_who_waits),
		LYING_RADIO_TEST(a_status_that_is_no_errno_is_a_lie),
		LYING_RADIO_TEST(a_resp_is_no_answer_to_an_io),
		LYING_RADIO_TEST(
			an_answer_with_another_tag_ends_the_connection),
		LYING_RADIO_TEST(
			an_io_resp_that_nobody_waits_for_ends_the_connection),
		LYING_RADIO_TEST(an_io_from_a_host_ends_the_connection),
		cmocka_unit_test_setup_teardown(without_io_there_is_no_read,
						lying_init, lying_teardown),
		cmocka_unit_test_setup_teardown(a_long_write_fits_the_host,
						lying_init, lying_teardown),
		cmocka_unit_test_setup_teardown(
			a_control_that_does_not_fit_the_host_is_not_sent,
			lying_init, lying_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
