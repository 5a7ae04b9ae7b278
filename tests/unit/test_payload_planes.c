// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads that are a buffer with its planes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/call.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct v4l2_buffer mplane_buffer(struct v4l2_plane *planes,
					uint32_t count)
{
	return (struct v4l2_buffer){
		.index = 5,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
		.m.planes = planes,
		.length = count,
	};
}

static void planes_travel_with_a_multi_planar_buffer(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer;
	struct call *call = *state;
	uint32_t count, i;

	for (count = 1; count <= VIDEO_MAX_PLANES; count++) {
		for (i = 0; i < VIDEO_MAX_PLANES; i++)
			planes[i] = (struct v4l2_plane){ .bytesused = i };
		buffer = mplane_buffer(planes, count);
		assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
		assert_int_equal(payload_plane_count(&call->guest), count);
		call_send(call);
		assert_int_equal(call->request.section_len,
				 16 + 88 + 64 * count);
		assert_int_equal(payload_plane_count(&call->host), count);
		assert_null(call->host.arg.buffer.m.planes);
		assert_memory_equal(payload_planes(&call->host), planes,
				    sizeof(planes[0]) * count);

		call->host.arg.buffer.m.planes = (void *)-1;
		for (i = 0; i < count; i++)
			payload_planes(&call->host)[i].length = 100 + i;
		call_answer(call, 0);
		assert_int_equal(call->response.section_len,
				 8 + 88 + 64 * count);
		assert_ptr_equal(call->guest.arg.buffer.m.planes, planes);
		for (i = 0; i < VIDEO_MAX_PLANES; i++)
			assert_int_equal(planes[i].length,
					 i < count ? 100 + i : 0);
	}
}

static void a_single_planar_buffer_has_no_planes(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.m.offset = 0x1000,
		.length = 614400,
	};
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	assert_int_equal(payload_plane_count(&call->guest), 0);
	assert_null(payload_planes(&call->guest));
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 88);
	assert_int_equal(call->host.arg.buffer.m.offset, 0x1000);
	assert_int_equal(call->host.arg.buffer.length, 614400);
	assert_null(payload_planes(&call->host));
	call->host.arg.buffer.m.offset = 0x2000;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.m.offset, 0x2000);
}

static void a_multi_planar_buffer_may_have_no_planes(void **state)
{
	struct v4l2_buffer buffer = mplane_buffer((void *)-1, 0);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 88);
	call->host.arg.buffer.length = 2;
	call_answer(call, EINVAL);
	assert_int_equal(call->guest.arg.buffer.length, 0);
	assert_ptr_equal(call->guest.arg.buffer.m.planes, (void *)-1);
}

static void more_planes_than_v4l2_has_are_refused(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES + 1] = { 0 };
	struct v4l2_buffer buffer;
	struct call *call = *state;
	uint8_t bytes[88 + sizeof(planes)] = { 0 };

	buffer = mplane_buffer(planes, COUNT(planes));
	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), -EINVAL);
	memcpy(bytes, &buffer, sizeof(buffer));
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_QBUF), bytes,
				       sizeof(bytes)),
			 -EINVAL);
	buffer.length = UINT32_MAX;
	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), -EINVAL);
}

static void missing_planes_are_refused(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 2);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	call_put_request(call);
	call->request.section_len--;
	assert_int_equal(call_take_request(call), -EINVAL);
}

/* The application has room for 8, the buffer has 2: FFmpeg asks like that. */
static void the_host_may_say_less_planes_but_not_more(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 8);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	call->host.arg.buffer.length = 2;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.length, 2);

	buffer.length = 3;
	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	call->host.arg.buffer.length = 4;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.length, 3);
}

static void the_host_cannot_swap_buffers(void **state)
{
	struct v4l2_plane planes[1] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 1);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	call_send(call);
	call_put_response(call, 0);
	memset(call->response.section + 8, 0xff, 88);
	assert_int_equal(call_take_response(call), 0);
	assert_int_equal(call->guest.arg.buffer.index, 5);
	assert_int_equal(call->guest.arg.buffer.type, buffer.type);
	assert_int_equal(call->guest.arg.buffer.length, 1);
	assert_ptr_equal(call->guest.arg.buffer.m.planes, planes);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(planes_travel_with_a_multi_planar_buffer),
		TEST(a_single_planar_buffer_has_no_planes),
		TEST(a_multi_planar_buffer_may_have_no_planes),
		TEST(more_planes_than_v4l2_has_are_refused),
		TEST(missing_planes_are_refused),
		TEST(the_host_may_say_less_planes_but_not_more),
		TEST(the_host_cannot_swap_buffers),
	};

	return cmocka_run_group_tests_name("payload_planes", tests, NULL, NULL);
}
