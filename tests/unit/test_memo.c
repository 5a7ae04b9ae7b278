// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd remembers of the host's answers, and for how long.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "guestd/memo.h"

static struct memo *memo;
static uint8_t key[MEMO_KEY_MAX];
static uint8_t value[MEMO_VALUE_MAX];

static int setup(void **state)
{
	(void)state;
	memset(key, 0, sizeof(key));
	return memo_create(&memo);
}

static int teardown(void **state)
{
	(void)state;
	memo_destroy(memo);
	return 0;
}

/* Question @number of a class has the answer @said. */
static struct memo_entry entry_of(uint32_t class, uint32_t number, uint8_t said)
{
	struct memo_entry entry = {
		.class = class,
		.key = key,
		.key_len = 100,
		.value = value,
		.value_len = 60,
	};

	memcpy(key, &number, sizeof(number));
	key[50] = (uint8_t) class;
	memset(value, said, sizeof(value));
	return entry;
}

static bool learn(uint32_t class, uint32_t number, uint8_t said, uint32_t epoch)
{
	struct memo_entry entry = entry_of(class, number, said);

	entry.epoch = epoch;
	return memo_learn(memo, &entry);
}

/* Return: what is remembered, -1: nothing */
static int find(uint32_t class, uint32_t number)
{
	struct memo_entry entry = entry_of(class, number, 0);
	const void *found;
	size_t len = memo_find(memo, entry.key, entry.key_len, &found);

	if (!len)
		return -1;
	assert_int_equal(len, 60);
	return *(const uint8_t *)found;
}

static void expire(uint32_t classes, uint32_t epoch)
{
	const struct vms_memo_inval inval = {
		.classes = classes,
		.epoch = epoch,
	};

	memo_expire(memo, &inval);
}

static void what_was_said_is_found_by_the_whole_question(void **state)
{
	const void *found;

	(void)state;
	assert_int_equal(find(VMS_MEMO_FORMATS, 1), -1);
	assert_true(learn(VMS_MEMO_FORMATS, 1, 11, 0));
	assert_true(learn(VMS_MEMO_FORMATS, 2, 12, 0));
	assert_int_equal(find(VMS_MEMO_FORMATS, 1), 11);
	assert_int_equal(find(VMS_MEMO_FORMATS, 2), 12);
	assert_int_equal(find(VMS_MEMO_FORMATS, 3), -1);
	assert_int_equal(memo_find(memo, key, 99, &found), 0);
}

static void what_is_said_again_takes_its_place(void **state)
{
	(void)state;
	assert_true(learn(VMS_MEMO_INPUTS, 1, 11, 0));
	assert_true(learn(VMS_MEMO_INPUTS, 1, 21, 0));
	assert_int_equal(find(VMS_MEMO_INPUTS, 1), 21);
}

static void only_the_epoch_of_the_class_counts(void **state)
{
	(void)state;
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 1));
	expire(VMS_MEMO_CONTROLS | VMS_MEMO_INPUTS, 7);
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 0));
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 6));
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 8));
	assert_int_equal(find(VMS_MEMO_CONTROLS, 1), -1);
	assert_true(learn(VMS_MEMO_CONTROLS, 1, 11, 7));
	assert_true(learn(VMS_MEMO_INPUTS, 1, 12, 7));
	assert_true(learn(VMS_MEMO_FORMATS, 1, 13, 0));
	assert_int_equal(find(VMS_MEMO_CONTROLS, 1), 11);
}

static void what_is_taken_back_is_forgotten_and_nothing_else(void **state)
{
	(void)state;
	assert_false(memo_holds(memo, VMS_MEMO_FORMATS));
	assert_true(learn(VMS_MEMO_FORMATS, 1, 11, 0));
	assert_true(learn(VMS_MEMO_INPUTS, 1, 12, 0));
	assert_true(learn(VMS_MEMO_CONTROLS, 1, 13, 0));
	assert_true(memo_holds(memo, VMS_MEMO_FORMATS));
	expire(VMS_MEMO_FORMATS | VMS_MEMO_CONTROLS, 1);
	assert_int_equal(find(VMS_MEMO_FORMATS, 1), -1);
	assert_int_equal(find(VMS_MEMO_INPUTS, 1), 12);
	assert_int_equal(find(VMS_MEMO_CONTROLS, 1), -1);
	assert_false(memo_holds(memo, VMS_MEMO_FORMATS));
	assert_true(memo_holds(memo, VMS_MEMO_INPUTS));
}

static void nothing_is_learnt_while_something_may_change_it(void **state)
{
	(void)state;
	assert_true(learn(VMS_MEMO_CONTROLS, 1, 11, 0));
	assert_true(learn(VMS_MEMO_INPUTS, 1, 12, 0));
	memo_spoil(memo, VMS_MEMO_CONTROLS);
	memo_spoil(memo, VMS_MEMO_CONTROLS | VMS_MEMO_FORMATS);
	assert_int_equal(find(VMS_MEMO_CONTROLS, 1), -1);
	assert_int_equal(find(VMS_MEMO_INPUTS, 1), 12);
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 0));
	memo_spoilt(memo, VMS_MEMO_CONTROLS);
	assert_false(learn(VMS_MEMO_CONTROLS, 1, 11, 0));
	memo_spoilt(memo, VMS_MEMO_CONTROLS | VMS_MEMO_FORMATS);
	assert_true(learn(VMS_MEMO_CONTROLS, 1, 11, 0));
}

/* Of each class, so that one leaves room for the others. */
static void there_is_an_end_to_it(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < VMS_MEMO_ENTRIES_MAX; i++)
		assert_true(learn(VMS_MEMO_FORMATS, i, 1, 0));
	assert_false(learn(VMS_MEMO_FORMATS, i, 1, 0));
	assert_true(learn(VMS_MEMO_FORMATS, 0, 2, 0));
	assert_int_equal(find(VMS_MEMO_FORMATS, 0), 2);
	assert_true(learn(VMS_MEMO_INPUTS, i, 1, 0));
	expire(VMS_MEMO_FORMATS, 1);
	assert_true(learn(VMS_MEMO_FORMATS, i, 1, 1));
}

static void of_bytes_too(void **state)
{
	struct memo_entry entry;
	uint32_t i = 0;

	(void)state;
	do {
		entry = entry_of(VMS_MEMO_CONTROLS, i++, 1);
		entry.key_len = MEMO_KEY_MAX;
		entry.value_len = MEMO_VALUE_MAX;
	} while (memo_learn(memo, &entry));
	assert_int_equal(i - 1,
			 VMS_MEMO_BYTES_MAX / (MEMO_KEY_MAX + MEMO_VALUE_MAX));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_was_said_is_found_by_the_whole_question),
		TEST(what_is_said_again_takes_its_place),
		TEST(only_the_epoch_of_the_class_counts),
		TEST(what_is_taken_back_is_forgotten_and_nothing_else),
		TEST(nothing_is_learnt_while_something_may_change_it),
		TEST(there_is_an_end_to_it),
		TEST(of_bytes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
