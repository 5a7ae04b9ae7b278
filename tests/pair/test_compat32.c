// SPDX-License-Identifier: BSD-3-Clause
/*
 * 32-bit programs: formats, enumerations, controls, EDID, events, through both
 * daemons.  Their buffers are in test_compat32_buffers.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/compat32_rig.h"
#include "tests/honest.h"
#include "tests/streamer.h"

static struct front_file file;

static void open_program(enum front_memory memory)
{
	harness.front.compat = true;
	harness.front.memory = memory;
	harness_open_fake(&file);
}

/* ---- formats and enumerations ------------------------------------------- */

static int change_format(void *arg)
{
	struct v4l2_format *format = arg;
	union payload_arg asked = { .format = *format };
	union payload_arg answer = asked;

	fill_distinct(&answer.format.fmt, sizeof(answer.format.fmt));
	honest_answer(VIDIOC_G_FMT, &asked, &answer);
	answer.format.fmt.pix.width = 1234;
	*format = answer.format;
	return 0;
}

static void a_format_goes_there_and_back(void **state)
{
	static const struct {
		uint32_t cmd;
		uint32_t native;
	} calls[] = {
		{ CMD32(G_FMT, format32), VIDIOC_G_FMT },
		{ CMD32(S_FMT, format32), VIDIOC_S_FMT },
		{ CMD32(TRY_FMT, format32), VIDIOC_TRY_FMT },
	};
	struct v4l2_format given = { .type = CAPTURE };
	const struct v4l2_format *got;
	struct format32 format;
	struct format32 sent;
	size_t i;

	(void)state;
	open_program(FRONT_NOW);
	for (i = 0; i < 3; i++) {
		fill_distinct(&format, sizeof(format));
		format.type = CAPTURE;
		sent = format;
		fake_on(calls[i].native, change_format);
		assert_int_equal(front_ioctl(&file, calls[i].cmd, &format), 0);
		got = &fake_last(calls[i].native)->arg.format;
		assert_int_equal(got->type, CAPTURE);
		assert_memory_equal(&got->fmt.pix, &sent.fmt.pix,
				    sizeof(sent.fmt.pix));
		change_format(&given);
		assert_int_equal(format.type, CAPTURE);
		assert_memory_equal(&format.fmt, &given.fmt.pix,
				    sizeof(given.fmt.pix));
	}
	assert_int_equal(front_close(&file), 0);
}

static int refuse(void *arg)
{
	memset(arg, 0x77, sizeof(struct v4l2_format));
	return -EBUSY;
}

static void a_call_that_fails_leaves_its_argument(void **state)
{
	struct format32 format;
	struct format32 sent;

	(void)state;
	open_program(FRONT_NOW);
	fake_on(VIDIOC_S_FMT, refuse);
	fill_distinct(&format, sizeof(format));
	format.type = CAPTURE;
	sent = format;
	assert_int_equal(front_ioctl(&file, CMD32(S_FMT, format32), &format),
			 -EBUSY);
	assert_memory_equal(&format, &sent, sizeof(sent));
	/* Before the device is asked, whether it has such a call or not. */
	format.type = 99;
	assert_int_equal(front_ioctl(&file, CMD32(S_FMT, format32), &format),
			 -EINVAL);
	assert_int_equal(fake_count(VIDIOC_S_FMT), 1);
	assert_int_equal(front_close(&file), 0);
}

static void give(uint32_t cmd, const union payload_arg *asked, void *arg,
		 size_t len)
{
	union payload_arg answer;

	memcpy(answer.bytes, arg, len);
	honest_answer(cmd, asked, &answer);
	memcpy(arg, answer.bytes, len);
}

static int give_standard(void *arg)
{
	struct v4l2_standard *standard = arg;
	union payload_arg asked;

	memcpy(asked.bytes, standard, sizeof(*standard));
	fill_distinct(standard, sizeof(*standard));
	give(VIDIOC_ENUMSTD, &asked, standard, sizeof(*standard));
	standard->name[sizeof(standard->name) - 1] = '\0';
	return 0;
}

