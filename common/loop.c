// SPDX-License-Identifier: BSD-3-Clause
/*
 * The event loop.
 *
 * A round is: what was deferred before it, then descriptors, then timers.  What
 * a callback adds waits for the next round, so no callback can keep a round
 * from ending.
 *
 * epoll hands out a batch of pointers to watches, and the callback for the
 * first may remove the second.  So what is removed during a round is only
 * marked and buried, and freed when the (outermost) round is over; a descriptor
 * that is closed and opened again under its old number has another watch and
 * gets no event of the old one.
 */
#include "common/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/loop_parts.h"
#include "common/monotonic.h"

#define LOOP_BATCH   32
#define LOOP_FOREVER UINT64_MAX
#define LOOP_SECOND  (1000 * LOOP_MS)

struct loop_deferred {
	STAILQ_ENTRY(loop_deferred) next;
	uint64_t round; /* in which it was asked for */
	loop_fn fn;
	void *data;
};

static uint64_t loop_busy_ns;

void loop_busy_poll(unsigned int us)
{
	loop_busy_ns = us * (LOOP_MS / 1000);
}

int loop_create(struct loop **out)
{
	struct loop *loop;
	int ret;

	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		ret = -errno;
		free(loop);
		return ret;
	}

	loop->pid = getpid();
	loop->busy_ns = loop_busy_ns;
	TAILQ_INIT(&loop->running);
	STAILQ_INIT(&loop->deferred);

	*out = loop;
	return 0;
}

void loop_bury(struct loop *loop, struct loop_grave *grave)
{
	if (loop->depth)
		SLIST_INSERT_HEAD(&loop->graves, grave, next);
	else
		free(grave);
}

static void loop_free_graves(struct loop *loop)
{
	struct loop_grave *grave;

	while ((grave = SLIST_FIRST(&loop->graves))) {
		SLIST_REMOVE_HEAD(&loop->graves, next);
		free(grave);
	}
}

void loop_destroy(struct loop *loop)
{
	struct loop_deferred *deferred;

	if (!loop)
		return;

	/* Nothing is taken out of epoll: a parent may be using it. */
	close(loop->epoll_fd);

	loop_free_signals(loop);
	loop_free_watches(loop);
	loop_free_timers(loop);
	while ((deferred = STAILQ_FIRST(&loop->deferred))) {
		STAILQ_REMOVE_HEAD(&loop->deferred, next);
		free(deferred);
	}
	loop_free_graves(loop);
	free(loop);
}

/* ---- the clock ------------------------------------------------------- */

uint64_t loop_now(struct loop *loop)
{
	if (loop->clock.now)
		return loop->clock.now(loop->clock.data);
	return monotonic_ns();
}

void loop_set_clock(struct loop *loop, const struct loop_clock *clock)
{
	loop->clock = clock ? *clock : (struct loop_clock){ 0 };
}

uint64_t loop_after(uint64_t now, uint64_t delay)
{
	return delay < LOOP_FOREVER - now ? now + delay : LOOP_FOREVER;
}

/* ---- work for later -------------------------------------------------- */

int loop_defer(struct loop *loop, loop_fn fn, void *data)
{
	struct loop_deferred *deferred;

	deferred = calloc(1, sizeof(*deferred));
	if (!deferred)
		return -ENOMEM;

	deferred->round = loop->round;
	deferred->fn = fn;
	deferred->data = data;
	STAILQ_INSERT_TAIL(&loop->deferred, deferred, next);
	return 0;
}

void loop_undefer(struct loop *loop, loop_fn fn, void *data)
{
	struct loop_deferred *deferred, *next;

	for (deferred = STAILQ_FIRST(&loop->deferred); deferred;
	     deferred = next) {
		next = STAILQ_NEXT(deferred, next);
		if (deferred->fn != fn || deferred->data != data)
			continue;
		STAILQ_REMOVE(&loop->deferred, deferred, loop_deferred, next);
		free(deferred);
	}
}

static int loop_run_deferred(struct loop *loop)
{
	struct loop_deferred *deferred;
	int ran = 0;

	while ((deferred = STAILQ_FIRST(&loop->deferred))) {
		struct loop_deferred call = *deferred;

		if (call.round == loop->round)
			break;

		STAILQ_REMOVE_HEAD(&loop->deferred, next);
		free(deferred);
		call.fn(call.data);
		ran++;
	}
	return ran;
}

