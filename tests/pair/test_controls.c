// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an argument points to: payload of extended controls, EDID, both ways and
 * on errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/streamer.h"

static struct front_file file;
static struct v4l2_ext_control list[3];
static struct v4l2_ext_controls controls;
static uint8_t array[FAKE_ARRAY_LEN + 64];
static char text[64];

/* An array, a string and a number. */
static void three_controls(void)
{
	memset(list, 0, sizeof(list));
	memset(&controls, 0, sizeof(controls));
	list[0].id = FAKE_CID_ARRAY;
	list[0].size = FAKE_ARRAY_LEN;
	list[0].ptr = array;
	list[1].id = FAKE_CID_SCALAR;
	list[2].id = FAKE_CID_STRING;
	list[2].size = FAKE_STRING_LEN;
	list[2].string = text;
	controls.count = 3;
	controls.controls = list;
}

static void expect_pointers_are_the_applications(void)
{
	assert_ptr_equal(controls.controls, list);
	assert_ptr_equal(list[0].ptr, array);
	assert_ptr_equal(list[2].ptr, text);
}

static void payload_goes_to_the_device(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	stream_fill(array, FAKE_ARRAY_LEN, 5);
	strcpy(text, "hello");
	list[1].value = -42;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls), 0);
	assert_true(stream_filled(fake.array, FAKE_ARRAY_LEN, 5));
	assert_string_equal(fake.string, "hello");
	assert_int_equal(fake.scalar, -42);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

static void payload_comes_from_the_device(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_fill(fake.array, FAKE_ARRAY_LEN, 8);
	strcpy(fake.string, "from there");
	fake.scalar = 4711;
	three_controls();
	memset(array, 0xaa, sizeof(array));
	memset(text, 0, sizeof(text));
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	assert_true(stream_filled(array, FAKE_ARRAY_LEN, 8));
	assert_int_equal(array[FAKE_ARRAY_LEN], 0xaa);
	assert_string_equal(text, "from there");
	assert_int_equal(list[1].value, 4711);
	assert_int_equal(list[0].size, FAKE_ARRAY_LEN);
	assert_int_equal(list[1].size, 0);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

static void what_has_payload_is_asked_once(void **state)
{
	unsigned int i;

	(void)state;
	harness_open_fake(&file);
	for (i = 0; i < 3; i++) {
		three_controls();
		assert_int_equal(
			front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	}
	/* Once for each by guestd, and each time by hostd, who trusts nobody. */
	assert_int_equal(fake_count(VIDIOC_QUERY_EXT_CTRL), 2 + 3 * 2);
	assert_int_equal(front_close(&file), 0);
}

/* R13, and what an application does to learn the size. */
static void too_little_room_is_enospc_and_the_size(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	list[0].size = 10;
	memset(array, 0xaa, sizeof(array));
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -ENOSPC);
	assert_int_equal(list[0].size, FAKE_ARRAY_LEN);
	assert_int_equal(controls.error_idx, 0);
	assert_int_equal(controls.count, 3);
	assert_int_equal(array[10], 0xaa);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R13, B11 */
static void an_unknown_control_is_pointed_out(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	list[2].id = V4L2_CID_BRIGHTNESS;
	list[2].size = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EINVAL);
	assert_int_equal(controls.error_idx, 2);
	assert_int_equal(list[2].id, V4L2_CID_BRIGHTNESS);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

/* It is the value that travels where there is no payload, whatever size says. */
static void the_size_of_a_number_does_not_matter(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	controls.count = 2;
	list[1].size = 77;
	list[1].value = 12;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls), 0);
	assert_int_equal(fake.scalar, 12);
	assert_int_equal(list[1].size, 77);
	assert_int_equal(front_close(&file), 0);
}

static void memory_that_is_not_there_is_efault(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	harness.front.fault = (uintptr_t)array + 100;
	controls.error_idx = 77;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls),
			 -EFAULT);
	assert_int_equal(controls.error_idx, 0);
	harness.front.fault = (uintptr_t)text;
	assert_int_equal(front_ioctl(&file, VIDIOC_TRY_EXT_CTRLS, &controls),
			 -EFAULT);
	assert_int_equal(controls.error_idx, 2);
	assert_int_equal(controls.count, 3);
	expect_pointers_are_the_applications();
	assert_int_equal(fake_count(VIDIOC_S_EXT_CTRLS), 0);
	assert_int_equal(fake_count(VIDIOC_TRY_EXT_CTRLS), 0);
	harness.front.fault = (uintptr_t)list;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EFAULT);
	harness.front.fault = 0;
	controls.controls = NULL;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EFAULT);
	controls.controls = list;
	controls.count = IOCTL_CONTROLS_MAX + 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* Who asks for the size has no place for the rest (v4l2-ctrls-api.c). */
