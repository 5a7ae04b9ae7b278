// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every ioctl of the table, through both daemons, with every byte of it distinct.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/walk.h"

static void every_ioctl_has_a_case(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++)
		if (!walk_known(desc->cmd))
			fail_msg("%s has none", desc->name);
	for (i = 0; i < walk_case_count; i++)
		assert_non_null(ioctl_lookup(walk_cases[i].cmd));
}

static void walk_all(const struct walk_layout *layout)
{
	size_t i;

	walk_connect(layout);
	for (i = 0; i < walk_case_count; i++)
		walk_case(&walk_cases[i]);
}

/* Rule: B27 */
static void every_byte_arrives_but_those_that_we_set(void **state)
{
	(void)state;
	walk_all(&walk_layouts[0]);
}

/* Rule: G3 */
static void so_it_does_from_a_32_bit_program(void **state)
{
	(void)state;
	walk_all(&walk_layouts[1]);
}

/* Rule: G3 */
static void and_from_one_with_times_of_64_bits(void **state)
{
	(void)state;
	walk_all(&walk_layouts[2]);
}

static void we_set_none_without_need(void **state)
{
	(void)state;
	walk_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ioctl_has_a_case),
		HARNESS_TEST(every_byte_arrives_but_those_that_we_set),
		HARNESS_TEST(so_it_does_from_a_32_bit_program),
		HARNESS_TEST(and_from_one_with_times_of_64_bits),
		cmocka_unit_test(we_set_none_without_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
