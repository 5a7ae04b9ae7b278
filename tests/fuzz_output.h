/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a fuzzed device core says to its guest, and what must hold of it.
 *
 * Each command is answered once and within its capacity, and lent memory comes
 * back once; abort() if not.
 */
#ifndef TESTS_FUZZ_OUTPUT_H
#define TESTS_FUZZ_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "hostd/client_ops.h"

/* An input asks no more than this. */
#define FUZZ_OUTPUT_COMMANDS 512

/** fuzz_output_ops - Where it goes; the owner may be anything */
extern const struct client_ops fuzz_output_ops;

/** fuzz_output_reset() - A new client: nothing is asked, lent or mapped */
void fuzz_output_reset(void);

/**
 * fuzz_output_ask() - A command will be asked
 * @io:		It is read(), write() or poll()
 *
 * Return: its tag, or 0 if it is one too many
 */
uint32_t fuzz_output_ask(uint32_t capacity, bool io);

/** fuzz_output_asked() - How many commands have been asked, the last tag */
uint32_t fuzz_output_asked(void);

/** fuzz_output_mapping() - The address of a mapping, of one that there is if it can */
uint64_t fuzz_output_mapping(uint32_t number);

/** fuzz_output_sent() - One that is lent, if any is, comes back */
void fuzz_output_sent(unsigned int which);

/** fuzz_output_congest() - The connection takes no more frames, or does again */
void fuzz_output_congest(bool full);

/** fuzz_output_check_answers() - All commands must have been answered */
void fuzz_output_check_answers(void);

/** fuzz_output_check_lent() - Nothing may be lent any more */
void fuzz_output_check_lent(void);

#endif