/* ---- a round --------------------------------------------------------- */

/* Return: nanoseconds until something is due, LOOP_FOREVER: nothing is */
static uint64_t loop_idle(struct loop *loop, int wait_ms)
{
	uint64_t wait =
		wait_ms < 0 ? LOOP_FOREVER : (uint64_t)wait_ms * LOOP_MS;

	if (!STAILQ_EMPTY(&loop->deferred))
		return 0;
	return loop_until_timer(loop, wait);
}

static int loop_wait(struct loop *loop, struct epoll_event *events,
		     uint64_t wait)
{
	const struct timespec timeout = {
		.tv_sec = (time_t)(wait / LOOP_SECOND),
		.tv_nsec = (long)(wait % LOOP_SECOND),
	};
	bool forever = wait == LOOP_FOREVER;
	uint64_t ms = wait / LOOP_MS + (wait % LOOP_MS != 0);
	int count;

	if (forever)
		return epoll_wait(loop->epoll_fd, events, LOOP_BATCH, -1);
	if (!loop->coarse) {
		count = epoll_pwait2(loop->epoll_fd, events, LOOP_BATCH,
				     &timeout, NULL);
		/* Before Linux 5.11; some containers say EPERM for ENOSYS. */
		if (count >= 0 || (errno != ENOSYS && errno != EPERM))
			return count;
		loop->coarse = true;
	}

	/* Rounded up, so as not to spin until a timer is due. */
	return epoll_wait(loop->epoll_fd, events, LOOP_BATCH,
			  ms < INT_MAX ? (int)ms : INT_MAX);
}

/* With nothing to run at any time, only a real descriptor can go on. */
static int loop_wait_simulated(struct loop *loop, struct epoll_event *events,
			       uint64_t wait)
{
	int count;

	if (wait == LOOP_FOREVER)
		return loop_wait(loop, events, wait);

	count = loop_wait(loop, events, 0);
	if (count == 0 && wait)
		loop->clock.advance(loop->clock.data,
				    loop_after(loop_now(loop), wait));
	return count;
}

static int loop_sleep(struct loop *loop, struct epoll_event *events,
		      uint64_t wait)
{
	return loop->clock.now ? loop_wait_simulated(loop, events, wait)
			       : loop_wait(loop, events, wait);
}

/*
 * What comes soon is found without a sleep, whose end takes longer than it does.  Is it
 * likely to come soon?  As likely as last time.
 */
static int loop_wait_busily(struct loop *loop, struct epoll_event *events,
			    uint64_t wait)
{
	uint64_t begun = loop_now(loop);
	uint64_t busy = wait < loop->busy_ns ? wait : loop->busy_ns;
	uint64_t spent = 0;
	int count;

	while (loop->lively && spent < busy) {
		count = epoll_wait(loop->epoll_fd, events, LOOP_BATCH, 0);
		if (count)
			return count;
		spent = loop_now(loop) - begun;
	}
	if (wait != LOOP_FOREVER)
		wait = spent < wait ? wait - spent : 0;
	count = loop_sleep(loop, events, wait);
	loop->lively = loop_now(loop) - begun <= loop->busy_ns;
	return count;
}

int loop_run_once(struct loop *loop, int wait_ms)
{
	struct epoll_event events[LOOP_BATCH];
	uint64_t wait;
	int count, ran;

	loop->depth++;
	loop->round++;

	ran = loop_run_deferred(loop);
	wait = ran ? 0 : loop_idle(loop, wait_ms);
	count = loop->busy_ns && wait ? loop_wait_busily(loop, events, wait)
				      : loop_sleep(loop, events, wait);
	if (count < 0 && errno != EINTR) {
		ran = -errno;
	} else {
		ran += loop_run_watches(events, count);
		ran += loop_run_timers(loop);
	}

	if (--loop->depth == 0)
		loop_free_graves(loop);
	return ran;
}

int loop_run(struct loop *loop)
{
	int ret;

	/* Stopped before it ran counts, too. */
	while (!loop->stopped) {
		ret = loop_run_once(loop, -1);
		if (ret < 0)
			return ret;
	}
	loop->stopped = false;
	return loop->result;
}

void loop_stop(struct loop *loop, int result)
{
	loop->stopped = true;
	loop->result = result;
}
