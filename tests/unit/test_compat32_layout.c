// SPDX-License-Identifier: BSD-3-Clause
/*
 * Layouts of 32-bit programs: every field both ways, with distinct bytes, and
 * what is no field.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "tests/compat32_rig.h"

/* ---- numbers ----------------------------------------------------------- */

/* As strace of programs for i386 shows them */
static const struct {
	uint32_t cmd;
	uint32_t native;
} numbers[] = {
	{ 0xc0cc5604, VIDIOC_G_FMT },
	{ 0xc0cc5605, VIDIOC_S_FMT },
	{ 0xc0cc5640, VIDIOC_TRY_FMT },
	{ 0xc0445609, VIDIOC_QUERYBUF },
	{ 0xc044560f, VIDIOC_QBUF },
	{ 0xc0445611, VIDIOC_DQBUF },
	{ 0xc044565d, VIDIOC_PREPARE_BUF },
	{ 0xc04c5609, VIDIOC_QUERYBUF },
	{ 0xc04c560f, VIDIOC_QBUF },
	{ 0xc04c5611, VIDIOC_DQBUF },
	{ 0xc04c565d, VIDIOC_PREPARE_BUF },
	{ 0x802c560a, VIDIOC_G_FBUF },
	{ 0x402c560b, VIDIOC_S_FBUF },
	{ 0xc0405619, VIDIOC_ENUMSTD },
	{ 0xc04c561a, VIDIOC_ENUMINPUT },
	{ 0xc0245628, VIDIOC_G_EDID },
	{ 0xc0245629, VIDIOC_S_EDID },
	{ 0xc0185647, VIDIOC_G_EXT_CTRLS },
	{ 0xc0185648, VIDIOC_S_EXT_CTRLS },
	{ 0xc0185649, VIDIOC_TRY_EXT_CTRLS },
	{ 0x80785659, VIDIOC_DQEVENT },
	{ 0x80805659, VIDIOC_DQEVENT },
	{ 0xc0f8565c, VIDIOC_CREATE_BUFS },
};

static void each_number_is_that_of_a_32_bit_program(void **state)
{
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);
	const struct compat32_ioctl *ioctl;
	size_t i;

	(void)state;
	for (i = 0; i < count; i++) {
		ioctl = compat32_lookup(numbers[i].cmd);
		assert_non_null(ioctl);
		assert_int_equal(ioctl->native, numbers[i].native);
		assert_int_equal(ioctl->layout->size32,
				 _IOC_SIZE(numbers[i].cmd));
		assert_int_equal(ioctl->layout->size64,
				 _IOC_SIZE(numbers[i].native));
	}
	assert_non_null(compat32_row(count - 1));
	assert_null(compat32_row(count));
}

static void numbers_that_both_have_are_not_converted(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++)
		assert_null(compat32_lookup(desc->cmd));
	assert_null(compat32_lookup(0));
	assert_null(compat32_lookup(_IOW('V', 4, struct format32)));
	assert_null(compat32_lookup(_IOWR('U', 4, struct format32)));
	assert_null(compat32_lookup(_IOWR('V', 4, char[205])));
}

/* ---- buffers -------------------------------------------------------------- */

#define SAME_BUFFER(a, b)                                                      \
	do {                                                                   \
		SAME(a, b, index);                                             \
		SAME(a, b, type);                                              \
		SAME(a, b, bytesused);                                         \
		SAME(a, b, flags);                                             \
		SAME(a, b, field);                                             \
		SAME(a, b, timecode);                                          \
		SAME(a, b, sequence);                                          \
		SAME(a, b, memory);                                            \
		SAME(a, b, length);                                            \
		SAME(a, b, request_fd);                                        \
		assert_true((a)->timestamp.tv_sec == (b)->timestamp.tv_sec);   \
		assert_true((a)->timestamp.tv_usec == (b)->timestamp.tv_usec); \
	} while (0)

static void a_buffer_goes_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(DQBUF, buffer32));
	struct buffer32 from;
	struct buffer32 back;
	struct v4l2_buffer to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	from.m = 0xfffefdfc;
	from.timestamp.tv_sec = -5; /* a long with a sign */
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME_BUFFER(&to, &from);
	assert_int_equal(to.m.userptr, 0xfffefdfc); /* no sign */
	assert_int_equal(to.reserved2, 0);

	to.reserved2 = 0xaabbccdd;
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	SAME_BUFFER(&to, &back);
	assert_int_equal(back.m, 0xfffefdfc);
	assert_int_equal(back.reserved2, 0);
}

static void a_buffer_with_times_of_64_bits_goes_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(QUERYBUF, buffer32_time64));
	struct buffer32_time64 from;
	struct buffer32_time64 back;
	struct v4l2_buffer to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME_BUFFER(&to, &from);
	assert_int_equal(to.m.userptr, from.m);
	assert_int_equal(to.reserved2, 0);

	to.reserved2 = 0xaabbccdd;
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	SAME_BUFFER(&to, &back);
	assert_int_equal(back.m, from.m);
	assert_int_equal(back.reserved2, 0);
}

static void seconds_that_do_not_fit_are_cut(void **state)
{
	struct v4l2_buffer from = { .timestamp = { 0x1234567890, 0x9abcdef } };
	struct buffer32 back;

	(void)state;
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout_of(CMD32(QBUF, buffer32)), &from, &back);
	assert_int_equal(back.timestamp.tv_sec, 0x34567890);
	assert_int_equal(back.timestamp.tv_usec, 0x9abcdef);
}

