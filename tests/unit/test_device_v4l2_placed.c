// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffers of a V4L2 node in memory that the guest has, too: USERPTR to a driver, MMAP to
 * whoever calls.  The driver is tests/placed_node.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/videodev2_new.h"
#include "hostd/device_v4l2_placed.h"
#include "hostd/slices.h"
#include "tests/placed_node.h"

#define NODE    1000 /* its descriptor */
#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
#define PLANES  PLACED_NODE_PLANES
#define LEN     PLACED_NODE_LEN
#define BUFFERS PLACED_NODE_BUFFERS
#define PAGE    ((uint64_t)VMS_PAGE_SIZE)

static struct slices *slices;
static struct placed placed;
static int file;

/* In place of libc's, whose names of parameters are its own: NOLINTNEXTLINE */
int ioctl(int fd, unsigned long cmd, ...)
{
	va_list args;
	void *arg;

	if (fd != NODE) {
		errno = ENOTTY;
		return -1;
	}
	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	return placed_node_call(cmd, arg);
}

/* ---- hostd -------------------------------------------------------------- */

static int setup(void **state)
{
	char path[64];
	int fd;

	(void)state;
	memset(&placed_node, 0, sizeof(placed_node));
	memset(&placed, 0, sizeof(placed));
	file = memfd_create("placed", MFD_CLOEXEC);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MIN), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = shmem_open(path);
	assert_true(fd >= 0);
	assert_int_equal(slices_create(fd, &slices), 0);
	slices->len = slices->shmem.len;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	placed_finish(&placed);
	assert_true(LIST_EMPTY(&placed.memories));
	assert_true(LIST_EMPTY(&slices->all));
	slices_destroy(slices);
	close(file);
	return 0;
}

static int call(uint32_t cmd, void *arg)
{
	return placed_ioctl(&placed, NODE, slices, cmd, arg);
}

static uint32_t reqbufs(uint32_t type, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};

	assert_int_equal(call(VIDIOC_REQBUFS, &arg), 0);
	assert_int_equal(arg.memory, V4L2_MEMORY_MMAP);
	return arg.count;
}

static struct v4l2_buffer query(unsigned int index)
{
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = index };

	assert_int_equal(call(VIDIOC_QUERYBUF, &buffer), 0);
	assert_int_equal(buffer.memory, V4L2_MEMORY_MMAP);
	return buffer;
}

static int queue(struct v4l2_buffer *buffer, unsigned int index)
{
	*buffer = (struct v4l2_buffer){
		.type = CAPTURE,
		.index = index,
		.memory = V4L2_MEMORY_MMAP,
	};
	return call(VIDIOC_QBUF, buffer);
}

/* ---- tests -------------------------------------------------------------- */

static void the_driver_fills_what_the_guest_has(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map map;
	unsigned int i;
	uint64_t offset;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 3), 3);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(placed_node.queued, 0);
	for (i = 0; i < 3; i++) {
		buffer = query(i);
		assert_int_equal(buffer.flags, 0);
		assert_int_equal(
			placed_map(&placed, buffer.m.offset, LEN, &map), 0);
		assert_true(slices_offset(slices, map.bytes, &offset));
		assert_int_equal(queue(&buffer, i), 0);
		assert_int_equal(placed_node.buffers[i].memory[0],
				 (unsigned long)map.bytes);
		assert_int_equal(buffer.memory, V4L2_MEMORY_MMAP);
		assert_int_equal(buffer.m.userptr, query(i).m.offset);
		assert_true(placed_unmap(&placed, &map));
	}
	assert_int_equal(reqbufs(CAPTURE, 0), 0);
}

