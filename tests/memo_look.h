/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that looks at all that a device can do, as programs do: with the last
 * answer still in the next question.
 */
#ifndef TESTS_MEMO_LOOK_H
#define TESTS_MEMO_LOOK_H

#include <stdint.h>

#include "tests/fake_front.h"

/**
 * struct memo_look - What a program has seen
 * @questions:	How often it has asked
 * @seen:	A hash of all answers
 */
struct memo_look {
	unsigned int questions;
	uint64_t seen;
};

/** memo_look_all() - A program looks at everything; NULL: at the camera itself */
struct memo_look memo_look_all(struct front_file *file);

/** memo_look_formats() - At formats, sizes and intervals; the other two likewise */
struct memo_look memo_look_formats(struct front_file *file);
struct memo_look memo_look_controls(struct front_file *file);

/** memo_look_flags() - What a program is told of the exposure time */
uint32_t memo_look_flags(struct front_file *file);

#endif