static void a_plane_goes_both_ways(void **state)
{
	struct plane32 from;
	struct plane32 back;
	struct v4l2_plane to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	from.m = 0x80000001;
	assert_int_equal(compat32_get(&compat32_plane, &from, &to), 0);
	SAME(&to, &from, bytesused);
	SAME(&to, &from, length);
	SAME(&to, &from, data_offset);
	assert_int_equal(to.m.userptr, 0x80000001);
	assert_true(all_are(to.reserved, 0, sizeof(to.reserved)));

	memset(to.reserved, 1, sizeof(to.reserved));
	memset(&back, 0xee, sizeof(back));
	compat32_put(&compat32_plane, &to, &back);
	SAME(&to, &back, bytesused);
	SAME(&to, &back, length);
	SAME(&to, &back, data_offset);
	assert_int_equal(back.m, 0x80000001);
	assert_true(all_are(back.reserved, 0, sizeof(back.reserved)));
}

/* ---- all others ------------------------------------------------------------ */

static void a_frame_buffer_goes_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(S_FBUF, framebuffer32));
	struct framebuffer32 from;
	struct framebuffer32 back;
	struct v4l2_framebuffer to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, capability);
	SAME(&to, &from, flags);
	SAME(&to, &from, fmt);
	assert_int_equal((uintptr_t)to.base, from.base);
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	assert_memory_equal(&back, &from, sizeof(from));
}

static void controls_go_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(TRY_EXT_CTRLS, controls32));
	struct controls32 from;
	struct controls32 back;
	struct v4l2_ext_controls to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	from.controls = 0x87654321;
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, which);
	SAME(&to, &from, count);
	SAME(&to, &from, error_idx);
	SAME(&to, &from, request_fd);
	assert_int_equal(to.reserved[0], from.reserved);
	assert_int_equal((uintptr_t)to.controls, 0x87654321);
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	assert_memory_equal(&back, &from, sizeof(from));
}

static void an_edid_goes_both_ways(void **state)
{
	const struct compat32_layout *layout = layout_of(CMD32(G_EDID, edid32));
	struct edid32 from;
	struct edid32 back;
	struct v4l2_edid to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, pad);
	SAME(&to, &from, start_block);
	SAME(&to, &from, blocks);
	SAME(&to, &from, reserved);
	assert_int_equal((uintptr_t)to.edid, from.edid);
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	/* put_v4l2_edid32(): all but the address */
	assert_int_equal(back.edid, 0xeeeeeeee);
	back.edid = from.edid;
	assert_memory_equal(&back, &from, sizeof(from));
}

/* get_v4l2_standard32(): "other fields are not set by the user" */
static void a_standard_is_asked_for_by_index_alone(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(ENUMSTD, standard32));
	struct standard32 from;
	struct standard32 back;
	struct v4l2_standard to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, index);
	assert_true(all_are((uint8_t *)&to + 4, 0, sizeof(to) - 4));
	fill_distinct(&to, sizeof(to));
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	SAME(&to, &back, index);
	SAME(&to, &back, id);
	SAME(&to, &back, name);
	SAME(&to, &back, frameperiod);
	SAME(&to, &back, framelines);
	SAME(&to, &back, reserved);
}

static void an_input_goes_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(ENUMINPUT, input32));
	struct input32 from;
	struct input32 back;
	struct v4l2_input to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, index);
	SAME(&to, &from, name);
	SAME(&to, &from, type);
	SAME(&to, &from, audioset);
	SAME(&to, &from, tuner);
	SAME(&to, &from, std);
	SAME(&to, &from, status);
	SAME(&to, &from, capabilities);
	SAME(&to, &from, reserved);
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	assert_memory_equal(&back, &from, sizeof(from));
}

#define SAME_EVENT(a, b)                                                       \
	do {                                                                   \
		SAME(a, b, type);                                              \
		SAME(a, b, u);                                                 \
		SAME(a, b, pending);                                           \
		SAME(a, b, sequence);                                          \
		SAME(a, b, id);                                                \
		SAME(a, b, reserved);                                          \
	} while (0)

static void an_event_comes_with_either_time(void **state)
{
	struct v4l2_event from;
	struct event32 time32;
	struct event32_time64 time64;

	(void)state;
	fill_distinct(&from, sizeof(from));
	memset(&time32, 0xee, sizeof(time32));
	compat32_put(layout_of(CMD32(DQEVENT, event32)), &from, &time32);
	SAME_EVENT(&from, &time32);
	assert_int_equal(time32.timestamp.tv_sec,
			 (int32_t)from.timestamp.tv_sec);
	assert_int_equal(time32.timestamp.tv_nsec,
			 (int32_t)from.timestamp.tv_nsec);

	memset(&time64, 0xee, sizeof(time64));
	compat32_put(layout_of(CMD32(DQEVENT, event32_time64)), &from, &time64);
	SAME_EVENT(&from, &time64);
	SAME(&from, &time64, timestamp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_is_that_of_a_32_bit_program),
		cmocka_unit_test(numbers_that_both_have_are_not_converted),
		cmocka_unit_test(a_buffer_goes_both_ways),
		cmocka_unit_test(a_buffer_with_times_of_64_bits_goes_both_ways),
		cmocka_unit_test(seconds_that_do_not_fit_are_cut),
		cmocka_unit_test(a_plane_goes_both_ways),
		cmocka_unit_test(a_frame_buffer_goes_both_ways),
		cmocka_unit_test(controls_go_both_ways),
		cmocka_unit_test(an_edid_goes_both_ways),
		cmocka_unit_test(a_standard_is_asked_for_by_index_alone),
		cmocka_unit_test(an_input_goes_both_ways),
		cmocka_unit_test(an_event_comes_with_either_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
