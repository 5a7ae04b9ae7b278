// SPDX-License-Identifier: BSD-3-Clause
/*
 * A loop's clock that is a number of the test's.
 */
#include "tests/simulated.h"

static uint64_t now_of(void *data)
{
	return *(uint64_t *)data;
}

static void go_on(void *data, uint64_t deadline)
{
	*(uint64_t *)data = deadline;
}

static void stand(void *data, uint64_t deadline)
{
	(void)data;
	(void)deadline;
}

void simulated_time(struct loop *loop, uint64_t *now)
{
	const struct loop_clock clock = { now_of, go_on, now };

	loop_set_clock(loop, &clock);
}

void simulated_time_stands(struct loop *loop, uint64_t *now)
{
	const struct loop_clock clock = { now_of, stand, now };

	loop_set_clock(loop, &clock);
}
