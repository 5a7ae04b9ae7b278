/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A channel over a real socketpair, for tests.
 *
 * One end is a channel with an owner that writes down all it is told.  The other
 * end is a bare socket, since a peer is bytes and may be anything.  Time is
 * simulated.
 */
#ifndef TESTS_CHANNEL_RIG_H
#define TESTS_CHANNEL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/channel.h"
#include "common/protocol.h"

#define HEADER         sizeof(struct vms_header)
#define CHUNK          VMS_MAX_CHUNK
#define RIG_PARTIAL_MS 10000
#define RIG_FRAMES     512 /* that are kept */
#define RIG_SECTION    64  /* bytes of each that are kept */
#define RIG_NOT_CLOSED (-1000)
#define RIG_GENERATION 3 /* of all that is lent */

/** struct rig_told - A frame that the owner was given */
struct rig_told {
	struct vms_header header;
	uint8_t section[RIG_SECTION];
	size_t aux_len;
};

/**
 * struct channel_rig - Both ends, and what the owner was told
 * @fd:		The channel's end, owned by it
 * @peer:	The other end; -1: closed
 * @fds:	Open descriptors before
 * @now:	Simulated time
 * @closed:	RIG_NOT_CLOSED, or what closed() was given
 * @inside:	Set by a test: no callback but done() may come now
 * @memory:	For data_begin() to return
 * @result:	For frame() and data_end() to return
 * @on_frame:	Called by frame(), and so on; may be NULL
 */
struct channel_rig {
	struct loop *loop;
	struct channel *channel;
	int fd;
	int peer;
	unsigned int fds;
	uint64_t now;

	struct rig_told frames[RIG_FRAMES];
	unsigned int frame_count;
	unsigned int data_begun;
	unsigned int data_ended;
	unsigned int drained;
	int closed;
	unsigned int closed_count;
	bool inside;

	void *memory;
	int result;
	void (*on_frame)(struct channel_rig *rig);
	void (*on_data_begin)(struct channel_rig *rig);
	void (*on_data_end)(struct channel_rig *rig);
	void (*on_closed)(struct channel_rig *rig);
	void (*on_drained)(struct channel_rig *rig);
};

/**
 * rig_setup() - cmocka fixture; rig_setup_bare() makes the sockets only
 */
int rig_setup(void **state);
int rig_setup_bare(void **state);

/**
 * rig_teardown() - Also checks that no descriptor is left open
 */
int rig_teardown(void **state);

/**
 * rig_speak() - Make the channel that rig_setup_bare() did not
 */
void rig_speak(struct channel_rig *rig);

/**
 * rig_destroy() - Destroy the channel, now
 */
void rig_destroy(struct channel_rig *rig);

/**
 * rig_run() - Until nothing happens; time stands still
 */
void rig_run(struct channel_rig *rig);

/**
 * rig_wait_ms() - Let simulated time pass
 */
void rig_wait_ms(struct channel_rig *rig, unsigned int ms);

/**
 * rig_send_cancel() - The channel sends a CANCEL, the smallest of frames
 */
void rig_send_cancel(struct channel_rig *rig, uint32_t tag);
void rig_send_behind(struct channel_rig *rig, const void *key, uint32_t tag);

/**
 * rig_make_frame() - Bytes of a frame without aux
 * @header:	len is filled in
 * @section:	header.slen bytes; NULL: zeroes
 *
 * Return: their number
 */
size_t rig_make_frame(uint8_t *bytes, size_t size,
		      const struct vms_header *header, const void *section);

/**
 * struct loan - Memory that is lent to the channel
 * @done:	How often it came back
 * @then:	Called by done(); may be NULL
 */
struct loan {
	unsigned int done;
	struct channel_rig *rig;
	void (*then)(struct loan *loan);
	uint8_t *bytes;
	size_t len;
};

/**
 * loan_make() - Memory with a pattern
 */
void loan_make(struct loan *loan, struct channel_rig *rig, size_t len);
void loan_send(struct loan *loan, const void *key, uint64_t addr);
void loan_done(void *data);

/**
 * loan_begin() - Lend so much that its first chunk has begun, and no more goes
 */
void loan_begin(struct loan *loan, struct channel_rig *rig, const void *key,
		size_t len);

/**
 * loan_free() - Free what must have come back exactly once
 */
void loan_free(struct loan *loan);

void peer_write(struct channel_rig *rig, const void *bytes, size_t len);
void peer_frame(struct channel_rig *rig, const struct vms_header *header,
		const void *section);
void peer_cancel(struct channel_rig *rig, uint32_t tag);
void peer_data(struct channel_rig *rig, const void *bytes, size_t len);
void peer_leaves(struct channel_rig *rig);

/**
 * peer_read() - Read all of it, the channel sending meanwhile
 *
 * Return: false if the channel closed its end before
 */
bool peer_read(struct channel_rig *rig, void *bytes, size_t len);

/**
 * peer_next() - Read a frame, which must be well-formed
 * @body:	Room for header.len bytes
 */
void peer_next(struct channel_rig *rig, struct vms_header *header,
	       uint8_t *body);
void peer_expects_cancel(struct channel_rig *rig, uint32_t tag);

/**
 * peer_expects_chunk() - The chunk of @loan that starts at @offset comes next
 * @addr:	Of the whole
 */
void peer_expects_chunk(struct channel_rig *rig, const struct loan *loan,
			size_t offset, uint64_t addr);
void peer_expects_goaway(struct channel_rig *rig, int error,
			 enum vms_goaway_reason reason);
void peer_expects_nothing(struct channel_rig *rig);

#endif
