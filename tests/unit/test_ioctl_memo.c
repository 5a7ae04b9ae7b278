// SPDX-License-Identifier: BSD-3-Clause
/*
 * The table of ioctls: what an answer may be remembered for, and what spoils it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/ioctl_table.h"

static bool in(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

/* What changes without a word to anybody is not, nor what sets something. */
static void only_lists_are_remembered(void **state)
{
	static const char *const formats[] = { "ENUM_FMT", "ENUM_FRAMESIZES",
					       "ENUM_FRAMEINTERVALS", NULL };
	static const char *const inputs[] = {
		"ENUMINPUT",      "ENUMOUTPUT",      "ENUMAUDIO",
		"ENUMAUDOUT",     "ENUMSTD",         "ENUM_DV_TIMINGS",
		"DV_TIMINGS_CAP", "ENUM_FREQ_BANDS", NULL
	};
	static const char *const controls[] = { "QUERYCTRL", "QUERYMENU",
						"QUERY_EXT_CTRL", NULL };
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		uint32_t class = 0;

		if (in(desc->name, formats))
			class = VMS_MEMO_FORMATS;
		else if (in(desc->name, inputs))
			class = VMS_MEMO_INPUTS;
		else if (in(desc->name, controls))
			class = VMS_MEMO_CONTROLS;
		assert_int_equal(desc->memo, class);
		if (!class)
			continue;
		assert_int_equal(desc->spoils, 0);
		assert_int_equal(desc->nested, IOCTL_NESTED_NONE);
		assert_int_equal(desc->where, IOCTL_HOST);
		assert_true(ioctl_reads(desc) && ioctl_writes(desc));
	}
}

/* Names say it, but for those of buffers, codecs and overlays. */
static bool sets(const char *name)
{
	static const char *const others[] = { "REQBUFS",        "CREATE_BUFS",
					      "REMOVE_BUFS",    "STREAMON",
					      "STREAMOFF",      "OVERLAY",
					      "DECODER_CMD",    "ENCODER_CMD",
					      "S_HW_FREQ_SEEK", NULL };

	return in(name, others) || strncmp(name, "S_", 2) == 0;
}

static void what_sets_something_spoils_what_is_remembered(void **state)
{
	/* Who comes first is no list; JPEG's quality never travels. */
	static const char *const harmless[] = { "S_PRIORITY", "S_JPEGCOMP",
						NULL };
	static const char *const all[] = { "S_INPUT",      "S_OUTPUT", "S_STD",
					   "S_DV_TIMINGS", "S_EDID",   "S_CTRL",
					   "S_EXT_CTRLS",  NULL };
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		assert_int_equal(!!desc->spoils,
				 sets(desc->name) && !in(desc->name, harmless));
		if (desc->spoils)
			assert_true(desc->spoils & VMS_MEMO_CONTROLS &&
				    desc->spoils & VMS_MEMO_FORMATS);
		if (in(desc->name, all))
			assert_int_equal(desc->spoils, VMS_MEMO_ALL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_lists_are_remembered),
		cmocka_unit_test(what_sets_something_spoils_what_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
