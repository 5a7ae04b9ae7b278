// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own memory as buffers.
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

static struct front_file file;
static struct stream_buffer buffer;
static uint8_t memory[4][8192];

static void open_with(const char *device)
{
	memset(memory, 0, sizeof(memory));
	harness_connect(device, PROFILE_CHOICE_STREAM);
	harness_open(&file);
}

static int queue_at(uint32_t type, uint32_t index, const void *addr,
		    uint32_t len, uint32_t used)
{
	stream_buffer(&buffer, type, index);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)addr;
	buffer.v4l2.length = len;
	buffer.v4l2.bytesused = used;
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

static int queue(uint32_t index)
{
	return queue_at(CAPTURE, index, memory[index], sizeof(memory[0]), 0);
}

static int dequeue(void)
{
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	return front_ioctl(&file, VIDIOC_DQBUF, &buffer.v4l2);
}

static bool untouched(const uint8_t *bytes)
{
	static const uint8_t zeros[sizeof(memory[0])];

	return !memcmp(bytes, zeros, sizeof(zeros));
}

static void start(uint32_t count)
{
	uint32_t i;

	assert_int_equal(
		stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, count),
		count);
	for (i = 0; i < count; i++)
		assert_int_equal(queue(i), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
}

static void frames_are_written_to_the_application(void **state)
{
	uint64_t copied = stats_get(STATS_USERPTR);
	uint64_t last = 0;
	uint64_t tick;
	unsigned int i;

	(void)state;
	open_with("pattern");
	start(4);
	for (i = 0; i < FRAMES; i++) {
		assert_int_equal(dequeue(), 0);
		assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_USERPTR);
		assert_int_equal(buffer.v4l2.m.userptr,
				 (unsigned long)memory[buffer.v4l2.index]);
		assert_int_equal(buffer.v4l2.length, sizeof(memory[0]));
		assert_int_equal(frames_check(memory[buffer.v4l2.index],
					      HARNESS_FRAME, &tick),
				 0);
		assert_true(tick > last);
		last = tick;
		assert_int_equal(queue(buffer.v4l2.index), 0);
	}
	assert_int_equal(stats_get(STATS_USERPTR) - copied,
			 (uint64_t)FRAMES * HARNESS_FRAME);
	assert_int_equal(front_close(&file), 0);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
}

static void the_host_never_hears_of_it(void **state)
{
	const struct fake_record *record;

	(void)state;
	open_with("fake");
	start(2);
	record = fake_last(VIDIOC_REQBUFS);
	assert_int_equal(record->arg.reqbufs.memory, V4L2_MEMORY_MMAP);
	record = fake_last(VIDIOC_QBUF);
	assert_int_equal(record->arg.buffer.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(record->arg.buffer.m.userptr, 0);
	assert_int_equal(front_close(&file), 0);
}

static void only_what_was_filled_is_written(void **state)
{
	(void)state;
	open_with("fake");
	memset(memory, 0xaa, sizeof(memory));
	start(2);
	stream_fill(fake_plane(CAPTURE, 1, 0), 100, 4);
	fake_finish(CAPTURE, 1, 100, 0);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(buffer.v4l2.bytesused, 100);
	assert_true(stream_filled(memory[1], 100, 4));
	assert_int_equal(memory[1][100], 0xaa);
	assert_int_equal(memory[0][0], 0xaa);
	assert_int_equal(front_close(&file), 0);
}

static void each_plane_goes_to_its_address(void **state)
{
	static const uint32_t used[] = { 200, 50 };

	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	open_with("fake");
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_USERPTR, 1),
		1);
	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.length = 2;
	buffer.planes[0].m.userptr = (unsigned long)memory[2];
	buffer.planes[0].length = 4096;
	buffer.planes[1].m.userptr = (unsigned long)memory[3];
	buffer.planes[1].length = 5000;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(stream_on(&file, CAPTURE_MPLANE), 0);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), used[0], 6);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 1), used[1], 7);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);

	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(front_ioctl(&file, VIDIOC_DQBUF, &buffer.v4l2), 0);
	assert_int_equal(buffer.planes[1].m.userptr, (unsigned long)memory[3]);
	assert_int_equal(buffer.planes[1].length, 5000);
	assert_true(stream_filled(memory[2], used[0], 6));
	assert_true(stream_filled(memory[3], used[1], 7));
	assert_int_equal(front_close(&file), 0);
}

