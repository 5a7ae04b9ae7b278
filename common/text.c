// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names that a peer gives things.
 */
#include "common/text.h"

#include <stdbool.h>
#include <string.h>

#define C1_LAST 0x9fu /* of the control characters */

/* Bytes of the character that begins with @first, 0 if none does */
static size_t sequence_len(uint8_t first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* RFC 3629: no longer than it need be, no surrogates, nothing behind U+10FFFF */
static bool is_character(uint32_t value, size_t len)
{
	static const uint32_t first_of_len[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return value > C1_LAST && value >= first_of_len[len] &&
	       value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

/* Return: bytes of the printable character at @text that is not ASCII, 0 if none is */
static size_t printable(const uint8_t *text, size_t left)
{
	size_t len = sequence_len(text[0]);
	uint32_t value;
	size_t i;

	if (!len || len > left)
		return 0;
	value = text[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	return is_character(value, len) ? len : 0;
}

void text_clean(void *text, size_t size)
{
	uint8_t *at = text;
	size_t end = strnlen(text, size - 1);
	size_t i = 0;
	size_t len;

	while (i < end) {
		/* Mostly it is all ASCII. */
		if (at[i] >= 0x20 && at[i] < 0x7f) {
			i++;
			continue;
		}
		len = printable(at + i, end - i);
		if (!len)
			at[i] = '?';
		i += len ? len : 1;
	}
	memset(at + end, 0, size - end);
}
