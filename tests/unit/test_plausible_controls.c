// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a host tells of controls: what drivers are known to say, and what none can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/plausible_rig.h"

#define PRIVATE ((uint32_t)V4L2_CID_PRIVATE_BASE)
#define NEXT    ((uint32_t)V4L2_CTRL_FLAG_NEXT_CTRL)
#define TYPE(x) V4L2_CTRL_TYPE_##x

/* v4l2_query_ext_ctrl() */
static void a_list_of_controls_ends(void **state)
{
	static const struct {
		uint32_t asked, got;
		bool lie;
	} rows[] = {
		{ 0x980900, 0x980900, false },
		{ 0x980900, 0x980901, true },
		{ 0x980900, 0, true },
		{ NEXT, 0x980001, false },
		{ NEXT | 0x980900, 0x980901, false },
		{ NEXT | 0x980900, 0x980900, true },
		{ NEXT | 0x980900, 0x980001, true },
		{ NEXT | 0x980900, NEXT | 0x980901, true },
		{ V4L2_CTRL_FLAG_NEXT_COMPOUND | 0x980900, 0x980900, true },
		{ V4L2_CTRL_FLAG_NEXT_COMPOUND | 0x980900, 0x980902, false },
		{ PRIVATE, PRIVATE, false },
		{ NEXT | PRIVATE, PRIVATE, false },
		{ NEXT | PRIVATE, PRIVATE - 1, true },
		/* Bits that are no id */
		{ 0x10980900, 0x980900, false },
		{ 0x10980900, 0x980901, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct v4l2_queryctrl asked = { .id = rows[i].asked };
		struct v4l2_queryctrl got = {
			.id = rows[i].got,
			.type = TYPE(INTEGER),
		};
		struct v4l2_query_ext_ctrl ext_asked = { .id = rows[i].asked };
		struct v4l2_query_ext_ctrl ext = {
			.id = rows[i].got,
			.type = TYPE(INTEGER),
			.elem_size = 4,
			.elems = 1,
		};

		assert_int_equal(!!plausible_rig_answer(VIDIOC_QUERYCTRL,
							&asked, &got, 0),
				 rows[i].lie);
		assert_int_equal(!!plausible_rig_answer(VIDIOC_QUERY_EXT_CTRL,
							&ext_asked, &ext, 0),
				 rows[i].lie);
	}
}

/* clang-format off */
static const struct {
	const char *who;
	uint32_t type, flags, elem_size, elems, nr_of_dims;
	uint32_t dims[4];
	int64_t minimum, maximum;
	bool lie;
} controls[] = {
	{ "integer", TYPE(INTEGER), 0, 4, 1, 0, { 0 }, 0, 255, 0 },
	{ "a camera's own range", TYPE(INTEGER), 0, 4, 1, 0, { 0 }, 255, 0, 0 },
	{ "integer64", TYPE(INTEGER64), 0, 8, 1, 0, { 0 }, 0, 1, 0 },
	{ "integer64 of 4", TYPE(INTEGER64), 0, 4, 1, 0, { 0 }, 0, 1, 1 },
	{ "boolean", TYPE(BOOLEAN), 0, 4, 1, 0, { 0 }, 0, 1, 0 },
	{ "boolean of 3", TYPE(BOOLEAN), 0, 4, 1, 0, { 0 }, 0, 2, 1 },
	{ "boolean of one", TYPE(BOOLEAN), 0, 4, 1, 0, { 0 }, 1, 1, 0 },
	{ "boolean of nothing", TYPE(BOOLEAN), 0, 4, 1, 0, { 0 }, 1, 0, 1 },
	{ "boolean below 0", TYPE(BOOLEAN), 0, 4, 1, 0, { 0 }, -1, 1, 1 },
	{ "menu", TYPE(MENU), 0, 4, 1, 0, { 0 }, 1, 3, 0 },
	{ "menu of nothing", TYPE(MENU), 0, 4, 1, 0, { 0 }, 3, 1, 1 },
	{ "menu below 0", TYPE(INTEGER_MENU), 0, 4, 1, 0, { 0 }, -1, 1, 1 },
	{ "button", TYPE(BUTTON), 0, 4, 1, 0, { 0 }, 0, 0, 0 },
	{ "class", TYPE(CTRL_CLASS), 0, 4, 1, 0, { 0 }, 0, 0, 0 },
	{ "class, uvcvideo 6.15", TYPE(CTRL_CLASS), V4L2_CTRL_FLAG_READ_ONLY |
	  V4L2_CTRL_FLAG_WRITE_ONLY, 0, 0, 0, { 0 }, 0, 0, 0 },
	{ "class with a payload", TYPE(CTRL_CLASS),
	  V4L2_CTRL_FLAG_HAS_PAYLOAD, 0, 0, 0, { 0 }, 0, 0, 1 },
	{ "class of none", TYPE(CTRL_CLASS), 0, 4, 0, 0, { 0 }, 0, 0, 1 },
	{ "class of one nothing", TYPE(CTRL_CLASS), 0, 0, 1, 0, { 0 }, 0, 0, 1 },
	{ "integer of nothing", TYPE(INTEGER), 0, 0, 0, 0, { 0 }, 0, 1, 1 },
	{ "bitmask", TYPE(BITMASK), 0, 4, 1, 0, { 0 }, 0, UINT32_MAX, 0 },
	{ "string", TYPE(STRING), 0, 33, 1, 0, { 0 }, 0, 32, 0 },
	{ "string without end", TYPE(STRING), 0, 32, 1, 0, { 0 }, 0, 32, 1 },
	{ "string below 0", TYPE(STRING), 0, 1, 1, 0, { 0 }, -5, 0, 1 },
	{ "array", TYPE(U8), 0, 1, 6, 2, { 2, 3 }, 0, 1, 0 },
	{ "array of others", TYPE(U8), 0, 1, 5, 2, { 2, 3 }, 0, 1, 1 },
	{ "dynamic", TYPE(U32), V4L2_CTRL_FLAG_DYNAMIC_ARRAY, 4, 1, 1, { 9 },
	  0, 1, 0 },
	{ "dynamic, too long", TYPE(U32), V4L2_CTRL_FLAG_DYNAMIC_ARRAY, 4, 10,
	  1, { 9 }, 0, 1, 1 },
	{ "none of them", TYPE(INTEGER), 0, 4, 0, 0, { 0 }, 0, 1, 1 },
	{ "structure", TYPE(AREA), 0, 8, 1, 0, { 0 }, 0, 0, 0 },
	{ "structure of nothing", TYPE(AREA), 0, 0, 1, 0, { 0 }, 0, 0, 1 },
	{ "structure to come", 0x2a0, 0, 99, 1, 0, { 0 }, 0, 0, 0 },
	{ "a product of 2^64", TYPE(U8), 0, 1, 0, 4,
	  { 65536, 65536, 65536, 65536 }, 0, 0, 1 },
	{ "more than 4 GB", TYPE(U32), 0, 4, 1u << 31, 1, { 1u << 31 }, 0, 0,
	  1 },
	{ "no type", 0, 0, 4, 1, 0, { 0 }, 0, 0, 1 },
	{ "type between", 10, 0, 4, 1, 0, { 0 }, 0, 0, 1 },
	{ "type without end", 0x1000, 0, 4, 1, 0, { 0 }, 0, 0, 1 },
};
/* clang-format on */

static void a_control_is_one(void **state)
{
	struct v4l2_query_ext_ctrl asked = { .id = 0x980900 };
	struct v4l2_query_ext_ctrl got;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		memset(&got, 0, sizeof(got));
		got.id = asked.id;
		got.type = controls[i].type;
		got.flags = controls[i].flags;
		got.elem_size = controls[i].elem_size;
		got.elems = controls[i].elems;
		got.nr_of_dims = controls[i].nr_of_dims;
		memcpy(got.dims, controls[i].dims, sizeof(got.dims));
		got.minimum = controls[i].minimum;
		got.maximum = controls[i].maximum;
		why = plausible_rig_answer(VIDIOC_QUERY_EXT_CTRL, &asked, &got,
					   0);
		if (!!why != controls[i].lie)
			fail_msg("%s: %s", controls[i].who,
				 why ? why : "no lie");
	}
}

