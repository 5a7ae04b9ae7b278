// SPDX-License-Identifier: BSD-3-Clause
/*
 * 32-bit programs: buffers and their planes, with both layouts of time, through
 * both daemons.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/compat32_rig.h"
#include "tests/streamer.h"

#define PLANES 2

static struct front_file file;
static struct buffer32 buffer;
static struct plane32 *planes;

static void open_program(enum front_memory memory)
{
	harness.front.compat = true;
	harness.front.memory = memory;
	harness_open_fake(&file);
}

static void open_planes(enum front_memory memory)
{
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = PLANES;
	open_program(memory);
}

static int call_buffer(uint32_t cmd, uint32_t type, uint32_t index,
		       uint32_t memory)
{
	memset(&buffer, 0, sizeof(buffer));
	buffer.index = index;
	buffer.type = type;
	buffer.memory = memory;
	buffer.reserved2 = 0x5a5a5a5a;
	return front_ioctl(&file, cmd, &buffer);
}

/* Room for more planes than there are, as most programs have it */
static int call_planes(uint32_t cmd, uint32_t index)
{
	struct plane32 room[VIDEO_MAX_PLANES];

	memset(room, 0x5a, sizeof(room));
	planes = front_low(room, sizeof(room));
	memset(&buffer, 0, sizeof(buffer));
	buffer.index = index;
	buffer.type = CAPTURE_MPLANE;
	buffer.memory = V4L2_MEMORY_MMAP;
	buffer.length = VIDEO_MAX_PLANES;
	buffer.m = (uint32_t)(uintptr_t)planes;
	return front_ioctl(&file, cmd, &buffer);
}

