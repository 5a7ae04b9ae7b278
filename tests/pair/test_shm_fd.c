// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffers whose memory both daemons have: nothing of them travels, and programs see
 * no difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/stats.h"
#include "hostd/frames.h"
#include "tests/fds.h"
#include "tests/memcheck.h"
#include "tests/streamer.h"

#define FRAMES 20

static struct front_file file;
static struct stream_buffer buffer;
static uint64_t data;
static uint64_t objects;

static void begin(bool share)
{
	harness.grant.share = share;
	fake.shares = true;
	data = stream_travelled();
	objects = stats_get(STATS_OBJECTS_IN);
}

static void expect_no_data(unsigned int planes)
{
	assert_int_equal(stream_travelled(), data);
	assert_int_equal(stats_get(STATS_OBJECTS_IN) - objects, planes);
}

static void open_fake(uint32_t caps, unsigned int planes)
{
	begin(true);
	fake.caps = caps | V4L2_CAP_STREAMING;
	fake.plane_count = planes;
	fake.plane_len[0] = 8192;
	harness_open_fake(&file);
}

static void frames_are_there_without_travelling(void **state)
{
	(void)state;
	begin(true);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said("connected, device pattern, shares its buffers");
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	stream_see_frames(&file, FRAMES);
	expect_no_data(4);
	assert_int_equal(stream_off(&file, CAPTURE), 0);

	/* And once more, with other buffers. */
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	stream_start(&file, CAPTURE, 3);
	stream_see_frames(&file, FRAMES);
	expect_no_data(7);
	assert_int_equal(front_close(&file), 0);
}

/* What it has written is gone with the next frame, as on any device. */
static void a_program_may_write_to_its_buffers(void **state)
{
	unsigned int i;

	(void)state;
	begin(true);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	for (i = 0; i < FRAMES; i++) {
		uint32_t index;
		uint64_t tick;
		uint8_t *bytes;

		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		index = buffer.v4l2.index;
		bytes = stream_bytes(&file, CAPTURE, index, 0);
		assert_int_equal(frames_check(bytes, HARNESS_FRAME, &tick), 0);
		memset(bytes + HARNESS_FRAME / 2, 0xff, 16);
		assert_int_equal(stream_qbuf(&file, CAPTURE, index), 0);
	}
	expect_no_data(2);
	assert_int_equal(front_close(&file), 0);
}

static void without_permission_they_travel(void **state)
{
	(void)state;
	begin(false);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	stream_see_frames(&file, FRAMES);
	/* At least once out of hostd, and into guestd. */
	assert_true(stream_travelled() - data >= 2ull * FRAMES * HARNESS_FRAME);
	assert_int_equal(stats_get(STATS_OBJECTS_IN), objects);
	assert_int_equal(front_close(&file), 0);
}

/* As if the connection went through ssh(1). */
static void on_another_machine_they_travel(void **state)
{
	(void)state;
	begin(true);
	harness.config.link.clock_domain ^= 1;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	assert_int_equal(stats_get(STATS_OBJECTS_IN), objects);
	assert_int_equal(front_close(&file), 0);
}

static void what_a_device_does_not_export_travels(void **state)
{
	(void)state;
	begin(true);
	fake.shares = false;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	stream_see_one(&file, 1);
	assert_int_equal(stats_get(STATS_OBJECTS_IN), objects);
	assert_int_equal(front_close(&file), 0);
}

static void each_plane_is_its_own_memory(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, 2);
	stream_start(&file, CAPTURE_MPLANE, 2);
	stream_see_two_planes(&file);
	expect_no_data(4);
	assert_int_equal(front_close(&file), 0);
}

static void the_device_sees_what_a_program_writes(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_OUTPUT_MPLANE, 2);
	assert_int_equal(
		stream_reqbufs(&file, OUTPUT_MPLANE, V4L2_MEMORY_MMAP, 1), 1);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 0), 8192, 3);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.planes[0].bytesused = 500;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 8192, 3));
	expect_no_data(2);
	assert_int_equal(front_close(&file), 0);
}

static void read_copies_from_it(void **state)
{
	(void)state;
	begin(true);
	harness_connect("pattern", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	stream_read_frames(&file, FRAMES);
	expect_no_data(4);
	assert_int_equal(front_close(&file), 0);
}

static void write_copies_to_it(void **state)
{
	(void)state;
	begin(true);
	stream_write_one(&file);
	expect_no_data(4);
	assert_int_equal(front_close(&file), 0);
}

static void userptr_copies_from_it(void **state)
{
	static uint8_t memory[4096];

	(void)state;
	begin(true);
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 2),
			 2);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)memory;
	buffer.v4l2.length = sizeof(memory);
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	stream_fill(fake_plane(CAPTURE, 0, 0), 64, 3);
	fake_finish(CAPTURE, 0, 64, 0);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(front_ioctl(&file, VIDIOC_DQBUF, &buffer.v4l2), 0);
	assert_true(stream_filled(memory, 64, 3));
	expect_no_data(2);
	assert_int_equal(front_close(&file), 0);
}

/* Too many descriptors of hostd's user are on their way: not for ever. */
static void memory_that_cannot_be_passed_costs_its_buffers(void **state)
{
	struct fds_flood flood;

	(void)state;
	if (memcheck())
		skip();
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	fds_flood(&flood);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 -ENOMEM);
	fds_flood_end(&flood);
	harness_expect_said("too many descriptors of hostd's user");
	assert_int_equal(harness.device->window.count, 0);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_true(harness.device->window.mappings[0]->shared);
	assert_true(harness.device->window.mappings[1]->shared);
	assert_int_equal(harness.accepts, 0);
	assert_int_equal(front_close(&file), 0);
}

/* The file is closed while its memory is on the way; nothing stays open. */
static void memory_that_comes_too_late_is_closed(void **state)
{
	struct front_call call;
	struct v4l2_requestbuffers wanted = {
		.count = 4,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	begin(true);
	harness_open_fake(&file);
	front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &wanted);
	loop_run_once(harness.loop, 0);
	harness_host_leaves();
	harness_settle();
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_are_there_without_travelling),
		HARNESS_TEST(a_program_may_write_to_its_buffers),
		HARNESS_TEST(without_permission_they_travel),
		HARNESS_TEST(on_another_machine_they_travel),
		HARNESS_TEST(what_a_device_does_not_export_travels),
		HARNESS_TEST(each_plane_is_its_own_memory),
		HARNESS_TEST(the_device_sees_what_a_program_writes),
		HARNESS_TEST(read_copies_from_it),
		HARNESS_TEST(write_copies_to_it),
		HARNESS_TEST(userptr_copies_from_it),
		HARNESS_TEST(memory_that_cannot_be_passed_costs_its_buffers),
		HARNESS_TEST(memory_that_comes_too_late_is_closed),
	};

	return cmocka_run_group_tests_name("shared_memory", tests, NULL, NULL);
}
