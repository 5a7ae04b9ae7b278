// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which ioctls the loop may run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostd/pace.h"

static struct pace pace;

static int setup(void **state)
{
	(void)state;
	pace = (struct pace){ 0 };
	return 0;
}
#define PACE_TEST(name) cmocka_unit_test_setup(name, setup)

static bool quick(uint32_t cmd)
{
	return pace_is_quick(&pace, ioctl_lookup(cmd));
}

static void saw(uint32_t cmd, uint64_t ns, unsigned int times)
{
	while (times--)
		pace_saw(&pace, ioctl_lookup(cmd), ns);
}

static void what_was_quick_so_often_is_quick(void **state)
{
	(void)state;
	assert_false(quick(VIDIOC_G_CTRL));
	saw(VIDIOC_G_CTRL, PACE_QUICK_NS, PACE_PROVEN - 1);
	assert_false(quick(VIDIOC_G_CTRL));
	saw(VIDIOC_G_CTRL, PACE_QUICK_NS, 1000);
	assert_true(quick(VIDIOC_G_CTRL));
	assert_false(quick(VIDIOC_QUERYCTRL));
}

static void what_was_slow_once_has_to_prove_it_again(void **state)
{
	(void)state;
	saw(VIDIOC_G_CTRL, 1, 1000);
	saw(VIDIOC_G_CTRL, PACE_QUICK_NS + 1, 1);
	assert_false(quick(VIDIOC_G_CTRL));
	saw(VIDIOC_G_CTRL, 1, PACE_PROVEN - 1);
	assert_false(quick(VIDIOC_G_CTRL));
	saw(VIDIOC_G_CTRL, 1, 1);
	assert_true(quick(VIDIOC_G_CTRL));
}

static void what_changes_something_is_never_quick(void **state)
{
	static const uint32_t changes[] = {
		VIDIOC_S_FMT,       VIDIOC_S_CTRL,      VIDIOC_S_EXT_CTRLS,
		VIDIOC_S_INPUT,     VIDIOC_REQBUFS,     VIDIOC_CREATE_BUFS,
		VIDIOC_PREPARE_BUF, VIDIOC_STREAMON,    VIDIOC_STREAMOFF,
		VIDIOC_DECODER_CMD, VIDIOC_ENCODER_CMD, VIDIOC_QUERYSTD,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		saw(changes[i], 1, 1000);
		assert_false(quick(changes[i]));
	}
}

static void what_may_be_quick_sleeps_by_the_table(void **state)
{
	const struct ioctl_desc *desc;
	unsigned int some = 0;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++) {
		saw(desc->cmd, 1, PACE_PROVEN);
		if (!quick(desc->cmd))
			continue;
		assert_true(desc->sleeps);
		assert_int_equal(desc->where, IOCTL_HOST);
		assert_int_equal(desc->least, IOCTL_VIEW);
		some++;
	}
	assert_in_range(some, 20, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PACE_TEST(what_was_quick_so_often_is_quick),
		PACE_TEST(what_was_slow_once_has_to_prove_it_again),
		PACE_TEST(what_changes_something_is_never_quick),
		PACE_TEST(what_may_be_quick_sleeps_by_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
