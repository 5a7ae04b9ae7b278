// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shadow of a queue: who has each buffer, and what is shown of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "guestd/queue.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define MPLANE  V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

static struct queue queue;

static int teardown(void **state)
{
	(void)state;
	queue_finish(&queue);
	return 0;
}

static struct v4l2_buffer host_buffer(uint32_t index)
{
	return (struct v4l2_buffer){
		.index = index,
		.type = queue.type,
		.memory = V4L2_MEMORY_MMAP,
		.length = 4096,
		.m.offset = index << 20,
	};
}

/* @count buffers of one plane that the application has. */
static void make(uint32_t type, unsigned int count)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer v4l2;
	unsigned int i;

	queue_init(&queue, type);
	queue.memory = V4L2_MEMORY_MMAP;
	assert_int_equal(queue_add(&queue, 0, count), 0);
	for (i = 0; i < count; i++) {
		v4l2 = host_buffer(i);
		planes[0].length = 4096;
		planes[1].length = 2048;
		if (V4L2_TYPE_IS_MULTIPLANAR(type))
			v4l2.length = 2;
		assert_int_equal(queue_learn(&queue, &v4l2, planes, 8), 0);
	}
}

static struct queue_buffer *push(unsigned int index)
{
	struct queue_buffer *buffer = queue_find(&queue, index);

	assert_non_null(buffer);
	queue_push(&queue, buffer);
	return buffer;
}

static struct queue_buffer *finish(unsigned int index, uint32_t used,
				   uint32_t flags)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { { .bytesused = used } };
	struct v4l2_buffer v4l2 = host_buffer(index);

	v4l2.bytesused = used;
	v4l2.flags = flags;
	return queue_finished(&queue, &v4l2, planes);
}

static struct v4l2_buffer shown(unsigned int index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer out = { 0 };

	queue_show(&queue, queue_find(&queue, index), &out, planes,
		   VIDEO_MAX_PLANES);
	return out;
}

static void a_buffer_walks_its_circle(void **state)
{
	struct queue_buffer *buffer;

	(void)state;
	make(CAPTURE, 2);
	assert_false(queue.armed);
	buffer = push(1);
	assert_int_equal(buffer->state, QUEUE_QUEUED);
	assert_true(queue.armed);
	assert_int_equal(queue.queued, 1);
	assert_ptr_equal(finish(1, 10, 0), buffer);
	assert_int_equal(buffer->state, QUEUE_DONE);
	assert_int_equal(queue.queued, 0);
	assert_ptr_equal(queue_take(&queue), buffer);
	assert_int_equal(buffer->state, QUEUE_IDLE);
	assert_null(queue_take(&queue));
}

/* Rule: B7 */
static void only_a_queued_buffer_finishes_and_only_once(void **state)
{
	(void)state;
	make(CAPTURE, 2);
	assert_null(finish(0, 1, 0));
	assert_null(finish(2, 1, 0));
	assert_null(finish(UINT32_MAX, 1, 0));
	push(0);
	assert_non_null(finish(0, 1, 0));
	assert_null(finish(0, 2, 0));
	assert_int_equal(queue.queued, 0);
	assert_non_null(queue_take(&queue));
	assert_null(finish(0, 3, 0));
	assert_null(queue_take(&queue));
}

