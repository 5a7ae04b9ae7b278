/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ioctl(2) of 32-bit programs: what stands between the front and the session.
 *
 * A call whose argument has another layout gets request_ops of its own, in front
 * of the front's.  They turn what is fetched from the application, and what goes
 * back to it, into the layout of the other side; for the session all programs
 * are 64-bit ones, and for the front all are what they are.
 */
#ifndef GUESTD_COMPAT32_H
#define GUESTD_COMPAT32_H

#include "guestd/compat32_layout.h"
#include "guestd/session.h"

/**
 * compat32_native() - The number that 64-bit programs have for an ioctl
 *
 * Return: @cmd itself, if that is the same or unknown
 */
uint32_t compat32_native(uint32_t cmd);

/**
 * compat32_ioctl() - session_ioctl() for a 32-bit program
 * @request:	caller.cmd is the program's number
 * @arg:	Its argument as the program has it, or NULL if the device does
 *		not read it
 *
 * Whoever frees the request calls compat32_finish().
 */
void compat32_ioctl(struct guest_session *session, struct request *request,
		    const void *arg);

/**
 * compat32_begin() - The half of it that needs no session
 * @native:	Set to the argument of a 64-bit program
 *
 * Return: 0; -EINVAL as compat32_get(), or -ENOMEM, and request->ops is as before
 */
int compat32_begin(struct request *request, const struct compat32_ioctl *ioctl,
		   const void *arg, union payload_arg *native);

/** compat32_finish() - Free what hangs on it; harmless for other requests */
void compat32_finish(struct request *request);

#endif
