// SPDX-License-Identifier: BSD-3-Clause
/*
 * Unrestricted ioctls: the same walk finds one more step brought each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <stdlib.h>

#include "guestd/retry.h"

static struct retry retry;
static uint8_t first[8];
static uint8_t second[100];

static const struct payload_extent one = { .addr = 0x1000,
					   .bytes = first,
					   .len = sizeof(first) };
static const struct payload_extent two[] = {
	{ .addr = 0x2000, .bytes = second, .len = 60 },
	{ .addr = 0x3000, .bytes = second + 60, .len = 40 },
};

static int teardown(void **state)
{
	(void)state;
	retry_finish(&retry);
	return 0;
}

/* A call again, with @len bytes brought behind the argument of 4. */
static void again(const uint8_t *in, size_t len)
{
	retry_finish(&retry);
	assert_int_equal(retry_argument(&retry, (void *)0x500, 4), 0);
	retry.in = in;
	retry.in_len = 4 + len;
	retry.in_at = 4;
}

static void expect_asked(unsigned int index, uint64_t addr, size_t len)
{
	assert_true(index < retry.asked_count);
	assert_int_equal((uintptr_t)retry.asked[index].iov_base, addr);
	assert_int_equal(retry.asked[index].iov_len, len);
}

static void each_call_brings_one_step_more(void **state)
{
	uint8_t in[4 + 8 + 100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;

	again(in, 0);
	assert_int_equal(retry_take(&retry, &one, 1), 0);
	assert_int_equal(retry.asked_count, 2);
	expect_asked(0, 0x500, 4);
	expect_asked(1, 0x1000, 8);

	again(in, 8);
	assert_int_equal(retry_take(&retry, &one, 1), 1);
	assert_memory_equal(first, in + 4, 8);
	assert_int_equal(retry_take(&retry, two, 2), 0);
	assert_int_equal(retry.asked_count, 4);
	expect_asked(2, 0x2000, 60);
	expect_asked(3, 0x3000, 40);

	again(in, 108);
	assert_int_equal(retry_take(&retry, &one, 1), 1);
	assert_int_equal(retry_take(&retry, two, 2), 1);
	assert_memory_equal(second, in + 12, 100);
}

/* Another thread changes what the first pointed to. */
static void lengths_that_change_between_calls_are_efault(void **state)
{
	static const uint8_t in[64];

	(void)state;
	again(in, 12);
	assert_int_equal(retry_take(&retry, &one, 1), 1);
	assert_int_equal(retry_take(&retry, two, 2), -EFAULT);
	again(in, 4);
	assert_int_equal(retry_take(&retry, &one, 1), -EFAULT);
}

static void what_goes_back_goes_behind_the_argument(void **state)
{
	(void)state;
	again(NULL, 0);
	assert_int_equal(retry_give(&retry, &one, 1), 1);
	assert_int_equal(retry_give(&retry, two, 2), 1);
	assert_int_equal(retry.back_count, 3);
	assert_ptr_equal(retry.back[0].iov_base, first);
	assert_int_equal(retry.back[0].iov_len, 8);
	assert_ptr_equal(retry.back[2].iov_base, second + 60);
	assert_int_equal(retry.back[2].iov_len, 40);
}

static void nothing_is_left_over(void **state)
{
	(void)state;
	again(NULL, 0);
	retry_take(&retry, &one, 1);
	retry_finish(&retry);
	assert_int_equal(retry.asked_count, 0);
	assert_null(retry.asked);
	retry_finish(&retry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_call_brings_one_step_more,
					  teardown),
		cmocka_unit_test_teardown(
			lengths_that_change_between_calls_are_efault, teardown),
		cmocka_unit_test_teardown(
			what_goes_back_goes_behind_the_argument, teardown),
		cmocka_unit_test_teardown(nothing_is_left_over, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
