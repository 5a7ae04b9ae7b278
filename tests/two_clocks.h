/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both daemons, each with a clock of its own, and a connection that takes time.
 *
 * True time is simulated, and so are both clocks: they drift, are set, or stand
 * still while their machine is suspended, and then its daemon does not run.
 * Only what hostd's threads do takes real time, and none of the simulated one, so
 * that a test with the same dice always does the same.
 */
#ifndef TESTS_TWO_CLOCKS_H
#define TESTS_TWO_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/delay_line.h"
#include "tests/harness.h"

#define TWO_CLOCKS_MS     1000000ull
#define TWO_CLOCKS_SECOND (1000 * TWO_CLOCKS_MS)

/**
 * struct two_clocks_one - One of them
 * @value:	What it says at true time @at
 * @ppm:	It is so much too fast
 * @stands:	It does not go on, and nobody on its machine does
 */
struct two_clocks_one {
	uint64_t at;
	uint64_t value;
	int ppm;
	bool stands;
};

/**
 * struct two_clocks - All of it; there is one
 * @now:	True time
 * @guest, @host: The clocks
 * @delay:	How long a message takes; see two_clocks_roll()
 */
struct two_clocks {
	uint64_t now;
	struct two_clocks_one guest;
	struct two_clocks_one host;
	struct delay_line line;
	uint64_t (*delay)(enum delay_direction direction);
	uint64_t dice;
};

extern struct two_clocks two_clocks;

/** two_clocks_setup(), two_clocks_teardown() - With those of the harness */
int two_clocks_setup(void **state);
int two_clocks_teardown(void **state);

#define TWO_CLOCKS_TEST(name)                                                  \
	cmocka_unit_test_setup_teardown(name, two_clocks_setup,                \
					two_clocks_teardown)

/** two_clocks_connect() - Both daemons, for the fake device; waits until it is up */
void two_clocks_connect(void);

/** two_clocks_run() - Let @ns of true time go by */
void two_clocks_run(uint64_t ns);

/** two_clocks_guest(), two_clocks_host() - What the clocks say now */
uint64_t two_clocks_guest(void);
uint64_t two_clocks_host(void);

/** two_clocks_set() - Add @ns to one of them */
void two_clocks_set(struct two_clocks_one *one, int64_t ns);

/** two_clocks_suspend(), two_clocks_resume() - One of the machines */
void two_clocks_suspend(struct two_clocks_one *one);
void two_clocks_resume(struct two_clocks_one *one);

/** two_clocks_roll() - A number from @least to @most */
uint64_t two_clocks_roll(uint64_t least, uint64_t most);

#endif
