// SPDX-License-Identifier: BSD-3-Clause
/*
 * Between the wire and ioctl(2): buffers, and the memory that they are of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/patch.h"
#include "tests/fake_device.h"
#include "tests/patch_rig.h"

static struct payload *const payload = &patch_rig.payload;

static int look_at_buffer(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	patch_rig.seen = V4L2_TYPE_IS_MULTIPLANAR(buffer->type)
				 ? (const void *)buffer->m.planes
				 : (const void *)buffer->m.userptr;
	patch_rig.seen_fd = buffer->request_fd;
	/* What a kernel may leave in them. */
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->m.userptr = 0x1000;
	buffer->request_fd = 99;
	return 0;
}

static void a_buffer_carries_no_address(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.request_fd = 5,
	};

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	patch_rig_request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(patch_rig_run(), 0);
	assert_null(patch_rig.seen);
	assert_int_equal(patch_rig.seen_fd, 0);
	assert_int_equal(payload->arg.buffer.request_fd, 0);
}

static int show_foreign(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	buffer->memory = V4L2_MEMORY_USERPTR;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->m.planes[0].m.userptr = (unsigned long)buffer;
	else
		buffer->m.userptr = (unsigned long)buffer;
	return 0;
}

/* A program of the host has the buffers: its addresses are its own. */
static void addresses_of_the_host_stay_there(void **state)
{
	struct v4l2_plane plane = { 0 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};

	(void)state;
	fake_on(VIDIOC_QUERYBUF, show_foreign);
	patch_rig_request(VIDIOC_QUERYBUF, &buffer, NULL, 0);
	assert_int_equal(patch_rig_run(), 0);
	assert_int_equal(payload->arg.buffer.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(payload->arg.buffer.m.userptr, 0);

	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	buffer.length = 1;
	patch_rig_request(VIDIOC_QUERYBUF, &buffer, &plane, sizeof(plane));
	assert_int_equal(patch_rig_run(), 0);
	memcpy(&plane, payload->nested, sizeof(plane));
	assert_int_equal(plane.m.userptr, 0);
}

/* Rule: B30 */
static void planes_are_hostds_own(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
		.length = 2,
	};
	const struct v4l2_plane *given;

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	planes[0].m.userptr = (unsigned long)GUESTS;
	planes[1].m.fd = 2;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	patch_rig_request(VIDIOC_QBUF, &buffer, planes, sizeof(planes));
	assert_int_equal(patch_rig_run(), 0);
	assert_ptr_equal(patch_rig.seen, payload->nested);
	given = (const void *)payload->nested;
	assert_int_equal(given[0].m.userptr, 0);
	assert_int_equal(given[1].m.userptr, 0);
	/* No host address leaves. */
	assert_null(payload->arg.buffer.m.planes);
}

static void planes_that_are_not_there_are_none(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	patch_rig_request(VIDIOC_QBUF, &buffer, NULL, 0);
	patch_rig.seen = GUESTS;
	assert_int_equal(patch_rig_run(), 0);
	assert_null(patch_rig.seen);
}

static void memory_that_cannot_travel_is_refused(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QBUF, VIDIOC_PREPARE_BUF };
	static const uint32_t memories[] = { V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_DMABUF,
					     V4L2_MEMORY_OVERLAY, 0, 9 };
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers reqbufs = { .type = buffer.type };
	struct v4l2_create_buffers create = { .format.type = buffer.type };
	size_t i;
	size_t c;

	(void)state;
	for (i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		buffer.memory = memories[i];
		for (c = 0; c < 2; c++) {
			patch_rig_request(cmds[c], &buffer, NULL, 0);
			assert_int_equal(patch_rig_run(), -EINVAL);
		}
		reqbufs.memory = memories[i];
		patch_rig_request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
		assert_int_equal(patch_rig_run(), -EINVAL);
		assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.memory,
				 0);
		create.memory = memories[i];
		patch_rig_request(VIDIOC_CREATE_BUFS, &create, NULL, 0);
		assert_int_equal(patch_rig_run(), -EINVAL);
		assert_int_equal(
			fake_last(VIDIOC_CREATE_BUFS)->arg.create.memory, 0);
	}
	/* v4l2_prio_check() comes before all that. */
	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	patch_rig_request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(patch_rig_run(), -EBUSY);
	buffer.memory = V4L2_MEMORY_MMAP;
	buffer.flags = V4L2_BUF_FLAG_REQUEST_FD;
	patch_rig_request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(patch_rig_run(), -EBADR);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(fake_count(VIDIOC_PREPARE_BUF), 0);
}