static int give_input(void *arg)
{
	struct v4l2_input *input = arg;
	union payload_arg asked;

	memcpy(asked.bytes, input, sizeof(*input));
	fill_distinct(input, sizeof(*input));
	give(VIDIOC_ENUMINPUT, &asked, input, sizeof(*input));
	input->name[sizeof(input->name) - 1] = '\0';
	return 0;
}

static void standards_and_inputs_come_back_shorter(void **state)
{
	struct v4l2_standard standard = { .index = 3 };
	struct standard32 standard32;
	struct v4l2_input input;
	struct input32 input32;

	(void)state;
	open_program(FRONT_NOW);
	fake_on(VIDIOC_ENUMSTD, give_standard);
	fill_distinct(&standard32, sizeof(standard32));
	standard32.index = 3;
	assert_int_equal(
		front_ioctl(&file, CMD32(ENUMSTD, standard32), &standard32), 0);
	give_standard(&standard);
	SAME(&standard, &standard32, index);
	SAME(&standard, &standard32, id);
	SAME(&standard, &standard32, name);
	SAME(&standard, &standard32, framelines);
	SAME(&standard, &standard32, reserved);

	fake_on(VIDIOC_ENUMINPUT, give_input);
	memset(&input32, 0x11, sizeof(input32));
	input32.index = 5;
	assert_int_equal(
		front_ioctl(&file, CMD32(ENUMINPUT, input32), &input32), 0);
	assert_true(all_are(fake_last(VIDIOC_ENUMINPUT)->arg.bytes + 4, 0x11,
			    sizeof(input32) - 4));
	input.index = 5;
	give_input(&input);
	assert_memory_equal(&input32, &input, sizeof(input32));
	assert_int_equal(front_close(&file), 0);
}

static int give_framebuffer(void *arg)
{
	fill_distinct(arg, sizeof(struct v4l2_framebuffer));
	return 0;
}

static void a_frame_buffer_comes_without_its_address(void **state)
{
	struct v4l2_framebuffer given;
	struct framebuffer32 got;

	(void)state;
	open_program(FRONT_NOW);
	fake_on(VIDIOC_G_FBUF, give_framebuffer);
	memset(&got, 0xee, sizeof(got));
	assert_int_equal(front_ioctl(&file, CMD32(G_FBUF, framebuffer32), &got),
			 0);
	give_framebuffer(&given);
	SAME(&given, &got, flags);
	SAME(&given, &got, fmt);
	assert_int_equal(got.base, 0);
	assert_int_equal(front_ioctl(&file, CMD32(S_FBUF, framebuffer32), &got),
			 -EPERM);
	assert_int_equal(front_close(&file), 0);
}

/* ---- controls and EDID ----------------------------------------------------- */

static struct v4l2_ext_control *list;
static struct controls32 controls;
static uint8_t *array;
static char *text;

/* The upper half of a pointer is the program's, and garbage. */
static uint64_t garbage(const void *low)
{
	return 0xa5a5a5a500000000u | (uintptr_t)low;
}

static void three_controls(void)
{
	struct v4l2_ext_control empty[3] = {
		{ .id = FAKE_CID_ARRAY, .size = FAKE_ARRAY_LEN },
		{ .id = FAKE_CID_SCALAR, .value64 = 0x1234567812345678 },
		{ .id = FAKE_CID_STRING, .size = FAKE_STRING_LEN },
	};
	uint8_t room[FAKE_ARRAY_LEN] = { 0 };

	array = front_low(room, FAKE_ARRAY_LEN);
	text = front_low(room, FAKE_STRING_LEN);
	list = front_low(empty, sizeof(empty));
	list[0].value64 = (int64_t)garbage(array);
	list[2].value64 = (int64_t)garbage(text);
	memset(&controls, 0, sizeof(controls));
	controls.count = 3;
	controls.error_idx = 77;
	controls.controls = (uint32_t)(uintptr_t)list;
}

