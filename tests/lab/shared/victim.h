/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests/lab/victim.c writes down, in memory that tests/lab/kills.c reads.
 */
#ifndef TESTS_LAB_SHARED_VICTIM_H
#define TESTS_LAB_SHARED_VICTIM_H

#include <stdatomic.h>

/**
 * enum victim_mode - What it does again and again
 * @VICTIM_DQBUF:	Wait for a frame
 * @VICTIM_USER:	The same, into its memory
 * @VICTIM_POLL:	Wait for a frame in poll()
 * @VICTIM_READ:	Wait for a frame in read()
 * @VICTIM_SLOW:	Be slower than the frames
 * @VICTIM_FORMAT:	Take two frames in another format than before
 * @VICTIM_REQBUFS:	Ask for buffers, and give them back
 * @VICTIM_MAP:		The same, and map them; with the shim
 * @VICTIM_MAPPED:	Wait for a frame in a buffer that is mapped; with the shim
 * @VICTIM_OPEN:	Open the node, and close it
 * @VICTIM_EVENT:	Wait for an event that does not come
 */
enum victim_mode {
	VICTIM_DQBUF,
	VICTIM_USER,
	VICTIM_POLL,
	VICTIM_READ,
	VICTIM_SLOW,
	VICTIM_FORMAT,
	VICTIM_REQBUFS,
	VICTIM_MAP,
	VICTIM_MAPPED,
	VICTIM_OPEN,
	VICTIM_EVENT,
	VICTIM_MODES,
};

/**
 * enum victim_stage - How far it is
 * @VICTIM_BEGINS:	Not all is ready
 * @VICTIM_RUNS:	A call of each kind has come back
 * @VICTIM_FAILED:	One has failed, and what the file says then is written down
 * @VICTIM_ASKED:	What it says later is, too
 */
enum victim_stage {
	VICTIM_BEGINS,
	VICTIM_RUNS,
	VICTIM_FAILED,
	VICTIM_ASKED,
};

#define VICTIM_LATER_MAX 24

/** struct victim_call - How a call ended; errno, or 0 */
struct victim_call {
	char name[16];
	int error;
};

/**
 * struct victim_said - All that a victim writes down
 * @stage:	enum victim_stage
 * @begun:	Calls of the loop so far, with the one that is being made
 * @failed:	The first that failed; which of them is in @failed_as
 * @later:	Calls of the same file after that, at once and once more
 */
struct victim_said {
	atomic_uint stage;
	atomic_uint begun;
	struct victim_call failed;
	unsigned int failed_as;
	unsigned int later_count;
	struct victim_call later[VICTIM_LATER_MAX];
};

/** victim_mode_name() - One word */
const char *victim_mode_name(enum victim_mode mode);

#endif
