/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device core's output, written down: what hostd would have sent.
 *
 * Contents that are lent stay lent until a test gives them back, or cancel()
 * does.
 */
#ifndef TESTS_OUTPUT_RIG_H
#define TESTS_OUTPUT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostd/client_ops.h"

#define OUTPUT_RIG_MAX 256

enum output_rig_kind {
	OUTPUT_RESP,
	OUTPUT_IO_RESP,
	OUTPUT_MEMO,
	OUTPUT_EVENT,
	OUTPUT_DATA,
};

/** struct output_rig_item - One thing that was said */
struct output_rig_item {
	enum output_rig_kind kind;
	uint32_t tag;
	const void *key;
	uint8_t bytes[1024]; /* of answers and events, cut */
	enum vms_type type;  /* of a MEMO */
	size_t len;
	const void *lent;
	uint64_t addr;
	uint32_t generation;
	void (*done)(void *data);
	void *data;
};

/**
 * struct output_rig - All of it
 * @output:	What modules under test are given
 * @items:	In their order, @count of them
 * @congested:	What congested() says
 * @data_result: What data() says
 * @cancelled:	Keys that were, the last first
 * @forgotten:	How often forget() was called
 */
struct output_rig {
	struct client_output output;
	struct output_rig_item items[OUTPUT_RIG_MAX];
	unsigned int count;
	bool congested;
	int data_result;
	const void *cancelled;
	unsigned int cancels;
	unsigned int forgotten;
};

void output_rig_init(struct output_rig *rig);

/** output_rig_sent() - Lent contents number @index have been sent */
void output_rig_sent(struct output_rig *rig, unsigned int index);

/** output_rig_count() - How many of a kind */
unsigned int output_rig_count(const struct output_rig *rig,
			      enum output_rig_kind kind);

#endif
