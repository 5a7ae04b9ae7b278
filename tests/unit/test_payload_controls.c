// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads of extended controls: the walk, sizes, SG list, aux block.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/call.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- extended controls ---------------------------------------------- */

static struct v4l2_ext_controls controls_of(struct v4l2_ext_control *array,
					    uint32_t count)
{
	return (struct v4l2_ext_controls){
		.which = V4L2_CTRL_CLASS_USER,
		.count = count,
		.error_idx = 77,
		.controls = array,
	};
}

static struct v4l2_ext_control *host_controls(struct call *call)
{
	return (void *)call->host.nested;
}

static void the_walk_asks_only_about_controls_with_a_size(void **state)
{
	char text[8] = "text";
	struct v4l2_ext_control array[] = {
		{ .id = CID_SCALAR, .value = 1 },
		{ .id = CID_STRING, .size = sizeof(text), .string = text },
		{ .id = CID_ARRAY },
		{ .id = CID_NONE, .size = 1 },
	};
	struct v4l2_ext_controls arg = controls_of(array, COUNT(array));
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
	struct v4l2_ext_controls arg = controls_of(NULL, 0);
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
	struct v4l2_ext_controls arg = controls_of(array, COUNT(array));
	struct call *call = *state;
	size_t i;

	assert_int_equal(call_begin(call, VIDIOC_S_EXT_CTRLS, &arg), 0);
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 32 + 3 * 20);
	assert_null(call->request.aux);
	assert_int_equal(call->host.blob_count, 0);
	assert_int_equal(host_controls(call)[0].value64, -2);
	for (i = 0; i < COUNT(array); i++)
		assert_int_equal(host_controls(call)[i].size, 0);

	host_controls(call)[0].value64 = -20;
	host_controls(call)[1].value = 30;
	host_controls(call)[2].size = 5;
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
	struct v4l2_ext_controls arg = controls_of(array, COUNT(array));
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
	assert_null(host_controls(call)[0].ptr);
	assert_int_equal(host_controls(call)[1].value, 5);
	assert_null(host_controls(call)[2].ptr);

	/* As the kernel leaves it: hostd's pointers still in place. */
	call->host.arg.controls.controls = host_controls(call);
	host_controls(call)[0].ptr = call->host.blob_bytes;
	host_controls(call)[2].ptr = call->host.blob_bytes + 16;
	call->host.blob_bytes[4] = 22;
	memcpy(call->host.blob_bytes + 16, "out", 4);
	host_controls(call)[1].value = 55;
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
	struct v4l2_ext_controls arg = controls_of(array, COUNT(array));
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
	struct v4l2_ext_controls arg = controls_of(&control, 1);
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
	struct v4l2_ext_controls arg = controls_of(NULL, 0);
	struct call *call = *state;

	arg.which = V4L2_CID_BRIGHTNESS;
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	call->host.arg.controls.which = V4L2_CTRL_CLASS_USER;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.controls.which, V4L2_CTRL_CLASS_USER);
}

/* ---- sizes of control payload --------------------------------------- */

#define UNCHANGED UINT32_MAX

/* A G_EXT_CTRLS of one control; the host answers with @size and @status. */
static void one_control(struct call *call, struct v4l2_ext_control *control,
			uint32_t *sent, uint32_t size, uint32_t status)
{
	struct v4l2_ext_controls arg = controls_of(control, 1);

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	*sent = host_controls(call)[0].size;
	assert_int_equal(call->host.blob_len, *sent);
	if (size != UNCHANGED) {
		host_controls(call)[0].size = size;
		host_controls(call)[0].ptr = (void *)-1;
	}
	call_answer(call, status);
}

static void the_application_sees_the_size_it_would_have_needed(void **state)
{
	uint8_t room[4] = { 0 };
	struct v4l2_ext_control control = { .id = CID_ARRAY, .ptr = room };
	struct call *call = *state;
	uint32_t sent;

	one_control(call, &control, &sent, 16, ENOSPC);
	assert_int_equal(sent, 0);
	assert_int_equal(control.size, 16);
	assert_ptr_equal(control.ptr, room);

	control.size = 4;
	one_control(call, &control, &sent, 16, ENOSPC);
	assert_int_equal(sent, 4);
	assert_int_equal(control.size, 16);
	assert_ptr_equal(control.ptr, room);
}

