/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a command of a session has led to: hostd's account of it, and what the
 * guest hears.
 */
#ifndef HOSTD_SESSION_ANSWER_H
#define HOSTD_SESSION_ANSWER_H

#include "hostd/session_state.h"

/**
 * host_session_answer() - Keep account of what was done, and answer
 *
 * On the loop.
 */
void host_session_answer(struct host_session *session,
			 struct host_command *command);

/**
 * host_session_lost() - The device is gone: tell the guest, once
 * @owner:	The session: this is what its pump calls
 *
 * At once, or by host_session_tell() if a command is running.
 */
void host_session_lost(void *owner, int error);

/** host_session_tell() - Send the EVT_ERROR that waits, if one does */
void host_session_tell(struct host_session *session);

#endif
