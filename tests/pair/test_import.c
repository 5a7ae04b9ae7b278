// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own dma-bufs as buffers: they reach the device, nothing of them
 * travels, and nobody sees another number than the application's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/frames.h"
#include "tests/import_rig.h"

#define FRAMES 20
#define MANY   30 /* buffers of 8 planes, all queued at once */

static struct front_file *const file = &import_rig.file;
static struct stream_buffer *const buffer = &import_rig.buffer;
static const int *const fds = import_rig.fds;
static uint8_t *const *const memory = import_rig.memory;

static void frames_are_drawn_into_the_applications_memory(void **state)
{
	uint64_t last = 0;
	uint64_t tick;
	unsigned int i;

	(void)state;
	import_rig_open("pattern");
	import_rig_start();
	for (i = 0; i < FRAMES; i++) {
		uint32_t index;

		assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
		index = buffer->v4l2.index;
		assert_int_equal(buffer->v4l2.memory, V4L2_MEMORY_DMABUF);
		assert_int_equal(buffer->v4l2.m.fd, fds[index]);
		assert_int_equal(buffer->v4l2.length, IMPORT_RIG_LEN);
		assert_int_equal(buffer->v4l2.bytesused, HARNESS_FRAME);
		assert_int_equal(
			frames_check(memory[index], HARNESS_FRAME, &tick), 0);
		assert_true(tick > last);
		last = tick;
		assert_int_equal(import_rig_queue(index), 0);
	}
	import_rig_close();
}

static void a_still_picture_is_whole_in_new_memory(void **state)
{
	uint64_t tick;

	(void)state;
	import_rig_open("pattern");
	import_rig_start();
	assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
	memset(memory[buffer->v4l2.index], 0, IMPORT_RIG_LEN);
	assert_int_equal(import_rig_queue(buffer->v4l2.index), 0);
	do {
		assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
		assert_int_equal(frames_check(memory[buffer->v4l2.index],
					      HARNESS_FRAME, &tick),
				 0);
	} while (buffer->v4l2.index);
	import_rig_close();
}

static void it_is_said_that_it_can_be_done(void **state)
{
	(void)state;
	import_rig_open("pattern");
	assert_true(import_rig_capabilities() & V4L2_BUF_CAP_SUPPORTS_DMABUF);
	assert_int_equal(import_rig_request(CAPTURE, 2), 2);
	assert_int_equal(
		stream_create(file, CAPTURE, V4L2_MEMORY_MMAP, 1, NULL),
		-EINVAL);
	assert_int_equal(import_rig_request(CAPTURE, 0), 0);
	import_rig_close();
}

static void the_device_gets_what_the_number_stands_for(void **state)
{
	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	import_rig_start();
	memory[2][17] = 99;
	assert_int_equal(fake_plane(CAPTURE, 2, 0)[17], 99);
	/* Another descriptor of the same memory, or the same of other memory. */
	fake_finish(CAPTURE, 2, 5, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 2, fds[0], 0, 0), 0);
	memory[0][17] = 98;
	assert_int_equal(fake_plane(CAPTURE, 2, 0)[17], 98);
	import_rig_expect(2, fds[0], IMPORT_RIG_LEN);
	import_rig_close();
}

static void numbers_of_the_host_are_never_shown(void **state)
{
	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	import_rig_expect(0, 0, 4096);
	assert_int_equal(import_rig_queue(0), 0);
	assert_int_equal(buffer->v4l2.m.fd, fds[0]);
	import_rig_expect(0, fds[0], IMPORT_RIG_LEN);
	import_rig_argument(CAPTURE, 1, fds[1], 5000, 0);
	assert_int_equal(front_ioctl(file, VIDIOC_PREPARE_BUF, &buffer->v4l2),
			 0);
	assert_int_equal(buffer->v4l2.m.fd, fds[1]);
	import_rig_expect(1, fds[1], 5000);
	assert_int_equal(stream_on(file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
	assert_int_equal(buffer->v4l2.m.fd, fds[0]);
	/* STREAMOFF asks the host again. */
	assert_int_equal(stream_off(file, CAPTURE), 0);
	import_rig_expect(0, fds[0], IMPORT_RIG_LEN);
	import_rig_expect(1, fds[1], 5000);
	import_rig_close();
}

static void a_prepared_buffer_needs_no_descriptor(void **state)
{
	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	import_rig_argument(CAPTURE, 1, fds[1], 0, 0);
	assert_int_equal(front_ioctl(file, VIDIOC_PREPARE_BUF, &buffer->v4l2),
			 0);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 1, -1, 0, 0), 0);
	assert_int_equal(buffer->v4l2.m.fd, fds[1]);
	assert_int_equal(harness.helper.asked[HELPER_IMPORT], 1);
	memory[1][3] = 77;
	assert_int_equal(fake_plane(CAPTURE, 1, 0)[3], 77);
	import_rig_close();
}

