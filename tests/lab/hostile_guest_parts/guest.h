/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of hostile_guest share: a guest that speaks well until an attack
 * begins.
 *
 *	hostile_guest.c	the catalogue
 *	guest.c		what a guest says
 *	frames.c	headers, HELLO, and what is out of place
 *	commands.c	numbers, sessions and lengths in commands
 *	arguments.c	counts, pointers and numbers of descriptors in arguments
 *	controls.c	payloads of controls
 *	buffers.c	addresses, contents and memory
 *	shared.c	memory that both have
 *	descriptors.c	what comes along where nothing should
 *	floods.c	too much
 *	slow.c		too little
 *
 * hostd has the devices pat, a test pattern; cap and out, vivid's; and fm, its
 * radio.
 */
#ifndef TESTS_LAB_HOSTILE_GUEST_PARTS_GUEST_H
#define TESTS_LAB_HOSTILE_GUEST_PARTS_GUEST_H

#include "common/wire.h"
#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/hostile_parts/honest.h"
#include "tests/lab/hostile_parts/peer.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

/* Without memory going either way */
#define FEATURES_PLAIN (VMS_FEATURES & ~VMS_FEATURES_FD)

#define GUEST_ENDED "ended: protocol error"

/**
 * struct guest - A connection with one open session
 * @session:	Its number; 0: none
 * @tag:	Of the last REQ
 */
struct guest {
	struct peer peer;
	uint32_t session;
	uint32_t tag;
};

/** guest_connect() - Connect, HELLO, no session; without it the attack ends */
void guest_connect(struct guest *guest, uint64_t features, const char *device);

/** guest_start() - The same, and OPEN */
void guest_start(struct guest *guest, uint64_t features, const char *device);

/** guest_leave() - Close the connection, whatever is under way */
void guest_leave(struct guest *guest);

/** guest_req() - Send a REQ, @capacity for its answer.  Return: its tag */
uint32_t guest_req(struct guest *guest, const void *section, size_t len,
		   uint32_t capacity);

/** guest_req_aux() - The same with an aux block */
uint32_t guest_req_aux(struct guest *guest, const void *section, size_t len,
		       const void *aux, size_t aux_len);

/** guest_status() - Wait for its RESP or IO_RESP.  Return: 0 or an errno; -1: none came */
int guest_status(struct guest *guest, uint32_t tag);

/* Commands.  Return: their status, as guest_status() has it */
int guest_open(struct guest *guest, uint32_t *session);
int guest_close(struct guest *guest, uint32_t session);
int guest_mmap(struct guest *guest, uint32_t offset,
	       struct virtio_media_resp_mmap *resp);
int guest_munmap(struct guest *guest, uint64_t addr);

/** guest_send_ioctl() - Only send it.  Return: its tag */
uint32_t guest_send_ioctl(struct guest *guest, uint32_t cmd, const void *arg);

/** guest_ioctl() - @arg gets what comes back with status 0 */
int guest_ioctl(struct guest *guest, uint32_t cmd, void *arg);

/** guest_nested() - An ioctl with bytes behind its argument */
int guest_nested(struct guest *guest, uint32_t cmd, const void *arg,
		 const void *nested, size_t len);

/** guest_data() - DATA */
bool guest_data(struct guest *guest, uint64_t addr, uint32_t generation,
		const void *bytes, size_t len);

/** guest_works() - Does the connection serve as before? */
bool guest_works(struct guest *guest);

#define GUEST_BUFFERS 3

/**
 * guest_buffers() - GUEST_BUFFERS MMAP buffers, mapped
 * @addrs:	Where they are
 *
 * Return: bytes of each
 */
uint32_t guest_buffers(struct guest *guest, uint32_t type, uint64_t *addrs);

int guest_queue(struct guest *guest, uint32_t type, uint32_t index);
int guest_stream(struct guest *guest, uint32_t type, bool on);

/* ---- the attacks ------------------------------------------------------------------ */

/* frames.c */
const char *frames_headers(void);
const char *frames_padding(void);
const char *frames_before_hello(void);
const char *frames_out_of_place(void);
const char *frames_ignorable(void);
const char *frames_hellos(void);
const char *frames_versions(void);
const char *frames_devices(void);
const char *frames_clock(void);
const char *frames_cut(void);

/* commands.c */
const char *commands_unknown(void);
const char *commands_short(void);
const char *commands_sessions(void);
const char *commands_foreign(void);
const char *commands_numbers(void);
const char *commands_cut_arguments(void);
const char *commands_capacity(void);
const char *commands_same_tag(void);
const char *commands_io(void);

/* arguments.c */
const char *arguments_filled(void);
const char *arguments_memory(void);
const char *arguments_requests(void);
const char *arguments_pointers(void);
const char *arguments_counts(void);
const char *arguments_edid(void);
const char *arguments_windows(void);
const char *arguments_events(void);

/* controls.c */
const char *controls_without_payload(void);
const char *controls_lengths(void);
const char *controls_pointers(void);
const char *controls_largest(void);

/* buffers.c */
const char *buffers_elsewhere(void);
const char *buffers_queued(void);
const char *buffers_unmapped(void);
const char *buffers_half(void);
const char *buffers_offsets(void);
const char *buffers_munmap(void);
const char *buffers_many(void);
const char *buffers_used(void);
const char *buffers_leave(void);

/* shared.c */
const char *shared_scribble(void);
const char *shared_hoard(void);
const char *shared_truncate(void);
const char *shared_short(void);
const char *shared_many(void);
const char *shared_unused(void);

/* descriptors.c */
const char *descriptors_node(void);
const char *descriptors_socket(void);
const char *descriptors_null(void);
const char *descriptors_huge(void);
const char *descriptors_fuse(void);
const char *descriptors_dead_fuse(void);
const char *descriptors_many(void);

/* floods.c */
const char *floods_unread(void);
const char *floods_clock(void);
const char *floods_cancel(void);
const char *floods_opens(void);
const char *floods_sessions(void);
const char *floods_subscribe(void);
const char *floods_frames(void);
const char *floods_connections(void);
const char *floods_visits(void);
const char *floods_asleep(void);

/* slow.c */
const char *slow_nothing(void);
const char *slow_header(void);
const char *slow_hello(void);
const char *slow_bytes(void);
const char *slow_data(void);
const char *slow_crowd(void);

#endif
