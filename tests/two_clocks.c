// SPDX-License-Identifier: BSD-3-Clause
/*
 * Both daemons, each with a clock of its own.
 *
 * A step is: ask both loops when their next timer is due and the line when
 * something arrives, go there, and let both daemons do all there is to do then.
 */
#include "tests/two_clocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "common/loop_parts.h"
#include "hostd/guest_state.h"

#define FAR_NS (1000 * TWO_CLOCKS_SECOND) /* than any timer matters */

struct two_clocks two_clocks;

/* ---- the clocks ------------------------------------------------------------ */

static uint64_t says(const struct two_clocks_one *one)
{
	uint64_t gone = two_clocks.now - one->at;

	if (one->stands)
		return one->value;
	return one->value + gone +
	       (uint64_t)((int64_t)gone * one->ppm / 1000000);
}

/* When will it say that?  A nanosecond too late rather than too early. */
static uint64_t when(const struct two_clocks_one *one, uint64_t value)
{
	uint64_t left = value - one->value;

	if (value <= says(one))
		return two_clocks.now;
	return one->at +
	       (uint64_t)((double)left / (1 + (double)one->ppm / 1000000)) + 2;
}

uint64_t two_clocks_guest(void)
{
	return says(&two_clocks.guest);
}

uint64_t two_clocks_host(void)
{
	return says(&two_clocks.host);
}

static void restart(struct two_clocks_one *one, int64_t ns, bool stands)
{
	one->value = says(one) + (uint64_t)ns;
	one->at = two_clocks.now;
	one->stands = stands;
}

void two_clocks_set(struct two_clocks_one *one, int64_t ns)
{
	restart(one, ns, false);
}

void two_clocks_suspend(struct two_clocks_one *one)
{
	restart(one, 0, true);
}

void two_clocks_resume(struct two_clocks_one *one)
{
	restart(one, 0, false);
}

uint64_t two_clocks_roll(uint64_t least, uint64_t most)
{
	two_clocks.dice ^= two_clocks.dice << 13;
	two_clocks.dice ^= two_clocks.dice >> 7;
	two_clocks.dice ^= two_clocks.dice << 17;
	return least + two_clocks.dice % (most - least + 1);
}

/* ---- a step ------------------------------------------------------------------ */

static uint64_t clock_now(void *data)
{
	return says(data);
}

/* Time goes on in step() alone. */
static void clock_stay(void *data, uint64_t until)
{
	(void)data;
	(void)until;
}

/* hostd's threads: what they do takes no time. */
static bool host_works(void)
{
	const struct timespec moment = { .tv_nsec = 20000 };

	if (!harness.guest || !harness.guest->out.unanswered ||
	    two_clocks.host.stands)
		return false;
	nanosleep(&moment, NULL);
	return true;
}

static bool run_loop(struct loop *loop, const struct two_clocks_one *one)
{
	int ran = one->stands ? 0 : loop_run_once(loop, 0);

	assert_true(ran >= 0);
	return ran;
}

static void do_all(void)
{
	bool any;

	do {
		any = delay_line_run(&two_clocks.line, two_clocks.now);
		any |= run_loop(harness.loop, &two_clocks.guest);
		any |= run_loop(harness.host_loop, &two_clocks.host);
	} while (any || host_works());
}

static uint64_t next_timer(struct loop *loop, const struct two_clocks_one *one)
{
	if (one->stands)
		return UINT64_MAX;
	return when(one, says(one) + loop_until_timer(loop, FAR_NS));
}

static void step(uint64_t until)
{
	uint64_t due[3];
	unsigned int i;

	due[0] = next_timer(harness.loop, &two_clocks.guest);
	due[1] = next_timer(harness.host_loop, &two_clocks.host);
	due[2] = delay_line_due(&two_clocks.line, two_clocks.now);
	for (i = 0; i < 3; i++)
		if (due[i] < until)
			until = due[i];
	if (until > two_clocks.now)
		two_clocks.now = until;
	do_all();
}

void two_clocks_run(uint64_t ns)
{
	uint64_t until = two_clocks.now + ns;

	do_all();
	while (two_clocks.now < until)
		step(until);
}

/* For who waits for an answer; it is there before the next timer is. */
static void front_step(void)
{
	do_all();
	step(two_clocks.now + TWO_CLOCKS_SECOND);
}

/* ---- the whole --------------------------------------------------------------- */

static uint64_t delay(enum delay_direction direction)
{
	return two_clocks.delay(direction);
}

static bool is_up(void)
{
	return harness.ups || harness.fatals;
}

void two_clocks_connect(void)
{
	int fd = delay_line_start(&two_clocks.line, harness_host(), delay);

	strcpy(harness.config.link.device, "fake");
	harness_attach(fd, PROFILE_CHOICE_STREAM);
	harness.front.run = front_step;
	harness_until(is_up);
	assert_int_equal(harness.fatals, 0);
}

static uint64_t no_delay(enum delay_direction direction)
{
	(void)direction;
	return 100000;
}

int two_clocks_setup(void **state)
{
	const struct loop_clock guest = {
		.now = clock_now,
		.advance = clock_stay,
		.data = &two_clocks.guest,
	};
	const struct loop_clock host = {
		.now = clock_now,
		.advance = clock_stay,
		.data = &two_clocks.host,
	};

	if (harness_setup(state))
		return -1;
	memset(&two_clocks, 0, sizeof(two_clocks));
	two_clocks.now = 1000 * TWO_CLOCKS_SECOND;
	two_clocks.guest.value = 5000 * TWO_CLOCKS_SECOND;
	two_clocks.host.value = 700000 * TWO_CLOCKS_SECOND;
	two_clocks.guest.at = two_clocks.now;
	two_clocks.host.at = two_clocks.now;
	two_clocks.delay = no_delay;
	two_clocks.dice = 88172645463325252ull;
	harness.config.link.clock_domain = 0;
	fake.now = two_clocks_host;
	loop_set_clock(harness.loop, &guest);
	assert_int_equal(loop_create(&harness.host_loop), 0);
	loop_set_clock(harness.host_loop, &host);
	return 0;
}

int two_clocks_teardown(void **state)
{
	guest_destroy(harness.guest);
	harness.guest = NULL;
	delay_line_finish(&two_clocks.line);
	loop_destroy(harness.host_loop);
	harness.host_loop = harness.loop;
	return harness_teardown(state);
}
