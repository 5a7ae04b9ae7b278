// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostd's account of buffers: who has each, what is lent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/buffers.h"
#include "tests/output_rig.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT
#define MPLANE  V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define LEN     5000

static struct output_rig rig;
static struct window window;
static struct buffers buffers;
static uint8_t memory[4][LEN];

static int setup(void **state)
{
	(void)state;
	output_rig_init(&rig);
	memset(&window, 0, sizeof(window));
	buffers_init(&buffers, &window, NULL, &rig.output, 42);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffers_finish(&buffers);
	window_finish(&window);
	return 0;
}

static struct buffer_queue *queue_of(unsigned int type)
{
	return buffers_queue(&buffers, type);
}

static struct buffer *find(unsigned int type, unsigned int index)
{
	return buffers_find(&buffers, type, index);
}

static struct mapping *map(struct buffer *buffer, unsigned int index,
			   unsigned int plane)
{
	const struct device_map device = { memory[index], LEN };
	struct mapping *mapping = NULL;

	assert_int_equal(window_add(&window, &device, &mapping), 0);
	buffers_mapped(buffer, plane, mapping);
	return mapping;
}

/* @count buffers of one plane, mapped, that the guest has. */
static void make(unsigned int type, unsigned int count)
{
	unsigned int i;

	assert_int_equal(buffers_add(queue_of(type), 0, count, 0), 0);
	for (i = 0; i < count; i++)
		map(find(type, i), i, 0);
}

static int finish(unsigned int type, unsigned int index, uint32_t used,
		  uint32_t flags)
{
	const struct v4l2_buffer v4l2 = {
		.type = type,
		.index = index,
		.bytesused = used,
		.flags = flags,
	};

	return buffers_done(&buffers, &v4l2, NULL);
}

/* ---- who has a buffer -------------------------------------------------------- */

static void a_buffer_walks_its_circle(void **state)
{
	struct buffer *buffer;

	(void)state;
	make(CAPTURE, 2);
	buffer = find(CAPTURE, 1);
	assert_int_equal(finish(CAPTURE, 1, 10, 0), -EINVAL);
	buffers_queued(buffer);
	buffers_queued(buffer);
	assert_int_equal(buffer->state, BUFFER_QUEUED);
	assert_int_equal(queue_of(CAPTURE)->queued, 1);
	assert_int_equal(finish(CAPTURE, 1, 10, 0), 0);
	assert_int_equal(buffer->state, BUFFER_SENDING);
	assert_int_equal(queue_of(CAPTURE)->queued, 0);
	assert_true(buffers_sending(&buffers, CAPTURE, 1, 1));
	assert_false(buffers_sending(&buffers, CAPTURE, 0, 1));
	assert_int_equal(rig.count, 1);
	assert_ptr_equal(rig.items[0].lent, memory[1]);
	assert_int_equal(rig.items[0].len, 10);
	assert_ptr_equal(rig.items[0].key, queue_of(CAPTURE));
	output_rig_sent(&rig, 0);
	assert_int_equal(buffer->state, BUFFER_FREE);
	assert_int_equal(finish(CAPTURE, 1, 10, 0), -EINVAL);
	assert_int_equal(finish(CAPTURE, 2, 10, 0), -EINVAL);
	assert_int_equal(finish(99, 0, 10, 0), -EINVAL);
}

static void only_capture_contents_are_sent(void **state)
{
	(void)state;
	make(OUTPUT, 1);
	buffers_queued(find(OUTPUT, 0));
	assert_int_equal(finish(OUTPUT, 0, 100, 0), 0);
	assert_int_equal(find(OUTPUT, 0)->state, BUFFER_FREE);
	assert_int_equal(rig.count, 0);
}