static void a_size_beyond_the_application_s_is_only_for_enospc(void **state)
{
	static const uint32_t statuses[] = { 0, EINVAL, ERANGE, EACCES };
	uint8_t room[16] = { 0 };
	struct v4l2_ext_control control = { .id = CID_ARRAY, .ptr = room };
	struct call *call = *state;
	uint32_t sent;
	size_t i;

	for (i = 0; i < COUNT(statuses); i++) {
		control.size = 8;
		one_control(call, &control, &sent, 9, statuses[i]);
		assert_int_equal(control.size, 8);
		control.size = 0;
		one_control(call, &control, &sent, 9, statuses[i]);
		assert_int_equal(control.size, 0);
	}
}

static void more_than_a_control_can_have_is_cut(void **state)
{
	static const struct {
		uint32_t id;
		uint32_t own; /* the application's size */
		uint32_t sent;
		uint32_t fetched;
		uint32_t said; /* by the host */
		uint32_t seen; /* by the application */
	} cases[] = {
		{ CID_ARRAY, 16, 16, 16, UNCHANGED, 16 },
		{ CID_ARRAY, 17, 17, 16, 16, 16 },
		{ CID_ARRAY, 20, 20, 16, 16, 16 },
		{ CID_ARRAY, 21, 20, 16, 16, 16 },
		{ CID_ARRAY, 64, 20, 16, UNCHANGED, 64 },
		{ CID_STRING, 7, 7, 7, UNCHANGED, 7 },
		{ CID_STRING, 8, 8, 8, UNCHANGED, 8 },
		{ CID_STRING, 64, 8, 8, UNCHANGED, 64 },
		{ CID_DYNAMIC, 24, 24, 24, 8, 8 },
		{ CID_DYNAMIC, 28, 28, 24, 24, 24 },
		{ CID_DYNAMIC, 64, 28, 24, 8, 8 },
		{ CID_GROWN, 64, 4, 3, 3, 3 },
		{ CID_HUGE, 64, 64, 64, UNCHANGED, 64 },
		{ CID_VAGUE, 64, 64, 64, UNCHANGED, 64 },
	};
	struct v4l2_ext_control control;
	struct call *call = *state;
	uint8_t room[64];
	uint32_t sent, i;
	size_t at;

	for (i = 0; i < COUNT(cases); i++) {
		memset(room, 'r', sizeof(room));
		control = (struct v4l2_ext_control){
			.id = cases[i].id,
			.size = cases[i].own,
			.ptr = room,
		};
		one_control(call, &control, &sent, cases[i].said, 0);
		assert_int_equal(sent, cases[i].sent);
		assert_int_equal(control.size, cases[i].seen);
		assert_ptr_equal(control.ptr, room);
		for (at = 0; at < sent; at++)
			assert_int_equal(call->host.blob_bytes[at],
					 at < cases[i].fetched ? 'r' : 0);
	}
}

static void what_the_driver_leaves_alone_comes_back_unchanged(void **state)
{
	uint8_t room[20];
	struct v4l2_ext_control control = {
		.id = CID_ARRAY,
		.size = sizeof(room),
		.ptr = room,
	};
	struct call *call = *state;
	struct v4l2_ext_controls arg = controls_of(&control, 1);

	memset(room, 'r', sizeof(room));
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	memset(call->host.blob_bytes, 'H', 3);
	/* Beyond what the control can have, the host has nothing to say. */
	memset(call->host.blob_bytes + 16, 'H', 4);
	call_answer(call, 0);
	assert_memory_equal(room, "HHHrrrrrrrrrrrrrrrrr", 20);
}

static void strings_come_out_terminated(void **state)
{
	char text[5] = "abcd"; /* 4 of it are the application's */
	struct v4l2_ext_control control = {
		.id = CID_STRING,
		.size = 4,
		.string = text,
	};
	struct v4l2_ext_controls arg = controls_of(&control, 1);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	memcpy(call->host.blob_bytes, "wxyz", 4);
	call_answer(call, 0);
	assert_string_equal(text, "wxy");

	assert_int_equal(call_begin(call, VIDIOC_S_EXT_CTRLS, &arg), 0);
	call_send(call);
	memcpy(call->host.blob_bytes, "wxyz", 4);
	call_answer(call, ERANGE);
	assert_string_equal(text, "wxy");
}

