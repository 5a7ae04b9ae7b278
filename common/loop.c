/* SPDX-License-Identifier: BSD-3-Clause */
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
 *
 * An epoll instance is shared by whoever inherits its descriptor.  A process
 * that was forked with a loop may take it apart, but must not change what the
 * parent watches: only the process that made a loop calls epoll_ctl(2) on it.
 */
#include "common/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define LOOP_BATCH   32
#define LOOP_FOREVER UINT64_MAX
#define LOOP_SECOND  (1000 * LOOP_MS)

/* First member of what is freed when the round is over. */
struct loop_grave {
	SLIST_ENTRY(loop_grave) next;
};

struct loop_watch {
	struct loop_grave grave;
	LIST_ENTRY(loop_watch) all;
	struct loop *loop;
	int fd;
	uint32_t events; /* 0: not in epoll, or removed */
	loop_fd_fn fn;
	void *data;
};

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

struct loop_deferred {
	STAILQ_ENTRY(loop_deferred) next;
	uint64_t round; /* in which it was asked for */
	loop_fn fn;
	void *data;
};

struct loop_signal {
	LIST_ENTRY(loop_signal) all;
	struct loop_watch *watch;
	int fd;
	int signo;
	bool unblock; /* in the end; it was not blocked before */
	loop_signal_fn fn;
	void *data;
};

struct loop {
	int epoll_fd;
	pid_t pid;   /* who may call epoll_ctl() */
	bool coarse; /* no epoll_pwait2() here */

	struct loop_clock clock; /* now is NULL: CLOCK_MONOTONIC */

	unsigned int depth; /* rounds that are on the stack */
	uint64_t round;
	bool stopped;
	int result;

	LIST_HEAD(loop_watches, loop_watch) watches;
	LIST_HEAD(loop_timers, loop_timer) timers;
	TAILQ_HEAD(loop_running, loop_timer) running; /* soonest first */
	uint64_t serial;
	STAILQ_HEAD(loop_deferreds, loop_deferred) deferred;
	SLIST_HEAD(loop_graves, loop_grave) graves;
	LIST_HEAD(loop_signals, loop_signal) signals;
};

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
	TAILQ_INIT(&loop->running);
	STAILQ_INIT(&loop->deferred);

	*out = loop;
	return 0;
}

static void loop_free(struct loop *loop, struct loop_grave *grave)
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

/* ---- the clock ------------------------------------------------------- */

uint64_t loop_now(struct loop *loop)
{
	struct timespec now;

	if (loop->clock.now)
		return loop->clock.now(loop->clock.data);

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * LOOP_SECOND + (uint64_t)now.tv_nsec;
}

void loop_set_clock(struct loop *loop, const struct loop_clock *clock)
{
	loop->clock = clock ? *clock : (struct loop_clock){ 0 };
}

static uint64_t loop_after(uint64_t now, uint64_t delay)
{
	return delay < LOOP_FOREVER - now ? now + delay : LOOP_FOREVER;
}

/* ---- descriptors ----------------------------------------------------- */

static int loop_epoll_ctl(struct loop_watch *watch, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (getpid() != watch->loop->pid)
		return 0;
	if (epoll_ctl(watch->loop->epoll_fd, op, watch->fd, &event) < 0)
		return -errno;
	return 0;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn,
	       void *data, struct loop_watch **out)
{
	struct loop_watch *watch;
	int ret;

	for (watch = LIST_FIRST(&loop->watches); watch;
	     watch = LIST_NEXT(watch, all)) {
		if (watch->fd == fd)
			return -EEXIST;
	}

	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->fd = fd;
	watch->fn = fn;
	watch->data = data;

	ret = loop_watch_set(watch, events);
	if (ret < 0) {
		free(watch);
		return ret;
	}
	LIST_INSERT_HEAD(&loop->watches, watch, all);
	*out = watch;
	return 0;
}

int loop_watch_set(struct loop_watch *watch, uint32_t events)
{
	int ret;

	if (events == watch->events)
		return 0;

	if (!events) {
		loop_epoll_ctl(watch, EPOLL_CTL_DEL, 0);
		watch->events = 0;
		return 0;
	}

	ret = loop_epoll_ctl(
		watch, watch->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, events);
	if (ret < 0)
		return ret;
	watch->events = events;
	return 0;
}

void loop_watch_remove(struct loop_watch *watch)
{
	if (!watch)
		return;

	loop_watch_set(watch, 0);
	LIST_REMOVE(watch, all);
	loop_free(watch->loop, &watch->grave);
}

static int loop_run_watches(const struct epoll_event *events, int count)
{
	int ran = 0;
	int i;

	for (i = 0; i < count; i++) {
		struct loop_watch *watch = events[i].data.ptr;
		uint32_t wanted = watch->events | EPOLLERR | EPOLLHUP;

		/* Removed or changed by a callback of this batch? */
		if (!watch->events || !(events[i].events & wanted))
			continue;

		watch->fn(watch->data, events[i].events & wanted);
		ran++;
	}
	return ran;
}