static void what_is_sent_is_cut_to_the_plane(void **state)
{
	(void)state;
	make(CAPTURE, 3);
	buffers_queued(find(CAPTURE, 0));
	buffers_queued(find(CAPTURE, 1));
	assert_int_equal(finish(CAPTURE, 0, UINT32_MAX, 0), 0);
	assert_int_equal(rig.items[0].len, LEN);
	/* Nothing in it, or nowhere to put it: free at once. */
	assert_int_equal(finish(CAPTURE, 1, 0, 0), 0);
	assert_int_equal(find(CAPTURE, 1)->state, BUFFER_FREE);
	buffers_unmapped(&buffers, find(CAPTURE, 2)->planes[0].mapping);
	buffers_queued(find(CAPTURE, 2));
	assert_int_equal(finish(CAPTURE, 2, 10, 0), 0);
	assert_int_equal(find(CAPTURE, 2)->state, BUFFER_FREE);
	assert_int_equal(rig.count, 1);
	buffers_stopped(&buffers, queue_of(CAPTURE));
}

static void a_buffer_is_free_when_all_its_planes_are_sent(void **state)
{
	struct v4l2_plane planes[2] = { { .bytesused = 5 },
					{ .bytesused = 6 } };
	const struct v4l2_buffer v4l2 = { .type = MPLANE, .length = 2 };
	struct buffer *buffer;

	(void)state;
	assert_int_equal(buffers_add(queue_of(MPLANE), 0, 1, 0), 0);
	buffer = find(MPLANE, 0);
	map(buffer, 0, 0);
	map(buffer, 1, 1);
	buffers_queued(buffer);
	assert_int_equal(buffers_done(&buffers, &v4l2, planes), 0);
	assert_int_equal(rig.count, 2);
	assert_int_equal(rig.items[1].len, 6);
	output_rig_sent(&rig, 1);
	assert_int_equal(buffer->state, BUFFER_SENDING);
	output_rig_sent(&rig, 0);
	assert_int_equal(buffer->state, BUFFER_FREE);
}

static void contents_that_cannot_be_sent_are_an_error(void **state)
{
	(void)state;
	make(CAPTURE, 1);
	buffers_queued(find(CAPTURE, 0));
	rig.data_result = -ENOMEM;
	assert_int_equal(finish(CAPTURE, 0, 10, 0), -ENOMEM);
	assert_int_equal(find(CAPTURE, 0)->state, BUFFER_FREE);
	assert_int_equal(find(CAPTURE, 0)->lent, 0);
}

static void stop_takes_everything_back(void **state)
{
	(void)state;
	make(CAPTURE, 3);
	buffers_begun(&buffers, queue_of(CAPTURE));
	buffers_begun(&buffers, queue_of(CAPTURE));
	assert_int_equal(buffers.streaming, 1);
	buffers_queued(find(CAPTURE, 0));
	buffers_queued(find(CAPTURE, 1));
	assert_int_equal(finish(CAPTURE, 0, 10, V4L2_BUF_FLAG_LAST), 0);
	assert_true(queue_of(CAPTURE)->last);
	buffers_stopped(&buffers, queue_of(CAPTURE));
	assert_ptr_equal(rig.cancelled, queue_of(CAPTURE));
	assert_null(rig.items[0].done);
	assert_int_equal(find(CAPTURE, 0)->state, BUFFER_FREE);
	assert_int_equal(find(CAPTURE, 1)->state, BUFFER_FREE);
	assert_int_equal(queue_of(CAPTURE)->queued, 0);
	assert_false(queue_of(CAPTURE)->streaming);
	assert_int_equal(buffers.streaming, 0);
	assert_false(queue_of(CAPTURE)->last);
	assert_int_equal(find(CAPTURE, 2)->planes[0].mapping->generation, 1);
	/* The next contents are of the new generation. */
	buffers_queued(find(CAPTURE, 0));
	assert_int_equal(finish(CAPTURE, 0, 10, 0), 0);
	assert_int_equal(rig.items[1].generation, 1);
}

