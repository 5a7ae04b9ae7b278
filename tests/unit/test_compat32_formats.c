// SPDX-License-Identifier: BSD-3-Clause
/*
 * Layouts of 32-bit programs: formats, which have other fields with each type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/compat32_rig.h"

#define PLANES  V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
#define OVERLAY V4L2_BUF_TYPE_VIDEO_OVERLAY

/* Which part of the union has which type, and how long it is */
static const struct {
	uint32_t type;
	size_t len;
} parts[] = {
	{ V4L2_BUF_TYPE_VIDEO_CAPTURE, 48 },
	{ V4L2_BUF_TYPE_VIDEO_OUTPUT, 48 },
	{ V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 192 },
	{ V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, 192 },
	{ V4L2_BUF_TYPE_VBI_CAPTURE, 44 },
	{ V4L2_BUF_TYPE_VBI_OUTPUT, 44 },
	{ V4L2_BUF_TYPE_SLICED_VBI_CAPTURE, 112 },
	{ V4L2_BUF_TYPE_SLICED_VBI_OUTPUT, 112 },
	{ V4L2_BUF_TYPE_SDR_CAPTURE, 32 },
	{ V4L2_BUF_TYPE_SDR_OUTPUT, 32 },
	{ V4L2_BUF_TYPE_META_CAPTURE, sizeof(struct v4l2_meta_format) },
	{ V4L2_BUF_TYPE_META_OUTPUT, sizeof(struct v4l2_meta_format) },
};

static void a_format_is_so_much_as_its_type_has(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(S_FMT, format32));
	struct format32 from;
	struct format32 back;
	struct v4l2_format to;
	size_t len;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		len = parts[i].len;
		fill_distinct(&from, sizeof(from));
		from.type = parts[i].type;
		assert_int_equal(compat32_get(layout, &from, &to), 0);
		assert_int_equal(to.type, parts[i].type);
		assert_memory_equal(&to.fmt, &from.fmt, len);
		assert_true(all_are((uint8_t *)&to.fmt + len, 0,
				    sizeof(to.fmt) - len));

		/* What the type has not stays as the program left it. */
		fill_distinct(&to.fmt, sizeof(to.fmt));
		memset(&back, 0xee, sizeof(back));
		compat32_put(layout, &to, &back);
		assert_int_equal(back.type, parts[i].type);
		assert_memory_equal(&back.fmt, &to.fmt, len);
		assert_true(all_are((uint8_t *)&back.fmt + len, 0xee,
				    sizeof(back.fmt) - len));
	}
}

static void check_window(const struct v4l2_window *got,
			 const struct window32 *sent)
{
	SAME(got, sent, w);
	SAME(got, sent, field);
	SAME(got, sent, chromakey);
	SAME(got, sent, clipcount);
	SAME(got, sent, global_alpha);
	assert_int_equal((uintptr_t)got->clips, sent->clips);
	assert_int_equal((uintptr_t)got->bitmap, sent->bitmap);
}

static void the_clips_of_a_window_stay_where_they_are(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(G_FMT, format32));
	struct format32 from;
	struct format32 back;
	struct v4l2_format to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	from.type = OVERLAY;
	from.fmt.win.clips = 0xfffefdfc;
	from.fmt.win.bitmap = 0xfcfdfeff;
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	check_window(&to.fmt.win, &from.fmt.win);

	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	assert_int_equal(back.fmt.win.clips, 0xeeeeeeee);
	back.fmt.win.clips = from.fmt.win.clips;
	check_window(&to.fmt.win, &back.fmt.win);
	assert_true(all_are(back.fmt.win.pad, 0, 3));
	assert_true(all_are(back.fmt.raw_data + sizeof(struct window32), 0xee,
			    200 - sizeof(struct window32)));
}

/* get_v4l2_format32(): "default: return -EINVAL" */
static void a_format_of_no_type_is_refused(void **state)
{
	static const uint32_t types[] = { 0, 15, 31, 32, 0x80000001 };
	struct format32 format = { 0 };
	struct create32 create = { 0 };
	union {
		struct v4l2_format format;
		struct v4l2_create_buffers create;
	} to;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		format.type = types[i];
		create.format.type = types[i];
		assert_int_equal(
			compat32_get(layout_of(CMD32(TRY_FMT, format32)),
				     &format, &to),
			-EINVAL);
		assert_int_equal(
			compat32_get(layout_of(CMD32(CREATE_BUFS, create32)),
				     &create, &to),
			-EINVAL);
	}
}

static void create_buffers_goes_both_ways(void **state)
{
	const struct compat32_layout *layout =
		layout_of(CMD32(CREATE_BUFS, create32));
	struct create32 from;
	struct create32 back;
	struct v4l2_create_buffers to;

	(void)state;
	fill_distinct(&from, sizeof(from));
	from.format.type = PLANES;
	assert_int_equal(compat32_get(layout, &from, &to), 0);
	SAME(&to, &from, index);
	SAME(&to, &from, count);
	SAME(&to, &from, memory);
	SAME(&to, &from, format.type);
	SAME(&to, &from, format.fmt.pix_mp);
	SAME(&to, &from, flags);
	/* The kernel does not look at these. */
	assert_int_equal(to.capabilities, 0);
	assert_true(all_are(&to.flags + 1, 0, 24));

	fill_distinct(&to, sizeof(to));
	to.format.type = PLANES;
	memset(&back, 0xee, sizeof(back));
	compat32_put(layout, &to, &back);
	SAME(&to, &back, index);
	SAME(&to, &back, count);
	SAME(&to, &back, memory);
	SAME(&to, &back, format.type);
	SAME(&to, &back, format.fmt.pix_mp);
	SAME(&to, &back, flags);
	SAME(&to, &back, capabilities);
	assert_memory_equal(back.reserved, &to.flags + 1, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_so_much_as_its_type_has),
		cmocka_unit_test(the_clips_of_a_window_stay_where_they_are),
		cmocka_unit_test(a_format_of_no_type_is_refused),
		cmocka_unit_test(create_buffers_goes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
