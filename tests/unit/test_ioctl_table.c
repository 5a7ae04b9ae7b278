// SPDX-License-Identifier: BSD-3-Clause
/*
 * The table of ioctls against the kernel's header and against the wire.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "common/payload.h"

#define HEADER "/usr/include/linux/videodev2.h"

#define R  _IOC_READ
#define W  _IOC_WRITE
#define WR (_IOC_READ | _IOC_WRITE)

/*
 * The 64-bit layout as it is on the wire, which no header may change under us.
 */
/* clang-format off */
static const struct {
	const char *name;
	unsigned int nr;
	unsigned int dir;
	unsigned int size;
} layout[] = {
	{ "QUERYCAP",			0,	R,	104 },
	{ "ENUM_FMT",			2,	WR,	64 },
	{ "G_FMT",			4,	WR,	208 },
	{ "S_FMT",			5,	WR,	208 },
	{ "REQBUFS",			8,	WR,	20 },
	{ "QUERYBUF",			9,	WR,	88 },
	{ "G_FBUF",			10,	R,	48 },
	{ "S_FBUF",			11,	W,	48 },
	{ "OVERLAY",			14,	W,	4 },
	{ "QBUF",			15,	WR,	88 },
	{ "EXPBUF",			16,	WR,	64 },
	{ "DQBUF",			17,	WR,	88 },
	{ "STREAMON",			18,	W,	4 },
	{ "STREAMOFF",			19,	W,	4 },
	{ "G_PARM",			21,	WR,	204 },
	{ "S_PARM",			22,	WR,	204 },
	{ "G_STD",			23,	R,	8 },
	{ "S_STD",			24,	W,	8 },
	{ "ENUMSTD",			25,	WR,	72 },
	{ "ENUMINPUT",			26,	WR,	80 },
	{ "G_CTRL",			27,	WR,	8 },
	{ "S_CTRL",			28,	WR,	8 },
	{ "G_TUNER",			29,	WR,	84 },
	{ "S_TUNER",			30,	W,	84 },
	{ "G_AUDIO",			33,	R,	52 },
	{ "S_AUDIO",			34,	W,	52 },
	{ "QUERYCTRL",			36,	WR,	68 },
	{ "QUERYMENU",			37,	WR,	44 },
	{ "G_INPUT",			38,	R,	4 },
	{ "S_INPUT",			39,	WR,	4 },
	{ "G_EDID",			40,	WR,	40 },
	{ "S_EDID",			41,	WR,	40 },
	{ "G_OUTPUT",			46,	R,	4 },
	{ "S_OUTPUT",			47,	WR,	4 },
	{ "ENUMOUTPUT",			48,	WR,	72 },
	{ "G_AUDOUT",			49,	R,	52 },
	{ "S_AUDOUT",			50,	W,	52 },
	{ "G_MODULATOR",		54,	WR,	68 },
	{ "S_MODULATOR",		55,	W,	68 },
	{ "G_FREQUENCY",		56,	WR,	44 },
	{ "S_FREQUENCY",		57,	W,	44 },
	{ "CROPCAP",			58,	WR,	44 },
	{ "G_CROP",			59,	WR,	20 },
	{ "S_CROP",			60,	W,	20 },
	{ "G_JPEGCOMP",			61,	R,	140 },
	{ "S_JPEGCOMP",			62,	W,	140 },
	{ "QUERYSTD",			63,	R,	8 },
	{ "TRY_FMT",			64,	WR,	208 },
	{ "ENUMAUDIO",			65,	WR,	52 },
	{ "ENUMAUDOUT",			66,	WR,	52 },
	{ "G_PRIORITY",			67,	R,	4 },
	{ "S_PRIORITY",			68,	W,	4 },
	{ "G_SLICED_VBI_CAP",		69,	WR,	116 },
	{ "LOG_STATUS",			70,	0,	0 },
	{ "G_EXT_CTRLS",		71,	WR,	32 },
	{ "S_EXT_CTRLS",		72,	WR,	32 },
	{ "TRY_EXT_CTRLS",		73,	WR,	32 },
	{ "ENUM_FRAMESIZES",		74,	WR,	44 },
	{ "ENUM_FRAMEINTERVALS",	75,	WR,	52 },
	{ "G_ENC_INDEX",		76,	R,	2072 },
	{ "ENCODER_CMD",		77,	WR,	40 },
	{ "TRY_ENCODER_CMD",		78,	WR,	40 },
	{ "DBG_S_REGISTER",		79,	W,	56 },
	{ "DBG_G_REGISTER",		80,	WR,	56 },
	{ "S_HW_FREQ_SEEK",		82,	W,	48 },
	{ "S_DV_TIMINGS",		87,	WR,	132 },
	{ "G_DV_TIMINGS",		88,	WR,	132 },
	{ "DQEVENT",			89,	R,	136 },
	{ "SUBSCRIBE_EVENT",		90,	W,	32 },
	{ "UNSUBSCRIBE_EVENT",		91,	W,	32 },
	{ "CREATE_BUFS",		92,	WR,	256 },
	{ "PREPARE_BUF",		93,	WR,	88 },
	{ "G_SELECTION",		94,	WR,	64 },
	{ "S_SELECTION",		95,	WR,	64 },
	{ "DECODER_CMD",		96,	WR,	72 },
	{ "TRY_DECODER_CMD",		97,	WR,	72 },
	{ "ENUM_DV_TIMINGS",		98,	WR,	148 },
	{ "QUERY_DV_TIMINGS",		99,	R,	132 },
	{ "DV_TIMINGS_CAP",		100,	WR,	144 },
	{ "ENUM_FREQ_BANDS",		101,	WR,	64 },
	{ "DBG_G_CHIP_INFO",		102,	WR,	200 },
	{ "QUERY_EXT_CTRL",		103,	WR,	232 },
	{ "REMOVE_BUFS",		104,	WR,	64 },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ioctl_desc *find(const char *name)
{
	const struct ioctl_desc *desc;
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++)
		if (strcmp(desc->name, name) == 0)
			return desc;
	return NULL;
}

