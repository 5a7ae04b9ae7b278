/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every ioctl of videodev2.h: what follows its argument, who answers, whether
 * it may sleep, what an answer may be remembered for.  What is not in it is ENOTTY.
 */
#ifndef COMMON_IOCTL_TABLE_H
#define COMMON_IOCTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/memo_class.h"
#include "common/videodev2_new.h"

/*
 * What the argument points to (videodev2.h).  Arrays go both ways, so only an
 * ioctl that reads and writes its argument can have one.
 */
enum ioctl_nested {
	IOCTL_NESTED_NONE,
	IOCTL_NESTED_PLANES,   /* v4l2_buffer.m.planes, if multi-planar */
	IOCTL_NESTED_CONTROLS, /* v4l2_ext_controls.controls and their payload */
	IOCTL_NESTED_EDID,     /* v4l2_edid.edid, blocks of 128 bytes */
	IOCTL_NESTED_WINDOW, /* v4l2_format with window: pointers never travel */
	IOCTL_NESTED_FBUF,   /* v4l2_framebuffer.base: never travels */
};

/* Who answers an application that calls it on guestd's node. */
enum ioctl_where {
	IOCTL_HOST,   /* the device; guestd may keep account of it */
	IOCTL_GUEST,  /* guestd; hostd says ENOTTY (virtio 1.4) */
	IOCTL_NOBODY, /* ENOTTY on both sides */
};

/*
 * What a guest must be allowed to do for it, each with what is before it.
 *
 * VIEW: what sets nothing: to ask, and to stream what the device sends.
 * USE: what FFmpeg, GStreamer, OpenCV, browsers and codecs call to have pictures
 * and sound their way.  FULL: what says to what the device is connected, to which
 * everybody else is then, too, and what takes it away from others.
 */
enum ioctl_class { IOCTL_VIEW, IOCTL_USE, IOCTL_FULL };

/**
 * struct ioctl_desc - One row.  A new one: see also what no test ties to the table,
 * hostd/memo_tree.c (what is asked ahead), asks[] of hostd/pace.c (what the loop may
 * run) and shape_may_change() of guestd/shape.c (after which a QBUF waits)
 * @cmd:	The whole number, as in videodev2.h for 64 bits
 * @name:	Without VIDIOC_
 * @nested:	What follows the argument
 * @where:	Who answers
 * @least:	The least that a guest must be allowed to do
 * @sleeps:	hostd runs it on the session's worker thread, unless the device has
 *		proven quick at it (hostd/pace.h)
 * @memo:	Its answer may be remembered as one of this class; 0: never
 * @spoils:	Answers of these classes, bits, may be others after it
 */
struct ioctl_desc {
	uint32_t cmd;
	const char *name;
	enum ioctl_nested nested;
	enum ioctl_where where;
	enum ioctl_class least;
	bool sleeps;
	uint32_t memo;
	uint32_t spoils;
};

#define IOCTL_NR_MAX  105                         /* numbers are below this */
#define IOCTL_ARG_MAX sizeof(struct v4l2_enc_idx) /* largest argument, 2072 */
#define IOCTL_CONTROLS_MAX                                                     \
	V4L2_CID_MAX_CTRLS         /* v4l2-ioctl.c check_array_args */
#define IOCTL_EDID_BLOCKS_MAX 256  /* v4l2-ioctl.c check_array_args */
#define IOCTL_CLIPS_MAX       2048 /* v4l2-ioctl.c check_array_args */

/**
 * ioctl_lookup() - The row for a whole ioctl number
 *
 * Return: the row, or NULL if no ioctl of 64-bit V4L2 has this number
 */
const struct ioctl_desc *ioctl_lookup(uint32_t cmd);

/**
 * ioctl_lookup_nr() - The row for what travels in virtio_media_cmd_ioctl.code
 */
const struct ioctl_desc *ioctl_lookup_nr(uint32_t nr);

/**
 * ioctl_row() - Row number @index, to walk the table
 *
 * Return: the row, or NULL behind the last
 */
const struct ioctl_desc *ioctl_row(size_t index);

/** ioctl_size() - Bytes of the argument */
static inline size_t ioctl_size(const struct ioctl_desc *desc)
{
	return _IOC_SIZE(desc->cmd);
}

/** ioctl_reads() - Does the device read the argument (W, WR)? */
static inline bool ioctl_reads(const struct ioctl_desc *desc)
{
	return _IOC_DIR(desc->cmd) & _IOC_WRITE;
}

/** ioctl_writes() - Does the device write the argument (R, WR)? */
static inline bool ioctl_writes(const struct ioctl_desc *desc)
{
	return _IOC_DIR(desc->cmd) & _IOC_READ;
}

/**
 * ioctl_copies_on_error() - Does an application get the argument back with an
 * error?
 *
 * INFO_FL_ALWAYS_COPY of v4l2-ioctl.c.  QUERY_DV_TIMINGS has that flag, too, but
 * video_get_user() never looks at it in an _IOR.
 */
static inline bool ioctl_copies_on_error(const struct ioctl_desc *desc)
{
	return desc->nested == IOCTL_NESTED_CONTROLS ||
	       desc->nested == IOCTL_NESTED_EDID;
}

#endif