/* ---- timers ---------------------------------------------------------- */

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
	loop_free(timer->loop, &timer->grave);
}

static int loop_run_timers(struct loop *loop)
{
	uint64_t now = loop_now(loop);
	uint64_t next = loop->serial;
	struct loop_timer *timer;
	int ran = 0;

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

/* ---- signals --------------------------------------------------------- */

/* One a round: the signalfd stays readable for more. */
static void loop_on_signal(void *data, uint32_t events)
{
	const struct loop_signal *signal = data;
	struct signalfd_siginfo info;

	(void)events;

	if (read(signal->fd, &info, sizeof(info)) == sizeof(info))
		signal->fn(signal->data, signal->signo);
}

int loop_signal(struct loop *loop, int signo, loop_signal_fn fn, void *data)
{
	struct loop_signal *signal;
	sigset_t one, before;
	int ret;

	sigemptyset(&one);
	if (sigaddset(&one, signo) < 0 || signo == SIGKILL || signo == SIGSTOP)
		return -EINVAL;
	for (signal = LIST_FIRST(&loop->signals); signal;
	     signal = LIST_NEXT(signal, all)) {
		if (signal->signo == signo)
			return -EEXIST;
	}

	signal = calloc(1, sizeof(*signal));
	if (!signal)
		return -ENOMEM;

	signal->signo = signo;
	signal->fn = fn;
	signal->data = data;
	signal->fd = signalfd(-1, &one, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signal->fd < 0) {
		ret = -errno;
		goto err_free;
	}

	ret = loop_watch(loop, signal->fd, EPOLLIN, loop_on_signal, signal,
			 &signal->watch);
	if (ret < 0)
		goto err_close;

	pthread_sigmask(SIG_BLOCK, &one, &before);
	signal->unblock = !sigismember(&before, signo);
	LIST_INSERT_HEAD(&loop->signals, signal, all);
	return 0;

err_close:
	close(signal->fd);
err_free:
	free(signal);
	return ret;
}

/* Its watch is freed with all others. */
static void loop_signal_destroy(struct loop_signal *signal)
{
	sigset_t one;

	close(signal->fd);
	if (signal->unblock) {
		sigemptyset(&one);
		sigaddset(&one, signal->signo);
		pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	}
	free(signal);
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
	const struct loop_timer *timer = TAILQ_FIRST(&loop->running);
	uint64_t now;

	if (!STAILQ_EMPTY(&loop->deferred))
		return 0;
	if (!timer || !wait)
		return wait;

	now = loop_now(loop);
	if (timer->deadline <= now)
		return 0;
	return timer->deadline - now < wait ? timer->deadline - now : wait;
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

	if (!loop->coarse) {
		count = epoll_pwait2(loop->epoll_fd, events, LOOP_BATCH,
				     forever ? NULL : &timeout, NULL);
		/* Before Linux 5.11; some containers say EPERM for ENOSYS. */
		if (count >= 0 || (errno != ENOSYS && errno != EPERM))
			return count;
		loop->coarse = true;
	}

	/* Rounded up, so as not to spin until a timer is due. */
	if (forever)
		return epoll_wait(loop->epoll_fd, events, LOOP_BATCH, -1);
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

int loop_run_once(struct loop *loop, int wait_ms)
{
	struct epoll_event events[LOOP_BATCH];
	uint64_t wait;
	int count, ran;

	loop->depth++;
	loop->round++;

	ran = loop_run_deferred(loop);
	wait = ran ? 0 : loop_idle(loop, wait_ms);
	count = loop->clock.now ? loop_wait_simulated(loop, events, wait)
				: loop_wait(loop, events, wait);
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

/* ---- the end --------------------------------------------------------- */

void loop_destroy(struct loop *loop)
{
	struct loop_deferred *deferred;
	struct loop_signal *signal;
	struct loop_watch *watch;
	struct loop_timer *timer;

	if (!loop)
		return;

	/* Nothing is taken out of epoll: a parent may be using it. */
	close(loop->epoll_fd);

	while ((signal = LIST_FIRST(&loop->signals))) {
		LIST_REMOVE(signal, all);
		loop_signal_destroy(signal);
	}
	while ((watch = LIST_FIRST(&loop->watches))) {
		LIST_REMOVE(watch, all);
		free(watch);
	}
	while ((timer = LIST_FIRST(&loop->timers))) {
		LIST_REMOVE(timer, all);
		free(timer);
	}
	while ((deferred = STAILQ_FIRST(&loop->deferred))) {
		STAILQ_REMOVE_HEAD(&loop->deferred, next);
		free(deferred);
	}
	loop_free_graves(loop);
	free(loop);
}
