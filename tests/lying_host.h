/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host by hand, in place of hostd: it has an honest answer to everything that
 * an application needs for streaming, and a test changes it before it is sent.
 */
#ifndef TESTS_LYING_HOST_H
#define TESTS_LYING_HOST_H

#include "tests/guest_peer.h"
#include "tests/lying_answers.h"
#include "tests/streamer.h"

#define LYING_ANSWERS 64

/**
 * struct lying_host - All of it; there is one
 * @lie:	May change an answer; NULL: honest
 * @hear:	Looks at each frame that came; NULL: nobody does
 * @hello:	May change the answer to HELLO
 * @clock:	Answers a question about the time, with lying_clock() or not; NULL:
 *		CLOCK is not agreed on
 * @asked:	How often each VIRTIO_MEDIA_CMD_* came
 * @ioctls:	How often each ioctl came
 * @lie_io:	May change an answer to an IO; by itself there is nothing to
 *		read, everything that is written is taken, and poll() says no
 * @ios:	How often each enum vms_io_direction came
 * @io:		The last one, or the one that is withheld
 * @cancels:	How often CANCEL came
 * @withheld:	Answers that are, oldest first
 * @events:	Sent by lying_event(), which numbers them
 * @data_bytes: Contents that came
 * @last_addr:	That MMAP gave last
 * @file:	The file that is lied to, and @other: another one
 * @lies:	STATS_LIES when the lying began
 */
struct lying_host {
	struct guest_peer peer;
	struct loop_watch *watch;
	void (*lie)(struct lying_answer *answer);
	void (*hear)(const struct vms_header *header, const uint8_t *section);
	void (*hello)(struct vms_hello_ack *ack);
	void (*clock)(const struct vms_clock *question);
	void (*lie_io)(struct lying_io *io);
	unsigned int ios[VMS_IO_DIRECTION_COUNT];
	struct lying_io io;
	unsigned int cancels;
	unsigned int asked[6];
	unsigned int ioctls[256];
	struct lying_answer withheld[LYING_ANSWERS];
	unsigned int withheld_count;
	uint32_t sessions;
	uint64_t last_addr;
	uint32_t events;
	uint64_t data_bytes;
	struct front_file file;
	struct front_file other;
	uint64_t lies;
};

extern struct lying_host lying;

/* For cmocka_unit_test_setup_teardown(): harness_setup() and this host. */
int lying_setup(void **state);
int lying_teardown(void **state);
#define LYING_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, lying_setup, lying_teardown)

/** lying_radio() - A HELLO_ACK: the device is a radio, which has no buffers */
void lying_radio(struct vms_hello_ack *ack);

/* Likewise with a radio, and lying.file is open. */
int lying_setup_radio(void **state);
#define LYING_RADIO_TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, lying_setup_radio, lying_teardown)

/** lying_start() - Make guestd's end, and wait until it is up or has failed */
void lying_start(enum profile_choice choice);

/** lying_init() - Only this host, without guestd's end; lying_teardown() ends it */
int lying_init(void **state);

/* Frames of its own accord. */
void lying_send(const struct vms_header *header, const void *body, size_t len);
void lying_resp(uint32_t tag, const void *bytes, size_t len);
void lying_buffer(uint32_t session, uint32_t type, uint32_t index,
		  uint32_t used);
void lying_buffer_event(uint32_t session, const struct stream_buffer *buffer);
void lying_event(uint32_t session, uint32_t type, uint32_t id);
void lying_clock(const struct vms_clock *answer);
void lying_error(uint32_t session, uint32_t error);
void lying_queue_error(uint32_t session, uint32_t type, uint32_t error);
void lying_io_ready(uint32_t session);
void lying_data(uint64_t addr, uint32_t generation, const void *bytes,
		size_t len);

/** lying_open_both() - Open lying.file and lying.other, then begin to lie */
void lying_open_both(void (*lie)(struct lying_answer *answer));

/**
 * lying_stream() - Open lying.file and stream from it, with three capture buffers
 *
 * Return: its session
 */
uint32_t lying_stream(void);

/** lying_addr() - Where a capture buffer of lying.file is in the window */
uint64_t lying_addr(unsigned int index);

/** lying_reqbufs() - stream_reqbufs() of lying.file, MMAP capture buffers */
int lying_reqbufs(uint32_t count);

/**
 * lying_expect_session_ended() - lying.file's session is over, the host has been
 * told, one lie was counted, and nobody else has noticed
 */
void lying_expect_session_ended(void);

/** lying_settle() - Until what was sent is taken and answered */
void lying_settle(void);

#endif
