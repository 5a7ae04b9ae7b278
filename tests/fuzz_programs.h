/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs that have a node open, for fuzzers: what they call is what an input says,
 * byte by byte.
 */
#ifndef TESTS_FUZZ_PROGRAMS_H
#define TESTS_FUZZ_PROGRAMS_H

#include <stdint.h>

#include "common/wire.h"
#include "tests/fake_front.h"

/** fuzz_programs_begin() - Nobody has this node open */
void fuzz_programs_begin(struct front *node);

/** fuzz_programs_end() - The host has gone: all calls must have ended; close all files */
void fuzz_programs_end(void);

/** fuzz_programs_memory() - What nested pointers of ioctls lead to */
uintptr_t fuzz_programs_memory(void);

/** fuzz_programs_frames() - What USERPTR buffers are */
uintptr_t fuzz_programs_frames(void);

/* Steps of an input, see fuzz_guest.c */
void fuzz_programs_open(struct wire_reader *input);
void fuzz_programs_close(struct wire_reader *input);
void fuzz_programs_ioctl(struct wire_reader *input);
void fuzz_programs_read(struct wire_reader *input);
void fuzz_programs_write(struct wire_reader *input);
void fuzz_programs_poll(struct wire_reader *input);
void fuzz_programs_signal(struct wire_reader *input);

#endif
