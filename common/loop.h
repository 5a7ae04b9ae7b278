/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event loop: descriptors, timers, signals, work for later.
 *
 * One thread runs it and nothing in it blocks.  A callback may remove or
 * destroy any watch or timer, its own included; memory that a callback of the
 * same round might still touch is freed when the round is over.
 *
 * Time is CLOCK_MONOTONIC in nanoseconds, unless a test gives another clock:
 * then a round that finds no ready descriptor jumps to the next timer instead
 * of sleeping, so simulated minutes cost milliseconds.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

typedef void (*loop_fd_fn)(void *data, uint32_t events);
typedef void (*loop_fn)(void *data);
typedef void (*loop_signal_fn)(void *data, int signo);

/**
 * loop_create() - Make an empty loop
 *
 * Return: 0 or a negative errno
 */
int loop_create(struct loop **out);

#define LOOP_BUSY_POLL_MAX_US 1000

/**
 * loop_busy_poll() - Have loops look again and again before they sleep
 * @us:		For so long at most; 0: not at all, as without this
 *
 * For those that are made from now on, in child processes, too.  A loop does so only
 * if its last sleep was not longer: one that has nothing to do sleeps.
 */
void loop_busy_poll(unsigned int us);

/**
 * loop_destroy() - Free the loop, its watches, timers and deferred work
 * @loop:	May be NULL
 *
 * Restores the signal mask that loop_signal() changed.  Closes none of the
 * watched descriptors.
 */
void loop_destroy(struct loop *loop);

/**
 * loop_run() - Dispatch until loop_stop()
 *
 * Return: what loop_stop() was given, or a negative errno of epoll_wait(2)
 */
int loop_run(struct loop *loop);

/**
 * loop_run_once() - Dispatch one round: deferred work, descriptors, timers
 * @wait_ms:	Longest sleep; 0: only what is ready; -1: until something is
 *
 * Return: number of callbacks run, or a negative errno
 */
int loop_run_once(struct loop *loop, int wait_ms);

/**
 * loop_stop() - End loop_run() after this round
 * @result:	What loop_run() returns
 */
void loop_stop(struct loop *loop, int result);

/**
 * loop_now() - The loop's clock, nanoseconds; the time now, never cached
 */
uint64_t loop_now(struct loop *loop);

/**
 * struct loop_clock - A simulated clock, for tests
 * @now:	Time in nanoseconds
 * @advance:	Called instead of sleeping: go on to @deadline
 */
struct loop_clock {
	uint64_t (*now)(void *data);
	void (*advance)(void *data, uint64_t deadline);
	void *data;
};

/**
 * loop_set_clock() - Replace CLOCK_MONOTONIC
 * @clock:	Copied; NULL: the real one again
 */
void loop_set_clock(struct loop *loop, const struct loop_clock *clock);

/**
 * loop_watch() - Call @fn when @fd has any of @events
 * @fd:		Not owned
 * @events:	EPOLLIN and the like; 0: not armed, and then no POLLERR either
 *		(the descriptor is taken out of epoll)
 *
 * Return: 0, -EEXIST if @fd is watched already, or another negative errno
 */
int loop_watch(struct loop *loop, int fd, uint32_t events, loop_fd_fn fn,
	       void *data, struct loop_watch **out);

/**
 * loop_watch_set() - Change what is watched for; 0 as in loop_watch()
 *
 * Return: 0 or a negative errno; never fails when @events is 0 or unchanged
 */
int loop_watch_set(struct loop_watch *watch, uint32_t events);

/**
 * loop_watch_remove() - Stop watching, before the descriptor is closed
 * @watch:	May be NULL
 */
void loop_watch_remove(struct loop_watch *watch);

/**
 * loop_timer() - Make a timer that is not running
 *
 * Return: 0 or -ENOMEM
 */
int loop_timer(struct loop *loop, loop_fn fn, void *data,
	       struct loop_timer **out);

/**
 * loop_timer_set() - Run the timer once, @delay_ns from now, instead of what
 * was set before
 */
void loop_timer_set(struct loop_timer *timer, uint64_t delay_ns);

/**
 * loop_timer_stop() - Do not run it
 * @timer:	May be NULL
 */
void loop_timer_stop(struct loop_timer *timer);

/**
 * loop_timer_armed() - Is it set and not yet run?
 */
bool loop_timer_armed(const struct loop_timer *timer);

/**
 * loop_timer_destroy() - Stop and free
 * @timer:	May be NULL
 */
void loop_timer_destroy(struct loop_timer *timer);

/**
 * loop_signal() - Block @signo and call @fn in the loop when it comes
 *
 * Return: 0 or a negative errno
 */
int loop_signal(struct loop *loop, int signo, loop_signal_fn fn, void *data);

/**
 * loop_defer() - Call @fn once in the next round, before its descriptors
 *
 * For what must not happen below the caller: destroying the object that is
 * calling, answering from inside the call that asks.
 *
 * Return: 0 or -ENOMEM
 */
int loop_defer(struct loop *loop, loop_fn fn, void *data);

/**
 * loop_undefer() - Forget all deferred calls of @fn with @data
 */
void loop_undefer(struct loop *loop, loop_fn fn, void *data);

#define LOOP_MS 1000000ull /* nanoseconds */

#endif
