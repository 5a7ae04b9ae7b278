/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside a session: session.c has the order of its commands, session_steps.c
 * what each of them does.
 */
#ifndef HOSTD_SESSION_STEPS_H
#define HOSTD_SESSION_STEPS_H

#include "hostd/pump.h"
#include "hostd/session.h"

struct worker;

/**
 * struct host_session - An open of the device, or an attempt at one
 * @env:	Shared with the other sessions
 * @file:	NULL until OPEN and after CLOSE
 * @pumping:	@pump is in use
 * @closing:	CLOSE was submitted
 * @lost:	EVT_ERROR was sent: everything but CLOSE and MUNMAP is ENODEV
 * @unmap:	What CLOSE has to unmap, @unmap_count of them
 * @running:	The command between begin and end
 * @first:	Those that wait
 */
struct host_session {
	const struct host_session_env *env;
	uint32_t id;
	struct device_file *file;
	struct worker *worker;
	struct buffers buffers;
	struct pump pump;
	bool pumping;
	bool closing;
	bool lost;
	struct device_map *unmap;
	unsigned int unmap_count;
	struct host_command *running;
	struct host_command *first;
	struct host_command **last;
};

/**
 * session_begin() - May it run, and what must be taken back first?
 *
 * On the loop.
 *
 * Return: 0 to run it, 1 if there is nothing to run, or a negative errno
 */
int session_begin(struct host_session *session, struct host_command *command);

/**
 * session_run() - The device call itself; may sleep
 *
 * On the loop or on the session's worker.
 */
void session_run(struct host_session *session, struct host_command *command);

/**
 * session_answer() - Keep account of what was done, and answer
 *
 * On the loop.
 */
void session_answer(struct host_session *session,
		    struct host_command *command);

/** session_close_begin(), session_close_run() - CLOSE without a command */
void session_close_begin(struct host_session *session);
void session_close_run(struct host_session *session);

#endif
