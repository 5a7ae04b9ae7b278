// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames of a camera: whole, in order, and what DQBUF says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "hostd/frames.h"
#include "tests/streamer.h"

#define FRAMES 60

static struct front_file file;
static struct stream_buffer buffer;

static uint64_t time_of(const struct v4l2_buffer *v4l2)
{
	return (uint64_t)v4l2->timestamp.tv_sec * 1000000000ull +
	       (uint64_t)v4l2->timestamp.tv_usec * 1000ull;
}

static void frames_arrive_whole_and_in_order(void **state)
{
	uint64_t last_tick = 0;
	uint64_t last_time = 0;
	uint64_t tick;
	unsigned int i;

	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);

	for (i = 0; i < FRAMES; i++) {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.bytesused, HARNESS_FRAME);
		assert_int_equal(
			frames_check(stream_bytes(&file, CAPTURE,
						  buffer.v4l2.index, 0),
				     HARNESS_FRAME, &tick),
			0);
		/* A tick without a buffer is a gap in both. */
		assert_true(tick > last_tick);
		assert_int_equal(buffer.v4l2.sequence, tick - 1);
		assert_true(time_of(&buffer.v4l2) > last_time);
		last_tick = tick;
		last_time = time_of(&buffer.v4l2);
		assert_int_equal(stream_qbuf(&file, CAPTURE, buffer.v4l2.index),
				 0);
	}
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(front_close(&file), 0);
}

static void frames_larger_than_a_chunk_arrive_whole(void **state)
{
	const size_t len = 3 * VMS_MAX_CHUNK + 1234;

	(void)state;
	fake.plane_len[0] = len;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);

	stream_fill(fake_plane(CAPTURE, 1, 0), len, 3);
	fake_finish(CAPTURE, 1, (uint32_t)len - 1, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(buffer.v4l2.bytesused, len - 1);
	assert_true(
		stream_filled(stream_bytes(&file, CAPTURE, 1, 0), len - 1, 3));
	/* What the device has not filled does not travel. */
	assert_int_equal(stream_bytes(&file, CAPTURE, 1, 0)[len - 1], 0);
	assert_int_equal(front_close(&file), 0);
}

static void each_plane_has_its_own_contents(void **state)
{
	static const uint32_t used[] = { 4096, 100 };

	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	fake.plane_len[0] = 8192;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE_MPLANE, 2);

	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), used[0], 1);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 1), used[1], 2);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE_MPLANE, &buffer), 0);
	assert_ptr_equal(buffer.v4l2.m.planes, buffer.planes);
	assert_int_equal(buffer.v4l2.length, 2);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(buffer.planes[0].bytesused, used[0]);
	assert_int_equal(buffer.planes[0].length, 8192);
	assert_int_equal(buffer.planes[1].bytesused, used[1]);
	assert_int_equal(buffer.planes[1].length, 4096);
	assert_true(stream_filled(stream_bytes(&file, CAPTURE_MPLANE, 0, 0),
				  used[0], 1));
	assert_true(stream_filled(stream_bytes(&file, CAPTURE_MPLANE, 0, 1),
				  used[1], 2));
	assert_int_equal(front_close(&file), 0);
}

/* vb2 copies to the application what there is room for, or refuses. */
static void dqbuf_wants_room_for_every_plane(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_count = 2;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE_MPLANE, 2);
	fake_finish(CAPTURE_MPLANE, 0, 8, 0);

	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	buffer.v4l2.length = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_DQBUF, &buffer.v4l2),
			 -EINVAL);
	assert_int_equal(stream_dqbuf(&file, CAPTURE_MPLANE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: B19 */
static void what_the_device_says_of_a_buffer_arrives(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);

	stream_fill(fake_plane(CAPTURE, 2, 0), 64, 9);
	fake_finish(CAPTURE, 2, 64, V4L2_BUF_FLAG_ERROR);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_KEYFRAME);

	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 2);
	assert_int_equal(buffer.v4l2.sequence, 0);
	assert_int_equal(buffer.v4l2.bytesused, 64);
	assert_int_equal(buffer.v4l2.length, 4096);
	assert_int_equal(buffer.v4l2.field, V4L2_FIELD_NONE);
	assert_int_equal(buffer.v4l2.flags,
			 V4L2_BUF_FLAG_ERROR |
				 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_true(stream_filled(stream_bytes(&file, CAPTURE, 2, 0), 64, 9));

	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(buffer.v4l2.sequence, 1);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(buffer.v4l2.flags,
			 V4L2_BUF_FLAG_KEYFRAME |
				 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_int_equal(front_close(&file), 0);
}

static void streaming_begins_anew_after_streamoff(void **state)
{
	unsigned int round;

	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 3);

	for (round = 0; round < 3; round++) {
		stream_fill(fake_plane(CAPTURE, 1, 0), 4096, round);
		fake_finish(CAPTURE, 1, 4096, 0);
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, 1);
		assert_true(stream_filled(stream_bytes(&file, CAPTURE, 1, 0),
					  4096, round));
		/* Finished and not fetched: gone with STREAMOFF. */
		fake_finish(CAPTURE, 2, 4096, 0);
		harness_settle();
		assert_int_equal(stream_off(&file, CAPTURE), 0);
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer),
				 -EINVAL);
		assert_int_equal(stream_qbuf(&file, CAPTURE, 2), 0);
		assert_int_equal(stream_qbuf(&file, CAPTURE, 1), 0);
		assert_int_equal(stream_on(&file, CAPTURE), 0);
	}
	assert_int_equal(front_close(&file), 0);
}

/* A stream that is stopped in the middle of a frame that is being sent. */
static void streamoff_drops_contents_under_way(void **state)
{
	const uint32_t len = 1u << 20;

	(void)state;
	fake.plane_len[0] = len;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	stream_fill(fake_plane(CAPTURE, 0, 0), len, 1);
	fake_finish(CAPTURE, 0, len, 0);
	/* A megabyte is more than a socket takes at once. */
	assert_int_equal(stream_off(&file, CAPTURE), 0);

	stream_fill(fake_plane(CAPTURE, 0, 0), len, 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, len, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, len);
	assert_true(stream_filled(stream_bytes(&file, CAPTURE, 0, 0), len, 2));
	assert_int_equal(front_close(&file), 0);
}

static void close_in_mid_stream_leaves_nothing(void **state)
{
	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->owner);

	harness_open(&file);
	stream_start(&file, CAPTURE, 4);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_arrive_whole_and_in_order),
		HARNESS_TEST(frames_larger_than_a_chunk_arrive_whole),
		HARNESS_TEST(each_plane_has_its_own_contents),
		HARNESS_TEST(dqbuf_wants_room_for_every_plane),
		HARNESS_TEST(what_the_device_says_of_a_buffer_arrives),
		HARNESS_TEST(streaming_begins_anew_after_streamoff),
		HARNESS_TEST(streamoff_drops_contents_under_way),
		HARNESS_TEST(close_in_mid_stream_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
