// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: who has a buffer, by the rules of videobuf2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/softqueue_rig.h"

static const void *const owner = &softqueue_rig.owner;
static const void *const other = &softqueue_rig.other;

/* Finish the next buffer, which is @index. */
static void finish(struct softqueue *queue, uint32_t index)
{
	struct softqueue_buffer *next = softqueue_next(queue);

	assert_non_null(next);
	assert_int_equal(next->index, index);
	softqueue_done(queue, next, true);
}

static void querybuf_tells_anybody_everything(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg;

	softqueue_rig_allocate(queue, 2);
	memset(&arg, 0xff, sizeof(arg));
	arg.type = CAPTURE;
	arg.index = 1;
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.index, 1);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	assert_int_equal(arg.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(arg.length, SOFTQUEUE_RIG_LEN);
	assert_int_equal(arg.m.userptr, arg.m.offset);
	assert_int_equal(arg.reserved2, 0);
	assert_int_equal(arg.request_fd, 0);

	arg.index = 2;
	assert_int_equal(softqueue_querybuf(queue, &arg), -EINVAL);
	arg = softqueue_rig_buffer(OUTPUT, 0);
	assert_int_equal(softqueue_querybuf(queue, &arg), -EINVAL);
}

static void a_buffer_walks_its_circle(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = softqueue_rig_buffer(CAPTURE, 1);
	struct softqueue_buffer *next;

	softqueue_rig_allocate(queue, 2);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(arg.length, SOFTQUEUE_RIG_LEN);
	assert_int_equal(softqueue_rig_flags(queue, 1), V4L2_BUF_FLAG_QUEUED);
	assert_null(softqueue_next(queue)); /* nothing streams yet */

	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	next = softqueue_next(queue);
	assert_non_null(next);
	assert_true(next->fresh);
	memset(next->bytes, 1, next->len);
	next->sequence = 17;
	next->bytesused = 4000;
	next->field = V4L2_FIELD_NONE;
	next->timestamp.tv_sec = 5;
	assert_false(softqueue_finished(queue));
	softqueue_done(queue, next, true);
	assert_true(softqueue_finished(queue));
	assert_int_equal(softqueue_rig_flags(queue, 1), V4L2_BUF_FLAG_DONE);

	arg = (struct v4l2_buffer){ .type = CAPTURE };
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.index, 1);
	assert_int_equal(arg.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(arg.sequence, 17);
	assert_int_equal(arg.bytesused, 4000);
	assert_int_equal(arg.field, V4L2_FIELD_NONE);
	assert_int_equal(arg.timestamp.tv_sec, 5);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	assert_int_equal(softqueue_rig_flags(queue, 1), 0);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EAGAIN);

	/* What it was is told until it is queued again. */
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.sequence, 17);
	assert_int_equal(softqueue_rig_enqueue(queue, 1), 0);
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.sequence, 0);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.timestamp.tv_sec, 0);
}

static void buffers_come_in_the_order_in_which_they_were_queued(void **state)
{
	static const uint32_t order[] = { 2, 0, 3, 1 };
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = { .type = CAPTURE };
	size_t i;

	softqueue_rig_allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(softqueue_rig_enqueue(queue, order[i]), 0);
	for (i = 0; i < 4; i++)
		finish(queue, order[i]);
	assert_null(softqueue_next(queue));
	for (i = 0; i < 4; i++) {
		assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
		assert_int_equal(arg.index, order[i]);
	}
}

static void a_buffer_that_failed_says_so(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = { .type = CAPTURE };

	softqueue_rig_allocate(queue, 1);
	assert_int_equal(softqueue_rig_enqueue(queue, 0), 0);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	softqueue_done(queue, softqueue_next(queue), false);
	assert_int_equal(softqueue_rig_flags(queue, 0),
			 V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_ERROR);
	assert_false(arg.flags & V4L2_BUF_FLAG_DONE);
	assert_int_equal(softqueue_rig_flags(queue, 0), 0);
}

static void qbuf_refuses_what_vb2_refuses(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = softqueue_rig_buffer(CAPTURE, 0);

	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	softqueue_rig_allocate(queue, 2);

	arg = softqueue_rig_buffer(OUTPUT, 0);
	assert_int_equal(softqueue_qbuf(queue, other, &arg), -EBUSY);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = softqueue_rig_buffer(CAPTURE, 2);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = softqueue_rig_buffer(CAPTURE, 0);
	arg.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = softqueue_rig_buffer(CAPTURE, 0);
	arg.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EBADR);

	assert_int_equal(softqueue_rig_enqueue(queue, 0), 0);
	assert_int_equal(softqueue_rig_enqueue(queue, 0), -EINVAL);
}

