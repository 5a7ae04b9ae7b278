/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What programs ask a device when they look at it for the first time, and what they
 * ask next, given the answer.
 */
#ifndef HOSTD_MEMO_TREE_H
#define HOSTD_MEMO_TREE_H

#include <stdint.h>

#include "common/payload.h"

/**
 * memo_ask_fn() - Ask the device
 * @arg:	The question, zeroes behind it; gets the answer
 * @result:	Set to 0 or a negative errno, which is an answer, too
 *
 * Return: 0; or a negative errno, and nothing more is asked
 */
typedef int (*memo_ask_fn)(void *owner, uint32_t cmd, union payload_arg *arg,
			   int *result);

/**
 * memo_tree_walk() - Ask everything of one class, but for ENUM_FREQ_BANDS
 * @class:	enum vms_memo_class
 *
 * As programs do, to the end of each list and once more, for the end is an answer.  As
 * often as @ask likes: a device that never comes to an end is its matter.  A band is of
 * one tuner or modulator and of a type, and only programs for radios ask.
 *
 * Return: 0, or what @ask returned
 */
int memo_tree_walk(uint32_t class, memo_ask_fn ask, void *owner);

#endif
