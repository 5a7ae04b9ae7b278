/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an open file promises.  Capabilities, REQBUFS, poll and read() tell one
 * story per file; this is where it is told.  Pure functions.
 *
 *	stream	exactly the host's; buffers by USERPTR, and MMAP, which CUSE cannot map
 *	read	no buffers, but read() or write(), as vb2 has them
 *	native	the host has no buffers at all: read() and write() are its own
 */
#ifndef GUESTD_PROFILE_H
#define GUESTD_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ioctl_table.h"

enum profile {
	PROFILE_STREAM,
	PROFILE_READ,
	PROFILE_NATIVE,
	PROFILE_COUNT,
};

/** enum profile_choice - --profile */
enum profile_choice {
	PROFILE_CHOICE_AUTO,
	PROFILE_CHOICE_READ,
	PROFILE_CHOICE_STREAM,
};

/** profile_name() - As above, for the log */
const char *profile_name(enum profile profile);

/** profile_parse() - --profile's word; Return: 0 or -EINVAL */
int profile_parse(const char *text, enum profile_choice *out);

/**
 * profile_choose() - The profile of a plain open
 * @device_caps: The host's
 *
 * auto: read for nodes with exactly one of VIDEO_CAPTURE and VIDEO_OUTPUT, with
 * STREAMING, and no other kind of queue; else stream.  read is possible for
 * those nodes only, see profile_possible(), and falls back to stream elsewhere.
 * Without STREAMING: native, whatever was chosen.
 */
enum profile profile_choose(enum profile_choice choice, uint32_t device_caps);

/** profile_possible() - Can a node be what --profile wants? */
bool profile_possible(enum profile_choice choice, uint32_t device_caps);

/**
 * profile_capability() - QUERYCAP
 * @host:	The host's answer
 * @io:		What a native node reads and writes can travel
 * @out:	The application's: masked, text terminated, reserved zero
 */
void profile_capability(enum profile profile, bool io,
			const struct v4l2_capability *host,
			struct v4l2_capability *out);

/** profile_device_caps() - device_caps as profile_capability() has them */
uint32_t profile_device_caps(enum profile profile, bool io,
			     uint32_t device_caps);

/** profile_has() - Is this ioctl there at all?  If not: ENOTTY */
bool profile_has(enum profile profile, const struct ioctl_desc *desc);

/**
 * profile_memory() - May REQBUFS and CREATE_BUFS have this memory?
 * @userptr:	guestd can write to applications
 * @import:	The host takes their memory; whether its device does, it says
 *		itself
 */
bool profile_memory(uint32_t memory, bool userptr, bool import);

/** profile_buf_caps() - V4L2_BUF_CAP_* of the host, as the application's */
uint32_t profile_buf_caps(uint32_t host, bool userptr, bool import);

/**
 * profile_parm() - readbuffers and writebuffers follow the capability word
 * @device_caps: As the application sees them
 */
void profile_parm(uint32_t device_caps, struct v4l2_streamparm *parm);

/** profile_m2m() - Is it a memory-to-memory node? */
bool profile_m2m(uint32_t device_caps);

/** profile_is_output() - Is its queue one that applications write to? */
bool profile_is_output(uint32_t device_caps);

/**
 * profile_io_type() - The queue that read() (or write(), if @output) is for
 * @nth:	0; a node that has VBI and sliced VBI has one queue for both,
 *		whose type is the one of the last S_FMT, whoever made it
 *		(vb2_queue_change_type()): 1 is the other one
 *
 * Return: enum v4l2_buf_type, 0 if there is none
 */
uint32_t profile_io_type(uint32_t device_caps, bool output, unsigned int nth);

#endif
