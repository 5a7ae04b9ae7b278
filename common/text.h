/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names that a peer gives things, before anybody prints them.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>
#include <stdint.h>

/**
 * text_clean() - Make a name harmless to print
 * @text:	Fixed field of @size bytes, with or without an end
 *
 * It ends with 0, which all bytes behind its end are, too.  Printable ASCII stays, and
 * so do other characters in UTF-8, in which drivers give what they have read from
 * a device (utf16s_to_utf8s()).  Every byte of anything else is a question mark:
 * control characters (C0, DEL and C1), which terminals and udev act upon, and what is
 * no UTF-8, such as a character that was cut off.
 */
void text_clean(void *text, size_t size);

#endif
