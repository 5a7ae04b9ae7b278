// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads of extended controls: sizes, and limits of one and of all.
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

#define UNCHANGED UINT32_MAX

/* A G_EXT_CTRLS of one control; the host answers with @size and @status. */
static void one_control(struct call *call, struct v4l2_ext_control *control,
			uint32_t *sent, uint32_t size, uint32_t status)
{
	struct v4l2_ext_controls arg = call_controls(control, 1);

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
	*sent = call_host_controls(call)[0].size;
	assert_int_equal(call->host.blob_len, *sent);
	if (size != UNCHANGED) {
		call_host_controls(call)[0].size = size;
		call_host_controls(call)[0].ptr = (void *)-1;
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
	struct v4l2_ext_controls arg = call_controls(&control, 1);

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
	struct v4l2_ext_controls arg = call_controls(&control, 1);
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
	struct v4l2_ext_controls arg = call_controls(&control, 1);
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
	arg = call_controls(array, IOCTL_CONTROLS_MAX);
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
	struct v4l2_ext_controls arg = call_controls(array, size1 ? 2 : 1);
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

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_application_sees_the_size_it_would_have_needed),
		TEST(a_size_beyond_the_application_s_is_only_for_enospc),
		TEST(more_than_a_control_can_have_is_cut),
		TEST(what_the_driver_leaves_alone_comes_back_unchanged),
		TEST(strings_come_out_terminated),
		TEST(an_unterminated_string_that_was_refused_stays_so),
		TEST(a_thousand_and_24_controls_is_the_most),
		TEST(a_request_that_no_frame_can_carry_is_enomem),
	};

	return cmocka_run_group_tests_name("payload_control_sizes", tests, NULL,
					   NULL);
}