static size_t row_count(void)
{
	size_t count = 0;

	while (ioctl_row(count))
		count++;
	return count;
}

static bool in(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static void every_ioctl_of_the_header_has_a_row(void **state)
{
	char line[256], name[64];
	size_t count = 0;
	FILE *header;
	bool remove_bufs = false;

	(void)state;

	header = fopen(HEADER, "re");
	if (!header)
		skip();
	while (fgets(line, sizeof(line), header)) {
		if (sscanf(line, "# define VIDIOC_%63[A-Z0-9_]", name) != 1 &&
		    sscanf(line, "#define VIDIOC_%63[A-Z0-9_]", name) != 1)
			continue;
		if (!find(name))
			fail_msg("no row for VIDIOC_%s", name);
		remove_bufs |= strcmp(name, "REMOVE_BUFS") == 0;
		count++;
	}
	fclose(header);

	assert_int_equal(row_count(), count + (remove_bufs ? 0 : 1));
}

static void rows_have_the_layout_of_the_wire(void **state)
{
	size_t i;

	(void)state;

	assert_int_equal(row_count(), COUNT(layout));
	for (i = 0; i < COUNT(layout); i++) {
		const struct ioctl_desc *desc = ioctl_row(i);

		assert_string_equal(desc->name, layout[i].name);
		assert_int_equal(_IOC_TYPE(desc->cmd), 'V');
		assert_int_equal(_IOC_NR(desc->cmd), layout[i].nr);
		assert_int_equal(_IOC_DIR(desc->cmd), layout[i].dir);
		assert_int_equal(ioctl_size(desc), layout[i].size);
		assert_int_equal(ioctl_reads(desc), !!(layout[i].dir & W));
		assert_int_equal(ioctl_writes(desc), !!(layout[i].dir & R));
	}
}

static void every_row_is_found_by_its_number(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		assert_ptr_equal(ioctl_lookup(desc->cmd), desc);
		assert_ptr_equal(ioctl_lookup_nr(_IOC_NR(desc->cmd)), desc);
	}
	assert_null(ioctl_row(i + 1));
	assert_null(ioctl_row(SIZE_MAX));
}

static void numbers_without_an_ioctl_are_not_found(void **state)
{
	uint32_t nr, found = 0;

	(void)state;

	for (nr = 0; nr < 1024; nr++)
		if (ioctl_lookup_nr(nr))
			found++;
	assert_int_equal(found, COUNT(layout));

	assert_null(ioctl_lookup_nr(1));
	assert_null(ioctl_lookup_nr(IOCTL_NR_MAX));
	assert_null(ioctl_lookup_nr(BASE_VIDIOC_PRIVATE));
	assert_null(ioctl_lookup_nr(UINT32_MAX));
	assert_null(ioctl_lookup(0));
	assert_null(ioctl_lookup(UINT32_MAX));
}

static void lookup_compares_the_whole_number(void **state)
{
	const struct ioctl_desc *desc;
	uint32_t bit;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++)
		for (bit = 0; bit < 32; bit++)
			assert_ptr_not_equal(
				ioctl_lookup(desc->cmd ^ (1u << bit)), desc);

	/* What a 32-bit program calls QBUF. */
	assert_null(ioctl_lookup(_IOC(WR, 'V', 15, 68)));
	assert_null(ioctl_lookup(_IOC(WR, 'v', 15, 88)));
}

static void no_argument_is_larger_than_its_storage(void **state)
{
	const struct ioctl_desc *desc;
	size_t i, largest = 0;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		assert_true(ioctl_size(desc) <= sizeof(union payload_arg));
		if (ioctl_size(desc) > largest)
			largest = ioctl_size(desc);
	}
	assert_int_equal(largest, IOCTL_ARG_MAX);
}

