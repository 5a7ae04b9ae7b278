// SPDX-License-Identifier: BSD-3-Clause
/*
 * The addresses of hostd's mappings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/window.h"

static struct window window;
static uint8_t memory[1];

static int teardown(void **state)
{
	(void)state;
	window_finish(&window);
	memset(&window, 0, sizeof(window));
	return 0;
}

static void addresses_are_pages_and_only_grow(void **state)
{
	struct device_map device = { memory, 1 };
	struct mapping *a;
	struct mapping *b;

	(void)state;
	assert_int_equal(window_add(&window, &device, &a), 0);
	device.len = 4097;
	assert_int_equal(window_add(&window, &device, &b), 0);
	assert_int_equal(b->addr, a->addr + 4096);
	assert_ptr_equal(window_find(&window, a->addr, 1), a);
	assert_null(window_find(&window, a->addr, 2));
	assert_null(window_find(&window, a->addr + 1, 1));
	assert_ptr_equal(window_find(&window, b->addr + 4096, 1), b);
	assert_null(window_find(&window, b->addr + 4096, 2));
	assert_null(window_find(&window, b->addr, SIZE_MAX));
	assert_null(window_find(&window, UINT64_MAX, 1));
	window_remove(&window, a);
	device.len = 1;
	assert_int_equal(window_add(&window, &device, &a), 0);
	assert_true(a->addr > b->addr);
	assert_int_equal(window.count, 2);
}

static void the_window_has_an_end(void **state)
{
	struct device_map device = { memory, WINDOW_LEN / 2 };
	struct mapping *mapping;
	unsigned int i;

	(void)state;
	assert_int_equal(window_add(&window, &device, &mapping), 0);
	window_remove(&window, mapping);
	assert_int_equal(window_add(&window, &device, &mapping), 0);
	device.len = 1;
	assert_int_equal(window_add(&window, &device, &mapping), -ENOSPC);
	window_finish(&window);

	memset(&window, 0, sizeof(window));
	for (i = 0; i < WINDOW_MAPPINGS_MAX; i++)
		assert_int_equal(window_add(&window, &device, &mapping), 0);
	assert_int_equal(window_add(&window, &device, &mapping), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(addresses_are_pages_and_only_grow,
					  teardown),
		cmocka_unit_test_teardown(the_window_has_an_end, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
