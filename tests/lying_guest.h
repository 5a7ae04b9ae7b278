/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest by hand, in place of guestd, at a real hostd with the fake device.
 */
#ifndef TESTS_LYING_GUEST_H
#define TESTS_LYING_GUEST_H

#include "tests/guest_peer.h"
#include "tests/streamer.h"

#define RAW_FRAMES 1024

/** struct raw_frame - A frame that came; @bytes is its section, cut */
struct raw_frame {
	struct vms_header header;
	uint8_t bytes[640];
};

/**
 * struct lying_guest - All of it; there is one
 * @tag:	Of the last REQ
 * @frames:	All that came, @count of them
 * @data_bytes:	Contents that came
 * @reading:	It reads what hostd sends
 * @forgetting:	And keeps nothing of it but @forgotten, how many frames it was
 */
struct lying_guest {
	struct guest_peer peer;
	uint32_t tag;
	struct raw_frame frames[RAW_FRAMES];
	unsigned int count;
	uint64_t data_bytes;
	bool reading;
	bool forgetting;
	unsigned int forgotten;
};

extern struct lying_guest raw;

/* For cmocka_unit_test_setup_teardown(): harness_setup() and HELLO is done. */
int raw_setup(void **state);
/* The same, of a guest that knows no feature. */
int raw_setup_plain(void **state);
/* The same, of one that may share memory. */
int raw_setup_sharing(void **state);
/* The same, at a device without buffers. */
int raw_setup_radio(void **state);
/* The same, of one that may no more than this says. */
int raw_setup_granted(void **state, const struct grant *grant);
int raw_teardown(void **state);
#define RAW_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, raw_setup, raw_teardown)

/** raw_run() - One round */
void raw_run(void);

/** raw_settle() - Until nothing happens */
void raw_settle(void);

/** raw_req() - Send a REQ; Return: its tag */
uint32_t raw_req(const void *bytes, size_t len, uint32_t capacity);

/** raw_wait() - Until this REQ or IO is answered; its RESP or IO_RESP */
const struct raw_frame *raw_wait(uint32_t tag);

/** raw_status() - The same; its status, which is 0 without a section */
uint32_t raw_status(uint32_t tag);

/** raw_req_aux() - The same, with an aux block behind it */
uint32_t raw_req_aux(const void *bytes, size_t len, const void *aux,
		     size_t aux_len, uint32_t capacity);

/**
 * struct raw_array - A REQ about one control with payload, FAKE_CID_ARRAY
 * @aux:	Begins its aux block; the payload follows
 */
struct raw_array {
	struct {
		struct virtio_media_cmd_ioctl cmd;
		struct v4l2_ext_controls controls;
		struct v4l2_ext_control list[1];
		struct virtio_media_sg_entry sg[1];
	} __attribute__((packed)) section;
	struct {
		struct vms_aux head;
		struct vms_extent extent;
	} aux;
};

/**
 * raw_array() - Make one
 * @cmd:	VIDIOC_G_EXT_CTRLS and the like
 * @size:	Of the payload
 */
struct raw_array raw_array(uint32_t session, uint32_t cmd, uint32_t size);

/** raw_io() - Send an IO of these bytes, an odd one too; Return: its tag */
uint32_t raw_io(const void *bytes, size_t len);

/** raw_answered() - Is it answered? */
bool raw_answered(uint32_t tag);

/** raw_events() - Events that came */
unsigned int raw_events(void);

/* Commands.  Return: tag; raw_open(): session */
uint32_t raw_open(void);
uint32_t raw_close(uint32_t session);
uint32_t raw_ioctl(uint32_t session, uint32_t cmd, const void *arg);
uint32_t raw_mmap(uint32_t session, uint32_t offset);
uint32_t raw_munmap(uint64_t addr);
void raw_cancel(uint32_t tag);
bool raw_data(uint64_t addr, uint32_t generation, const void *bytes,
	      size_t len);

/**
 * raw_object() - Send an OBJ
 * @tag:	Of the REQ that it is for
 * @fd:		Goes along, still the caller's; -1: none does
 */
void raw_object(uint32_t tag, enum vms_obj_kind kind, int fd);

/** raw_ended() - hostd has ended the connection, and said this in its log */
void raw_ended(const char *why);

/** raw_buffers() - MMAP buffers of a session, mapped; the addresses in @addrs */
void raw_buffers(uint32_t session, uint32_t type, uint32_t count,
		 uint64_t *addrs);
uint32_t raw_qbuf(uint32_t session, uint32_t type, uint32_t index);
void raw_stream(uint32_t session, uint32_t type, bool on);

#endif
