// SPDX-License-Identifier: BSD-3-Clause
/*
 * kills BUILD WORK COUNT SEED: kill somebody at random, so many times.
 * kills BUILD WORK SECONDS SEED faults: the same for so long, and others are stopped.
 *
 * Three nodes (kills_parts/world.h) are used by two programs each (kills_parts/crowd.h).
 * Then guestd dies, its helper, hostd's listener or a process of a connection, the
 * connection or a program; or two of them, one shortly after the other.  Who was
 * started by the supervisor is started again at once.  Those who used what is dead must
 * see it, and the right error; those who did not must see nothing; and everything must
 * be as it was.
 *
 * A season is an eighth of it, and lets somebody live, who has at its end no more files
 * than in the beginning, and no more memory than in its middle.
 *
 * What is wrong is said in lines that begin with "# ", and in the end each rule is one
 * line, `ok' or `not ok'.  Exit status: 1 if one was broken.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/kills_parts/crowd.h"
#include "tests/lab/kills_parts/quiet.h"
#include "tests/lab/kills_parts/round.h"
#include "tests/lab/kills_parts/world.h"
#include "tests/lab/kills_parts/wrong.h"
#include "tests/lab/shared/process.h"

#define SEASONS 8

static unsigned int dice;

/**
 * struct extent - How long it goes on
 * @kills:	So many, or
 * @ms:		for so long
 */
struct extent {
	unsigned int kills;
	long ms;
};

static bool half_over(const struct extent *whole, unsigned int kills,
		      unsigned int half, long begun)
{
	if (whole->ms)
		return now_ms() >=
		       begun + whole->ms / (2 * SEASONS) * (half + 1);
	return kills >= whole->kills * (half + 1) / (2 * SEASONS);
}

/* Return: how many it were */
static unsigned int all_seasons(const struct extent *whole)
{
	unsigned int kills = 0;
	unsigned int half;
	long begun = now_ms();

	for (half = 0; half < 2 * SEASONS; half++) {
		while (!half_over(whole, kills, half, begun))
			kills += round_kill(kills + 1,
					    half / 2 % ROUND_SPARED_COUNT);
		round_quiet();
		if (half % 2) {
			quiet_grown();
			printf("# season %u: %u kills, %ld s\n", half / 2 + 1,
			       kills, (now_ms() - begun) / 1000);
			fflush(stdout);
		} else {
			quiet_remember();
		}
	}
	return kills;
}

int main(int argc, char **argv)
{
	struct extent whole = { 0 };
	bool faults = argc == 6 && !strcmp(argv[5], "faults");

	if (argc != 5 && !faults) {
		fputs("usage: kills BUILD WORK COUNT|SECONDS SEED [faults]\n",
		      stderr);
		return 2;
	}
	if (faults)
		whole.ms = strtol(argv[3], NULL, 10) * 1000;
	else
		whole.kills = (unsigned int)strtoul(argv[3], NULL, 10);
	dice = (unsigned int)strtoul(argv[4], NULL, 10);
	printf("# seed %u\n", dice);

	world_begin(argv[1], argv[2]);
	crowd_begin(argv[1], &dice);
	round_begin(&dice, faults);
	round_warm();
	quiet_begin();
	printf("# %u kills\n", all_seasons(&whole));
	world_end();
	round_report();
	quiet_report();
	return wrong_report() != 0;
}
