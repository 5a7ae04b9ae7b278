// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names that a peer gives things.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/text.h"
#include "common/wire.h"

static void names_become_harmless(void **state)
{
	static const struct {
		const char *was;
		const char *is;
	} rows[] = {
		{ "", "" },
		{ "HD Webcam C920 ~ !", "HD Webcam C920 ~ !" },
		{ "two\nlines\t\x7f", "two?lines??" },
		{ "\x1b[2J", "?[2J" },
		/* é, €, a camera, as USB tells them */
		{ "Cam\xc3\xa9ra \xe2\x82\xac \xf0\x9f\x93\xb7",
		  "Cam\xc3\xa9ra \xe2\x82\xac \xf0\x9f\x93\xb7" },
		{ "\xc2\x9b"
		  "2J",
		  "??2J" }, /* CSI in UTF-8 */
		{ "\x9b"
		  "2J",
		  "?2J" },                  /* and without */
		{ "\xc2\xa0", "\xc2\xa0" }, /* the first behind */
		{ "caf\xe9", "caf?" },      /* Latin-1 */
		{ "x\xc3", "x?" },          /* cut off */
		{ "x\xe2\x82", "x??" },
		{ "\xc0\x8a", "??" }, /* longer than need be */
		{ "\xe0\x80\x8a", "???" },
		{ "\xe0\xa0\x80", "\xe0\xa0\x80" },
		{ "\xf0\x80\x80\x8a", "????" },
		{ "\xed\xa0\x80", "???" },      /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* behind the last */
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "\xf8\x88\x80\x80\x80", "?????" },
		{ "\xc3(", "?(" },
	};
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(text, 0xee, sizeof(text));
		memcpy(text, rows[i].was, strlen(rows[i].was) + 1);
		text_clean(text, sizeof(text));
		assert_string_equal(text, rows[i].is);
		assert_true(wire_is_zero((uint8_t *)text + strlen(text),
					 sizeof(text) - strlen(text)));
	}
}

static void a_name_without_end_gets_one(void **state)
{
	char text[8];

	(void)state;
	memset(text, 'a', sizeof(text));
	text_clean(text, sizeof(text));
	assert_string_equal(text, "aaaaaaa");
	/* That cuts a character in two. */
	memcpy(text, "aaaaaa\xc3\xa9", sizeof(text));
	text_clean(text, sizeof(text));
	assert_string_equal(text, "aaaaaa?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_harmless),
		cmocka_unit_test(a_name_without_end_gets_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