static void who_asks_for_a_size_needs_no_memory(void **state)
{
	(void)state;
	harness_open_fake(&file);
	three_controls();
	list[0].size = 10;
	harness.front.fault = (uintptr_t)array;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -ENOSPC);
	assert_int_equal(list[0].size, FAKE_ARRAY_LEN);
	assert_int_equal(controls.error_idx, 0);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

/* What is before it has come, what is behind it has not. */
static void values_come_up_to_the_memory_that_is_not_there(void **state)
{
	static const enum front_memory ways[] = { FRONT_NOW, FRONT_LATER };
	unsigned int i;

	(void)state;
	harness_open_fake(&file);
	strcpy(fake.string, "behind");
	fake.scalar = 12;
	stream_fill(fake.array, FAKE_ARRAY_LEN, 4);
	for (i = 0; i < 2; i++) {
		harness.front.memory = ways[i];
		three_controls();
		memset(array, 0xaa, sizeof(array));
		memset(text, 0xaa, sizeof(text));
		list[1].value = 55;
		harness.front.fault = (uintptr_t)text + 1;
		assert_int_equal(
			front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			-EFAULT);
		assert_int_equal(controls.error_idx, 2);
		assert_true(stream_filled(array, FAKE_ARRAY_LEN, 4));
		assert_int_equal(list[1].value, 12);

		three_controls();
		list[1].value = 55;
		harness.front.fault = (uintptr_t)array;
		assert_int_equal(
			front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			-EFAULT);
		assert_int_equal(controls.error_idx, 0);
		assert_int_equal(list[1].value, 55);
		expect_pointers_are_the_applications();
	}
	assert_int_equal(front_close(&file), 0);
}

/* Memory that goes while the device answers, and of a text only as much as it is. */
static void only_what_the_device_has_written_is_needed(void **state)
{
	struct v4l2_ext_control many[2];

	(void)state;
	harness_open_fake(&file);
	strcpy(fake.string, "short");
	three_controls();
	/* Behind the end of the text: what nobody writes need not be there. */
	harness.front.fault = (uintptr_t)text + FAKE_STRING_LEN - 1;
	memset(text, 0xaa, sizeof(text));
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	assert_string_equal(text, "short");
	assert_int_equal((uint8_t)text[6], 0xaa);

	memset(many, 0, sizeof(many));
	many[0].id = FAKE_CID_STRING;
	many[0].size = FAKE_STRING_LEN;
	many[0].string = text;
	many[1].id = V4L2_CID_BRIGHTNESS;
	controls.count = 2;
	controls.controls = many;
	text[0] = 'x';
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EINVAL);
	assert_int_equal(controls.error_idx, 1);
	assert_string_equal(text, "short");
	assert_int_equal(front_close(&file), 0);
}

static int huge(void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	query->type = V4L2_CTRL_TYPE_U8;
	query->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
	query->elem_size = 1;
	query->elems = VMS_MAX_CTRL;
	query->nr_of_dims = 1;
	query->dims[0] = VMS_MAX_CTRL;
	return 0;
}

/* decisions: refused before anything is sent */
static void what_no_frame_can_carry_is_enomem_for_all_of_them(void **state)
{
	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_QUERY_EXT_CTRL, huge);
	three_controls();
	list[2].size = VMS_MAX_CTRL;
	controls.error_idx = 77;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls),
			 -ENOMEM);
	assert_int_equal(controls.error_idx, 3);
	assert_int_equal(fake_count(VIDIOC_S_EXT_CTRLS), 0);
	expect_pointers_are_the_applications();
	assert_int_equal(front_close(&file), 0);
}

static void all_of_it_may_be_copied_from_the_loop(void **state)
{
	(void)state;
	harness.front.memory = FRONT_LATER;
	harness_open_fake(&file);
	three_controls();
	stream_fill(array, FAKE_ARRAY_LEN, 5);
	strcpy(text, "later");
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EXT_CTRLS, &controls), 0);
	memset(array, 0, sizeof(array));
	memset(text, 0, sizeof(text));
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	assert_true(stream_filled(array, FAKE_ARRAY_LEN, 5));
	assert_string_equal(text, "later");
	harness.front.fault = (uintptr_t)array + 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls),
			 -EFAULT);
	assert_int_equal(front_close(&file), 0);
}

