/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kernel does not tell a CUSE server about a caller: whether it wants
 * to block, and whether the signal that interrupts it is one to give up for.
 */
#ifndef GUESTD_CALLER_H
#define GUESTD_CALLER_H

#include "guestd/memory.h"

/**
 * struct caller_question - One question about a caller, with its retries
 *
 * Embedded in a request; zeroed before first use.
 */
struct caller_question {
	struct memory_job job;
	struct memory *memory;
	struct memory_caller caller;
	struct loop_timer *timer;
	struct loop *loop;
	unsigned int attempt;
	int fallback;
	void (*answer)(void *data, int result);
	void *data;
};

/**
 * caller_nonblock() - Does this ioctl want EAGAIN instead of waiting?
 * @fallback:	Answer if it cannot be found out: the flags of open(2)
 * @answer:	Called once with 1 or 0, from the loop
 *
 * Asks at once and again after 1, 5 and 20 ms while the thread is not seen
 * asleep in its call.
 */
void caller_nonblock(struct caller_question *question, struct loop *loop,
		     struct memory *memory, const struct memory_caller *caller,
		     int fallback, void (*answer)(void *data, int result),
		     void *data);

#define CALLER_GIVE_UP   1 /* SIGKILL, or the thread is gone */
#define CALLER_SIGNALLED 2 /* a signal that interrupts, or nobody can tell */

/**
 * caller_signals() - Watch a caller that was interrupted
 * @answer:	Called every 100 ms, first at once, until caller_stop(): 0 (nothing
 *		or only stop signals), CALLER_SIGNALLED or CALLER_GIVE_UP
 *
 * The kernel says FUSE_INTERRUPT only once (fs/fuse/dev.c), so we must look.
 */
void caller_signals(struct caller_question *question, struct loop *loop,
		    struct memory *memory, const struct memory_caller *caller,
		    void (*answer)(void *data, int result), void *data);

/**
 * caller_stop() - Forget the question; harmless if there is none
 */
void caller_stop(struct caller_question *question);

#endif
