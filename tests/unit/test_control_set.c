// SPDX-License-Identifier: BSD-3-Clause
/*
 * Sets of controls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/control_set.h"
#include "common/options.h"
#include "common/videodev2_new.h"

static struct control_set set;
static char why[OPTIONS_WHY_LEN];

static int parse(const char *text)
{
	memset(&set, 0, sizeof(set));
	return control_set_parse(&set, text, why);
}

static void the_empty_set_has_all(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	assert_false(control_set_restricts(&set));
	assert_true(control_set_contains(&set, V4L2_CID_BRIGHTNESS));
	assert_true(control_set_contains(&set, V4L2_CID_PRIVATE_BASE));
	assert_true(control_set_contains(&set, 0));
}

/* clang-format off */
static const struct {
	const char *word;
	uint32_t has;
	uint32_t has_not;
} words[] = {
	{ "user",		V4L2_CID_BRIGHTNESS,		V4L2_CID_ZOOM_ABSOLUTE },
	{ "camera",		V4L2_CID_ZOOM_ABSOLUTE,		V4L2_CID_BRIGHTNESS },
	{ "codec",		V4L2_CID_MPEG_VIDEO_BITRATE,	V4L2_CID_STATELESS_H264_SPS },
	{ "codec-stateless",	V4L2_CID_STATELESS_H264_SPS,	V4L2_CID_MPEG_VIDEO_BITRATE },
	{ "fm-tx",		V4L2_CID_RDS_TX_PI,		V4L2_CID_RDS_RX_PTY },
	{ "fm-rx",		V4L2_CID_RDS_RX_PTY,		V4L2_CID_RDS_TX_PI },
	{ "flash",		V4L2_CID_FLASH_STROBE,		V4L2_CID_PRIVACY },
	{ "jpeg",		V4L2_CID_JPEG_COMPRESSION_QUALITY, V4L2_CID_HBLANK },
	{ "image-source",	V4L2_CID_VBLANK,		V4L2_CID_PIXEL_RATE },
	{ "image-proc",		V4L2_CID_PIXEL_RATE,		V4L2_CID_VBLANK },
	{ "dv",			V4L2_CID_DV_TX_MODE,		V4L2_CID_GAIN },
	{ "rf-tuner",		V4L2_CID_RF_TUNER_BANDWIDTH,	V4L2_CID_TUNE_PREEMPHASIS },
	{ "detect",		V4L2_CID_DETECT_MD_MODE,	V4L2_CID_AUTO_FOCUS_STATUS },
	{ "colorimetry",	V4L2_CID_COLORIMETRY_HDR10_CLL_INFO, V4L2_CID_HUE },
	{ "0x00980900",		V4L2_CID_BRIGHTNESS,		V4L2_CID_CONTRAST },
	{ "0x009a0000",		V4L2_CID_PRIVACY,		V4L2_CID_CONTRAST },
	{ "none",		V4L2_CID_BRIGHTNESS,		0 },
};
/* clang-format on */

static void each_word_names_its_controls(void **state)
{
	bool none;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		none = !strcmp(words[i].word, "none");
		assert_int_equal(parse(words[i].word), 0);
		assert_true(control_set_restricts(&set));
		assert_int_equal(control_set_contains(&set, words[i].has),
				 !none);
		assert_false(control_set_contains(&set, words[i].has_not));
		assert_false(control_set_contains(&set, 0));
	}
}

static void a_text_may_name_many(void **state)
{
	(void)state;
	assert_int_equal(parse(" user, 0x009a0910,0x009a090d\tnone "), 0);
	assert_int_equal(set.count, 4);
	assert_true(control_set_contains(&set, V4L2_CID_HUE));
	assert_true(control_set_contains(&set, V4L2_CID_PRIVACY));
	assert_true(control_set_contains(&set, V4L2_CID_ZOOM_ABSOLUTE));
	assert_false(control_set_contains(&set, V4L2_CID_PAN_ABSOLUTE));
	/* It adds. */
	assert_int_equal(control_set_parse(&set, "camera", why), 0);
	assert_true(control_set_contains(&set, V4L2_CID_PAN_ABSOLUTE));
	assert_true(control_set_contains(&set, V4L2_CID_HUE));
}

static void flags_of_a_question_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(parse("user"), 0);
	assert_true(control_set_contains(
		&set, V4L2_CID_HUE | V4L2_CTRL_FLAG_NEXT_CTRL |
			      V4L2_CTRL_FLAG_NEXT_COMPOUND));
	/* v4l2-ctrls-core.c find_ref() looks at 28 bits. */
	assert_true(control_set_contains(&set, V4L2_CID_HUE | 0x30000000));
	assert_false(control_set_contains(&set, V4L2_CID_PRIVACY | 0x30000000));
}

/* A heading without controls, or controls without one, is no device's. */
static void a_heading_comes_with_its_controls(void **state)
{
	(void)state;
	assert_int_equal(parse("0x009a0910 user"), 0);
	assert_true(control_set_contains(&set, V4L2_CID_USER_CLASS));
	assert_true(control_set_contains(&set, V4L2_CID_CAMERA_CLASS));
	assert_false(control_set_contains(&set, V4L2_CID_CODEC_CLASS));
	assert_int_equal(parse("none"), 0);
	assert_false(control_set_contains(&set, V4L2_CID_USER_CLASS));
}

static void another_name_does_not_get_past_it(void **state)
{
	(void)state;
	assert_int_equal(parse("0x00981001 camera"), 0);
	assert_false(control_set_contains(&set, V4L2_CID_PRIVATE_BASE));
	assert_false(control_set_contains(&set, V4L2_CID_PRIVATE_BASE + 1));
	assert_int_equal(parse("user"), 0);
	assert_true(control_set_contains(&set, V4L2_CID_PRIVATE_BASE));
}

static void what_is_no_control_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"  , ",
		"camra",
		"user,camra",
		"USER",
		"0x",
		"0x0",
		"0x08000000",
		"0x98z",
		"980900",
		"0x-1",
		"all",
		"0xffffffffffffffff0",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why[0] = '\0';
		assert_int_equal(parse(texts[i]), -EINVAL);
		assert_int_equal(set.count, 0);
		assert_true(why[0]);
	}
}

static void a_set_has_so_many_and_not_more(void **state)
{
	char number[16];
	unsigned int i;

	(void)state;
	memset(&set, 0, sizeof(set));
	for (i = 0; i < CONTROL_SET_MAX; i++) {
		snprintf(number, sizeof(number), "0x%08x",
			 V4L2_CID_BRIGHTNESS + i);
		assert_int_equal(control_set_parse(&set, number, why), 0);
	}
	assert_int_equal(control_set_parse(&set, "camera", why), -EINVAL);
	assert_string_equal(why, "more than 64 controls and classes");
	assert_true(control_set_contains(&set, V4L2_CID_BRIGHTNESS + 63));
	assert_false(control_set_contains(&set, V4L2_CID_PRIVACY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_set_has_all),
		cmocka_unit_test(each_word_names_its_controls),
		cmocka_unit_test(a_text_may_name_many),
		cmocka_unit_test(flags_of_a_question_do_not_count),
		cmocka_unit_test(a_heading_comes_with_its_controls),
		cmocka_unit_test(another_name_does_not_get_past_it),
		cmocka_unit_test(what_is_no_control_is_refused),
		cmocka_unit_test(a_set_has_so_many_and_not_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
