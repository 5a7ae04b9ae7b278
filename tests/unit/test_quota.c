// SPDX-License-Identifier: BSD-3-Clause
/*
 * How many buffers a connection may have, and bytes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "hostd/quota.h"

static struct grant grant;
static struct quota quota;

static int setup(void **state)
{
	(void)state;
	grant_default(&grant);
	grant.buffers = 10;
	grant.memory = 1000;
	quota = (struct quota){ .grant = &grant };
	return 0;
}
#define QUOTA_TEST(name) cmocka_unit_test_setup(name, setup)

/* Return: how many it may have, or a negative errno; they are @hold's */
static int reserve(uint32_t count, uint64_t each, struct quota_hold *hold)
{
	int ret;

	*hold = (struct quota_hold){ 0 };
	ret = quota_reserve(&quota, &count, each, 0, 0, hold);
	return ret ? ret : (int)count;
}

static void as_many_as_fit_and_then_none(void **state)
{
	struct quota_hold holds[3];

	(void)state;
	assert_int_equal(reserve(4, 10, &holds[0]), 4);
	assert_int_equal(reserve(32, 10, &holds[1]), 6);
	assert_int_equal(reserve(1, 10, &holds[2]), -ENOMEM);
	assert_int_equal(quota.buffers, 10);
	assert_int_equal(quota.memory, 100);
	quota_hold_drop(&holds[0]);
	assert_int_equal(reserve(32, 10, &holds[2]), 4);
	quota_hold_drop(&holds[1]);
	quota_hold_drop(&holds[2]);
	quota_hold_drop(&holds[2]);
	assert_int_equal(quota.buffers, 0);
	assert_int_equal(quota.memory, 0);
}

static void bytes_count_as_buffers_do(void **state)
{
	struct quota_hold holds[2];

	(void)state;
	assert_int_equal(reserve(9, 300, &holds[0]), 3);
	assert_int_equal(quota.memory, 900);
	assert_int_equal(reserve(1, 101, &holds[1]), -ENOMEM);
	assert_int_equal(reserve(1, 100, &holds[1]), 1);
	quota_hold_drop(&holds[0]);
	quota_hold_drop(&holds[1]);
	assert_int_equal(reserve(1, 1001, &holds[0]), -ENOMEM);
	assert_int_equal(reserve(1, UINT64_MAX, &holds[0]), -ENOMEM);
	assert_int_equal(quota.memory, 0);
	/* Not known, so it will be counted when they are there. */
	assert_int_equal(reserve(11, 0, &holds[0]), 10);
	assert_int_equal(quota.memory, 0);
}

/* REQBUFS gives up what there was: only what is more needs room. */
static void what_is_given_up_makes_room(void **state)
{
	struct quota_hold hold = { 0 };
	uint32_t count = 20;

	(void)state;
	quota_add(&quota, 6, 600);
	assert_int_equal(quota_reserve(&quota, &count, 200, 4, 400, &hold), 0);
	assert_int_equal(count, 4);
	assert_int_equal(hold.buffers, 0);
	assert_int_equal(hold.memory, 400);
	assert_int_equal(quota.memory, 1000);
	quota_hold_drop(&hold);

	count = 20;
	assert_int_equal(quota_reserve(&quota, &count, 1, 4, 400, &hold), 0);
	assert_int_equal(count, 8);
	assert_int_equal(hold.buffers, 4);
	assert_int_equal(hold.memory, 0);
	quota_hold_drop(&hold);
	assert_int_equal(quota.buffers, 6);
	assert_int_equal(quota.memory, 600);
}

/* A driver makes as many as it needs, whatever it is asked for. */
static void too_many_are_seen_and_make_no_room(void **state)
{
	struct quota_hold hold;

	(void)state;
	quota_add(&quota, 10, 1000);
	assert_false(quota_exceeded(&quota));
	quota_add(&quota, 2, 0);
	assert_true(quota_exceeded(&quota));
	assert_int_equal(reserve(1, 1, &hold), -ENOMEM);
	quota_drop(&quota, 3, 0);
	assert_false(quota_exceeded(&quota));
	quota_add(&quota, 0, 1);
	assert_true(quota_exceeded(&quota));
	assert_int_equal(reserve(1, 1, &hold), -ENOMEM);
	assert_int_equal(reserve(1, 0, &hold), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUOTA_TEST(as_many_as_fit_and_then_none),
		QUOTA_TEST(bytes_count_as_buffers_do),
		QUOTA_TEST(what_is_given_up_makes_room),
		QUOTA_TEST(too_many_are_seen_and_make_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
