/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection in which bytes take their time, in each direction by itself.
 *
 * What is read at once arrives at once; nothing overtakes.
 */
#ifndef TESTS_DELAY_LINE_H
#define TESTS_DELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DELAY_LINE_PACKETS 256

/** struct delay_packet - Bytes that are under way until @due */
struct delay_packet {
	uint64_t due;
	size_t len;
	uint8_t *bytes;
};

/** struct delay_way - One direction; @first is the next of @count packets */
struct delay_way {
	int from;
	int to;
	unsigned int first;
	unsigned int count;
	uint64_t last_due;
	struct delay_packet packets[DELAY_LINE_PACKETS];
};

/** enum delay_direction - From whom to whom */
enum delay_direction { DELAY_TO_HOST, DELAY_TO_GUEST, DELAY_DIRECTIONS };

/**
 * struct delay_line - Both directions
 * @delay:	How long what goes now takes, nanoseconds
 */
struct delay_line {
	uint64_t (*delay)(enum delay_direction direction);
	struct delay_way ways[DELAY_DIRECTIONS];
};

/**
 * delay_line_start() - Put one between a connected socket and a new one
 * @host:	hostd's end, taken over
 *
 * Return: guestd's end
 */
int delay_line_start(struct delay_line *line, int host,
		     uint64_t (*delay)(enum delay_direction direction));

/** delay_line_finish() - Close it; harmless if it was not started */
void delay_line_finish(struct delay_line *line);

/**
 * delay_line_run() - Take what was sent, deliver what is due
 *
 * Return: whether there was anything
 */
bool delay_line_run(struct delay_line *line, uint64_t now);

/**
 * delay_line_due() - When the next bytes arrive that are not due already
 *
 * Return: UINT64_MAX if there are none
 */
uint64_t delay_line_due(const struct delay_line *line, uint64_t now);

#endif
