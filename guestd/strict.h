/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --strict: a camera, and no more.
 *
 * What there is of a host's device then is what a camera has that one looks into:
 * one queue, of frames, in formats that every program reads with care or with one
 * library, and controls of the user and camera classes.  All else is as if the
 * device had it not.
 */
#ifndef GUESTD_STRICT_H
#define GUESTD_STRICT_H

#include "guestd/session_state.h"

/**
 * strict_mask() - Leave of a device's capabilities what a camera has
 *
 * Return: NULL, or that it is none
 */
const char *strict_mask(struct v4l2_capability *capability);

/** strict_has() - Is this ioctl there at all?  If not: ENOTTY */
bool strict_has(const struct ioctl_desc *desc);

/** strict_has_control() - Is there this control, if the device has it? */
bool strict_has_control(uint32_t id);

/** strict_has_format() - Is it one of the formats? */
bool strict_has_format(uint32_t fourcc);

/**
 * strict_ask() - Before an ioctl is carried out
 * @again:	Does it, from the start: what has to be known of the host has been
 *		asked first
 *
 * Return: true to go on; false if it was answered, or @again() will be called
 */
bool strict_ask(struct request *request,
		void (*again)(struct request *request));

/**
 * strict_answer() - The host has answered it with success
 *
 * Return: true to go on; false if it was answered, or something else was asked
 */
bool strict_answer(struct request *request);

#endif
