/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loop for its own tests, with pipes and timers that tell a story.
 */
#ifndef TESTS_LOOP_RIG_H
#define TESTS_LOOP_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

#define MINUTE (60000 * LOOP_MS)

/**
 * struct loop_rig - There is one
 * @story:	What callbacks did, a letter each
 * @fds:	Open descriptors before
 */
struct loop_rig {
	struct loop *loop;
	char story[64];
	unsigned int fds;
};

extern struct loop_rig loop_rig;

/* For cmocka_unit_test_setup_teardown(); complains about leaked descriptors */
int loop_rig_setup(void **state);
int loop_rig_teardown(void **state);

/** loop_rig_tell() - One more letter */
void loop_rig_tell(char letter);

/**
 * struct pipe_watch - A pipe with a byte in it, and what its callback shall do
 * @events:	Seen last
 * @remove:	Remove its watch in the callback, once
 * @silence:	Have it watch for nothing
 * @drain:	Read the byte
 */
struct pipe_watch {
	int fds[2];
	char letter;
	struct loop_watch *watch;
	uint32_t events;
	struct pipe_watch *remove;
	struct pipe_watch *silence;
	bool drain;
};

void pipe_watch_open(struct pipe_watch *pipe, char letter, uint32_t events);
void pipe_watch_close(struct pipe_watch *pipe);

/** pipe_watch_ready() - The callback; @data is a struct pipe_watch */
void pipe_watch_ready(void *data, uint32_t events);

/**
 * struct timer - A timer, and what its callback shall do
 * @again:	Set it again, for @again_ns
 * @destroy:	Destroy that timer, once
 * @ran:	When
 */
struct timer {
	char letter;
	struct loop_timer *timer;
	uint64_t again_ns;
	bool again;
	struct timer *destroy;
	uint64_t ran;
};

/** timer_open() - One that is not running; the loop's end is its end */
void timer_open(struct timer *timer, char letter);

#endif
