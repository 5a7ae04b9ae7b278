/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each command of a session does before its answer: begin, run.
 */
#ifndef HOSTD_SESSION_STEPS_H
#define HOSTD_SESSION_STEPS_H

#include "hostd/session_state.h"

/**
 * host_session_begin() - May it run, and what must be taken back first?
 *
 * On the loop.
 *
 * Return: 0 to run it, 1 if there is nothing to run, or a negative errno
 */
int host_session_begin(struct host_session *session,
		       struct host_command *command);

/**
 * host_session_run() - The device call itself; may sleep
 *
 * On the loop or on the session's worker.
 */
void host_session_run(struct host_session *session,
		      struct host_command *command);

/**
 * host_session_close_begin() - CLOSE without a command: take everything back
 *
 * On the loop; afterwards neither the window nor the pump has anything of the
 * session.
 */
void host_session_close_begin(struct host_session *session);

/**
 * host_session_close_run() - Unmap, and close the device's file, which must be
 * open; may sleep
 */
void host_session_close_run(struct host_session *session);

#endif