static void planes_are_each_their_own(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = {
		.type = OUTPUT,
		.memory = V4L2_MEMORY_MMAP,
		.length = PLANES,
		.m.planes = planes,
	};
	struct device_map map[PLANES];
	unsigned int p;

	(void)state;
	assert_int_equal(reqbufs(OUTPUT, 2), 2);
	assert_int_equal(call(VIDIOC_QUERYBUF, &buffer), 0);
	for (p = 0; p < PLANES; p++)
		assert_int_equal(placed_map(&placed, planes[p].m.mem_offset,
					    LEN, &map[p]),
				 0);
	assert_ptr_not_equal(map[0].bytes, map[1].bytes);
	planes[0].bytesused = 17;
	assert_int_equal(call(VIDIOC_QBUF, &buffer), 0);
	assert_int_equal(buffer.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(placed_node.buffers[0].used, 17);
	for (p = 0; p < PLANES; p++) {
		assert_int_equal(placed_node.buffers[0].memory[p],
				 (unsigned long)map[p].bytes);
		assert_true(planes[p].m.userptr >> 31);
		assert_true(planes[p].m.userptr <= UINT32_MAX);
		assert_true(placed_unmap(&placed, &map[p]));
	}
}

/* A program of the host has them, by USERPTR. */
static void buffers_of_others_are_shown_as_they_are(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE };

	(void)state;
	placed_node.memory = V4L2_MEMORY_USERPTR;
	placed_node.count = 1;
	placed_node.buffers[0].memory[0] = 4096;
	assert_int_equal(call(VIDIOC_QUERYBUF, &buffer), 0);
	assert_int_equal(buffer.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(buffer.m.userptr, 4096);
}

/* What a queue without MMAP would ignore is asked of one that has it. */
static void hints_about_caches_are_for_the_drivers_own(void **state)
{
	struct v4l2_requestbuffers arg = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	assert_int_equal(call(VIDIOC_REQBUFS, &arg), 0);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(arg.capabilities, V4L2_BUF_CAP_SUPPORTS_USERPTR);
	arg.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
	assert_int_equal(call(VIDIOC_REQBUFS, &arg), 0);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_MMAP);
	assert_true(arg.capabilities & V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS);
}

/* uvcvideo says EFAULT of a PCI device's memory, others EINVAL. */
static void a_driver_may_refuse_such_memory(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map map;

	(void)state;
	placed_node.queue_error = EFAULT;
	assert_int_equal(reqbufs(CAPTURE, 2), 2);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_MMAP);
	buffer = query(1);
	assert_int_equal(buffer.m.offset, 1 << 12);
	assert_int_equal(placed_map(&placed, buffer.m.offset, LEN, &map),
			 -ENOENT);
	assert_int_equal(queue(&buffer, 1), 0);
	assert_int_equal(buffer.m.offset, 1 << 12);
	assert_true(LIST_EMPTY(&slices->all));
}

static void a_driver_may_have_no_userptr(void **state)
{
	(void)state;
	placed_node.no_userptr = true;
	assert_int_equal(reqbufs(OUTPUT, 2), 2);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_MMAP);
	assert_true(LIST_EMPTY(&slices->all));
}

static void what_streams_keeps_its_buffers(void **state)
{
	struct v4l2_requestbuffers arg = {
		.count = 4,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_buffer buffer;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 2), 2);
	placed_node.streaming = true;
	assert_int_equal(call(VIDIOC_REQBUFS, &arg), -EBUSY);
	assert_int_equal(queue(&buffer, 1), 0);
	assert_true(placed_node.buffers[1].memory[0]);
	placed_node.streaming = false;
}

/* Slices for two of four: the others have memory, too, from elsewhere. */
static void without_room_some_are_elsewhere(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map map;
	uint64_t offset;
	unsigned int i;

	(void)state;
	slices->len = 5 * PAGE;
	assert_int_equal(reqbufs(CAPTURE, 4), 4);
	assert_int_equal(placed_node.memory, V4L2_MEMORY_USERPTR);
	for (i = 0; i < 4; i++) {
		buffer = query(i);
		assert_int_equal(
			placed_map(&placed, buffer.m.offset, LEN, &map), 0);
		assert_int_equal(slices_offset(slices, map.bytes, &offset),
				 i < 2);
		memset(map.bytes, 1, LEN);
		assert_int_equal(queue(&buffer, i), 0);
		assert_true(placed_unmap(&placed, &map));
	}
}

