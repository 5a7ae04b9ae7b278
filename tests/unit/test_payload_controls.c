// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads of extended controls: the walk, and what goes which way.
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

static void the_walk_asks_only_about_controls_with_a_size(void **state)
{
	char text[8] = "text";
	struct v4l2_ext_control array[] = {
		{ .id = CID_SCALAR, .value = 1 },
		{ .id = CID_STRING, .size = sizeof(text), .string = text },
		{ .id = CID_ARRAY },
		{ .id = CID_NONE, .size = 1 },
	};
	struct v4l2_ext_controls arg = call_controls(array, COUNT(array));
	struct call *call = *state;
	struct payload_need need;

	payload_init(&call->guest, ioctl_lookup(VIDIOC_S_EXT_CTRLS), &arg);

	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_BYTES);
	assert_int_equal(need.count, 1);
	assert_int_equal(need.extents[0].addr, (uintptr_t)array);
	assert_int_equal(need.extents[0].len, sizeof(array));
	memcpy(need.extents[0].bytes, array, sizeof(array));

	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_CONTROL);
	assert_int_equal(need.control, CID_STRING);
	payload_control(&call->guest, call_info(CID_STRING));

	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_CONTROL);
	assert_int_equal(need.control, CID_NONE);
	payload_control(&call->guest, NULL);

	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_BYTES);
	assert_int_equal(need.count, 1);
	assert_int_equal(need.extents[0].addr, (uintptr_t)text);
	assert_int_equal(need.extents[0].len, sizeof(text));
	memcpy(need.extents[0].bytes, text, sizeof(text));

	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_COMPLETE);
	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_COMPLETE);
}

static void no_controls_is_a_question_about_the_class(void **state)
{
	struct v4l2_ext_controls arg = call_controls(NULL, 0);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_TRY_EXT_CTRLS, &arg), 0);
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 32);
	assert_int_equal(call->host.arg.controls.which, V4L2_CTRL_CLASS_USER);
	call_answer(call, EINVAL);
}

static void scalars_travel_as_values_whatever_their_size_says(void **state)
{
	struct v4l2_ext_control array[] = {
		{ .id = CID_SCALAR, .size = 0xdeadbeef, .value64 = -2 },
		{ .id = CID_SCALAR, .size = 0, .value = 3 },
		{ .id = CID_NONE, .size = 4, .value = 4 },
	};
	struct v4l2_ext_controls arg = call_controls(array, COUNT(array));
	struct call *call = *state;
	size_t i;

	assert_int_equal(call_begin(call, VIDIOC_S_EXT_CTRLS, &arg), 0);
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 32 + 3 * 20);
	assert_null(call->request.aux);
	assert_int_equal(call->host.blob_count, 0);
	assert_int_equal(call_host_controls(call)[0].value64, -2);
	for (i = 0; i < COUNT(array); i++)
		assert_int_equal(call_host_controls(call)[i].size, 0);

	call_host_controls(call)[0].value64 = -20;
	call_host_controls(call)[1].value = 30;
	call_host_controls(call)[2].size = 5;
	call->host.arg.controls.error_idx = 2;
	call_answer(call, ERANGE);
	assert_int_equal(call->guest.arg.controls.error_idx, 2);
	assert_int_equal(array[0].value64, -20);
	assert_int_equal(array[0].size, 0xdeadbeef);
	assert_int_equal(array[1].value, 30);
	assert_int_equal(array[1].size, 0);
	assert_int_equal(array[2].value, 4);
	assert_int_equal(array[2].size, 4);
}

