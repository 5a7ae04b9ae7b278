// SPDX-License-Identifier: BSD-3-Clause
/*
 * Samples of usermedia-bench: quantiles, and how sure a ratio is.
 */
#include "tests/bench/series.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* In two rounds, the first half and the others; the caller's to finish */
static struct series make(const double *values, size_t count)
{
	struct series series = { 0 };
	size_t i;

	for (i = 0; i < count; i++)
		assert_int_equal(series_add(&series, i >= count / 2, values[i]),
				 0);
	return series;
}

static double quantile(const struct series *series, double part)
{
	double value = -1;

	assert_int_equal(series_quantile(series, part, &value), 0);
	return value;
}

static void nothing_has_no_median(void **state)
{
	struct series series = { 0 };
	double value = 7;

	(void)state;
	assert_int_equal(series_quantile(&series, 0.5, &value), -ENODATA);
	assert_float_equal(value, 7, 0);
	assert_float_equal(series_total(&series), 0, 0);
	series_finish(&series);
}

static void quantiles_are_of_the_sorted_samples(void **state)
{
	static const double odd[] = { 5, 1, 9 };
	static const double even[] = { 4, 1, 9, 2 };
	struct series series = make(odd, 3);

	(void)state;
	assert_float_equal(quantile(&series, 0.5), 5, 0);
	assert_float_equal(quantile(&series, 0.99), 9, 0);
	assert_float_equal(quantile(&series, 0), 1, 0);
	assert_float_equal(series_total(&series), 15, 0);
	series_finish(&series);

	series = make(even, 4);
	assert_float_equal(quantile(&series, 0.5), 3, 0);
	series_finish(&series);
}

static void one_in_a_hundred_is_beyond_the_last_quantile(void **state)
{
	struct series series = { 0 };
	int i;

	(void)state;
	for (i = 200; i > 0; i--)
		assert_int_equal(series_add(&series, 0, i), 0);
	assert_float_equal(quantile(&series, 0.99), 198, 0);
	assert_float_equal(quantile(&series, 0.5), 100.5, 0);
	series_finish(&series);
}

/* ---- ratios ---------------------------------------------------------------------- */

#define ROUNDS 20
#define EACH   5

/* @scale times numbers around 100 that wander by round, and differ a little within */
static struct series wander(double scale, unsigned int seed)
{
	struct series series = { 0 };
	unsigned int wander_seed = 1;
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		double base = 100 + rand_r(&wander_seed) % 100;

		for (i = 0; i < EACH; i++)
			assert_int_equal(
				series_add(&series, (unsigned int)round,
					   scale * (base + rand_r(&seed) % 3)),
				0);
	}
	return series;
}

static void a_node_is_once_itself(void **state)
{
	struct series series = wander(1, 5);
	struct series_ratio ratio;

	(void)state;
	assert_int_equal(series_compare(&series, &series, &ratio), 0);
	assert_float_equal(ratio.value, 1, 0);
	assert_float_equal(ratio.low, 1, 0);
	assert_float_equal(ratio.high, 1, 0);
	assert_int_equal(ratio.rounds, ROUNDS);
	series_finish(&series);
}

static void what_wanders_for_both_does_not_make_the_ratio_unsure(void **state)
{
	struct series one = wander(1, 5);
	struct series three = wander(3, 6);
	struct series_ratio ratio;

	(void)state;
	assert_int_equal(series_compare(&three, &one, &ratio), 0);
	assert_true(ratio.low <= 3 && 3 <= ratio.high);
	assert_true(ratio.low <= ratio.value && ratio.value <= ratio.high);
	assert_true(ratio.high - ratio.low < 0.1);
	series_finish(&one);
	series_finish(&three);
}

static void what_happens_to_one_alone_does(void **state)
{
	struct series one = { 0 }, other = { 0 };
	struct series_ratio ratio;
	unsigned int seed = 3;
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		assert_int_equal(series_add(&one, i, 100), 0);
		assert_int_equal(
			series_add(&other, i, 50 + rand_r(&seed) % 101), 0);
	}
	assert_int_equal(series_compare(&other, &one, &ratio), 0);
	assert_true(ratio.low < 1 && ratio.high > 1);
	assert_true(ratio.high - ratio.low > 0.1);
	series_finish(&one);
	series_finish(&other);
}

static void the_same_samples_give_the_same_interval(void **state)
{
	struct series one = wander(1, 5);
	struct series other = wander(2, 9);
	struct series_ratio first, second;

	(void)state;
	assert_int_equal(series_compare(&other, &one, &first), 0);
	assert_int_equal(series_compare(&other, &one, &second), 0);
	assert_float_equal(first.low, second.low, 0);
	assert_float_equal(first.high, second.high, 0);
	series_finish(&one);
	series_finish(&other);
}

static void only_rounds_that_both_have_count(void **state)
{
	struct series one = { 0 }, other = { 0 };
	struct series_ratio ratio;

	(void)state;
	assert_int_equal(series_add(&one, 0, 1000), 0);
	assert_int_equal(series_add(&one, 1, 10), 0);
	assert_int_equal(series_add(&one, 1, 30), 0);
	assert_int_equal(series_add(&one, 3, 20), 0);
	assert_int_equal(series_add(&other, 1, 40), 0);
	assert_int_equal(series_add(&other, 2, 1), 0);
	assert_int_equal(series_add(&other, 3, 40), 0);
	assert_int_equal(series_add(&other, 4, 1), 0);
	assert_int_equal(series_compare(&other, &one, &ratio), 0);
	assert_float_equal(ratio.value, 2, 0);
	assert_int_equal(ratio.rounds, 2);
	series_finish(&one);
	series_finish(&other);
}

static void nothing_is_compared_with_nothing(void **state)
{
	static const double zeroes[] = { 0, 0 };
	struct series none = { 0 }, later = { 0 };
	struct series zero = make(zeroes, 2);
	struct series_ratio ratio;

	(void)state;
	assert_int_equal(series_add(&later, 5, 1), 0);
	assert_int_equal(series_compare(&none, &zero, &ratio), -ENODATA);
	assert_int_equal(series_compare(&zero, &none, &ratio), -ENODATA);
	assert_int_equal(series_compare(&later, &zero, &ratio), -ENODATA);
	assert_int_equal(series_compare(&zero, &zero, &ratio), -ENODATA);
	series_finish(&zero);
	series_finish(&later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_median),
		cmocka_unit_test(quantiles_are_of_the_sorted_samples),
		cmocka_unit_test(one_in_a_hundred_is_beyond_the_last_quantile),
		cmocka_unit_test(a_node_is_once_itself),
		cmocka_unit_test(
			what_wanders_for_both_does_not_make_the_ratio_unsure),
		cmocka_unit_test(what_happens_to_one_alone_does),
		cmocka_unit_test(the_same_samples_give_the_same_interval),
		cmocka_unit_test(only_rounds_that_both_have_count),
		cmocka_unit_test(nothing_is_compared_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