static void capabilities_that_cannot_be_kept_are_hidden(void **state)
{
	const struct v4l2_requestbuffers reqbufs = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	patch_rig_request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(patch_rig_run(), 0);
	assert_int_equal(payload->arg.reqbufs.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
}

/* ---- memory of the guest's programs -------------------------------------------- */

static int numbers[VIDEO_MAX_PLANES];

static int look_at_numbers(void *arg)
{
	struct v4l2_buffer *buffer = arg;
	unsigned int i;

	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		numbers[0] = buffer->m.fd;
		return 0;
	}
	for (i = 0; i < buffer->length; i++)
		numbers[i] = buffer->m.planes[i].m.fd;
	return 0;
}

static const struct plane_set two_planes = {
	.objects = { { .fd = 71 }, { .fd = 72 } },
	.count = 2,
};
static const struct plane_set no_planes;

static void the_device_gets_our_own_descriptors(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.m.fd = 5,
	};
	struct v4l2_plane planes[3] = { 0 };

	(void)state;
	fake_on(VIDIOC_QBUF, look_at_numbers);
	fake_on(VIDIOC_PREPARE_BUF, look_at_numbers);
	patch_rig_request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(patch_run(patch_rig.file, payload, &two_planes,
				   &patch_rig.controls),
			 0);
	assert_int_equal(numbers[0], 71);
	assert_int_equal(payload->arg.buffer.m.fd, 0);
	patch_rig_request(VIDIOC_PREPARE_BUF, &buffer, NULL, 0);
	assert_int_equal(patch_run(patch_rig.file, payload, &no_planes,
				   &patch_rig.controls),
			 0);
	assert_int_equal(numbers[0], -1);

	planes[0].m.fd = 5;
	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	buffer.length = 3;
	patch_rig_request(VIDIOC_QBUF, &buffer, planes, sizeof(planes));
	assert_int_equal(patch_run(patch_rig.file, payload, &two_planes,
				   &patch_rig.controls),
			 0);
	assert_int_equal(numbers[0], 71);
	assert_int_equal(numbers[1], 72);
	assert_int_equal(numbers[2], -1);
	assert_int_equal(payload_planes(payload)[0].m.fd, 0);
	assert_int_equal(payload_planes(payload)[2].m.fd, 0);
}

static void nobody_else_has_such_memory(void **state)
{
	const struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	const struct v4l2_requestbuffers reqbufs = {
		.count = 2,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};

	(void)state;
	patch_rig_request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(patch_rig_run(), -EINVAL);
	assert_null(fake_last(VIDIOC_QBUF));
	patch_rig_request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(patch_rig_run(), -EINVAL);
	assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.memory, 0);
	patch_rig_request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(patch_run(patch_rig.file, payload, &no_planes,
				   &patch_rig.controls),
			 0);
	assert_int_equal(payload->arg.reqbufs.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_DMABUF |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
}

/* Rule: B31 */
static void finished_buffers_are_scrubbed(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.request_fd = 7,
	};

	(void)state;
	buffer.m.planes = GUESTS;
	patch_scrub_buffer(&buffer, NULL, 0);
	assert_null(buffer.m.planes);
	assert_int_equal(buffer.request_fd, 0);
	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	buffer.memory = V4L2_MEMORY_DMABUF;
	buffer.m.fd = 7;
	patch_scrub_buffer(&buffer, NULL, 0);
	assert_int_equal(buffer.m.fd, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PATCH_RIG_TEST(a_buffer_carries_no_address),
		PATCH_RIG_TEST(addresses_of_the_host_stay_there),
		PATCH_RIG_TEST(planes_are_hostds_own),
		PATCH_RIG_TEST(planes_that_are_not_there_are_none),
		PATCH_RIG_TEST(memory_that_cannot_travel_is_refused),
		PATCH_RIG_TEST(capabilities_that_cannot_be_kept_are_hidden),
		PATCH_RIG_TEST(the_device_gets_our_own_descriptors),
		PATCH_RIG_TEST(nobody_else_has_such_memory),
		PATCH_RIG_TEST(finished_buffers_are_scrubbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
