/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A V4L2 node by the rules of videobuf2, for what hostd makes of its buffers in memory
 * that the guest has, too.
 */
#ifndef TESTS_PLACED_NODE_H
#define TESTS_PLACED_NODE_H

#include <stdbool.h>
#include <stdint.h>

#define PLACED_NODE_PLANES  2u /* of a multi-planar queue */
#define PLACED_NODE_LEN     5000u
#define PLACED_NODE_BUFFERS 8u

/**
 * struct placed_node - What it has, and how it behaves
 * @no_userptr:	It knows MMAP alone
 * @queue_error: What it says of USERPTR buffers, as errno has it; 0: nothing
 *
 * There is one, of one queue.  Zeroes are a new one.
 */
struct placed_node {
	uint32_t memory;
	uint32_t type;
	unsigned int count;
	unsigned int queued;
	bool streaming;
	bool no_userptr;
	int queue_error;
	struct {
		bool queued;
		unsigned long memory[PLACED_NODE_PLANES];
		uint32_t used;
	} buffers[PLACED_NODE_BUFFERS];
};

extern struct placed_node placed_node;

/** placed_node_call() - Its ioctl(); -1 with errno set */
int placed_node_call(unsigned long cmd, void *arg);

#endif
