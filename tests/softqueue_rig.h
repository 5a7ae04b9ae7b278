/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queues of a software device, and two files that use them, for tests.
 */
#ifndef TESTS_SOFTQUEUE_RIG_H
#define TESTS_SOFTQUEUE_RIG_H

#include <stdint.h>

#include "hostd/softqueue.h"

#define SOFTQUEUE_RIG_LEN 5000u /* of a buffer; no multiple of a page */

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

/**
 * struct softqueue_rig - All of it; there is one
 * @capture:	Without buffers, as the others are
 * @output:	Its timestamps are the device's
 * @copy:	An output whose timestamps are the user's
 * @owner, @other: Two files; their addresses are all that counts
 */
struct softqueue_rig {
	struct softqueue capture;
	struct softqueue output;
	struct softqueue copy;
	char owner;
	char other;
};

extern struct softqueue_rig softqueue_rig;

/* For cmocka_unit_test_setup_teardown(); @state is the rig */
int softqueue_rig_setup(void **state);
int softqueue_rig_teardown(void **state);

/** softqueue_rig_buffer() - What a file says of a buffer that it wants to queue */
struct v4l2_buffer softqueue_rig_buffer(uint32_t type, uint32_t index);

/** softqueue_rig_allocate() - REQBUFS of @count buffers by the owner */
void softqueue_rig_allocate(struct softqueue *queue, uint32_t count);

/** softqueue_rig_enqueue() - QBUF by the owner; its result */
int softqueue_rig_enqueue(struct softqueue *queue, uint32_t index);

/** softqueue_rig_flags() - Flags of QUERYBUF without those of the timestamp */
uint32_t softqueue_rig_flags(const struct softqueue *queue, uint32_t index);

#endif