/* D11: a mapping outlives its buffer. */
static void reset_leaves_the_mappings(void **state)
{
	struct mapping *mapping;

	(void)state;
	make(CAPTURE, 2);
	mapping = find(CAPTURE, 1)->planes[0].mapping;
	buffers_queued(find(CAPTURE, 1));
	assert_int_equal(finish(CAPTURE, 1, 10, 0), 0);
	buffers_reset(&buffers, queue_of(CAPTURE));
	assert_null(rig.items[0].done);
	assert_null(find(CAPTURE, 0));
	assert_int_equal(window.count, 2);
	assert_null(mapping->buffer);
	assert_int_equal(buffers_add(queue_of(CAPTURE), 0, 1, 0), 0);
	assert_null(find(CAPTURE, 0)->planes[0].mapping);
	buffers_unmapped(&buffers, mapping);
	assert_int_equal(window.count, 1);
}

static void buffers_can_be_added_and_removed(void **state)
{
	(void)state;
	assert_int_equal(
		buffers_add(queue_of(CAPTURE), 0, VMS_QUEUE_BUFFERS_MAX + 1, 0),
		-EINVAL);
	assert_int_equal(buffers_add(queue_of(CAPTURE), UINT32_MAX, 2, 0),
			 -EINVAL);
	assert_int_equal(buffers_add(queue_of(CAPTURE), 2, UINT32_MAX, 0),
			 -EINVAL);
	make(CAPTURE, 3);
	assert_int_equal(buffers_add(queue_of(CAPTURE), 5, 1, 0), 0);
	assert_null(find(CAPTURE, 4));
	buffers_remove(&buffers, CAPTURE, 1, UINT32_MAX);
	assert_non_null(find(CAPTURE, 0));
	assert_null(find(CAPTURE, 1));
	assert_null(find(CAPTURE, 5));
	buffers_remove(&buffers, CAPTURE, UINT32_MAX, 2);
	buffers_remove(&buffers, 77, 0, 1);
	assert_null(buffers_queue(&buffers, 0));
	assert_null(buffers_queue(&buffers, VMS_BUF_TYPE_COUNT));
}

static void planes_are_found_by_what_querybuf_said(void **state)
{
	struct v4l2_plane planes[2] = {
		{ .length = 10, .m.mem_offset = 0x1000 },
		{ .length = 20, .m.mem_offset = 0x2000 },
	};
	struct v4l2_buffer v4l2 = {
		.type = MPLANE,
		.index = 1,
		.length = 2,
		.memory = V4L2_MEMORY_MMAP,
	};
	unsigned int plane = 99;

	(void)state;
	assert_int_equal(buffers_add(queue_of(MPLANE), 0, 2, 0), 0);
	assert_null(buffers_plane_at(&buffers, 0, &plane));
	buffers_learn(&buffers, &v4l2, planes);
	assert_ptr_equal(buffers_plane_at(&buffers, 0x2000, &plane),
			 find(MPLANE, 1));
	assert_int_equal(plane, 1);
	assert_int_equal(find(MPLANE, 1)->planes[1].len, 20);
	/* What is mapped does not change its length. */
	map(find(MPLANE, 1), 1, 1);
	planes[1].length = 4096;
	buffers_learn(&buffers, &v4l2, planes);
	assert_int_equal(find(MPLANE, 1)->planes[1].len, 20);
	/* Nor is anything learnt of memory that is not ours. */
	v4l2.index = 0;
	v4l2.memory = V4L2_MEMORY_USERPTR;
	buffers_learn(&buffers, &v4l2, planes);
	assert_false(find(MPLANE, 0)->planes[0].known);
	v4l2.memory = V4L2_MEMORY_MMAP;
	v4l2.length = 1000;
	buffers_learn(&buffers, &v4l2, NULL);
	v4l2.index = 77;
	buffers_learn(&buffers, &v4l2, planes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_buffer_walks_its_circle),
		TEST(only_capture_contents_are_sent),
		TEST(what_is_sent_is_cut_to_the_plane),
		TEST(a_buffer_is_free_when_all_its_planes_are_sent),
		TEST(contents_that_cannot_be_sent_are_an_error),
		TEST(stop_takes_everything_back),
		TEST(reset_leaves_the_mappings),
		TEST(buffers_can_be_added_and_removed),
		TEST(planes_are_found_by_what_querybuf_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
