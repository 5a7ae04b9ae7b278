// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a driver makes of buffers that are queued: what is foreseen, and when nothing
 * is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "guestd/queue.h"

#define LENGTH 4096
#define COPY   (V4L2_BUF_FLAG_TIMESTAMP_COPY | V4L2_BUF_FLAG_TSTAMP_SRC_EOF)

static struct queue queue;
static struct v4l2_buffer arg;
static struct v4l2_plane planes[VIDEO_MAX_PLANES];

static int teardown(void **state)
{
	(void)state;
	queue_finish(&queue);
	return 0;
}

/* Two buffers; the host says of each what QUERYBUF says of new ones. */
static void make(uint32_t type, uint32_t flags)
{
	bool mplane = V4L2_TYPE_IS_MULTIPLANAR(type);
	struct v4l2_plane told[2] = { { .length = LENGTH },
				      { .length = LENGTH } };
	struct v4l2_buffer v4l2 = {
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.flags = flags,
		.length = mplane ? 2 : LENGTH,
	};

	queue_init(&queue, type);
	queue.memory = V4L2_MEMORY_MMAP;
	assert_int_equal(queue_add(&queue, 0, 2), 0);
	for (v4l2.index = 0; v4l2.index < 2; v4l2.index++)
		assert_int_equal(
			queue_learn(&queue, &v4l2, mplane ? told : NULL, 2), 0);
	memset(&arg, 0, sizeof(arg));
	memset(planes, 0, sizeof(planes));
	arg.type = type;
	arg.memory = V4L2_MEMORY_MMAP;
	arg.length = mplane ? 2 : 0;
}

static const struct v4l2_plane *arg_planes(void)
{
	return V4L2_TYPE_IS_MULTIPLANAR(queue.type) ? planes : NULL;
}

/* The driver takes the first buffer as arg says, and shows @field and contents. */
static void take(uint32_t field, uint32_t used)
{
	struct queue_buffer *buffer = queue_find(&queue, 0);
	struct v4l2_plane told[2];
	struct v4l2_buffer v4l2 = arg;
	uint32_t asked = queue_habit_asked(&queue, buffer, &arg);

	memcpy(told, planes, sizeof(told));
	told[0].length = LENGTH;
	told[1].length = LENGTH;
	told[0].bytesused = used;
	v4l2.bytesused = arg_planes() ? 0 : used;
	v4l2.flags |= buffer->v4l2.flags;
	v4l2.field = field;
	queue_remember(&queue, buffer, &v4l2, arg_planes() ? told : NULL, 2);
	queue_habit_learn(&queue, buffer, asked);
}

static bool fits(void)
{
	return queue_habit_fits(&queue, queue_find(&queue, 1), &arg,
				arg_planes(), false);
}

static const struct v4l2_buffer *show(void)
{
	struct queue_buffer *buffer = queue_find(&queue, 1);

	queue_habit_show(&queue, buffer, &arg, arg_planes());
	return &buffer->v4l2;
}

static void nothing_is_foreseen_of_the_first(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_CAPTURE, 0);
	assert_false(fits());
	take(0, 0);
	assert_true(fits());
	queue_stop(&queue, queue.pushes);
	assert_true(fits());
	queue_finish(&queue);
	assert_false(queue.habit.known);
}

static uint32_t field_of_one_that_had(uint32_t field)
{
	queue_find(&queue, 1)->v4l2.field = field;
	return show()->field;
}

/* vivid says V4L2_FIELD_NONE of a touch device's in buf_queue(), and of no other's. */
static void a_capture_driver_sets_the_field_or_leaves_it(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_CAPTURE, 0);
	take(V4L2_FIELD_ANY, 0);
	assert_int_equal(field_of_one_that_had(V4L2_FIELD_TOP), V4L2_FIELD_TOP);
	take(V4L2_FIELD_NONE, 0);
	assert_int_equal(field_of_one_that_had(V4L2_FIELD_ANY),
			 V4L2_FIELD_NONE);
	/* That says nothing new. */
	take(V4L2_FIELD_NONE, 0);
	assert_int_equal(field_of_one_that_had(V4L2_FIELD_ANY),
			 V4L2_FIELD_NONE);
	/* It leaves what another has. */
	queue_find(&queue, 0)->v4l2.field = V4L2_FIELD_BOTTOM;
	take(V4L2_FIELD_BOTTOM, 0);
	assert_int_equal(field_of_one_that_had(V4L2_FIELD_ANY), V4L2_FIELD_ANY);
}

static void planes_of_another_length_are_another_matter(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 0);
	take(0, 0);
	assert_true(fits());
	queue_find(&queue, 1)->planes[1].length--;
	assert_false(fits());
	queue_find(&queue, 1)->planes[1].length++;
	queue_find(&queue, 1)->plane_count = 1;
	assert_false(fits());
}

static void a_capture_buffer_is_shown_as_the_one_before(void **state)
{
	const struct v4l2_buffer *shown;

	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	take(V4L2_FIELD_NONE, 1000);
	queue_find(&queue, 1)->v4l2.timestamp.tv_sec = 7;
	queue_find(&queue, 1)->v4l2.sequence = 9;
	arg.field = V4L2_FIELD_BOTTOM;
	arg.bytesused = 5;
	arg.flags = V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_KEYFRAME |
		    V4L2_BUF_FLAG_ERROR | 0x01000000;
	arg.timestamp.tv_sec = 3;
	assert_true(fits());
	shown = show();
	assert_int_equal(shown->bytesused, 1000);
	assert_int_equal(shown->timestamp.tv_sec, 0);
	assert_int_equal(shown->sequence, 0);
	assert_int_equal(shown->flags,
			 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | 0x01000000);
}

