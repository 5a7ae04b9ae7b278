/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the loop: loop.c runs it, loop_watch.c has its descriptors,
 * loop_timer.c its timers, loop_signal.c its signals.
 */
#ifndef COMMON_LOOP_PARTS_H
#define COMMON_LOOP_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/loop.h"

struct epoll_event;

/**
 * struct loop_grave - First member of what is freed when the round is over
 */
struct loop_grave {
	SLIST_ENTRY(loop_grave) next;
};

/**
 * struct loop - See loop.h
 * @pid:	Who may call epoll_ctl()
 * @coarse:	No epoll_pwait2() here
 * @clock:	now is NULL: CLOCK_MONOTONIC
 * @busy_ns:	loop_busy_poll()
 * @lively:	The last sleep was not longer
 * @depth:	Rounds that are on the stack
 * @round:	The number of this one
 * @stopped:	loop_stop() was called, with @result
 * @running:	Timers that are armed, soonest first
 * @serial:	Of the next loop_timer_set()
 */
struct loop {
	int epoll_fd;
	pid_t pid;
	bool coarse;

	struct loop_clock clock;
	uint64_t busy_ns;
	bool lively;

	unsigned int depth;
	uint64_t round;
	bool stopped;
	int result;

	LIST_HEAD(loop_watches, loop_watch) watches;
	LIST_HEAD(loop_timers, loop_timer) timers;
	TAILQ_HEAD(loop_running, loop_timer) running;
	uint64_t serial;
	STAILQ_HEAD(loop_deferreds, loop_deferred) deferred;
	SLIST_HEAD(loop_graves, loop_grave) graves;
	LIST_HEAD(loop_signals, loop_signal) signals;
};

/**
 * loop_bury() - Free it, when no callback of this round can touch it any more
 */
void loop_bury(struct loop *loop, struct loop_grave *grave);

/**
 * loop_after() - @now + @delay, or UINT64_MAX, which never comes
 */
uint64_t loop_after(uint64_t now, uint64_t delay);

/**
 * loop_run_watches() - Call those that still want what epoll has told
 *
 * Return: number of callbacks run
 */
int loop_run_watches(const struct epoll_event *events, int count);

/**
 * loop_free_watches() - Free them all; epoll is left as it is
 */
void loop_free_watches(struct loop *loop);

/**
 * loop_run_timers() - Call those that are due, but none that one of them sets
 *
 * Return: number of callbacks run
 */
int loop_run_timers(struct loop *loop);

/**
 * loop_until_timer() - Nanoseconds until one is due, at most @wait
 */
uint64_t loop_until_timer(struct loop *loop, uint64_t wait);

/**
 * loop_free_timers() - Free them all
 */
void loop_free_timers(struct loop *loop);

/**
 * loop_free_signals() - Free them all and restore the signal mask
 *
 * Their watches are freed with all others.
 */
void loop_free_signals(struct loop *loop);

#endif