/* The bytes are a number in one kind of menu, and a text in the other. */
static void a_menu_has_names_or_numbers(void **state)
{
	struct v4l2_querymenu asked = { .id = 0x980900, .index = 2 };
	struct v4l2_querymenu got = asked;

	(void)state;
	got.value = 0x1b0a1b0a1b0a1b0a;
	assert_null(plausible_rig_answer(VIDIOC_QUERYMENU, &asked, &got,
					 TYPE(INTEGER_MENU)));
	assert_int_equal(got.value, 0x1b0a1b0a1b0a1b0a);
	assert_null(plausible_rig_answer(VIDIOC_QUERYMENU, &asked, &got, 0));
	assert_int_equal(got.value, 0x1b0a1b0a1b0a1b0a);
	assert_null(plausible_rig_answer(VIDIOC_QUERYMENU, &asked, &got,
					 TYPE(MENU)));
	assert_string_equal((char *)got.name, "????????");
	got.value = 77;
	memcpy(got.name + 8, "and more", 9);
	assert_null(plausible_rig_answer(VIDIOC_QUERYMENU, &asked, &got,
					 TYPE(INTEGER_MENU)));
	assert_int_equal(got.value, 77);
	assert_int_equal(got.name[8], 0);
	asked.index = PLAUSIBLE_LIST_MAX;
	got.index = PLAUSIBLE_LIST_MAX;
	assert_non_null(
		plausible_rig_answer(VIDIOC_QUERYMENU, &asked, &got, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_controls_ends),
		cmocka_unit_test(a_control_is_one),
		cmocka_unit_test(a_menu_has_names_or_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
