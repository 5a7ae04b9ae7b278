// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that reads nothing of what programs write, and answers all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lying_host.h"

#define FRAMES 32768 /* what may wait, guestd/hostlink_contents.c */
#define ADDR   0x100000
#define MIB    ((size_t)1 << 20)

static const char said[] = "it does not read what programs write";
static unsigned int given_back;

static void give_back(void *data)
{
	(void)data;
	given_back++;
}

static int write_some(const void *bytes, size_t len)
{
	return hostlink_contents(harness.device->link, &lying, bytes, len, ADDR,
				 0, give_back, NULL);
}

static void stop_reading(void)
{
	loop_watch_set(lying.watch, 0);
	given_back = 0;
}

/* The next connection begins with nothing. */
static void expect_end(unsigned int lent)
{
	harness_pass_ms(2000);
	harness_expect_said(said);
	assert_null(strstr(strstr(harness.said, said) + 1, said));
	assert_int_equal(given_back, lent);
	assert_int_equal(harness.fatals, 0);
}

static void so_many_pieces_may_wait(void **state)
{
	uint8_t *bytes = calloc(1, MIB);
	unsigned int lent;
	int ret;

	(void)state;
	assert_non_null(bytes);
	stop_reading();
	/* It fills the socket. */
	for (lent = 0; lent < 8; lent++)
		assert_int_equal(write_some(bytes, MIB), 0);
	do
		ret = write_some(bytes, 1);
	while (!ret && ++lent < FRAMES + 64);
	assert_int_equal(ret, -ENOBUFS);
	assert_int_equal(write_some(bytes, 1), -ENOBUFS);
	assert_in_range(lent, FRAMES, FRAMES + 16);
	expect_end(lent);
	free(bytes);
}

static void so_much_of_what_nobody_has_any_more(void **state)
{
	uint8_t *bytes = calloc(1, MIB);
	unsigned int i;

	(void)state;
	assert_non_null(bytes);
	stop_reading();
	for (i = 0; i < 1000; i++)
		assert_int_equal(write_some(bytes, MIB), 0);
	hostlink_abandon(harness.device->link);
	assert_int_equal(write_some(bytes, 1), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(write_some(bytes, MIB), 0);
	/* As long as programs have it, it is theirs. */
	assert_int_equal(given_back, 0);
	hostlink_abandon(harness.device->link);
	hostlink_abandon(harness.device->link);
	expect_end(1101);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(so_many_pieces_may_wait),
		LYING_TEST(so_much_of_what_nobody_has_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