static void an_output_buffer_has_what_is_said(void **state)
{
	const struct fake_record *record;

	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_OUTPUT, 1);
	assert_int_equal(import_rig_request(OUTPUT, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	stream_fill(memory[0], IMPORT_RIG_LEN, 5);
	/* __verify_length() goes by the plane, and not by what was passed. */
	assert_int_equal(
		import_rig_queue_fd(OUTPUT, 0, fds[0], IMPORT_RIG_LEN, 4097),
		-EINVAL);
	assert_int_equal(import_rig_queue_fd(OUTPUT, 0, fds[0], 0, 100), 0);
	record = fake_last(VIDIOC_QBUF);
	assert_int_equal(record->arg.buffer.bytesused, 100);
	assert_int_equal(record->arg.buffer.length, 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 4096, 5));
	assert_int_equal(stream_on(file, OUTPUT), 0);
	fake_finish(OUTPUT, 0, 100, 0);
	assert_int_equal(stream_dqbuf(file, OUTPUT, buffer), 0);
	assert_int_equal(buffer->v4l2.bytesused, 100);
	assert_int_equal(buffer->v4l2.m.fd, fds[0]);
	assert_int_equal(buffer->v4l2.length, IMPORT_RIG_LEN);
	/* By now it is as long as what was brought. */
	assert_int_equal(
		import_rig_queue_fd(OUTPUT, 0, fds[0], 0, IMPORT_RIG_LEN + 1),
		-EINVAL);
	assert_int_equal(
		import_rig_queue_fd(OUTPUT, 0, fds[0], IMPORT_RIG_LEN, 5000),
		0);
	record = fake_last(VIDIOC_QBUF);
	assert_int_equal(record->arg.buffer.bytesused, 5000);
	fake_finish(OUTPUT, 0, 5000, 0);
	assert_int_equal(stream_dqbuf(file, OUTPUT, buffer), 0);
	assert_int_equal(buffer->v4l2.bytesused, 5000);
	/* What was lost has no length. */
	assert_int_equal(import_rig_queue_fd(OUTPUT, 0, -1, 0, 100), -EINVAL);
	assert_int_equal(
		import_rig_queue_fd(OUTPUT, 0, fds[0], IMPORT_RIG_LEN, 100),
		-EINVAL);
	assert_int_equal(
		import_rig_queue_fd(OUTPUT, 0, fds[0], IMPORT_RIG_LEN, 0), 0);
	import_rig_close();
}

static int queue_two(uint32_t len, uint32_t used, uint32_t offset)
{
	stream_buffer(buffer, OUTPUT_MPLANE, 0);
	buffer->v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer->planes[0].m.fd = fds[0];
	buffer->planes[1].m.fd = fds[1];
	buffer->planes[1].length = len;
	buffer->planes[1].bytesused = used;
	buffer->planes[1].data_offset = offset;
	return front_ioctl(file, VIDIOC_QBUF, &buffer->v4l2);
}

