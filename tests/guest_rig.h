/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest on this thread's loop, a script on the other end of its connection,
 * an opener in a process of its own, and a device that does what a test wants.
 */
#ifndef TESTS_GUEST_RIG_H
#define TESTS_GUEST_RIG_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hostd/guest.h"
#include "tests/guest_peer.h"

#define GUEST_RIG_NOT_ENDED 1 /* no negative errno, and not 0 */

/**
 * struct guest_rig - All of it; there is one
 * @devices:	"cam" and "pattern" are patterns, "fake" is not
 * @who:	uid 7
 * @ended_with:	What guest_create()'s ended() got
 * @said:	All log lines but debug
 * @open_gate:	One post for each open of a fake device that may go on; the
 *		first open, the probe, does not wait
 * @open_result: What that open returns
 * @open_count:	How often a fake device was opened
 * @fake_caps:	device_caps of a fake device
 * @fake_log_status: What LOG_STATUS on it returns
 * @fake_exports: Are its planes dma-bufs?
 */
struct guest_rig {
	struct device_list devices;
	struct transport_peer who;
	struct loop *loop;
	struct opener *opener;
	pid_t opener_process;
	struct guest *guest;
	struct guest_peer peer;
	int ended_with;
	char said[4096];
	sem_t open_gate;
	int open_result;
	int open_count;
	uint32_t fake_caps;
	int fake_log_status;
	bool fake_exports;
};

extern struct guest_rig guest_rig;

/* For cmocka_unit_test_setup_teardown() */
int guest_rig_setup(void **state);
int guest_rig_teardown(void **state);

/** guest_rig_add_fake() - One more device, of kind "v4l2" */
void guest_rig_add_fake(const char *name, const char *target);

/** guest_rig_start() - Make a guest and its peer; those before must be gone */
void guest_rig_start(void);

/** guest_rig_settle() - Let everything happen that happens by itself */
void guest_rig_settle(void);

/**
 * guest_rig_next() - Wait for the next frame
 *
 * Return: false if the connection ends instead, or nothing comes
 */
bool guest_rig_next(struct vms_header *header, const uint8_t **section);

/** guest_rig_next_ack() - Wait for the HELLO_ACK; as wire_get_hello_ack() */
struct vms_hello_ack guest_rig_next_ack(struct vms_list_entry *entries,
					unsigned int *count);

/** guest_rig_next_clock() - Wait for the answer to a CLOCK */
struct vms_clock guest_rig_next_clock(void);

/** guest_rig_expect_resp() - The next frame is this RESP */
void guest_rig_expect_resp(uint32_t tag, uint32_t status);

/** guest_rig_expect_goaway() - GOAWAY, and nothing after it but the end */
void guest_rig_expect_goaway(uint32_t error, enum vms_goaway_reason reason);

/** guest_rig_expect_said() - It is in the log */
void guest_rig_expect_said(const char *what);

void guest_rig_say(const struct vms_hello *hello);
struct vms_hello guest_rig_hello_for(const char *device);

/** guest_rig_connect() - Say HELLO, and it is welcome */
struct vms_hello_ack guest_rig_connect(const char *device);

#endif