static void an_unterminated_string_that_was_refused_stays_so(void **state)
{
	char text[5] = "abcd"; /* 4 of it are the application's */
	struct v4l2_ext_control control = {
		.id = CID_STRING,
		.size = 4,
		.string = text,
	};
	struct v4l2_ext_controls arg = controls_of(&control, 1);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_S_EXT_CTRLS, &arg), 0);
	call_send(call);
	call_answer(call, ERANGE);
	assert_string_equal(text, "abcd");
}

/* ---- limits of controls --------------------------------------------- */

static void a_thousand_and_24_controls_is_the_most(void **state)
{
	static struct v4l2_ext_control array[IOCTL_CONTROLS_MAX + 1];
	static char texts[IOCTL_CONTROLS_MAX][8];
	struct v4l2_ext_controls arg;
	struct call *call = *state;
	size_t i;

	for (i = 0; i < IOCTL_CONTROLS_MAX; i++) {
		array[i].id = CID_STRING;
		array[i].size = 8;
		array[i].string = texts[i];
	}
	arg = controls_of(array, IOCTL_CONTROLS_MAX);
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	assert_int_equal(call->host.blob_count, IOCTL_CONTROLS_MAX);
	for (i = 0; i < IOCTL_CONTROLS_MAX; i++)
		call->host.blob_bytes[call->host.blobs[i].offset] =
			'a' + i % 26;
	call_answer(call, 0);
	for (i = 0; i < IOCTL_CONTROLS_MAX; i++)
		assert_int_equal(texts[i][0], 'a' + i % 26);

	arg.count = IOCTL_CONTROLS_MAX + 1;
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), -EINVAL);
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_G_EXT_CTRLS),
				       &arg, sizeof(arg)),
			 -EINVAL);
	arg.count = UINT32_MAX;
	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), -EINVAL);
}

/* S_EXT_CTRLS of one control or, with another @size1, of two. */
static int begin_with_sizes(struct call *call, uint32_t size0, uint32_t size1)
{
	void *room = calloc(1, VMS_MAX_CTRL);
	struct v4l2_ext_control array[] = {
		{ .id = CID_HUGE, .size = size0, .ptr = room },
		{ .id = CID_HUGE, .size = size1, .ptr = room },
	};
	struct v4l2_ext_controls arg = controls_of(array, size1 ? 2 : 1);
	int ret;

	ret = call_begin(call, VIDIOC_S_EXT_CTRLS, &arg);
	free(room);
	return ret;
}

static void a_request_that_no_frame_can_carry_is_enomem(void **state)
{
	/* section 16 + 32 + 20 + 16 = 84, padded 88; aux 8 + 16 + payload */
	static const uint32_t most = VMS_MAX_CTRL - 88 - 24;
	struct call *call = *state;
	size_t section, aux;

	assert_int_equal(begin_with_sizes(call, most, 0), 0);
	payload_request_size(&call->guest, &section, &aux);
	assert_int_equal(wire_pad(section) + aux, VMS_MAX_CTRL);
	call_send(call);

	assert_int_equal(begin_with_sizes(call, most + 1, 0), -ENOMEM);
	assert_int_equal(begin_with_sizes(call, UINT32_MAX, 0), -ENOMEM);
	assert_int_equal(begin_with_sizes(call, UINT32_MAX, UINT32_MAX),
			 -ENOMEM);
	assert_int_equal(begin_with_sizes(call, most, UINT32_MAX), -ENOMEM);
	assert_int_equal(
		begin_with_sizes(call, VMS_MAX_CTRL / 2, VMS_MAX_CTRL / 2),
		-ENOMEM);
}

/* A good request of two controls with payload, to be spoilt. */
#define TWO_SG   88u /* 16 + 32 + 2 * 20: where the SG list begins */
#define TWO_HEAD (sizeof(struct vms_aux) + 2 * sizeof(struct vms_extent))
#define TWO_AUX  (TWO_HEAD + 16 + 5)

static void two_blobs(struct call *call)
{
	uint8_t room[16] = { 0 };
	struct v4l2_ext_control array[] = {
		{ .id = CID_ARRAY, .size = 16, .ptr = room },
		{ .id = CID_STRING, .size = 5, .ptr = room },
	};
	struct v4l2_ext_controls arg = controls_of(array, COUNT(array));

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
}