static void an_output_buffer_is_shown_as_it_was_said(void **state)
{
	const struct v4l2_buffer *shown;

	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT, COPY);
	arg.field = V4L2_FIELD_ANY;
	arg.bytesused = 100;
	take(V4L2_FIELD_NONE, 100);
	arg.timestamp.tv_sec = 3;
	arg.timestamp.tv_usec = 4;
	arg.timecode.hours = 2;
	arg.flags = V4L2_BUF_FLAG_TIMECODE | V4L2_BUF_FLAG_KEYFRAME;
	assert_true(fits());
	shown = show();
	assert_int_equal(shown->bytesused, 100);
	assert_int_equal(shown->field, V4L2_FIELD_NONE);
	assert_int_equal(shown->timestamp.tv_sec, 3);
	assert_int_equal(shown->timestamp.tv_usec, 4);
	assert_int_equal(shown->timecode.hours, 2);
	/* Where times are copied, so is their source. */
	assert_int_equal(shown->flags, V4L2_BUF_FLAG_TIMESTAMP_COPY |
					       V4L2_BUF_FLAG_TIMECODE |
					       V4L2_BUF_FLAG_KEYFRAME);
}

static void contents_between_those_that_were_taken_fit(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT, COPY);
	arg.bytesused = 100;
	take(0, 100);
	arg.bytesused = 300;
	assert_false(fits());
	take(0, 300);
	arg.bytesused = 200;
	assert_true(fits());
	arg.bytesused = 99;
	assert_false(fits());
	/* Of another field, nothing is known of these. */
	arg.field = V4L2_FIELD_TOP;
	arg.bytesused = 200;
	assert_false(fits());
	take(V4L2_FIELD_TOP, 200);
	assert_true(fits());
	arg.bytesused = 300;
	assert_false(fits());
}

static bool fits_a_codec(uint32_t used)
{
	arg.bytesused = used;
	return queue_habit_fits(&queue, queue_find(&queue, 1), &arg, NULL,
				true);
}

/* vim2m_buf_prepare() makes whatever was said the size of the format. */
static void a_codec_takes_any_size_once_it_has_shown_two(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT, COPY);
	arg.bytesused = 100;
	take(0, LENGTH);
	assert_true(fits_a_codec(LENGTH));
	assert_false(fits_a_codec(100));
	take(0, LENGTH);
	assert_false(fits_a_codec(100));
	take(0, 200);
	assert_true(fits_a_codec(100));
	assert_true(fits_a_codec(LENGTH));
	assert_false(fits_a_codec(0));
}

/* __fill_v4l2_buffer(): a capture buffer has the source of what was put in, later. */
static void a_capture_buffer_of_a_codec_has_no_source_of_time(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_BUF_FLAG_TIMESTAMP_COPY);
	take(V4L2_FIELD_NONE, 0);
	queue_find(&queue, 1)->v4l2.flags |= V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	arg.flags = V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	assert_true(fits());
	assert_int_equal(show()->flags, V4L2_BUF_FLAG_TIMESTAMP_COPY);
}

static void an_empty_output_buffer_teaches_nothing(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT, COPY);
	queue_find(&queue, 0)->empty = true;
	take(0, LENGTH);
	assert_false(queue.habit.known);
}

static void another_offset_does_not_fit(void **state)
{
	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, COPY);
	planes[0].bytesused = 100;
	planes[1].bytesused = 50;
	planes[1].data_offset = 8;
	take(0, 100);
	assert_true(fits());
	show();
	assert_int_equal(queue_find(&queue, 1)->v4l2_planes[1].bytesused, 50);
	assert_int_equal(queue_find(&queue, 1)->v4l2_planes[1].data_offset, 8);
	planes[1].data_offset = 16;
	assert_false(fits());
}

static void what_a_driver_may_look_at_does_not_fit(void **state)
{
	static const uint32_t flags[] = {
		V4L2_BUF_FLAG_NO_CACHE_CLEAN,
		V4L2_BUF_FLAG_NO_CACHE_INVALIDATE,
		V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF,
		V4L2_BUF_FLAG_REQUEST_FD,
	};
	size_t i;

	(void)state;
	make(V4L2_BUF_TYPE_VIDEO_OUTPUT, COPY);
	arg.bytesused = 100;
	take(0, 100);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		arg.flags = flags[i];
		assert_false(fits());
	}
	arg.flags = 0;
	arg.timestamp.tv_usec = 1000000;
	assert_false(fits());
	arg.timestamp.tv_usec = -1;
	assert_false(fits());
	arg.timestamp.tv_usec = 999999;
	assert_true(fits());
	arg.timestamp.tv_sec = INT64_MAX;
	assert_false(fits());
	arg.timestamp.tv_sec = -1;
	assert_false(fits());
}

#define HABIT_TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HABIT_TEST(nothing_is_foreseen_of_the_first),
		HABIT_TEST(a_capture_driver_sets_the_field_or_leaves_it),
		HABIT_TEST(planes_of_another_length_are_another_matter),
		HABIT_TEST(a_capture_buffer_is_shown_as_the_one_before),
		HABIT_TEST(an_output_buffer_is_shown_as_it_was_said),
		HABIT_TEST(contents_between_those_that_were_taken_fit),
		HABIT_TEST(a_codec_takes_any_size_once_it_has_shown_two),
		HABIT_TEST(a_capture_buffer_of_a_codec_has_no_source_of_time),
		HABIT_TEST(an_empty_output_buffer_teaches_nothing),
		HABIT_TEST(another_offset_does_not_fit),
		HABIT_TEST(what_a_driver_may_look_at_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