/* There __verify_length() goes by what was passed. */
static void planes_have_what_is_said(void **state)
{
	const struct v4l2_plane *planes;

	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_OUTPUT_MPLANE, 2);
	assert_int_equal(import_rig_request(OUTPUT_MPLANE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	assert_int_equal(queue_two(0, 100, 0), -EINVAL);
	assert_int_equal(queue_two(IMPORT_RIG_LEN, IMPORT_RIG_LEN + 1, 0),
			 -EINVAL);
	assert_int_equal(queue_two(IMPORT_RIG_LEN, 100, 100), -EINVAL);
	assert_int_equal(queue_two(0, 0, 1), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(queue_two(IMPORT_RIG_LEN, 5000, 10), 0);
	planes = (const void *)fake_last(VIDIOC_QBUF)->nested;
	assert_int_equal(planes[1].bytesused, 5000);
	assert_int_equal(planes[1].data_offset, 10);
	assert_int_equal(buffer->planes[1].m.fd, fds[1]);
	assert_int_equal(buffer->planes[1].bytesused, 5000);
	import_rig_close();
}

static void each_plane_has_its_own(void **state)
{
	static const uint32_t used[] = { 4096, 100 };

	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, 2);
	assert_int_equal(import_rig_request(CAPTURE_MPLANE, 2), 2);
	stream_buffer(buffer, CAPTURE_MPLANE, 0);
	buffer->v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer->planes[0].m.fd = fds[2];
	buffer->planes[1].m.fd = -1;
	assert_int_equal(front_ioctl(file, VIDIOC_QBUF, &buffer->v4l2),
			 -EINVAL);
	buffer->planes[1].m.fd = fds[3];
	buffer->v4l2.length = 1;
	assert_int_equal(front_ioctl(file, VIDIOC_QBUF, &buffer->v4l2),
			 -EINVAL);
	buffer->v4l2.length = 2;
	assert_int_equal(front_ioctl(file, VIDIOC_QBUF, &buffer->v4l2), 0);
	assert_int_equal(buffer->planes[0].m.fd, fds[2]);
	assert_int_equal(buffer->planes[1].m.fd, fds[3]);
	assert_int_equal(buffer->planes[1].length, IMPORT_RIG_LEN);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), used[0], 1);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 1), used[1], 2);
	assert_int_equal(stream_on(file, CAPTURE_MPLANE), 0);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE_MPLANE, buffer), 0);
	assert_true(stream_filled(memory[2], used[0], 1));
	assert_true(stream_filled(memory[3], used[1], 2));
	assert_int_equal(buffer->planes[0].m.fd, fds[2]);
	assert_int_equal(buffer->planes[1].m.fd, fds[3]);
	import_rig_close();
}

static void queue_many(void)
{
	static struct stream_buffer arguments[MANY];
	static struct front_call calls[MANY];
	unsigned int i, p;

	assert_int_equal(import_rig_request(CAPTURE_MPLANE, MANY), MANY);
	fake_sleep(VIDIOC_QBUF);
	for (i = 0; i < MANY; i++) {
		stream_buffer(&arguments[i], CAPTURE_MPLANE, i);
		arguments[i].v4l2.memory = V4L2_MEMORY_DMABUF;
		for (p = 0; p < VIDEO_MAX_PLANES; p++)
			arguments[i].planes[p].m.fd = fds[p % IMPORT_RIG_COUNT];
		front_begin_ioctl(&calls[i], file, VIDIOC_QBUF,
				  &arguments[i].v4l2);
	}
	harness_asleep();
	harness_settle();
	fake_wake();
	for (i = 0; i < MANY; i++)
		assert_int_equal(front_wait(&harness.front, &calls[i]), 0);
}

/* More descriptors than may be on their way at once. */
static void many_may_be_queued_at_once(void **state)
{
	unsigned int i;

	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, VIDEO_MAX_PLANES);
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		fake.plane_len[i] = 4096;
	queue_many();
	assert_int_equal(harness.device->imported, 0);
	import_rig_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_are_drawn_into_the_applications_memory),
		HARNESS_TEST(a_still_picture_is_whole_in_new_memory),
		HARNESS_TEST(it_is_said_that_it_can_be_done),
		HARNESS_TEST(the_device_gets_what_the_number_stands_for),
		HARNESS_TEST(numbers_of_the_host_are_never_shown),
		HARNESS_TEST(a_prepared_buffer_needs_no_descriptor),
		HARNESS_TEST(an_output_buffer_has_what_is_said),
		HARNESS_TEST(planes_have_what_is_said),
		HARNESS_TEST(each_plane_has_its_own),
		HARNESS_TEST(many_may_be_queued_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
