/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside a session: shared by session.c, which has the order of its commands,
 * and by the modules that carry them out.
 */
#ifndef HOSTD_SESSION_STATE_H
#define HOSTD_SESSION_STATE_H

#include "hostd/nativeio.h"
#include "hostd/pump.h"
#include "hostd/session.h"
#include "hostd/subscriptions.h"

struct worker;

/**
 * struct host_session - An open of the device, or an attempt at one
 * @env:	Shared with the other sessions
 * @file:	NULL until OPEN and after CLOSE
 * @subscriptions: To V4L2 events of it
 * @pump_ops:	For @pump, once there is a file
 * @pumping:	@pump and @nativeio are in use
 * @closing:	CLOSE was submitted
 * @lost:	From now on everything but CLOSE and MUNMAP is ENODEV
 * @told_full:	The log knows that the guest wanted more buffers than it may have
 * @told_refused: And that it made an ioctl that it may not make
 * @untold:	Of EVT_ERROR, which is sent when @running has ended; or 0
 * @monitor:	CLOSE: to be closed with it, see host_memo_closing()
 * @close:	For CLOSE, which must not fail; NULL: used
 * @unmap:	What CLOSE has to unmap, @unmap_count of them
 * @running:	The command between begin and answer
 * @first:	Those that wait
 */
struct host_session {
	struct host_session_env *env;
	uint32_t id;
	struct device_file *file;
	struct worker *worker;
	struct buffers buffers;
	struct subscriptions subscriptions;
	struct pump pump;
	const struct pump_ops *pump_ops;
	struct nativeio nativeio;
	bool pumping;
	bool streams;
	bool closing;
	bool lost;
	bool told_full;
	bool told_refused;
	int untold;
	struct device_file *monitor;
	struct host_command *close;
	struct device_map *unmap;
	unsigned int unmap_count;
	struct host_command *running;
	struct host_command *first;
	struct host_command **last;
};

#endif
