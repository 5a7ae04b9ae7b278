/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is written to standard error, also by processes that are forked meanwhile.
 */
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

/** heard_begin() - From now on it goes nowhere else */
void heard_begin(void);

/** heard_end() - Return: all of it, or the beginning; good until the next call */
const char *heard_end(void);

#endif
