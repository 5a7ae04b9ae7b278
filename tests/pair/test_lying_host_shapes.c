// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host whose buffers have no room for its pictures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/stats.h"
#include "tests/lying_host.h"

static uint32_t width; /* of what the host tells; 0: what has room */

static void tell_width(struct lying_answer *answer)
{
	struct v4l2_format *format = lying_argument(answer);

	if (!width || (!lying_is(answer, VIDIOC_S_FMT) &&
		       !lying_is(answer, VIDIOC_G_FMT)))
		return;
	format->fmt.pix.width = width;
	format->fmt.pix.bytesperline = width * 2;
	format->fmt.pix.sizeimage = width * 2 * format->fmt.pix.height;
}

static int ask_format(uint32_t cmd, struct front_file *file, uint32_t type)
{
	struct v4l2_format format = { .type = type };

	return front_ioctl(file, cmd, &format);
}

static int call(uint32_t cmd, uint32_t number)
{
	return front_ioctl(&lying.file, cmd, &number);
}

static void open_file(uint32_t told)
{
	width = told;
	lying_open_both(tell_width);
}

static void close_both(void)
{
	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* Another program of the host may have set another; so nobody has lied. */
static void reqbufs_waits_until_the_format_is_known(void **state)
{
	(void)state;
	open_file(640);
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), -EBUSY);
	assert_int_equal(lying_reqbufs(2), -EBUSY);
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->owner);
	width = 0;
	assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), 2);
	close_both();
}

static void who_was_told_nothing_knows_nothing(void **state)
{
	(void)state;
	open_file(640);
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(lying_reqbufs(0), 0);
	/* Another file of ours sets another one, as natively. */
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	width = 0;
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.other, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), 2);
	close_both();
}

/* From REQBUFS on a driver keeps it as it is. */
static void a_format_that_grows_out_of_its_buffers_is_a_lie(void **state)
{
	(void)state;
	open_file(0);
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE), 0);
	width = 640;
	assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE), -EIO);
	lying_expect_session_ended();
}

/* Whatever may change it natively has happened. */
static void one_that_may_have_changed_is_none(void **state)
{
	struct v4l2_control control = { .id = V4L2_CID_ROTATE };
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		open_file(0);
		assert_int_equal(stream_subscribe(&lying.file,
						  V4L2_EVENT_SOURCE_CHANGE, 0,
						  0),
				 0);
		assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE),
				 0);
		assert_int_equal(lying_reqbufs(2), 2);
		if (i == 0)
			assert_int_equal(call(VIDIOC_S_INPUT, 0), 0);
		if (i == 1)
			assert_int_equal(front_ioctl(&lying.file, VIDIOC_S_CTRL,
						     &control),
					 0);
		if (i == 2)
			lying_event(lying.sessions - 1,
				    V4L2_EVENT_SOURCE_CHANGE, 0);
		if (i == 3)
			assert_int_equal(
				ask_format(VIDIOC_S_FMT, &lying.other, CAPTURE),
				0);
		lying_settle();
		width = 640;
		assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE),
				 0);
		close_both();
	}
}

static void buffers_smaller_than_was_asked_for_are_a_lie(void **state)
{
	struct v4l2_create_buffers create = {
		.count = 2,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
		.format.fmt.pix.sizeimage = LYING_LEN,
	};

	(void)state;
	open_file(0);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_CREATE_BUFS, &create),
			 0);
	create.count = 1;
	create.format.fmt.pix.sizeimage = LYING_LEN + 1;
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_CREATE_BUFS, &create),
			 -EIO);
	lying_expect_session_ended();
}

/* Those that are there may be for another format then. */
static void what_create_bufs_makes_settles_nothing(void **state)
{
	struct v4l2_create_buffers create = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};

	(void)state;
	open_file(0);
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), 2);
	create.index = 2;
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_CREATE_BUFS, &create),
			 0);
	width = 640;
	assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE), 0);
	close_both();
}

static void tell_dmabuf(struct lying_answer *answer)
{
	struct v4l2_buffer *buffer = lying_argument(answer);

	tell_width(answer);
	if (lying_is(answer, VIDIOC_QUERYBUF))
		buffer->memory = V4L2_MEMORY_DMABUF;
}

/* How long a program's own is, is its matter. */
static void memory_of_programs_has_room(void **state)
{
	(void)state;
	open_file(640);
	lying.lie = tell_dmabuf;
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(
		stream_reqbufs(&lying.file, CAPTURE, V4L2_MEMORY_DMABUF, 2), 2);
	close_both();
}

static void codec(struct vms_hello_ack *ack)
{
	const uint32_t caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;

	ack->capability.device_caps = caps;
	ack->capability.capabilities = caps | V4L2_CAP_DEVICE_CAPS;
	ack->config.device_caps = caps;
}

/* Formats of a codec are the file's own, until it streams. */
static void nobody_else_changes_a_codecs(void **state)
{
	uint32_t type = OUTPUT;

	(void)state;
	lying.hello = codec;
	lying_start(PROFILE_CHOICE_STREAM);
	open_file(640);
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_STREAMON, &type), 0);
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(lying_reqbufs(0), 0);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_STREAMOFF, &type), 0);
	/* Which may have changed it. */
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(lying_reqbufs(0), 0);
	assert_int_equal(ask_format(VIDIOC_G_FMT, &lying.file, CAPTURE), 0);
	assert_int_equal(ask_format(VIDIOC_S_FMT, &lying.other, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(2), -EIO);
	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 1);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(reqbufs_waits_until_the_format_is_known),
		LYING_TEST(who_was_told_nothing_knows_nothing),
		LYING_TEST(a_format_that_grows_out_of_its_buffers_is_a_lie),
		LYING_TEST(one_that_may_have_changed_is_none),
		LYING_TEST(buffers_smaller_than_was_asked_for_are_a_lie),
		LYING_TEST(what_create_bufs_makes_settles_nothing),
		LYING_TEST(memory_of_programs_has_room),
		cmocka_unit_test_setup_teardown(nobody_else_changes_a_codecs,
						lying_init, lying_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
