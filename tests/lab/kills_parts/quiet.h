/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the daemons have while nobody uses them.
 */
#ifndef TESTS_LAB_KILLS_QUIET_H
#define TESTS_LAB_KILLS_QUIET_H

#include <stdbool.h>

/** quiet_begin() - So it is in the beginning; waits until nothing changes */
void quiet_begin(void);

/**
 * quiet_is() - Are there as many processes as in the beginning, and have they no more
 * files?
 */
bool quiet_is(void);

/** quiet_blame() - Say which have not */
void quiet_blame(void);

/** quiet_remember() - What memory each has; quiet_grown() compares with that */
void quiet_remember(void);

/** quiet_grown() - Nobody who was there then may have more, but for a little */
void quiet_grown(void);

/** quiet_report() - The most that anybody had more */
void quiet_report(void);

#endif
