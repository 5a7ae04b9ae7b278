/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the memory helper's socket has not taken yet.
 *
 * Nothing is repaired here: whatever goes wrong, the socket is shut down, and
 * who watches it sees its end.
 */
#ifndef GUESTD_MEMORY_OUTPUT_H
#define GUESTD_MEMORY_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"

/**
 * struct memory_message - Bytes to be sent
 * @fd:		Goes with the first byte; owned; -1: none
 *
 * The rest is private.
 */
struct memory_message {
	struct memory_message *next;
	int fd;
	size_t sent, len;
	uint8_t bytes[];
};

/** struct memory_output - All of it private */
struct memory_output {
	int fd;
	struct loop_watch *watch;
	struct memory_message *first, **last;
};

/**
 * memory_output_init() - Write to @fd
 * @watch:	Its watch, for EPOLLIN; is given EPOLLOUT when that is needed
 */
void memory_output_init(struct memory_output *output, int fd,
			struct loop_watch *watch);

/** memory_output_finish() - Drop what was not sent */
void memory_output_finish(struct memory_output *output);

/**
 * memory_output_send() - Send now, or copy for later
 * @fd:		Descriptor to go with it, duplicated if need be; -1: none
 *
 * Return: 0, or -ENOMEM and then nothing is sent
 */
int memory_output_send(struct memory_output *output, const void *bytes,
		       size_t len, int fd);

/**
 * memory_output_pass() - Send now, or not at all
 * @fd:		To go with it, still the caller's
 *
 * Return: 0, or a negative errno: -EAGAIN if others wait or the socket is full,
 * -ETOOMANYREFS if too many descriptors are on their way
 */
int memory_output_pass(struct memory_output *output, const void *bytes,
		       size_t len, int fd);

/** memory_message_create() - Room for @len bytes; NULL: no memory */
struct memory_message *memory_message_create(size_t len);

/** memory_output_queue() - Send or keep @message, which is taken over */
void memory_output_queue(struct memory_output *output,
			 struct memory_message *message);

/** memory_output_flush() - On EPOLLOUT */
void memory_output_flush(struct memory_output *output);

/** memory_output_break() - Shut the socket down */
void memory_output_break(struct memory_output *output);

#endif
