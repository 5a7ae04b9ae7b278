/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may die, and how that is done.
 */
#ifndef TESTS_LAB_KILLS_STRIKE_H
#define TESTS_LAB_KILLS_STRIKE_H

#include <stdbool.h>
#include <stdint.h>

/** enum target - Who is struck */
enum target {
	TARGET_GUESTD,
	TARGET_HELPER,
	TARGET_LISTENER,
	TARGET_GUEST,
	TARGET_OPENER,
	TARGET_CONNECTION,
	TARGET_APPLICATION,
	TARGET_PAUSED_GUESTD,
	TARGET_PAUSED_HELPER,
	TARGET_PAUSED_GUEST,
	TARGET_PAUSED_APPLICATION,
	TARGET_COUNT,
};

/* From here on nobody dies, but is stopped for a while. */
#define TARGET_PAUSED TARGET_PAUSED_GUESTD

/**
 * struct strike - What was struck
 * @nodes:	Whose programs must see it, as bits
 * @unknown:	It is one node more, and which is to be seen
 * @restarts:	Daemons of @nodes must be started again
 * @which:	The program, of TARGET_APPLICATION
 * @at_ns:	When
 */
struct strike {
	unsigned int nodes;
	bool unknown;
	bool restarts;
	unsigned int which;
	uint64_t at_ns;
};

/** target_name() - For tables */
const char *target_name(enum target target);

/**
 * strike() - Do it
 * @nth:	Which of several, any number
 *
 * Return: false if there is none now
 */
bool strike(enum target target, unsigned int nth, struct strike *out);

#endif
