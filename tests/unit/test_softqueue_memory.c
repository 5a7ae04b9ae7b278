// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: making, mapping and freeing buffers, by the
 * rules of videobuf2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/softqueue_rig.h"

static const void *const owner = &softqueue_rig.owner;
static const void *const other = &softqueue_rig.other;

static struct v4l2_requestbuffers request(uint32_t type, uint32_t count)
{
	return (struct v4l2_requestbuffers){
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};
}

static struct v4l2_create_buffers create(uint32_t count, uint32_t sizeimage)
{
	return (struct v4l2_create_buffers){
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
		.format = { .type = CAPTURE, .fmt.pix.sizeimage = sizeimage },
	};
}

static void reqbufs_gives_buffers_and_says_what_it_can(void **state)
{
	struct softqueue_rig *rig = *state;
	struct v4l2_requestbuffers arg = request(CAPTURE, 4);

	memset(arg.reserved, 0xff, sizeof(arg.reserved));
	arg.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
	assert_int_equal(softqueue_reqbufs(&rig->capture, owner,
					   SOFTQUEUE_RIG_LEN, &arg),
			 0);
	assert_int_equal(arg.count, 4);
	assert_int_equal(arg.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_DMABUF |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
	assert_int_equal(arg.flags, 0);
	assert_int_equal(arg.reserved[0], 0);
	assert_ptr_equal(rig->capture.owner, owner);
}

static void reqbufs_gives_at_most_the_maximum(void **state)
{
	struct softqueue_rig *rig = *state;
	struct v4l2_requestbuffers arg = request(CAPTURE, UINT32_MAX);

	assert_int_equal(softqueue_reqbufs(&rig->capture, owner,
					   SOFTQUEUE_RIG_LEN, &arg),
			 0);
	assert_int_equal(arg.count, SOFTQUEUE_BUFFERS_MAX);
}

static void
reqbufs_refuses_other_memory_and_types_but_says_what_it_can(void **state)
{
	static const uint32_t memories[] = { 0, V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_OVERLAY, 5 };
	struct softqueue_rig *rig = *state;
	struct v4l2_requestbuffers arg;
	size_t i;

	for (i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		arg = request(CAPTURE, 4);
		arg.memory = memories[i];
		assert_int_equal(softqueue_reqbufs(&rig->capture, owner,
						   SOFTQUEUE_RIG_LEN, &arg),
				 -EINVAL);
		assert_int_not_equal(arg.capabilities, 0);
	}

	arg = request(OUTPUT, 4);
	assert_int_equal(softqueue_reqbufs(&rig->capture, owner,
					   SOFTQUEUE_RIG_LEN, &arg),
			 -EINVAL);
	assert_int_equal(rig->capture.count, 0);
}

static void reqbufs_of_no_buffers_gives_up_the_queue(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 0);

	softqueue_rig_allocate(queue, 4);
	assert_int_equal(
		softqueue_reqbufs(queue, other, SOFTQUEUE_RIG_LEN, &arg),
		-EBUSY);
	assert_int_equal(
		softqueue_reqbufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg), 0);
	assert_int_equal(queue->count, 0);
	assert_null(queue->memories);
	assert_null(queue->owner);

	arg = request(CAPTURE, 2);
	assert_int_equal(
		softqueue_reqbufs(queue, other, SOFTQUEUE_RIG_LEN, &arg), 0);
	assert_ptr_equal(queue->owner, other);
}

/* Rule: B39 */
static void reqbufs_is_busy_while_streaming(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 0);

	softqueue_rig_allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(
		softqueue_reqbufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-EBUSY);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
	assert_int_equal(
		softqueue_reqbufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg), 0);
}

static void reqbufs_takes_queued_buffers_back(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;

	softqueue_rig_allocate(queue, 2);
	assert_int_equal(softqueue_rig_enqueue(queue, 0), 0);
	softqueue_rig_allocate(queue, 3);
	assert_int_equal(softqueue_rig_flags(queue, 0), 0);
}

static void buffers_that_are_too_large_do_not_fit_into_memory(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 4);
	struct v4l2_create_buffers more = create(1, SOFTQUEUE_LEN_MAX + 1);

	assert_int_equal(
		softqueue_reqbufs(queue, owner, SOFTQUEUE_LEN_MAX + 1, &arg),
		-ENOMEM);
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &more),
		-ENOMEM);
	assert_null(queue->owner);
}

static void create_bufs_adds_to_what_is_there(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_create_buffers arg = create(2, SOFTQUEUE_RIG_LEN);
	struct v4l2_buffer query;

	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		0);
	assert_int_equal(arg.index, 0);
	assert_int_equal(arg.count, 2);
	assert_int_not_equal(arg.capabilities, 0);
	assert_ptr_equal(queue->owner, owner);

	arg = create(100, 2 * SOFTQUEUE_RIG_LEN);
	assert_int_equal(
		softqueue_create_bufs(queue, other, SOFTQUEUE_RIG_LEN, &arg),
		-EBUSY);
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		0);
	assert_int_equal(arg.index, 2);
	assert_int_equal(arg.count, SOFTQUEUE_BUFFERS_MAX - 2);

	query = softqueue_rig_buffer(CAPTURE, 2);
	assert_int_equal(softqueue_querybuf(queue, &query), 0);
	assert_int_equal(query.length, 2 * SOFTQUEUE_RIG_LEN);

	arg = create(1, SOFTQUEUE_RIG_LEN);
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-ENOBUFS);
}