static void control_payload_goes_both_ways(void **state)
{
	uint32_t numbers[4] = { 1, 2, 3, 4 };
	char text[8] = "in";
	struct v4l2_ext_control array[] = {
		{ .id = CID_ARRAY, .size = sizeof(numbers), .p_u32 = numbers },
		{ .id = CID_SCALAR, .value = 5 },
		{ .id = CID_STRING, .size = sizeof(text), .string = text },
	};
	struct v4l2_ext_controls arg = call_controls(array, COUNT(array));
	struct call *call = *state;
	struct wire_reader reader;

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);

	assert_int_equal(call->request.section_len, 16 + 32 + 60 + 2 * 16);
	wire_reader_init(&reader, call->request.section + 16 + 32 + 60, 32);
	assert_int_equal(wire_get_u64(&reader), 0x10000);
	assert_int_equal(wire_get_u32(&reader), 16);
	assert_int_equal(wire_get_u32(&reader), 0);
	assert_int_equal(wire_get_u64(&reader), 0x10010);
	assert_int_equal(wire_get_u32(&reader), 8);

	assert_int_equal(call->request.aux_len, 8 + 2 * 16 + 16 + 8);
	wire_reader_init(&reader, call->request.aux, call->request.aux_len);
	assert_int_equal(wire_get_u32(&reader), 2);
	assert_int_equal(wire_get_u32(&reader), 0);
	assert_int_equal(wire_get_u64(&reader), 0x10000);
	assert_int_equal(wire_get_u32(&reader), 16);
	assert_int_equal(wire_get_u16(&reader),
			 VMS_EXTENT_READ | VMS_EXTENT_WRITE);
	assert_int_equal(wire_get_u16(&reader), VMS_SPACE_GUEST);
	wire_skip(&reader, 16);
	assert_memory_equal(wire_skip(&reader, 16), numbers, 16);
	assert_memory_equal(wire_skip(&reader, 8), text, 8);

	assert_int_equal(call->host.blob_count, 2);
	assert_int_equal(call->host.blobs[0].control, 0);
	assert_int_equal(call->host.blobs[1].control, 2);
	assert_memory_equal(call->host.blob_bytes, numbers, 16);
	assert_memory_equal(call->host.blob_bytes + 16, text, 8);
	assert_null(call_host_controls(call)[0].ptr);
	assert_int_equal(call_host_controls(call)[1].value, 5);
	assert_null(call_host_controls(call)[2].ptr);

	/* As the kernel leaves it: hostd's pointers still in place. */
	call->host.arg.controls.controls = call_host_controls(call);
	call_host_controls(call)[0].ptr = call->host.blob_bytes;
	call_host_controls(call)[2].ptr = call->host.blob_bytes + 16;
	call->host.blob_bytes[4] = 22;
	memcpy(call->host.blob_bytes + 16, "out", 4);
	call_host_controls(call)[1].value = 55;
	call_answer(call, 0);

	wire_reader_init(&reader, call->response.section, 8 + 32 + 60);
	wire_skip(&reader, 8 + offsetof(struct v4l2_ext_controls, controls));
	assert_int_equal(wire_get_u64(&reader), 0);
	wire_skip(&reader, 12);
	assert_int_equal(wire_get_u64(&reader), 0);
	wire_skip(&reader, 20 + 12);
	assert_int_equal(wire_get_u64(&reader), 0);
	wire_reader_init(&reader, call->response.aux, call->response.aux_len);
	wire_skip(&reader, 8 + 12);
	assert_int_equal(wire_get_u16(&reader), VMS_EXTENT_WRITE);

	assert_ptr_equal(call->guest.arg.controls.controls, array);
	assert_ptr_equal(array[0].p_u32, numbers);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 22);
	assert_int_equal(numbers[3], 4);
	assert_int_equal(array[1].value, 55);
	assert_ptr_equal(array[2].string, text);
	assert_string_equal(text, "out");
}

static void the_host_cannot_change_what_the_guest_knows(void **state)
{
	uint32_t numbers[4] = { 0 };
	struct v4l2_ext_control array[] = {
		{ .id = CID_ARRAY, .size = sizeof(numbers), .p_u32 = numbers },
		{ .id = CID_SCALAR, .size = 3 },
	};
	struct v4l2_ext_controls arg = call_controls(array, COUNT(array));
	struct v4l2_ext_controls *got;
	struct call *call = *state;

	arg.request_fd = -1;
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	call_put_response(call, 0);
	memset(call->response.section + 8, 0xee, 32 + 40);
	assert_int_equal(call_take_response(call), 0);
	call_write_back(call);

	got = &call->guest.arg.controls;
	assert_int_equal(got->which, V4L2_CTRL_CLASS_USER);
	assert_int_equal(got->count, 2);
	assert_int_equal(got->error_idx, 2);
	assert_int_equal(got->request_fd, -1);
	assert_ptr_equal(got->controls, array);
	assert_int_equal(array[0].id, CID_ARRAY);
	assert_int_equal(array[0].size, sizeof(numbers));
	assert_ptr_equal(array[0].p_u32, numbers);
	assert_int_equal(array[1].id, CID_SCALAR);
	assert_int_equal(array[1].size, 3);
	assert_int_equal((uint32_t)array[1].value, 0xeeeeeeee);
}

static void a_control_s_pointer_comes_back_even_without_a_size(void **state)
{
	uint8_t room[4] = { 0 };
	struct v4l2_ext_control control = {
		.id = CID_ARRAY,
		.size = sizeof(room),
		.ptr = room,
	};
	struct v4l2_ext_controls arg = call_controls(&control, 1);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	call_put_response(call, 0);
	memset(call->response.section + 8 + 32, 0, 12);
	memset(call->response.section + 8 + 32 + 12, 0xff, 8);
	assert_int_equal(call_take_response(call), 0);
	call_write_back(call);
	assert_int_equal(control.size, 0);
	assert_ptr_equal(control.ptr, room);
}

/* v4l2_g_ext_ctrls_common() does that to a control id given as class. */
static void which_may_be_stripped_to_its_class(void **state)
{
	struct v4l2_ext_controls arg = call_controls(NULL, 0);
	struct call *call = *state;

	arg.which = V4L2_CID_BRIGHTNESS;
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	call->host.arg.controls.which = V4L2_CTRL_CLASS_USER;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.controls.which, V4L2_CTRL_CLASS_USER);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_walk_asks_only_about_controls_with_a_size),
		TEST(no_controls_is_a_question_about_the_class),
		TEST(scalars_travel_as_values_whatever_their_size_says),
		TEST(control_payload_goes_both_ways),
		TEST(the_host_cannot_change_what_the_guest_knows),
		TEST(a_control_s_pointer_comes_back_even_without_a_size),
		TEST(which_may_be_stripped_to_its_class),
	};

	return cmocka_run_group_tests_name("payload_controls", tests, NULL,
					   NULL);
}
