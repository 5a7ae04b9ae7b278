// SPDX-License-Identifier: BSD-3-Clause
#include "tests/compat32_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

void fill_distinct(void *bytes, size_t len)
{
	uint8_t *at = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(i % 251 + 3);
}

bool all_are(const void *bytes, int value, size_t len)
{
	const uint8_t *at = bytes;

	while (len && *at == value) {
		at++;
		len--;
	}
	return !len;
}

const struct compat32_layout *layout_of(uint32_t cmd)
{
	const struct compat32_ioctl *ioctl = compat32_lookup(cmd);

	assert_non_null(ioctl);
	return ioctl->layout;
}
