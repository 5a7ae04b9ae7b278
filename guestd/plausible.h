/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Can this be the answer of a V4L2 device?
 *
 * Programs do not check what the kernel tells them: they take an index for the one
 * that they have asked for, divide by a step, and walk over lines as long as
 * the format says.  So it is checked here, whatever the host sends, in three ways:
 *
 *	Impossible is what no kernel can say: another index, type or id than was
 *	asked for, a picture larger than its memory.
 *	That is a lie.
 *	Mended is what programs need not know: reserved fields become what the core
 *	makes of them, control characters question marks, a colorspace
 *	that there is not is the default one (v4l_sanitize_format()), and lines
 *	that do not fit are those that do.
 *	Everything else is the device's to say.
 *
 * What a driver is known to answer is never a lie; each exception that this needs
 * is named where it is made.  Pure functions: what has to agree with earlier
 * answers is in guestd/shape.
 */
#ifndef GUESTD_PLAUSIBLE_H
#define GUESTD_PLAUSIBLE_H

#include <stdint.h>

#include "common/payload.h"

/** The longest list that ENUM_* may give; vivid has 39 formats, uvcvideo far fewer */
#define PLAUSIBLE_LIST_MAX 1024
/** The widest and highest picture */
#define PLAUSIBLE_SIDE_MAX 65536

/**
 * struct plausible_about - What has been answered before
 * @device_caps: Of the node
 * @control_type: QUERYMENU: enum v4l2_ctrl_type of the control, 0 if unknown
 */
struct plausible_about {
	uint32_t device_caps;
	uint32_t control_type;
};

/**
 * plausible_answer() - Check and mend an answer that carries an argument
 * @asked:	The argument that was sent
 * @arg:	The argument that came, payload_get_response()ed
 *
 * Buffers are the exception: see plausible_buffer().
 *
 * Return: NULL, or what is impossible about it, in a few words
 */
const char *plausible_answer(const struct plausible_about *about,
			     const struct ioctl_desc *desc,
			     const union payload_arg *asked,
			     union payload_arg *arg);

/**
 * plausible_room() - Have buffers room for a picture?
 * @wanted:	They were made for @format, which is a program's: each plane has what its
 *		sizeimage says (of SDR and metadata drivers do not look: airspy, rkisp1)
 * @lengths:	Of the @planes of a buffer
 *
 * Otherwise a picture has to fit as in G_FMT, whatever sizeimage says: drivers round
 * it in other ways there than where they make buffers.
 */
bool plausible_room(const struct v4l2_format *format, bool wanted,
		    const uint32_t *lengths, unsigned int planes);

/**
 * plausible_buffer() - Mend what a host says of a buffer
 *
 * Field, timecode, and the two enumerations in flags; what the buffer is, and how
 * much is in it, is the queue's matter.  Of an output buffer field and timecode are
 * the program's own, and so they are where a codec has copied them from there
 * (v4l2_m2m_buf_copy_metadata()).
 */
void plausible_buffer(struct v4l2_buffer *buffer);

/**
 * plausible_event() - Check and mend an event
 *
 * Return: NULL, or what is impossible about it
 */
const char *plausible_event(struct v4l2_event *event);

#endif