static void create_bufs_refuses_buffers_that_are_too_small(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_create_buffers arg = create(1, SOFTQUEUE_RIG_LEN - 1);

	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-EINVAL);
	arg = create(1, 0);
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-EINVAL);
	assert_int_equal(queue->count, 0);
}

static void create_bufs_of_no_buffers_only_checks(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_create_buffers arg = create(0, 0);

	softqueue_rig_allocate(queue, 3);
	assert_int_equal(
		softqueue_create_bufs(queue, other, SOFTQUEUE_RIG_LEN, &arg),
		0);
	assert_int_equal(arg.index, 3);
	assert_ptr_equal(queue->owner, owner);

	arg.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-EINVAL);
	arg = create(0, 0);
	arg.format.type = OUTPUT;
	assert_int_equal(
		softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg),
		-EINVAL);
}

static void memory_is_mapped_by_the_offset_of_querybuf(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct v4l2_buffer arg = softqueue_rig_buffer(CAPTURE, 1);
	struct device_map map, again;

	softqueue_rig_allocate(queue, 2);
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(
		softqueue_map(queue, arg.m.offset, SOFTQUEUE_RIG_LEN, &map), 0);
	assert_int_equal(map.len, SOFTQUEUE_RIG_LEN);
	memset(map.bytes, 7, map.len);
	assert_ptr_equal(map.bytes, queue->buffers[1].bytes);
	assert_int_equal(softqueue_rig_flags(queue, 1), V4L2_BUF_FLAG_MAPPED);
	assert_int_equal(softqueue_rig_flags(queue, 0), 0);

	/* Whole pages, by more than one, and by anybody. */
	assert_int_equal(softqueue_map(queue, arg.m.offset, 8192, &again), 0);
	softqueue_unmap(queue, &map);
	assert_int_equal(softqueue_rig_flags(queue, 1), V4L2_BUF_FLAG_MAPPED);
	softqueue_unmap(queue, &again);
	assert_int_equal(softqueue_rig_flags(queue, 1), 0);

	assert_int_equal(softqueue_map(queue, arg.m.offset, 8193, &map),
			 -EINVAL);
	assert_int_equal(softqueue_map(queue, arg.m.offset, 0, &map), -EINVAL);
	assert_int_equal(
		softqueue_map(queue, arg.m.offset + 1, SOFTQUEUE_RIG_LEN, &map),
		-EINVAL);
	assert_int_equal(softqueue_map(queue, 2 << SOFTQUEUE_OFFSET_SHIFT,
				       SOFTQUEUE_RIG_LEN, &map),
			 -EINVAL);
	assert_int_equal(
		softqueue_map(queue, UINT32_MAX, SOFTQUEUE_RIG_LEN, &map),
		-EINVAL);
}

static void mapped_memory_survives_its_buffer(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;
	struct device_map map;
	int fd;

	softqueue_rig_allocate(queue, 2);
	fd = queue->buffers[0].memory->fd;
	assert_int_equal(softqueue_map(queue, 0, SOFTQUEUE_RIG_LEN, &map), 0);
	softqueue_rig_allocate(queue, 2);
	assert_ptr_not_equal(queue->buffers[0].bytes, map.bytes);
	assert_int_equal(softqueue_rig_flags(queue, 0), 0);
	memset(map.bytes, 7, map.len);
	assert_true(fcntl(fd, F_GETFD) >= 0);

	softqueue_release(queue, owner);
	memset(map.bytes, 8, map.len);
	softqueue_unmap(queue, &map);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_null(queue->memories);
}

static void only_the_owner_takes_the_buffers_with_it(void **state)
{
	struct softqueue_rig *rig = *state;
	struct softqueue *queue = &rig->capture;

	softqueue_rig_allocate(queue, 2);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	softqueue_release(queue, other);
	assert_int_equal(queue->count, 2);
	softqueue_release(queue, owner);
	assert_int_equal(queue->count, 0);
	assert_false(queue->streaming);
	assert_null(queue->owner);
	assert_null(queue->memories);
}

static void finishing_nothing_is_harmless(void **state)
{
	struct softqueue zeroed = { 0 };

	(void)state;

	softqueue_finish(NULL);
	softqueue_finish(&zeroed);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, softqueue_rig_setup,             \
					softqueue_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reqbufs_gives_buffers_and_says_what_it_can),
		TEST(reqbufs_gives_at_most_the_maximum),
		TEST(reqbufs_refuses_other_memory_and_types_but_says_what_it_can),
		TEST(reqbufs_of_no_buffers_gives_up_the_queue),
		TEST(reqbufs_is_busy_while_streaming),
		TEST(reqbufs_takes_queued_buffers_back),
		TEST(buffers_that_are_too_large_do_not_fit_into_memory),
		TEST(create_bufs_adds_to_what_is_there),
		TEST(create_bufs_refuses_buffers_that_are_too_small),
		TEST(create_bufs_of_no_buffers_only_checks),
		TEST(memory_is_mapped_by_the_offset_of_querybuf),
		TEST(mapped_memory_survives_its_buffer),
		TEST(only_the_owner_takes_the_buffers_with_it),
		TEST(finishing_nothing_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
