/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pump: from the device's finished buffers and events to the guest.
 *
 * A kind whose collect_buffer() sleeps (it may decode a picture) is not asked on
 * the loop: the pump says that something has come, and its owner lets the worker
 * fetch it, between two commands.
 *
 * The node is in epoll only for what can happen.  Asking a V4L2 node for
 * POLLIN or POLLOUT without buffers starts vb2's read() or write() emulation
 * and makes the queue busy (vb2_core_poll), and one whose queues are empty says
 * POLLERR for ever.
 */
#ifndef HOSTD_PUMP_H
#define HOSTD_PUMP_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "hostd/buffers.h"

/**
 * struct pump_ops - What a pump tells its owner, from the loop
 * @error:	Nothing more can come: the device is gone (-ENODEV, -EIO), cannot be
 *		watched, or there is no memory (-ENOMEM); the pump is suspended
 * @ready:	A buffer waits that the worker has to fetch: pump_fetch_begin()
 *		is due, when nothing else runs
 */
struct pump_ops {
	void (*error)(void *owner, int error);
	void (*ready)(void *owner);
};

/**
 * struct pump_taken - What the device said to one DQBUF
 * @buffer:	If @result is 0; m.planes is @planes
 * @result:	0 or a negative errno
 */
struct pump_taken {
	struct v4l2_buffer buffer;
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	int result;
};

/**
 * struct pump - One session's pump
 * @watch:	Of the device; NULL until there was something to watch for
 * @want:	DEVICE_* that it is for
 * @armed:	epoll events that it is for
 * @subscribed:	V4L2 events may come
 * @suspended:	Nothing is taken
 * @fetching:	ready() was called, pump_fetch_end() was not
 * @fetch_events: What epoll said then
 * @fetch_types: Types of queues, as bits, that the worker looks at
 * @fetched:	Its answer
 */
struct pump {
	struct loop *loop;
	struct device_file *file;
	struct buffers *buffers;
	const struct client_output *output;
	uint32_t session_id;
	const struct pump_ops *ops;
	void *owner;
	struct loop_watch *watch;
	unsigned int want;
	uint32_t armed;
	bool subscribed;
	bool suspended;
	bool fetching;
	uint32_t fetch_events;
	uint32_t fetch_types;
	struct pump_taken fetched;
};
static_assert(VMS_BUF_TYPE_COUNT <= 32, "types of queues do not fit");

/**
 * pump_init() - A pump that is not suspended, and watches nothing yet
 * @file:	Open until pump_finish()
 * @buffers:	Not copied, nor is @output
 * @session_id:	For events, and for the log
 * @ops:	Not copied; called with @owner
 */
void pump_init(struct pump *pump, struct loop *loop, struct device_file *file,
	       struct buffers *buffers, const struct client_output *output,
	       uint32_t session_id, const struct pump_ops *ops, void *owner);

/** pump_finish() - Watch no more; fine if it has never watched, or is zeroed */
void pump_finish(struct pump *pump);

/**
 * pump_update() - A queue's or subscription's state may have changed
 */
void pump_update(struct pump *pump);

/** pump_suspend() - Take nothing from the device until pump_resume() */
void pump_suspend(struct pump *pump);

/** pump_resume() - As pump_update(), and take things again */
void pump_resume(struct pump *pump);

/**
 * pump_restart() - A codec was started again: is what ended still at its end?
 *
 * The guest is told if it is (not every driver lets vb2 know).
 */
void pump_restart(struct pump *pump);

/** pump_events() - Hand on all V4L2 events that wait now */
void pump_events(struct pump *pump);

/**
 * pump_fetch_begin() - On the loop, after ready(), when nothing else runs
 *
 * Return: whether there is anything to fetch; then pump_fetch() and
 * pump_fetch_end() must follow, and no other call for the file between them
 */
bool pump_fetch_begin(struct pump *pump);

/** pump_fetch() - Take one buffer from the device; on the worker */
void pump_fetch(struct pump *pump);

/** pump_fetch_end() - Hand on what was fetched; on the loop */
void pump_fetch_end(struct pump *pump);

#endif