static void buffers_are_taken_in_the_order_of_their_end(void **state)
{
	static const unsigned int order[] = { 2, 0, 3, 1 };
	size_t i;

	(void)state;
	make(CAPTURE, 4);
	for (i = 0; i < 4; i++)
		push((unsigned int)i);
	for (i = 0; i < 4; i++)
		finish(order[i], 1, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(queue_take(&queue)->index, order[i]);
	/* The list is as good as new. */
	push(1);
	finish(1, 1, 0);
	assert_int_equal(queue_take(&queue)->index, 1);
}

static void stop_leads_back_from_everywhere(void **state)
{
	unsigned int i;

	(void)state;
	make(CAPTURE, 4);
	push(0);
	push(1);
	finish(1, 1, 0);
	queue_find(&queue, 2)->prepared = true;
	queue.streaming = true;
	queue.last = true;
	queue_stop(&queue, queue.pushes);
	for (i = 0; i < 4; i++) {
		assert_int_equal(queue_find(&queue, i)->state, QUEUE_IDLE);
		assert_false(queue_find(&queue, i)->prepared);
	}
	assert_int_equal(queue.queued, 0);
	assert_null(queue_take(&queue));
	assert_false(queue.streaming);
	assert_false(queue.armed);
	assert_false(queue.last);
	/* An event that was on its way */
	assert_null(finish(0, 1, 0));
}

static void what_is_queued_behind_a_stop_stays(void **state)
{
	uint64_t pushes;

	(void)state;
	make(CAPTURE, 3);
	push(0);
	pushes = queue.pushes;
	push(2);
	push(1);
	queue.streaming = true;
	queue_stop(&queue, pushes);
	assert_int_equal(queue_find(&queue, 0)->state, QUEUE_IDLE);
	assert_int_equal(queue_find(&queue, 1)->state, QUEUE_QUEUED);
	assert_int_equal(queue_find(&queue, 2)->state, QUEUE_QUEUED);
	assert_int_equal(queue.queued, 2);
	assert_false(queue.streaming);
	assert_true(queue.armed);
	/* The first of them armed it. */
	queue_unpush(&queue, queue_find(&queue, 1));
	assert_true(queue.armed);
	queue_unpush(&queue, queue_find(&queue, 2));
	assert_false(queue.armed);
}

static void what_is_refused_is_the_applications_again(void **state)
{
	struct queue_buffer *buffer;

	(void)state;
	make(CAPTURE, 1);
	buffer = push(0);
	queue_unpush(&queue, buffer);
	assert_int_equal(buffer->state, QUEUE_IDLE);
	assert_int_equal(queue.queued, 0);
	/* The host's event was here first, so it was not refused. */
	push(0);
	finish(0, 1, 0);
	queue_unpush(&queue, buffer);
	assert_int_equal(buffer->state, QUEUE_DONE);
	assert_int_equal(queue.queued, 0);
}

static void after_last_nothing_comes(void **state)
{
	(void)state;
	make(CAPTURE, 2);
	push(0);
	push(1);
	finish(0, 1, 0);
	finish(1, 0, V4L2_BUF_FLAG_LAST);
	queue_take(&queue);
	assert_false(queue.last);
	queue_take(&queue);
	assert_true(queue.last);
	queue_finish(&queue);

	make(OUTPUT, 1);
	push(0);
	finish(0, 0, V4L2_BUF_FLAG_LAST);
	queue_take(&queue);
	assert_false(queue.last);
}

/* The host's DQBUF is EPIPE, and there was no LAST. */
static void what_is_finished_comes_before_the_end(void **state)
{
	(void)state;
	make(CAPTURE, 2);
	push(0);
	finish(0, 1, 0);
	queue_ends(&queue);
	assert_false(queue.last);
	queue_take(&queue);
	assert_true(queue.last);
	/* Said again, or not, while the codec was started again. */
	queue_restart(&queue);
	assert_true(queue.last);
	queue.ending = false;
	queue_restart(&queue);
	assert_false(queue.last);
	queue_ends(&queue);
	assert_true(queue.last);
	queue_stop(&queue, queue.pushes);
	assert_false(queue.last);
	push(1);
	finish(1, 1, 0);
	queue_take(&queue);
	assert_false(queue.last);
}

static void lengths_are_cut_to_the_plane(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer v4l2;
	struct queue_buffer *buffer;

	(void)state;
	make(CAPTURE, 1);
	push(0);
	assert_int_equal(finish(0, 5000, 0)->v4l2.bytesused, 4096);
	queue_finish(&queue);

	make(MPLANE, 1);
	push(0);
	v4l2 = host_buffer(0);
	planes[0].bytesused = UINT32_MAX;
	planes[0].data_offset = 10;
	planes[1].bytesused = 100;
	planes[1].data_offset = 101;
	planes[1].reserved[3] = 7;
	buffer = queue_finished(&queue, &v4l2, planes);
	assert_int_equal(buffer->v4l2_planes[0].bytesused, 4096);
	assert_int_equal(buffer->v4l2_planes[0].data_offset, 10);
	assert_int_equal(buffer->v4l2_planes[1].bytesused, 100);
	assert_int_equal(buffer->v4l2_planes[1].data_offset, 0);
	assert_int_equal(buffer->v4l2_planes[1].reserved[3], 0);
}

static void geometry_that_makes_no_sense_is_a_lie(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer v4l2;

	(void)state;
	make(CAPTURE, 2);
	v4l2 = host_buffer(2);
	assert_int_equal(queue_learn(&queue, &v4l2, NULL, 0), -EPROTO);
	v4l2 = host_buffer(0);
	v4l2.type = OUTPUT;
	assert_int_equal(queue_learn(&queue, &v4l2, NULL, 0), -EPROTO);
	v4l2 = host_buffer(0);
	v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(queue_learn(&queue, &v4l2, NULL, 0), -EPROTO);
	queue_finish(&queue);

	make(MPLANE, 1);
	v4l2 = host_buffer(0);
	v4l2.length = 0;
	assert_int_equal(queue_learn(&queue, &v4l2, planes, 8), -EPROTO);
	v4l2.length = 9;
	assert_int_equal(queue_learn(&queue, &v4l2, planes, 8), -EPROTO);
	v4l2.length = 3;
	assert_int_equal(queue_learn(&queue, &v4l2, planes, 2), -EPROTO);
	assert_int_equal(queue_learn(&queue, &v4l2, NULL, 0), -EPROTO);
	assert_int_equal(queue_find(&queue, 0)->plane_count, 2);
}

static void buffers_are_added_once(void **state)
{
	(void)state;
	queue_init(&queue, CAPTURE);
	assert_int_equal(queue_add(&queue, 0, VMS_QUEUE_BUFFERS_MAX + 1),
			 -EINVAL);
	assert_int_equal(queue_add(&queue, VMS_QUEUE_BUFFERS_MAX, 1), -EINVAL);
	assert_int_equal(queue_add(&queue, UINT32_MAX, 2), -EINVAL);
	assert_int_equal(queue_add(&queue, 2, UINT32_MAX), -EINVAL);
	assert_false(queue_busy(&queue));
	assert_int_equal(queue_add(&queue, 0, 2), 0);
	assert_int_equal(queue_add(&queue, 1, 1), -EPROTO);
	assert_int_equal(queue_add(&queue, 1, 5), -EPROTO);
	assert_int_equal(queue.count, 2);
	assert_int_equal(queue_add(&queue, 4, 2), 0);
	assert_null(queue_find(&queue, 3));
	assert_int_equal(queue_add(&queue, 2, 2), 0);
	assert_int_equal(queue_add(&queue, 6, VMS_QUEUE_BUFFERS_MAX - 6), 0);
}

static void a_removed_buffer_is_nowhere(void **state)
{
	(void)state;
	make(CAPTURE, 4);
	push(1);
	push(2);
	push(3);
	finish(3, 1, 0);
	finish(2, 1, 0);
	queue_remove(&queue, 1);
	assert_int_equal(queue.queued, 0);
	queue_remove(&queue, 3);
	assert_int_equal(queue_take(&queue)->index, 2);
	assert_null(queue_take(&queue));
	queue_remove(&queue, 3);
	queue_remove(&queue, 77);
	assert_true(queue_busy(&queue));
	queue_remove(&queue, 0);
	queue_remove(&queue, 2);
	assert_false(queue_busy(&queue));
}

/* vb2's fill_user_buffer */
static void the_application_sees_guestds_flags(void **state)
{
	const uint32_t ours = V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED |
			      V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_PREPARED |
			      V4L2_BUF_FLAG_REQUEST_FD |
			      V4L2_BUF_FLAG_IN_REQUEST;

	(void)state;
	make(CAPTURE, 1);
	assert_int_equal(shown(0).flags & ours, 0);
	queue_find(&queue, 0)->prepared = true;
	assert_int_equal(shown(0).flags & ours, V4L2_BUF_FLAG_PREPARED);
	push(0);
	assert_int_equal(shown(0).flags & ours, V4L2_BUF_FLAG_QUEUED);
	finish(0, 7, ours | V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_KEYFRAME);
	assert_int_equal(shown(0).flags, V4L2_BUF_FLAG_DONE |
						 V4L2_BUF_FLAG_ERROR |
						 V4L2_BUF_FLAG_KEYFRAME);
	queue_take(&queue);
	assert_int_equal(shown(0).flags & ours, 0);
	assert_int_equal(shown(0).bytesused, 7);
}

static void the_application_sees_its_own_memory(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer out = { .m.planes = planes };
	struct v4l2_buffer refused = { .type = CAPTURE, .field = 7 };
	struct queue_buffer *buffer;

	(void)state;
	make(CAPTURE, 2);
	assert_int_equal(shown(1).m.offset, queue_offset(CAPTURE, 1, 0));
	assert_int_equal(shown(1).length, 4096);
	queue.memory = V4L2_MEMORY_USERPTR;
	buffer = queue_find(&queue, 1);
	assert_int_equal(shown(1).m.userptr, 0);
	assert_int_equal(shown(1).length, 4096);
	queue_give(buffer, 0, 0x1234567890, 5000);
	assert_int_equal(shown(1).m.userptr, 0x1234567890);
	assert_int_equal(shown(1).length, 5000);
	assert_int_equal(shown(1).memory, V4L2_MEMORY_USERPTR);
	buffer->v4l2.bytesused = 77;
	queue_refuse(buffer, &refused, 0);
	assert_int_equal(shown(1).m.userptr, 0);
	assert_int_equal(shown(1).length, 0);
	assert_int_equal(shown(1).field, 0);
	assert_int_equal(shown(1).bytesused, 77);
	refused.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
	queue_refuse(buffer, &refused, 1);
	assert_int_equal(shown(1).field, 7);
	assert_int_equal(shown(1).bytesused, 0);
	queue_finish(&queue);

	make(MPLANE, 1);
	queue_show(&queue, queue_find(&queue, 0), &out, planes, 1);
	assert_ptr_equal(out.m.planes, planes);
	assert_int_equal(out.length, 2);
	assert_int_equal(planes[0].length, 4096);
	assert_int_equal(planes[1].length, 0); /* no room for that one */
}

static void offsets_are_pages_and_all_different(void **state)
{
	(void)state;
	assert_int_equal(queue_offset(1, 0, 0) % 4096, 0);
	assert_int_not_equal(queue_offset(1, 0, 0), queue_offset(2, 0, 0));
	assert_int_not_equal(queue_offset(1, 0, 0), queue_offset(1, 1, 0));
	assert_int_not_equal(queue_offset(1, 0, 7), queue_offset(1, 1, 0));
	assert_int_not_equal(queue_offset(1, 1023, 7), queue_offset(2, 0, 0));
	assert_int_not_equal(queue_offset(14, 1023, 7),
			     queue_offset(14, 1023, 6));
	assert_true(queue_offset(14, 1023, 7) <= INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_buffer_walks_its_circle, teardown),
		cmocka_unit_test_teardown(
			only_a_queued_buffer_finishes_and_only_once, teardown),
		cmocka_unit_test_teardown(
			buffers_are_taken_in_the_order_of_their_end, teardown),
		cmocka_unit_test_teardown(stop_leads_back_from_everywhere,
					  teardown),
		cmocka_unit_test_teardown(what_is_queued_behind_a_stop_stays,
					  teardown),
		cmocka_unit_test_teardown(
			what_is_refused_is_the_applications_again, teardown),
		cmocka_unit_test_teardown(after_last_nothing_comes, teardown),
		cmocka_unit_test_teardown(what_is_finished_comes_before_the_end,
					  teardown),
		cmocka_unit_test_teardown(lengths_are_cut_to_the_plane,
					  teardown),
		cmocka_unit_test_teardown(geometry_that_makes_no_sense_is_a_lie,
					  teardown),
		cmocka_unit_test_teardown(buffers_are_added_once, teardown),
		cmocka_unit_test_teardown(a_removed_buffer_is_nowhere,
					  teardown),
		cmocka_unit_test_teardown(the_application_sees_guestds_flags,
					  teardown),
		cmocka_unit_test_teardown(the_application_sees_its_own_memory,
					  teardown),
		cmocka_unit_test(offsets_are_pages_and_all_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
