/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device answers, as it is sent to be remembered.
 */
#ifndef HOSTD_MEMO_ANSWERS_H
#define HOSTD_MEMO_ANSWERS_H

#include "common/memo_wire.h"
#include "hostd/client_ops.h"
#include "hostd/device.h"
#include "hostd/grant.h"

/**
 * struct memo_answers - Those of one class, in the order in which they were given
 * @class, @epoch: For all of them; set by the owner, as @dropped; the rest zero
 * @dropped:	They are not kept, only counted
 * @bytes:	@len of them, as MEMO has them, but not cut into frames
 * @size:	That there is memory for
 * @count:	Entries
 * @content:	Bytes of keys and values
 * @hash:	The same for the same answers in the same order
 */
struct memo_answers {
	uint32_t class;
	uint32_t epoch;
	bool dropped;
	uint8_t *bytes;
	size_t len;
	size_t size;
	unsigned int count;
	size_t content;
	uint64_t hash;
};

/** memo_answers_finish() - Free what hangs on it */
void memo_answers_finish(struct memo_answers *answers);

/**
 * memo_answers_add() - One more
 * @key:	From memo_key(), of the question
 * @payload:	With the answer
 * @result:	0 or a negative errno
 *
 * What does not last is left out.
 *
 * Return: 0, -ENOSPC if there are VMS_MEMO_ENTRIES_MAX or VMS_MEMO_BYTES_MAX, or
 * -ENOMEM
 */
int memo_answers_add(struct memo_answers *answers, const uint8_t *key,
		     size_t key_len, const struct payload *payload, int result);

/**
 * memo_answers_ask() - Ask a device everything of the class
 * @file:	Of a session: it is asked just as its guest would ask it
 *
 * May sleep.
 *
 * Return: 0, also if there was no room for all of them; -EINTR or -ENOMEM
 */
int memo_answers_ask(struct memo_answers *answers, struct device_file *file,
		     const struct grant *grant);

/** memo_answers_send() - To the guest, in frames of VMS_MIN_CTRL at most */
void memo_answers_send(const struct memo_answers *answers,
		       const struct client_output *output);

#endif
