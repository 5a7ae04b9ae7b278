/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pump: from the device's finished buffers and events to the guest.
 *
 * The node is in epoll only for what can happen.  Asking a V4L2 node for
 * POLLIN or POLLOUT without buffers starts vb2's read() or write() emulation
 * and makes the queue busy (vb2_core_poll), and one whose queues are empty says
 * POLLERR for ever.
 */
#ifndef HOSTD_PUMP_H
#define HOSTD_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "hostd/buffers.h"

/**
 * struct pump - One session's pump
 * @watch:	Of the device; NULL until there was something to watch for
 * @armed:	epoll events that it is for
 * @subscribed:	V4L2 events may come
 * @suspended:	Nothing is taken
 */
struct pump {
	struct loop *loop;
	struct device_file *file;
	struct buffers *buffers;
	const struct client_output *output;
	uint32_t session_id;
	void (*error)(void *data, int error);
	void *data;
	struct loop_watch *watch;
	uint32_t armed;
	bool subscribed;
	bool suspended;
};

/**
 * pump_init() - A pump that is not suspended, and watches nothing yet
 * @file:	Open until pump_finish()
 * @buffers:	Not copied, nor is @output
 * @session_id:	For events, and for the log
 * @error:	Called from the loop when the device is gone, with @data and
 *		-ENODEV; the pump is suspended then
 */
void pump_init(struct pump *pump, struct loop *loop, struct device_file *file,
	       struct buffers *buffers, const struct client_output *output,
	       uint32_t session_id, void (*error)(void *data, int error),
	       void *data);

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

/** pump_events() - Hand on the V4L2 events that wait now */
void pump_events(struct pump *pump);

#endif
