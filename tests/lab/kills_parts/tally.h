/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What was killed, how often, and what came of it.
 */
#ifndef TESTS_LAB_KILLS_TALLY_H
#define TESTS_LAB_KILLS_TALLY_H

#define TALLY_ERRORS 8

/** struct tally_errors - How often each errno; 0: none */
struct tally_errors {
	struct {
		int error;
		unsigned int count;
	} seen[TALLY_ERRORS];
};

/**
 * struct tally - One line
 * @times:	How often
 * @in_flight:	How calls ended that were being made
 * @next:	How the first one failed that was made after it
 * @later:	What the file said then
 * @ended_ms:	The longest until a call in flight had ended
 * @open_ms:	The longest until a new open worked
 */
struct tally {
	unsigned int times;
	struct tally_errors in_flight;
	struct tally_errors next;
	struct tally_errors later;
	long ended_ms;
	long open_ms;
};

/** tally_error() - One more of these */
void tally_error(struct tally_errors *errors, int error);

/** tally_print_heads() - The line above those of tally_print(), whose names are @what */
void tally_print_heads(const char *what);

/** tally_print() - "# NAME ..." */
void tally_print(const char *name, const struct tally *tally);

#endif
