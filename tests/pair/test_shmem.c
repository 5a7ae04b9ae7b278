// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that guestd and hostd both have, as by ivshmem: nothing of a buffer travels,
 * and programs see no difference.
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
#include "tests/streamer.h"

#define FRAMES 20
#define LEN    (1u << 20)
#define PLANE  8192u

static struct front_file file;
static struct stream_buffer buffer;
static uint64_t data;
static uint64_t planes;
static uint64_t copied;

static void begin(size_t len)
{
	harness_have_shmem(len);
	data = stream_travelled();
	planes = stats_get(STATS_SHMEM_PLANES);
	copied = stats_get(STATS_SHMEM_COPIED);
}

/* Both ends count in this process. */
static void expect_placed(unsigned int count)
{
	assert_int_equal(stream_travelled(), data);
	assert_int_equal(stats_get(STATS_SHMEM_PLANES) - planes, 2 * count);
}

static void expect_copied(uint64_t bytes)
{
	assert_int_equal(stats_get(STATS_SHMEM_COPIED) - copied, bytes);
}

static void open_fake(uint32_t caps, unsigned int plane_count)
{
	begin(LEN);
	fake.caps = caps | V4L2_CAP_STREAMING;
	fake.plane_count = plane_count;
	fake.plane_len[0] = PLANE;
	harness_open_fake(&file);
}

/* ---- frames ------------------------------------------------------------- */

/* hostd draws where guestd reads: one copy, into what programs have. */
static void a_frame_is_copied_once(void **state)
{
	uint64_t tick;
	unsigned int i;

	(void)state;
	begin(LEN);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said("has its buffers in memory of both");
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(
			frames_check(stream_bytes(&file, CAPTURE,
						  buffer.v4l2.index, 0),
				     HARNESS_FRAME, &tick),
			0);
	}
	expect_copied(2ull * HARNESS_FRAME);
	expect_placed(2);
	assert_int_equal(front_close(&file), 0);
}

static void frames_are_there_without_travelling(void **state)
{
	(void)state;
	begin(LEN);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	stream_see_frames(&file, FRAMES);
	expect_placed(4);
	assert_int_equal(stream_off(&file, CAPTURE), 0);

	/* And once more, with other buffers. */
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	harness_settle();
	assert_true(LIST_EMPTY(&harness.slices->all));
	stream_start(&file, CAPTURE, 3);
	stream_see_frames(&file, FRAMES);
	expect_placed(7);
	assert_int_equal(front_close(&file), 0);
	assert_true(LIST_EMPTY(&harness.slices->all));
}

/* Contents of a device that has memory of its own: hostd copies them, too. */
static void a_device_may_have_its_own_memory(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	stream_start(&file, CAPTURE, 2);
	stream_see_one(&file, 1);
	expect_copied(128);
	expect_placed(2);
	assert_int_equal(front_close(&file), 0);
	assert_true(LIST_EMPTY(&harness.slices->all));
}

static void each_plane_has_its_own_slice(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, 2);
	stream_start(&file, CAPTURE_MPLANE, 2);
	stream_see_two_planes(&file);
	expect_copied(2 * (4096 + 100));
	expect_placed(4);
	assert_int_equal(front_close(&file), 0);
}

static void the_device_gets_what_a_program_queues(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_OUTPUT_MPLANE, 2);
	assert_int_equal(
		stream_reqbufs(&file, OUTPUT_MPLANE, V4L2_MEMORY_MMAP, 1), 1);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 0), PLANE, 3);
	stream_fill(stream_bytes(&file, OUTPUT_MPLANE, 0, 1), fake.plane_len[1],
		    4);
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.planes[0].bytesused = 500;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	harness_settle();
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 0), 500, 3));
	/* Of nothing, vb2 makes all. */
	assert_true(stream_filled(fake_plane(OUTPUT_MPLANE, 0, 1),
				  fake.plane_len[1], 4));
	expect_copied(2 * (500 + fake.plane_len[1]));
	expect_placed(2);
	assert_int_equal(front_close(&file), 0);
}

