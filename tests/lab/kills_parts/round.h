/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One kill, and what follows.
 */
#ifndef TESTS_LAB_KILLS_ROUND_H
#define TESTS_LAB_KILLS_ROUND_H

#include <stdbool.h>

/** enum round_spared - Who lives in a season, by turns */
enum round_spared {
	ROUND_SPARED_HOSTD,
	ROUND_SPARED_GUESTDS,
	ROUND_SPARED_DAEMONS,
	ROUND_SPARED_NOBODY,
	ROUND_SPARED_COUNT,
};

/** round_begin() - Who dies is drawn from @dice; @faults: or is stopped for a while */
void round_begin(unsigned int *dice, bool faults);

/**
 * round_kill() - Kill somebody, and see that all is well again
 *
 * Return: false if there was nobody to be killed
 */
bool round_kill(unsigned int number, enum round_spared spared);

/** round_warm() - Have all nodes used once: some things are made when they are needed */
void round_warm(void);

/** round_quiet() - End all programs; the daemons must have what they had then */
void round_quiet(void);

/** round_report() - Two tables: by who was killed, and by who has seen it */
void round_report(void);

#endif