static void a_request_must_have_its_sg_list(void **state)
{
	struct call *call = *state;
	size_t len;

	two_blobs(call);
	for (len = 16; len < TWO_SG + 32; len++) {
		call->request.section_len = len;
		assert_int_equal(call_take_request(call), -EINVAL);
	}

	/* other lengths than the controls say: 0, one less, one more */
	two_blobs(call);
	call->request.section[TWO_SG + 8] = 0;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.section[TWO_SG + 8] = 15;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.section[TWO_SG + 8] = 17;
	assert_int_equal(call_take_request(call), -EINVAL);

	/* another address than the extent says */
	two_blobs(call);
	call->request.section[TWO_SG] ^= 1;
	assert_int_equal(call_take_request(call), -EINVAL);

	/* the end of the address space in the middle, in both places */
	two_blobs(call);
	memset(call->request.section + TWO_SG, 0xff, 8);
	memset(call->request.aux + 8, 0xff, 8);
	assert_int_equal(call_take_request(call), -EINVAL);

	/* any address is as good, what is reserved in virtio too */
	two_blobs(call);
	call->request.section[TWO_SG] = 0x11;
	call->request.aux[8] = 0x11;
	call->request.section[TWO_SG + 12] = 1;
	assert_int_equal(call_take_request(call), 0);
}

static void a_request_must_have_its_aux_block(void **state)
{
	struct call *call = *state;
	uint8_t longer[TWO_AUX + 8] = { 0 };
	uint8_t *aux;
	size_t i, len;

	two_blobs(call);
	assert_int_equal(call->request.aux_len, TWO_AUX);

	/* count, reserved and both extents, bit by bit */
	for (i = 0; i < TWO_HEAD * 8; i++) {
		call->request.aux[i / 8] ^= 1u << (i % 8);
		assert_int_equal(call_take_request(call), -EINVAL);
		call->request.aux[i / 8] ^= 1u << (i % 8);
	}
	assert_int_equal(call_take_request(call), 0);

	for (len = 0; len < TWO_AUX; len++) {
		call->request.aux_len = len;
		assert_int_equal(call_take_request(call), -EINVAL);
	}

	/* the channel's padding is behind it, no more */
	aux = call->request.aux;
	memcpy(longer, aux, TWO_AUX);
	call->request.aux = longer;
	for (len = TWO_AUX; len <= sizeof(longer); len++) {
		call->request.aux_len = len;
		assert_int_equal(call_take_request(call),
				 len < sizeof(longer) ? 0 : -EINVAL);
	}

	call->request.aux = NULL;
	call->request.aux_len = 0;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.aux = aux;
}

static void a_response_must_have_its_aux_block(void **state)
{
	struct call *call = *state;
	uint8_t *aux;
	size_t i, len;

	two_blobs(call);
	call_put_response(call, 0);
	for (i = 0; i < TWO_HEAD * 8; i++) {
		call->response.aux[i / 8] ^= 1u << (i % 8);
		assert_int_equal(call_take_response(call), -EPROTO);
		call->response.aux[i / 8] ^= 1u << (i % 8);
	}
	for (len = 0; len < TWO_AUX; len++) {
		call->response.aux_len = len;
		assert_int_equal(call_take_response(call), -EPROTO);
	}
	aux = call->response.aux;
	call->response.aux = NULL;
	call->response.aux_len = 0;
	assert_int_equal(call_take_response(call), -EPROTO);
	call->response.aux = aux;
	call->response.aux_len = TWO_AUX;
	assert_int_equal(call_take_response(call), 0);

	/* and none where the argument is not carried either */
	two_blobs(call);
	call_put_response(call, ENOTTY);
	assert_null(call->response.aux);
	assert_int_equal(call_take_response(call), 0);
	assert_false(call->filled);
}

static void a_hostile_guest_gets_no_control_pointer_across(void **state)
{
	struct call *call = *state;
	size_t array = sizeof(struct virtio_media_cmd_ioctl) +
		       sizeof(struct v4l2_ext_controls);

	two_blobs(call);
	memset(call->request.section + array - 8, 0xff, 8);
	memset(call->request.section + array + 12, 0xff, 8);
	assert_int_equal(call_take_request(call), 0);
	assert_null(call->host.arg.controls.controls);
	assert_null(host_controls(call)[0].ptr);
	assert_null(host_controls(call)[1].ptr);
}