static void read_goes_through_it(void **state)
{
	(void)state;
	begin(LEN);
	harness_connect("pattern", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	stream_read_frames(&file, 1);
	expect_placed(4);
	assert_int_equal(front_close(&file), 0);
}

static void write_goes_through_it(void **state)
{
	(void)state;
	begin(LEN);
	stream_write_one(&file);
	expect_placed(4);
	assert_int_equal(front_close(&file), 0);
}

/* ---- where there is none ------------------------------------------------ */

static void what_has_no_room_travels(void **state)
{
	(void)state;
	/* Marks, and two slices of the four that are wanted */
	fake.plane_len[0] = 7 * VMS_PAGE_SIZE;
	begin(SHMEM_LEN_MIN);
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 4);
	harness_expect_said("no room for a plane of 28672 bytes in 65536");
	assert_int_equal(harness_times_said("no room"), 1);
	assert_int_equal(stats_get(STATS_SHMEM_PLANES) - planes, 4);
	stream_see_one(&file, 3);
	assert_int_equal(stream_travelled() - data, 128);
	assert_int_equal(front_close(&file), 0);
}

static void a_software_device_without_room_has_other_memory(void **state)
{
	(void)state;
	begin(SHMEM_LEN_MIN);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 20);
	stream_see_frames(&file, 2 * FRAMES);
	assert_int_equal(stats_get(STATS_SHMEM_PLANES) - planes,
			 2 * ((SHMEM_LEN_MIN / VMS_PAGE_SIZE - 1) / 2));
	assert_true(stream_travelled() > data);
	assert_int_equal(front_close(&file), 0);
}

static void other_memory_is_not_used(void **state)
{
	static uint8_t other[SHMEM_LEN_MIN] __attribute__((aligned(8)));

	(void)state;
	begin(LEN);
	harness.shmem.bytes = other;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said("no shared memory, so contents travel: it has "
			    "other memory than hostd");
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	stream_see_frames(&file, 2);
	assert_true(stream_travelled() > data);
	assert_int_equal(stats_get(STATS_SHMEM_PLANES), planes);
	assert_int_equal(front_close(&file), 0);
	harness.shmem.bytes = NULL; /* the mapping goes with the test */
}

static void memory_of_one_alone_is_not_used(void **state)
{
	(void)state;
	begin(LEN);
	harness.config.link.shmem = NULL;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said("guestd has none (--shm)");
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	stream_see_frames(&file, 2);
	assert_true(stream_travelled() > data);
	assert_int_equal(front_close(&file), 0);
}

/* Which of the two does not have it, is said. */
static void guestd_alone_may_have_memory(void **state)
{
	struct slices *slices;

	(void)state;
	begin(LEN);
	slices = harness.slices;
	harness.slices = NULL;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said(
		"hostd has none for it (--shm, or shm of hostd.conf)");
	harness.slices = slices;
}

/* Over a unix socket that carries descriptors, there is no copy at all. */
static void who_gets_the_memory_itself_needs_no_other(void **state)
{
	(void)state;
	harness.grant.share = true;
	fake.shares = true;
	begin(LEN);
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_expect_said("shares its buffers");
	harness_open(&file);
	stream_start(&file, CAPTURE, 2);
	stream_see_frames(&file, 2);
	assert_int_equal(stats_get(STATS_SHMEM_PLANES), planes);
	expect_copied(0);
	assert_int_equal(front_close(&file), 0);
}

/* ---- what others write in it -------------------------------------------- */

static void what_is_scribbled_there_is_a_picture_and_no_more(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	stream_start(&file, CAPTURE, 2);
	memset(harness.shmem.bytes, 0xff, harness.shmem.len);
	fake_finish(CAPTURE, 0, 64, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	memset(harness.shmem.bytes, 0, harness.shmem.len);
	assert_int_equal(stream_qbuf(&file, CAPTURE, buffer.v4l2.index), 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_frame_is_copied_once),
		HARNESS_TEST(frames_are_there_without_travelling),
		HARNESS_TEST(a_device_may_have_its_own_memory),
		HARNESS_TEST(each_plane_has_its_own_slice),
		HARNESS_TEST(the_device_gets_what_a_program_queues),
		HARNESS_TEST(read_goes_through_it),
		HARNESS_TEST(write_goes_through_it),
		HARNESS_TEST(what_has_no_room_travels),
		HARNESS_TEST(a_software_device_without_room_has_other_memory),
		HARNESS_TEST(other_memory_is_not_used),
		HARNESS_TEST(memory_of_one_alone_is_not_used),
		HARNESS_TEST(guestd_alone_may_have_memory),
		HARNESS_TEST(who_gets_the_memory_itself_needs_no_other),
		HARNESS_TEST(what_is_scribbled_there_is_a_picture_and_no_more),
	};

	return cmocka_run_group_tests_name("shmem", tests, NULL, NULL);
}
