/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside ioctl(2): session_ioctl.c gets the argument, session_ioctl_run.c has it
 * answered.
 */
#ifndef GUESTD_SESSION_IOCTL_PARTS_H
#define GUESTD_SESSION_IOCTL_PARTS_H

#include "guestd/session_state.h"

/** session_is_strict() - Is only what is in guestd/strict let through? */
static inline bool session_is_strict(const struct guest_session *session)
{
	return session->device->config->strict;
}

/** session_ioctl_run() - The argument of @request is complete */
void session_ioctl_run(struct request *request);

#endif