static void qbuf_wants_memory_that_is_there_and_large_enough(void **state)
{
	(void)state;
	open_with("fake");
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 2),
			 2);
	assert_int_equal(queue_at(CAPTURE, 0, memory[0], 4095, 0), -EINVAL);
	assert_int_equal(queue_at(CAPTURE, 0, NULL, 4096, 0), -EFAULT);
	harness.helper.fault = (uintptr_t)memory[0] + 4095;
	assert_int_equal(queue_at(CAPTURE, 0, memory[0], 4096, 0), -EFAULT);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	harness.helper.fault = 0;
	assert_int_equal(queue_at(CAPTURE, 0, memory[0], 4096, 0), 0);
	/* The memory of the application's queue is USERPTR, and no other. */
	assert_int_equal(stream_qbuf(&file, CAPTURE, 1), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* Natively the pages of the process that queued are pinned. */
static void another_process_gets_an_empty_buffer(void **state)
{
	(void)state;
	open_with("fake");
	start(2);
	memset(memory, 0xaa, sizeof(memory));
	fake_finish(CAPTURE, 0, 100, 0);
	harness_settle();
	harness.helper.tgid++;
	assert_int_equal(dequeue(), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(memory[0][0], 0xaa);

	/* Its own buffers are its own. */
	assert_int_equal(queue(0), 0);
	harness_settle();
	stream_fill(fake_plane(CAPTURE, 0, 0), 100, 1);
	fake_finish(CAPTURE, 0, 100, 0);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR, 0);
	assert_true(stream_filled(memory[0], 100, 1));
	assert_int_equal(front_close(&file), 0);
}

/*
 * Neither by STREAMOFF nor by the frames of the stream that follows.
 *
 * Rule: B35
 */
static void what_is_not_queued_any_more_is_not_written(void **state)
{
	static uint8_t elsewhere[8192];

	(void)state;
	open_with("fake");
	start(2);
	stream_fill(fake_plane(CAPTURE, 0, 0), 100, 3);
	fake_finish(CAPTURE, 0, 100, 0);
	harness_settle();
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	harness_settle();
	assert_true(untouched(memory[0]));
	assert_true(untouched(memory[1]));

	memset(elsewhere, 0, sizeof(elsewhere));
	assert_int_equal(queue_at(CAPTURE, 0, elsewhere, sizeof(elsewhere), 0),
			 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, 100, 0);
	assert_int_equal(dequeue(), 0);
	assert_int_equal(buffer.v4l2.m.userptr, (unsigned long)elsewhere);
	assert_true(stream_filled(elsewhere, 100, 3));
	assert_true(untouched(memory[0]));

	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 0),
			 0);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: B5 */
static void memory_that_is_gone_at_dqbuf_is_an_error_in_the_buffer(void **state)
{
	(void)state;
	open_with("fake");
	start(2);
	fake_finish(CAPTURE, 0, 100, 0);
	harness_settle();
	harness.helper.fault = (uintptr_t)memory[0];
	assert_int_equal(dequeue(), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(front_close(&file), 0);
}

static void contents_for_an_output_come_from_the_application(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	open_with("fake");
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_USERPTR, 2),
			 2);
	stream_fill(memory[0], 4096, 1);
	assert_int_equal(queue_at(OUTPUT, 0, memory[0], 8192, 1000), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 1000, 1));
	assert_int_equal(fake_plane(OUTPUT, 0, 0)[1000], 0);
	/* videodev2.h: 0 is the whole plane */
	stream_fill(memory[1], 4096, 2);
	assert_int_equal(queue_at(OUTPUT, 1, memory[1], 8192, 0), 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 1, 0), 4096, 2));
	harness.helper.fault = (uintptr_t)memory[0];
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	fake_finish(OUTPUT, 0, 1000, 0);
	stream_buffer(&buffer, OUTPUT, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_DQBUF, &buffer.v4l2), 0);
	assert_int_equal(queue_at(OUTPUT, 0, memory[0], 8192, 1000), -EFAULT);
	assert_int_equal(front_close(&file), 0);
}

/* A page that does not come, and a queue that goes meanwhile. */
static void a_queue_may_go_while_an_application_is_looked_at(void **state)
{
	struct front_call call;

	(void)state;
	open_with("fake");
	start(2);
	fake_finish(CAPTURE, 0, 100, 0);
	harness_settle();
	harness.helper.silent = true;
	stream_buffer(&buffer, CAPTURE, 0);
	front_begin_ioctl(&call, &file, VIDIOC_DQBUF, &buffer.v4l2);
	assert_int_equal(front_state(&call), REQUEST_STORE);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);
	harness.helper.silent = false;
	/* The real helper waits with the region until its copies are over. */
	harness.helper.held_count = 0;
	harness_settle();
	assert_false(front_done(&call));
	front_interrupt(&call);
	harness.helper.signals = HELPER_SIGNAL_KILL;
	assert_int_equal(front_wait(&harness.front, &call), -EFAULT);
	assert_int_equal(front_close(&file), 0);
}

/* The buffer is gone with the host, and that is what the application hears of. */
static void qbuf_says_that_the_host_has_gone_meanwhile(void **state)
{
	struct front_call call;

	(void)state;
	open_with("fake");
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
			 1);
	harness.helper.silent = true;
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (unsigned long)memory[0];
	buffer.v4l2.length = sizeof(memory[0]);
	front_begin_ioctl(&call, &file, VIDIOC_QBUF, &buffer.v4l2);
	harness_settle();
	assert_false(front_done(&call));
	harness_host_leaves();
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

static void without_the_helper_there_is_only_mmap(void **state)
{
	(void)state;
	harness.helper.nonblock = 1;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness.config.userptr = false; /* --no-ptrace */
	harness_open(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 2),
			 -EINVAL);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_are_written_to_the_application),
		HARNESS_TEST(the_host_never_hears_of_it),
		HARNESS_TEST(only_what_was_filled_is_written),
		HARNESS_TEST(each_plane_goes_to_its_address),
		HARNESS_TEST(qbuf_wants_memory_that_is_there_and_large_enough),
		HARNESS_TEST(another_process_gets_an_empty_buffer),
		HARNESS_TEST(
			memory_that_is_gone_at_dqbuf_is_an_error_in_the_buffer),
		HARNESS_TEST(what_is_not_queued_any_more_is_not_written),
		HARNESS_TEST(contents_for_an_output_come_from_the_application),
		HARNESS_TEST(a_queue_may_go_while_an_application_is_looked_at),
		HARNESS_TEST(qbuf_says_that_the_host_has_gone_meanwhile),
		HARNESS_TEST(without_the_helper_there_is_only_mmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
