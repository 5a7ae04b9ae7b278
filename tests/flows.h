/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What applications do with a node, from open() to close(), for tests in which it
 * goes wrong somewhere.
 *
 * A flow is the same each time, frame by frame: the device is the fake one, and one
 * call follows the other.  It ends with the first call that fails as the test said
 * that calls may; any other surprise fails the test.
 */
#ifndef TESTS_FLOWS_H
#define TESTS_FLOWS_H

#include <stdbool.h>

#include "tests/streamer.h"

#define FLOWS_MAX 32

/**
 * struct flow - One of them
 * @device:	"fake", or "pattern", whose frames come when they like
 * @caps:	Of the device, without STREAMING where it has no buffers
 * @planes:	Of a multi-planar buffer
 * @shared:	Buffers are shared
 * @choice:	As which the node is opened
 * @run:	Return: false: a call has failed
 */
struct flow {
	const char *name;
	const char *device;
	uint32_t caps;
	unsigned int planes;
	bool shared;
	enum profile_choice choice;
	bool (*run)(void);
};

extern const struct flow flow_list[];
extern const unsigned int flow_count;

/**
 * struct flows - There is one
 * @flow:	The one that runs, or ran last
 * @file:	What is open; without a session: nothing
 * @fails:	May a call return this?  NULL: none may
 * @call:	Which call it was, from 1
 */
struct flows {
	const struct flow *flow;
	struct front_file file;
	bool (*fails)(ssize_t result);
	unsigned int call;
};

extern struct flows flows;

/** flows_prepare() - Make the device that @flow is for; before it is connected to */
void flows_prepare(const struct flow *flow);

/** flows_connect() - hostd has a device; until guestd, which tries again, has found it */
void flows_connect(const char *device);

/** flows_until_lost() - Until guestd has noticed that it is not connected */
void flows_until_lost(void);

/**
 * flows_run() - Let it happen
 *
 * Return: whether all of it did, and then the file is closed
 */
bool flows_run(const struct flow *flow);

/** flows_works() - Whoever opens the node now gets a frame */
void flows_works(const struct flow *flow);

/** flows_expect_released() - The device is closed, and nothing is left of anything */
void flows_expect_released(void);

/** flows_remember() - So many descriptors and mappings there are while all is well */
void flows_remember(void);

/** flows_expect_as_before() - The same, and flows_expect_released() */
void flows_expect_as_before(void);

#endif
