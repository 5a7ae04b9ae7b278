/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each command of a session does: begin, run, answer.
 */
#ifndef HOSTD_SESSION_STEPS_H
#define HOSTD_SESSION_STEPS_H

#include "hostd/session_state.h"

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
void session_answer(struct host_session *session, struct host_command *command);

/** session_close_begin(), session_close_run() - CLOSE without a command */
void session_close_begin(struct host_session *session);
void session_close_run(struct host_session *session);

#endif
