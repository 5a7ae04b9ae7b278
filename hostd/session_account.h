/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostd's account of what the device did.
 */
#ifndef HOSTD_SESSION_ACCOUNT_H
#define HOSTD_SESSION_ACCOUNT_H

#include "hostd/session_state.h"

/**
 * host_session_account() - An ioctl has succeeded; before it is answered
 *
 * But buffers may be more than the guest may have: then @command has failed.
 */
void host_session_account(struct host_session *session,
			  struct host_command *command);

/** host_session_account_failed() - The device has refused a command: what is left? */
void host_session_account_failed(struct host_session *session,
				 const struct host_command *command);

#endif
