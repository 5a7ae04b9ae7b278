/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Directories of a test's own where the system has its: a child in a mount
 * namespace.
 */
#ifndef TESTS_PLACES_H
#define TESTS_PLACES_H

#define PLACES_SKIPPED 77 /* what a child returns that cannot go on */

/**
 * places_run() - Run @what in a child that has an empty directory in each place
 * @places:	Ends with NULL
 * @what:	Returns 0, or the number of the check that failed, as asserts do not
 *		work in a child
 *
 * The test is skipped where there is no right to do so.
 */
void places_run(const char *const *places, int (*what)(void));

#endif