static void every_call_for_buffers_takes_both_times(void **state)
{
	struct buffer32_time64 time64;

	(void)state;
	open_program(FRONT_NOW);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(call_buffer(CMD32(QUERYBUF, buffer32), CAPTURE, 1,
				     V4L2_MEMORY_MMAP),
			 0);
	assert_int_equal(buffer.length, 4096);
	assert_int_equal(buffer.m, queue_offset(CAPTURE, 1, 0));
	assert_int_equal(buffer.reserved2, 0);
	assert_int_equal(call_buffer(CMD32(PREPARE_BUF, buffer32), CAPTURE, 1,
				     V4L2_MEMORY_MMAP),
			 0);
	assert_int_equal(buffer.flags & V4L2_BUF_FLAG_PREPARED,
			 V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(call_buffer(CMD32(QBUF, buffer32), CAPTURE, 1,
				     V4L2_MEMORY_MMAP),
			 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 1, 100, 0);
	assert_int_equal(call_buffer(CMD32(DQBUF, buffer32), CAPTURE, 0,
				     V4L2_MEMORY_MMAP),
			 0);
	assert_int_equal(buffer.index, 1);
	assert_int_equal(buffer.bytesused, 100);

	memset(&time64, 0, sizeof(time64));
	time64.type = CAPTURE;
	time64.memory = V4L2_MEMORY_MMAP;
	assert_int_equal(front_ioctl(&file, CMD32(PREPARE_BUF, buffer32_time64),
				     &time64),
			 0);
	assert_int_equal(
		front_ioctl(&file, CMD32(QBUF, buffer32_time64), &time64), 0);
	fake_finish(CAPTURE, 0, 200, 0);
	assert_int_equal(
		front_ioctl(&file, CMD32(DQBUF, buffer32_time64), &time64), 0);
	assert_int_equal(time64.bytesused, 200);
	assert_int_equal(time64.sequence, 1);
	assert_int_equal(
		front_ioctl(&file, CMD32(QUERYBUF, buffer32_time64), &time64),
		0);
	assert_int_equal(time64.m, queue_offset(CAPTURE, 0, 0));
	assert_int_equal(front_close(&file), 0);
}

static void create_bufs_makes_buffers(void **state)
{
	struct create32 create = {
		.count = 2,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};

	(void)state;
	open_program(FRONT_NOW);
	memset(create.reserved, 0x5a, sizeof(create.reserved));
	create.capabilities = 0x5a5a5a5a;
	assert_int_equal(
		front_ioctl(&file, CMD32(CREATE_BUFS, create32), &create), 0);
	assert_int_equal(create.count, 2);
	assert_int_equal(create.index, 0);
	assert_true(all_are(create.reserved, 0, sizeof(create.reserved)));
	assert_int_equal(create.capabilities & 0x5a000000, 0);
	assert_int_equal(call_buffer(CMD32(QUERYBUF, buffer32), CAPTURE, 1,
				     V4L2_MEMORY_MMAP),
			 0);
	create.format.type = 99;
	assert_int_equal(
		front_ioctl(&file, CMD32(CREATE_BUFS, create32), &create),
		-EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void expect_planes(void)
{
	unsigned int i;

	assert_int_equal(buffer.length, PLANES);
	assert_int_equal(buffer.m, (uintptr_t)planes);
	for (i = 0; i < PLANES; i++) {
		assert_int_equal(planes[i].length, fake.plane_len[i]);
		assert_int_equal(planes[i].m,
				 queue_offset(CAPTURE_MPLANE, buffer.index, i));
		assert_true(all_are(planes[i].reserved, 0,
				    sizeof(planes[i].reserved)));
	}
	/* Those that the buffer has not stay. */
	assert_true(all_are(&planes[PLANES], 0x5a,
			    (VIDEO_MAX_PLANES - PLANES) * sizeof(planes[0])));
}

static void planes_go_both_ways(void **state)
{
	static const enum front_memory memories[] = { FRONT_NOW, FRONT_LATER };
	uint32_t used[PLANES] = { 1000, 200 };
	unsigned int i;

	(void)state;
	open_planes(FRONT_NOW);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2), 2);
	for (i = 0; i < 2; i++) {
		harness.front.memory = memories[i];
		assert_int_equal(call_planes(CMD32(QUERYBUF, buffer32), i), 0);
		expect_planes();
		assert_int_equal(call_planes(CMD32(PREPARE_BUF, buffer32), i),
				 0);
		expect_planes();
		assert_int_equal(call_planes(CMD32(QBUF, buffer32), i), 0);
		expect_planes();
	}
	assert_int_equal(stream_on(&file, CAPTURE_MPLANE), 0);
	for (i = 0; i < 2; i++) {
		harness.front.memory = memories[i];
		fake_finish_planes(CAPTURE_MPLANE, i, used, 0);
		assert_int_equal(call_planes(CMD32(DQBUF, buffer32), 0), 0);
		expect_planes();
		assert_int_equal(buffer.index, i);
		assert_int_equal(planes[0].bytesused, 1000);
		assert_int_equal(planes[1].bytesused, 200);
	}
	assert_int_equal(front_close(&file), 0);
}

static void bad_planes_are_refused_as_natively(void **state)
{
	(void)state;
	open_planes(FRONT_LATER);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 1), 1);
	call_planes(CMD32(QUERYBUF, buffer32), 0);
	buffer.length = VIDEO_MAX_PLANES + 1;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EINVAL);
	buffer.length = 1;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EINVAL);
	buffer.length = 0;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EINVAL);
	buffer.length = PLANES;
	buffer.m = 0;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EFAULT);
	call_planes(CMD32(QBUF, buffer32), 7);
	/* The last byte of the second plane, in 32-bit planes */
	buffer.index = 0;
	buffer.length = PLANES;
	harness.front.fault = (uintptr_t)planes + PLANES * 60 - 1;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EFAULT);
	harness.front.fault++;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer), 0);
	harness.front.fault = 0;
	assert_int_equal(front_close(&file), 0);
}

/* An address has no sign. */
static void memory_of_the_program_is_below_4_gib(void **state)
{
	const uint32_t high = 0xc0000000;

	(void)state;
	open_program(FRONT_NOW);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
			 1);
	memset(&buffer, 0, sizeof(buffer));
	buffer.type = CAPTURE;
	buffer.memory = V4L2_MEMORY_USERPTR;
	buffer.m = high;
	buffer.length = 4096;
	harness.helper.fault = high + 4095u;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer),
			 -EFAULT);
	harness.helper.fault = 0;
	assert_int_equal(front_ioctl(&file, CMD32(QBUF, buffer32), &buffer), 0);
	assert_int_equal(buffer.m, high);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(every_call_for_buffers_takes_both_times),
		HARNESS_TEST(create_bufs_makes_buffers),
		HARNESS_TEST(planes_go_both_ways),
		HARNESS_TEST(bad_planes_are_refused_as_natively),
		HARNESS_TEST(memory_of_the_program_is_below_4_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
