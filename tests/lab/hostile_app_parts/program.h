/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of hostile_app share.
 *
 *	hostile_app.c	the catalogue
 *	asks.c		at guestd's socket for shims
 *	calls.c		at guestd's node
 */
#ifndef TESTS_LAB_HOSTILE_APP_PARTS_PROGRAM_H
#define TESTS_LAB_HOSTILE_APP_PARTS_PROGRAM_H

#include "tests/lab/hostile_parts/attack.h"

/* asks.c */
const char *asks_forged(void);
const char *asks_odd(void);
const char *asks_half(void);
const char *asks_descriptors(void);
const char *asks_own_node(void);
const char *asks_dead_fuse(void);
const char *asks_silent(void);
const char *asks_visits(void);

/* calls.c */
const char *calls_numbers(void);
const char *calls_filled(void);
const char *calls_pointers(void);
const char *calls_opens(void);
void calls_controls(void);
const char *calls_exits(void);
const char *calls_stuck(void);
const char *calls_faults(void);
const char *calls_steal(void);

#endif
