/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of 32-bit layouts share.
 */
#ifndef TESTS_COMPAT32_RIG_H
#define TESTS_COMPAT32_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guestd/compat32_layout.h"
#include "tests/structs32.h"

/** fill_distinct() - Distinct bytes, and none of them 0 */
void fill_distinct(void *bytes, size_t len);

/** all_are() - Has every byte this value? */
bool all_are(const void *bytes, int value, size_t len);

/** layout_of() - The layout that belongs to a 32-bit program's number */
const struct compat32_layout *layout_of(uint32_t cmd);

/** SAME() - A field of two structures */
#define SAME(a, b, member)                                                     \
	do {                                                                   \
		assert_int_equal(sizeof((a)->member), sizeof((b)->member));    \
		assert_memory_equal(&(a)->member, &(b)->member,                \
				    sizeof((a)->member));                      \
	} while (0)

#endif
