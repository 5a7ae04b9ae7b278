// SPDX-License-Identifier: BSD-3-Clause
/*
 * Timers of the event loop.
 */
#include "common/loop.h"

#include <errno.h>
#include <stdlib.h>

#include "common/loop_parts.h"

struct loop_timer {
	struct loop_grave grave;
	LIST_ENTRY(loop_timer) all;
	TAILQ_ENTRY(loop_timer) running; /* if armed */
	struct loop *loop;
	bool armed;
	uint64_t deadline;
	uint64_t serial; /* of loop_timer_set() */
	loop_fn fn;
	void *data;
};

int loop_timer(struct loop *loop, loop_fn fn, void *data,
	       struct loop_timer **out)
{
	struct loop_timer *timer;

	timer = calloc(1, sizeof(*timer));
	if (!timer)
		return -ENOMEM;

	timer->loop = loop;
	timer->fn = fn;
	timer->data = data;
	LIST_INSERT_HEAD(&loop->timers, timer, all);
	*out = timer;
	return 0;
}

/* A sorted list: a process has a few timers, and setting one cannot fail. */
void loop_timer_set(struct loop_timer *timer, uint64_t delay_ns)
{
	struct loop *loop = timer->loop;
	struct loop_timer *before;

	loop_timer_stop(timer);
	timer->armed = true;
	timer->deadline = loop_after(loop_now(loop), delay_ns);
	timer->serial = loop->serial++;

	before = TAILQ_LAST(&loop->running, loop_running);
	while (before && before->deadline > timer->deadline)
		before = TAILQ_PREV(before, loop_running, running);
	if (before)
		TAILQ_INSERT_AFTER(&loop->running, before, timer, running);
	else
		TAILQ_INSERT_HEAD(&loop->running, timer, running);
}

void loop_timer_stop(struct loop_timer *timer)
{
	if (!timer || !timer->armed)
		return;
	timer->armed = false;
	TAILQ_REMOVE(&timer->loop->running, timer, running);
}

bool loop_timer_armed(const struct loop_timer *timer)
{
	return timer->armed;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	if (!timer)
		return;

	loop_timer_stop(timer);
	LIST_REMOVE(timer, all);
	loop_bury(timer->loop, &timer->grave);
}

uint64_t loop_until_timer(struct loop *loop, uint64_t wait)
{
	const struct loop_timer *timer = TAILQ_FIRST(&loop->running);
	uint64_t now;

	if (!timer || !wait)
		return wait;

	now = loop_now(loop);
	if (timer->deadline <= now)
		return 0;
	return timer->deadline - now < wait ? timer->deadline - now : wait;
}

int loop_run_timers(struct loop *loop)
{
	uint64_t next = loop->serial;
	struct loop_timer *timer;
	uint64_t now;
	int ran = 0;

	/* To ask what time it is is not free. */
	if (TAILQ_EMPTY(&loop->running))
		return 0;
	now = loop_now(loop);

	while ((timer = TAILQ_FIRST(&loop->running))) {
		/* What is set from here on is for the next round. */
		if (timer->deadline > now || timer->serial >= next)
			break;

		loop_timer_stop(timer);
		timer->fn(timer->data);
		ran++;
	}
	return ran;
}

void loop_free_timers(struct loop *loop)
{
	struct loop_timer *timer;

	while ((timer = LIST_FIRST(&loop->timers))) {
		LIST_REMOVE(timer, all);
		free(timer);
	}
}
