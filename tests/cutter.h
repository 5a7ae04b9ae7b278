/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection that ends where a test wants: between two frames, or after any byte
 * of one.
 *
 * It stands between the daemons of tests/harness.h, on their loop, and passes on
 * whole frames with what comes along with them, but for the last one.
 */
#ifndef TESTS_CUTTER_H
#define TESTS_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/protocol.h"

#define CUTTER_FRAMES   512   /* of one conversation */
#define CUTTER_PAUSE_MS 15000 /* more than VMS_PARTIAL_TIMEOUT_MS */

/** enum cutter_way_to - Whom a frame goes to */
enum cutter_way_to { CUTTER_TO_HOST, CUTTER_TO_GUEST, CUTTER_WAYS };

/**
 * enum cutter_end - How it ends
 * @CUTTER_RESET:	For both at once
 * @CUTTER_HOST_DIES:	hostd's process is gone
 * @CUTTER_GUEST_DIES:	For hostd; guestd hears it when hostd has left
 * @CUTTER_PAUSE:	Not at all: nothing comes through for CUTTER_PAUSE_MS, as when a
 *			VM is paused, and then the rest does
 */
enum cutter_end {
	CUTTER_RESET,
	CUTTER_HOST_DIES,
	CUTTER_GUEST_DIES,
	CUTTER_ENDS,
	CUTTER_PAUSE = CUTTER_ENDS,
};

/**
 * struct cutter_place - Where it ends
 * @frame:	That way, from 0 for the first one after cutter_arm()
 * @at:		So many bytes of it arrive; a descriptor comes with the first
 */
struct cutter_place {
	enum cutter_way_to to;
	unsigned int frame;
	size_t at;
	enum cutter_end end;
};

/**
 * struct cutter_way - One direction
 * @bytes:	What has come of a frame
 * @fd:		What came along; -1: nothing
 * @frames:	Since cutter_arm(), whole ones, with their lengths in @len
 */
struct cutter_way {
	int from;
	int to;
	struct loop_watch *watch;
	struct vms_header header;
	uint8_t bytes[sizeof(struct vms_header) + VMS_MAX_CTRL];
	size_t got;
	int fd;
	unsigned int frames;
	size_t len[CUTTER_FRAMES];
};

/**
 * struct cutter - There is one
 * @open:	There is a connection
 * @armed:	It ends at @place
 * @cut:	It has
 * @paused:	Nothing comes through
 */
struct cutter {
	struct cutter_way ways[CUTTER_WAYS];
	struct cutter_place place;
	bool open;
	bool armed;
	bool cut;
	bool paused;
};

extern struct cutter cutter;

/** cutter_begin() - Connections of the harness go through it from now on */
void cutter_begin(void);

/** cutter_finish() - Before harness_teardown() */
void cutter_finish(void);

/**
 * cutter_arm() - Count frames from here on
 * @place:	Where to cut; NULL: nowhere
 */
void cutter_arm(const struct cutter_place *place);

/** cutter_close() - The connection ends now, for whom it has not yet */
void cutter_close(void);

#endif