static void only_structures_with_pointers_have_nested_data(void **state)
{
	static const char *const planes[] = { "QUERYBUF", "QBUF", "DQBUF",
					      "PREPARE_BUF", NULL };
	static const char *const controls[] = { "G_EXT_CTRLS", "S_EXT_CTRLS",
						"TRY_EXT_CTRLS", NULL };
	static const char *const edid[] = { "G_EDID", "S_EDID", NULL };
	static const char *const window[] = { "G_FMT", "S_FMT", "TRY_FMT",
					      "CREATE_BUFS", NULL };
	static const char *const fbuf[] = { "G_FBUF", "S_FBUF", NULL };
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		enum ioctl_nested nested = IOCTL_NESTED_NONE;

		if (in(desc->name, planes))
			nested = IOCTL_NESTED_PLANES;
		else if (in(desc->name, controls))
			nested = IOCTL_NESTED_CONTROLS;
		else if (in(desc->name, edid))
			nested = IOCTL_NESTED_EDID;
		else if (in(desc->name, window))
			nested = IOCTL_NESTED_WINDOW;
		else if (in(desc->name, fbuf))
			nested = IOCTL_NESTED_FBUF;
		assert_int_equal(desc->nested, nested);
	}
}

/*
 * The array goes both ways, which the layout of responses relies on.  Only what
 * never travels needs no such ioctl, so a new kind is an array until it is
 * listed here.
 */
static bool travels(enum ioctl_nested nested)
{
	switch (nested) {
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		return false;
	case IOCTL_NESTED_PLANES:
	case IOCTL_NESTED_CONTROLS:
	case IOCTL_NESTED_EDID:
		break;
	}
	return true;
}

static void arrays_belong_to_ioctls_that_read_and_write(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++)
		if (travels(desc->nested))
			assert_true(ioctl_reads(desc) && ioctl_writes(desc));
}

static void all_but_the_named_ioctls_are_answered_by_the_host(void **state)
{
	static const char *const guest[] = { "QUERYCAP", "DQBUF", "DQEVENT",
					     "LOG_STATUS", NULL };
	static const char *const nobody[] = {
		"G_JPEGCOMP",     "S_JPEGCOMP",      "EXPBUF", "DBG_S_REGISTER",
		"DBG_G_REGISTER", "DBG_G_CHIP_INFO", NULL,
	};
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		enum ioctl_where where = IOCTL_HOST;

		if (in(desc->name, guest))
			where = IOCTL_GUEST;
		else if (in(desc->name, nobody))
			where = IOCTL_NOBODY;
		assert_int_equal(desc->where, where);
	}
}

static void all_but_the_named_ioctls_may_sleep(void **state)
{
	static const char *const quick[] = {
		"QBUF",
		"QUERYBUF",
		"DQBUF",
		"DQEVENT",
		"SUBSCRIBE_EVENT",
		"UNSUBSCRIBE_EVENT",
		"G_FMT",
		"G_PRIORITY",
		"ENUM_FMT",
		"ENUM_FRAMESIZES",
		"ENUM_FRAMEINTERVALS",
		NULL,
	};
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++)
		assert_int_equal(desc->sleeps, !in(desc->name, quick));
}

static void each_ioctl_has_the_least_class_that_may_call_it(void **state)
{
	static const char *const use[] = {
		"S_FMT",       "S_PARM",   "S_CTRL",     "S_EXT_CTRLS",
		"S_INPUT",     "S_OUTPUT", "S_AUDIO",    "S_AUDOUT",
		"S_SELECTION", "S_CROP",   "S_JPEGCOMP", "ENCODER_CMD",
		"DECODER_CMD", NULL,
	};
	static const char *const full[] = {
		"S_STD",           "S_DV_TIMINGS",
		"S_EDID",          "S_TUNER",
		"S_MODULATOR",     "S_FREQUENCY",
		"S_HW_FREQ_SEEK",  "S_PRIORITY",
		"S_FBUF",          "OVERLAY",
		"DBG_S_REGISTER",  "DBG_G_REGISTER",
		"DBG_G_CHIP_INFO", NULL,
	};
	const struct ioctl_desc *desc;
	enum ioctl_class least;
	size_t i;

	(void)state;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		least = in(desc->name, use)    ? IOCTL_USE
			: in(desc->name, full) ? IOCTL_FULL
					       : IOCTL_VIEW;
		assert_int_equal(desc->least, least);
		/* Who may look sets nothing. */
		if (!strncmp(desc->name, "S_", 2))
			assert_int_not_equal(desc->least, IOCTL_VIEW);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ioctl_of_the_header_has_a_row),
		cmocka_unit_test(rows_have_the_layout_of_the_wire),
		cmocka_unit_test(every_row_is_found_by_its_number),
		cmocka_unit_test(numbers_without_an_ioctl_are_not_found),
		cmocka_unit_test(lookup_compares_the_whole_number),
		cmocka_unit_test(no_argument_is_larger_than_its_storage),
		cmocka_unit_test(
			only_structures_with_pointers_have_nested_data),
		cmocka_unit_test(arrays_belong_to_ioctls_that_read_and_write),
		cmocka_unit_test(
			all_but_the_named_ioctls_are_answered_by_the_host),
		cmocka_unit_test(all_but_the_named_ioctls_may_sleep),
		cmocka_unit_test(
			each_ioctl_has_the_least_class_that_may_call_it),
	};

	return cmocka_run_group_tests_name("ioctl_table", tests, NULL, NULL);
}