static void expect_pointers_are_the_programs(void)
{
	assert_int_equal(controls.controls, (uintptr_t)list);
	assert_true((uint64_t)list[0].value64 == garbage(array));
	assert_true((uint64_t)list[2].value64 == garbage(text));
}

static void payload_of_controls_goes_both_ways(void **state)
{
	static const enum front_memory memories[] = { FRONT_NOW, FRONT_LATER };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i)
			harness.front.memory = memories[i];
		else
			open_program(memories[i]);
		three_controls();
		stream_fill(array, FAKE_ARRAY_LEN, 5);
		memcpy(text, "hello", sizeof("hello"));
		list[1].value = -42;
		assert_int_equal(front_ioctl(&file,
					     CMD32(S_EXT_CTRLS, controls32),
					     &controls),
				 0);
		assert_true(stream_filled(fake.array, FAKE_ARRAY_LEN, 5));
		assert_string_equal(fake.string, "hello");
		assert_int_equal(fake.scalar, -42);
		expect_pointers_are_the_programs();

		three_controls();
		stream_fill(fake.array, FAKE_ARRAY_LEN, 8);
		memcpy(fake.string, "from there", sizeof("from there"));
		fake.scalar = 4711;
		assert_int_equal(front_ioctl(&file,
					     CMD32(G_EXT_CTRLS, controls32),
					     &controls),
				 0);
		assert_true(stream_filled(array, FAKE_ARRAY_LEN, 8));
		assert_string_equal(text, "from there");
		assert_int_equal(list[1].value, 4711);
		expect_pointers_are_the_programs();
	}
	assert_int_equal(front_close(&file), 0);
}

static void too_little_room_is_enospc_and_the_size(void **state)
{
	(void)state;
	open_program(FRONT_LATER);
	three_controls();
	list[2].size = 3;
	assert_int_equal(
		front_ioctl(&file, CMD32(G_EXT_CTRLS, controls32), &controls),
		-ENOSPC);
	assert_int_equal(list[2].size, FAKE_STRING_LEN);
	assert_int_equal(controls.error_idx, 2);
	expect_pointers_are_the_programs();

	three_controls();
	list[1].id = V4L2_CID_BRIGHTNESS;
	assert_int_equal(
		front_ioctl(&file, CMD32(G_EXT_CTRLS, controls32), &controls),
		-EINVAL);
	assert_int_equal(controls.error_idx, 1);
	expect_pointers_are_the_programs();

	controls.count = 1025;
	assert_int_equal(
		front_ioctl(&file, CMD32(G_EXT_CTRLS, controls32), &controls),
		-EINVAL);
	three_controls();
	harness.front.fault = (uintptr_t)array;
	assert_int_equal(
		front_ioctl(&file, CMD32(G_EXT_CTRLS, controls32), &controls),
		-EFAULT);
	harness.front.fault = 0;
	assert_int_equal(front_close(&file), 0);
}

static void edid_blocks_go_both_ways(void **state)
{
	uint8_t blocks[256] = { 0 };
	uint8_t *low = front_low(blocks, sizeof(blocks));
	struct edid32 edid = {
		.start_block = 1,
		.blocks = 2,
		.edid = (uint32_t)(uintptr_t)low,
	};

	(void)state;
	open_program(FRONT_LATER);
	stream_fill(fake.edid, FAKE_EDID_LEN, 3);
	assert_int_equal(front_ioctl(&file, CMD32(G_EDID, edid32), &edid), 0);
	assert_memory_equal(low, fake.edid + 128, 256);
	assert_int_equal(edid.edid, (uintptr_t)low);
	edid.start_block = 0;
	stream_fill(low, 256, 9);
	assert_int_equal(front_ioctl(&file, CMD32(S_EDID, edid32), &edid), 0);
	assert_true(stream_filled(fake.edid, 256, 9));

	/* How many there can be comes back with the error. */
	edid.blocks = FAKE_EDID_LEN / 128 + 1;
	edid.edid = (uint32_t)(uintptr_t)front_low(fake.array, 0);
	assert_int_equal(front_ioctl(&file, CMD32(S_EDID, edid32), &edid),
			 -E2BIG);
	assert_int_equal(edid.blocks, FAKE_EDID_LEN / 128);
	assert_int_equal(front_close(&file), 0);
}

