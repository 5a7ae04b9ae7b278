/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which planes programs have been given, in memory that guestd shares with its helper.
 *
 * A program maps a buffer without guestd's having a part in it, and its very next
 * call wants to know (V4L2_BUF_FLAG_MAPPED): no message would be there in time.
 */
#ifndef GUESTD_HELPER_MARKS_H
#define GUESTD_HELPER_MARKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HELPER_MARKS_COUNT 4096u

/**
 * struct helper_marks - What both have
 * @given:	By the number of the region, modulo HELPER_MARKS_COUNT: the last of
 *		these that was given, 0: none.  So of two that meet in one place
 *		the first is forgotten.
 */
struct helper_marks {
	_Atomic uint64_t given[HELPER_MARKS_COUNT];
};

/**
 * helper_marks_create() - Make it
 * @fd:		Set to a memfd with it, the caller's
 *
 * Return: NULL if it cannot be made
 */
struct helper_marks *helper_marks_create(int *fd);

/** helper_marks_open() - From a memfd of the other's; NULL if it is none of these */
struct helper_marks *helper_marks_open(int fd);

/** helper_marks_close() - @marks may be NULL */
void helper_marks_close(struct helper_marks *marks);

/** helper_marks_set() - A program has been given that region; @marks may be NULL */
void helper_marks_set(struct helper_marks *marks, uint64_t region);

/** helper_marks_has() - Has a program been given it?  @marks may be NULL */
bool helper_marks_has(const struct helper_marks *marks, uint64_t region);

#endif