/* Stuck behind a page that does not come: nothing has happened yet. */
static void a_signal_ends_a_fetch_that_is_stuck(void **state)
{
	struct front_call call;

	(void)state;
	harness_open_fake(&file);
	three_controls();
	harness.front.memory = FRONT_NEVER;
	front_begin_ioctl(&call, &file, VIDIOC_S_EXT_CTRLS, &controls);
	harness_settle();
	assert_int_equal(front_state(&call), REQUEST_FETCH);
	front_interrupt(&call);
	assert_int_equal(call.reply, FRONT_REPLY_RESTART);
	assert_int_equal(harness.front.withdrawn, 1);
	assert_int_equal(front_close(&file), 0);
}

/* It has happened, so it is not run again; the caller hears what it can. */
static void a_store_that_is_stuck_ends_with_the_caller(void **state)
{
	struct front_call call;

	(void)state;
	harness_open_fake(&file);
	three_controls();
	/* What has payload is known after that. */
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	front_begin_ioctl(&call, &file, VIDIOC_G_EXT_CTRLS, &controls);
	assert_int_equal(front_state(&call), REQUEST_WIRE);
	harness.front.memory = FRONT_NEVER;
	harness_settle();
	stream_barrier(&file);
	assert_int_equal(front_state(&call), REQUEST_STORE);
	front_interrupt(&call);
	harness_pass_ms(50);
	assert_false(front_done(&call));
	harness.helper.signals = HELPER_SIGNAL_KILL;
	harness_pass_ms(150);
	assert_true(front_done(&call));
	assert_int_equal(call.result, -EFAULT);
	assert_int_equal(harness.front.withdrawn, 1);
	/* The session is none the worse for it. */
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

/* ---- EDID ---------------------------------------------------------------- */

static void every_byte_of_an_edid_travels(void **state)
{
	static uint8_t blocks[FAKE_EDID_LEN];
	struct v4l2_edid edid = { .blocks = 4, .edid = blocks };

	(void)state;
	harness_open_fake(&file);
	stream_fill(blocks, sizeof(blocks), 3);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EDID, &edid), 0);
	assert_true(stream_filled(fake.edid, FAKE_EDID_LEN, 3));
	assert_ptr_equal(edid.edid, blocks);

	memset(blocks, 0, sizeof(blocks));
	edid.start_block = 1;
	edid.blocks = 2;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EDID, &edid), 0);
	assert_memory_equal(blocks, fake.edid + 128, 256);
	assert_int_equal(blocks[256], 0);
	assert_int_equal(edid.blocks, 2);
	assert_ptr_equal(edid.edid, blocks);

	edid.start_block = 0;
	edid.blocks = 0;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_EDID, &edid), 0);
	assert_int_equal(edid.blocks, FAKE_EDID_LEN / 128);
	assert_int_equal(front_close(&file), 0);
}

static void an_edid_that_is_too_long_says_how_long(void **state)
{
	static uint8_t blocks[8 * 128];
	struct v4l2_edid edid = { .blocks = 8, .edid = blocks };

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EDID, &edid), -E2BIG);
	assert_int_equal(edid.blocks, FAKE_EDID_LEN / 128);
	assert_ptr_equal(edid.edid, blocks);
	edid.blocks = 257;
	assert_int_equal(front_ioctl(&file, VIDIOC_S_EDID, &edid), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(payload_goes_to_the_device),
		HARNESS_TEST(payload_comes_from_the_device),
		HARNESS_TEST(what_has_payload_is_asked_once),
		HARNESS_TEST(too_little_room_is_enospc_and_the_size),
		HARNESS_TEST(an_unknown_control_is_pointed_out),
		HARNESS_TEST(the_size_of_a_number_does_not_matter),
		HARNESS_TEST(memory_that_is_not_there_is_efault),
		HARNESS_TEST(who_asks_for_a_size_needs_no_memory),
		HARNESS_TEST(values_come_up_to_the_memory_that_is_not_there),
		HARNESS_TEST(only_what_the_device_has_written_is_needed),
		HARNESS_TEST(what_no_frame_can_carry_is_enomem_for_all_of_them),
		HARNESS_TEST(all_of_it_may_be_copied_from_the_loop),
		HARNESS_TEST(a_signal_ends_a_fetch_that_is_stuck),
		HARNESS_TEST(a_store_that_is_stuck_ends_with_the_caller),
		HARNESS_TEST(every_byte_of_an_edid_travels),
		HARNESS_TEST(an_edid_that_is_too_long_says_how_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