/* Whole otherwise, as a virtqueue could have it. */
static void more_payload_than_a_frame_has_is_refused(void **state)
{
	static struct {
		struct vms_aux aux;
		struct vms_extent extent;
		uint8_t bytes[VMS_MAX_CTRL + 1];
	} aux = { .aux = { .count = 1 } };
	struct {
		struct v4l2_ext_controls arg;
		struct v4l2_ext_control array[1];
		uint8_t sg[16];
	} __attribute__((packed)) request = { .arg = { .count = 1 } };
	const struct ioctl_desc *desc = ioctl_lookup(VIDIOC_S_EXT_CTRLS);
	struct call *call = *state;
	struct wire_writer writer;
	uint32_t len;

	for (len = VMS_MAX_CTRL; len <= VMS_MAX_CTRL + 1; len++) {
		request.array[0].size = len;
		wire_writer_init(&writer, request.sg, sizeof(request.sg));
		wire_put_u64(&writer, 0x4000);
		wire_put_u32(&writer, len);
		wire_put_u32(&writer, 0);
		aux.extent = (struct vms_extent){
			.addr = 0x4000,
			.len = len,
			.dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE,
			.space = VMS_SPACE_GUEST,
		};
		payload_finish(&call->host);
		assert_int_equal(payload_get_request(&call->host, desc,
						     &request, sizeof(request),
						     &aux, 24 + len),
				 len == VMS_MAX_CTRL ? 0 : -EINVAL);
	}
}

static void sizes_of_a_request_are_summed_up_with_a_limit(void **state)
{
	static struct {
		struct v4l2_ext_controls arg;
		struct v4l2_ext_control array[IOCTL_CONTROLS_MAX];
	} request;
	const struct ioctl_desc *desc = ioctl_lookup(VIDIOC_S_EXT_CTRLS);
	static const uint8_t aux[8];
	struct call *call = *state;
	size_t i;

	request.arg.count = IOCTL_CONTROLS_MAX;
	for (i = 0; i < IOCTL_CONTROLS_MAX; i++)
		request.array[i].size = UINT32_MAX / IOCTL_CONTROLS_MAX * 2;
	assert_int_equal(payload_get_request(&call->host, desc, &request,
					     sizeof(request), aux, sizeof(aux)),
			 -EINVAL);

	request.arg.count = 1;
	request.array[0].size = VMS_MAX_CTRL + 1;
	assert_int_equal(payload_get_request(&call->host, desc, &request,
					     sizeof(request), aux, sizeof(aux)),
			 -EINVAL);
}

static void finish_may_be_called_at_any_time(void **state)
{
	struct call *call = *state;
	struct payload_need need;

	payload_finish(&call->guest);
	payload_init(&call->guest, ioctl_lookup(VIDIOC_G_CTRL), NULL);
	payload_finish(&call->guest);
	payload_finish(&call->guest);

	two_blobs(call);
	payload_finish(&call->guest);
	payload_init(&call->guest, ioctl_lookup(VIDIOC_G_EXT_CTRLS),
		     &(struct v4l2_ext_controls){ .count = 3 });
	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_BYTES);
	payload_finish(&call->guest);
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
		TEST(the_application_sees_the_size_it_would_have_needed),
		TEST(a_size_beyond_the_application_s_is_only_for_enospc),
		TEST(more_than_a_control_can_have_is_cut),
		TEST(what_the_driver_leaves_alone_comes_back_unchanged),
		TEST(strings_come_out_terminated),
		TEST(an_unterminated_string_that_was_refused_stays_so),
		TEST(a_thousand_and_24_controls_is_the_most),
		TEST(a_request_that_no_frame_can_carry_is_enomem),
		TEST(a_request_must_have_its_sg_list),
		TEST(a_request_must_have_its_aux_block),
		TEST(a_response_must_have_its_aux_block),
		TEST(a_hostile_guest_gets_no_control_pointer_across),
		TEST(more_payload_than_a_frame_has_is_refused),
		TEST(sizes_of_a_request_are_summed_up_with_a_limit),
		TEST(finish_may_be_called_at_any_time),
	};

	return cmocka_run_group_tests_name("payload_controls", tests, NULL,
					   NULL);
}