/* ---- events ---------------------------------------------------------------- */

static void an_event_comes_in_the_layout_that_is_asked_for(void **state)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_SOURCE_CHANGE,
		.id = 3,
	};
	struct event32 time32;
	struct event32_time64 time64;
	struct front_call call;

	(void)state;
	open_program(FRONT_NOW);
	assert_int_equal(
		front_ioctl(&file, VIDIOC_SUBSCRIBE_EVENT, &subscription), 0);
	fake_event(V4L2_EVENT_SOURCE_CHANGE, 3, V4L2_EVENT_SRC_CH_RESOLUTION);
	assert_int_equal(front_ioctl(&file, CMD32(DQEVENT, event32), &time32),
			 0);
	assert_int_equal(time32.type, V4L2_EVENT_SOURCE_CHANGE);
	assert_int_equal(time32.u[0], V4L2_EVENT_SRC_CH_RESOLUTION);
	assert_int_equal(time32.id, 3);
	assert_int_equal(time32.pending, 0);

	/* One that has to wait for it */
	front_begin_ioctl(&call, &file, CMD32(DQEVENT, event32_time64),
			  &time64);
	harness_settle();
	assert_false(front_done(&call));
	fake_event(V4L2_EVENT_SOURCE_CHANGE, 3, V4L2_EVENT_SRC_CH_RESOLUTION);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(call.argument_len, sizeof(time64));
	assert_int_equal(time64.u[0], V4L2_EVENT_SRC_CH_RESOLUTION);
	assert_int_equal(time64.id, 3);
	assert_int_equal(time64.sequence, 1);
	assert_int_equal(front_close(&file), 0);
}

/* ---- who is a 32-bit program -------------------------------------------------- */

static void numbers_of_32_bit_programs_are_nothing_to_others(void **state)
{
	struct format32 format = { .type = CAPTURE };
	struct v4l2_format native = { .type = CAPTURE };

	(void)state;
	harness_open_fake(&file);
	fake_on(VIDIOC_G_FMT, change_format);
	assert_int_equal(front_ioctl(&file, CMD32(G_FMT, format32), &format),
			 -ENOTTY);
	/* But those who say the other number have the other structure. */
	file.compat = true;
	assert_int_equal(front_ioctl(&file, VIDIOC_G_FMT, &native), 0);
	assert_int_equal(native.fmt.pix.width, 1234);
	assert_int_equal(front_close(&file), 0);
}

static void a_session_that_is_over_is_so_for_them_too(void **state)
{
	struct format32 format = { .type = 99 };

	(void)state;
	open_program(FRONT_NOW);
	harness_host_leaves();
	harness_settle();
	assert_int_equal(front_ioctl(&file, CMD32(G_FMT, format32), &format),
			 -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_format_goes_there_and_back),
		HARNESS_TEST(a_call_that_fails_leaves_its_argument),
		HARNESS_TEST(standards_and_inputs_come_back_shorter),
		HARNESS_TEST(a_frame_buffer_comes_without_its_address),
		HARNESS_TEST(payload_of_controls_goes_both_ways),
		HARNESS_TEST(too_little_room_is_enospc_and_the_size),
		HARNESS_TEST(edid_blocks_go_both_ways),
		HARNESS_TEST(an_event_comes_in_the_layout_that_is_asked_for),
		HARNESS_TEST(numbers_of_32_bit_programs_are_nothing_to_others),
		HARNESS_TEST(a_session_that_is_over_is_so_for_them_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