static void capture_keeps_none_of_the_flags_for_output(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = softqueue_rig_buffer(CAPTURE, 0);

	softqueue_rig_allocate(queue, 1);
	arg.flags = UINT32_MAX & ~V4L2_BUF_FLAG_REQUEST_FD;
	arg.bytesused = UINT32_MAX;
	arg.timestamp.tv_sec = 9;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.timestamp.tv_sec, 0);
	assert_int_equal(
		arg.flags & (V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME |
			     V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_TIMECODE |
			     V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_NO_CACHE_CLEAN |
			     V4L2_BUF_FLAG_NO_CACHE_INVALIDATE |
			     V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR |
			     V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_PREPARED),
		0);
	assert_int_equal(arg.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
			 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_int_equal(arg.flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK,
			 V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
}

static void output_checks_bytesused_and_takes_none_for_all(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->output;
	struct v4l2_buffer arg = softqueue_rig_buffer(OUTPUT, 0);

	softqueue_rig_allocate(queue, 2);
	arg.bytesused = SOFTQUEUE_RIG_LEN + 1;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg.bytesused = 1;
	arg.field = V4L2_FIELD_ALTERNATE;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);

	arg.field = V4L2_FIELD_TOP;
	arg.flags = V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE;
	arg.timecode.frames = 12;
	arg.timestamp.tv_sec = 9;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 1);
	assert_int_equal(arg.field, V4L2_FIELD_TOP);
	assert_true(arg.flags & V4L2_BUF_FLAG_KEYFRAME);
	assert_true(arg.flags & V4L2_BUF_FLAG_TIMECODE);
	assert_int_equal(arg.timecode.frames, 12);
	assert_int_equal(arg.timestamp.tv_sec, 0);

	arg = softqueue_rig_buffer(OUTPUT, 1);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, SOFTQUEUE_RIG_LEN);
}

static void a_copied_timestamp_is_the_users(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->copy;
	struct v4l2_buffer arg = softqueue_rig_buffer(OUTPUT, 0);

	softqueue_rig_allocate(queue, 1);
	arg.flags = V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	arg.timestamp.tv_sec = -3;
	arg.timestamp.tv_usec = INT64_MAX;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.timestamp.tv_sec, -3);
	assert_int_equal(arg.timestamp.tv_usec, INT64_MAX);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_QUEUED |
					    V4L2_BUF_FLAG_TIMESTAMP_COPY |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
}

static void a_prepared_buffer_keeps_what_was_said_then(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->output;
	struct v4l2_buffer arg = softqueue_rig_buffer(OUTPUT, 0);

	softqueue_rig_allocate(queue, 1);
	arg.bytesused = 100;
	assert_int_equal(softqueue_prepare_buf(queue, other, &arg), -EBUSY);
	arg.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);
	arg.flags = 0;
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(softqueue_rig_flags(queue, 0), V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);

	arg = softqueue_rig_buffer(OUTPUT, 0);
	arg.bytesused = 200;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 100);
	assert_int_equal(softqueue_rig_flags(queue, 0), V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);

	/* STREAMOFF forgets it. */
	assert_int_equal(softqueue_streamoff(queue, owner, OUTPUT), 0);
	assert_int_equal(softqueue_rig_flags(queue, 0), 0);
	arg = softqueue_rig_buffer(OUTPUT, 0);
	arg.bytesused = 300;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 300);
}

static void dqbuf_refuses_what_vb2_refuses(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = { .type = OUTPUT };

	softqueue_rig_allocate(queue, 1);
	assert_int_equal(softqueue_dqbuf(queue, other, &arg), -EBUSY);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EINVAL);
	arg.type = CAPTURE;
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EINVAL);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EAGAIN);
}

static void streamon_needs_buffers_and_may_be_repeated(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;

	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), -EINVAL);
	softqueue_rig_allocate(queue, 1);
	assert_int_equal(softqueue_streamon(queue, other, CAPTURE), -EBUSY);
	assert_int_equal(softqueue_streamon(queue, owner, OUTPUT), -EINVAL);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
}

static void streamoff_gives_every_buffer_back(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	uint32_t i;

	softqueue_rig_allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(softqueue_rig_enqueue(queue, i), 0);
	finish(queue, 0);
	assert_int_equal(softqueue_streamoff(queue, other, CAPTURE), -EBUSY);
	assert_int_equal(softqueue_streamoff(queue, owner, OUTPUT), -EINVAL);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
	assert_false(queue->streaming);
	assert_false(softqueue_finished(queue));
	for (i = 0; i < 4; i++)
		assert_int_equal(softqueue_rig_flags(queue, i), 0);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, softqueue_rig_setup,             \
					softqueue_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(querybuf_tells_anybody_everything),
		TEST(a_buffer_walks_its_circle),
		TEST(buffers_come_in_the_order_in_which_they_were_queued),
		TEST(a_buffer_that_failed_says_so),
		TEST(qbuf_refuses_what_vb2_refuses),
		TEST(capture_keeps_none_of_the_flags_for_output),
		TEST(output_checks_bytesused_and_takes_none_for_all),
		TEST(a_copied_timestamp_is_the_users),
		TEST(a_prepared_buffer_keeps_what_was_said_then),
		TEST(dqbuf_refuses_what_vb2_refuses),
		TEST(streamon_needs_buffers_and_may_be_repeated),
		TEST(streamoff_gives_every_buffer_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