static void more_buffers_are_like_the_first(void **state)
{
	struct v4l2_create_buffers more = {
		.count = 2,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};
	struct v4l2_buffer buffer;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 2), 2);
	assert_int_equal(call(VIDIOC_CREATE_BUFS, &more), 0);
	assert_int_equal(more.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(more.index, 2);
	assert_int_equal(more.capabilities, V4L2_BUF_CAP_SUPPORTS_USERPTR);
	assert_int_equal(queue(&buffer, 3), 0);
	assert_true(placed_node.buffers[3].memory[0]);
}

static void removed_buffers_give_back_their_memory(void **state)
{
	struct v4l2_remove_buffers remove = {
		.index = 1,
		.count = UINT32_MAX,
		.type = CAPTURE,
	};
	struct v4l2_buffer buffer;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 3), 3);
	assert_int_equal(call(VIDIOC_REMOVE_BUFS, &remove), 0);
	assert_null(LIST_NEXT(LIST_FIRST(&slices->all), next));
	assert_int_equal(queue(&buffer, 0), 0);
	/* Without memory there is no pointer. */
	assert_int_equal(queue(&buffer, 1), -EINVAL);
	assert_int_equal(placed_node.buffers[1].memory[0], 0);
}

/* What a guest says of its buffers reaches no driver as a pointer. */
static void an_index_that_there_is_not_has_no_pointer(void **state)
{
	struct v4l2_buffer buffer;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 1), 1);
	assert_int_equal(queue(&buffer, 1), -EINVAL);
	assert_int_equal(queue(&buffer, UINT32_MAX), -EINVAL);
	assert_int_equal(buffer.memory, V4L2_MEMORY_MMAP);
}

static void what_is_mapped_outlives_its_buffer(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map map;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 1), 1);
	buffer = query(0);
	assert_int_equal(placed_map(&placed, buffer.m.offset, LEN, &map), 0);
	assert_int_equal(reqbufs(CAPTURE, 0), 0);
	memset(map.bytes, 1, LEN);
	assert_false(LIST_EMPTY(&slices->all));
	assert_true(placed_unmap(&placed, &map));
	assert_true(LIST_EMPTY(&slices->all));
	assert_false(placed_unmap(&placed, &map));
}

static void offsets_that_nobody_was_given_are_no_buffers(void **state)
{
	struct device_map map;
	uint32_t offset;

	(void)state;
	assert_int_equal(reqbufs(CAPTURE, 1), 1);
	offset = query(0).m.offset;
	assert_int_equal(placed_map(&placed, offset, LEN + 1, &map), -ENOENT);
	assert_int_equal(placed_map(&placed, offset + 1, LEN, &map), -ENOENT);
	assert_int_equal(placed_map(&placed, offset + 4096, LEN, &map),
			 -ENOENT);
	assert_int_equal(placed_map(&placed, offset & ~(1u << 31), LEN, &map),
			 -ENOENT);
	assert_int_equal(placed_map(&placed, UINT32_MAX, LEN, &map), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_driver_fills_what_the_guest_has),
		TEST(planes_are_each_their_own),
		TEST(buffers_of_others_are_shown_as_they_are),
		TEST(hints_about_caches_are_for_the_drivers_own),
		TEST(a_driver_may_refuse_such_memory),
		TEST(a_driver_may_have_no_userptr),
		TEST(what_streams_keeps_its_buffers),
		TEST(without_room_some_are_elsewhere),
		TEST(more_buffers_are_like_the_first),
		TEST(removed_buffers_give_back_their_memory),
		TEST(an_index_that_there_is_not_has_no_pointer),
		TEST(what_is_mapped_outlives_its_buffer),
		TEST(offsets_that_nobody_was_given_are_no_buffers),
	};

	return cmocka_run_group_tests_name("device_v4l2_placed", tests, NULL,
					   NULL);
}
