/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream of "fake", and how often its calls have waited for the host, for pair tests.
 */
#ifndef TESTS_PIPELINE_RIG_H
#define TESTS_PIPELINE_RIG_H

#include "tests/streamer.h"

#define PIPELINE_BUFFERS 4

/** struct pipeline_rig - @file is open, and @buffer was handled last */
struct pipeline_rig {
	struct front_file file;
	struct stream_buffer buffer;
	uint64_t counted;
};
extern struct pipeline_rig pipeline;

/** pipeline_setup() - The device is a camera, and its file open */
int pipeline_setup(void **state);

#define PIPELINE_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, pipeline_setup, harness_teardown)

/** pipeline_count() - From here on */
void pipeline_count(void);

/** pipeline_waits() - Times that a call waited, since either was called last */
unsigned int pipeline_waits(void);

/** pipeline_frame() - One frame, from the device to the program and back */
void pipeline_frame(uint32_t type, uint32_t index);

/**
 * pipeline_start() - A stream that runs: the first frame was taken, and its buffer
 * queued again
 */
void pipeline_start(uint32_t type);

/** pipeline_take() - One frame of CAPTURE, from the device to the program */
void pipeline_take(uint32_t index);

#endif
