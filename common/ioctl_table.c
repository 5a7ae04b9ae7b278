// SPDX-License-Identifier: BSD-3-Clause
/*
 * The table of ioctls.
 *
 * It is indexed by _IOC_NR and has holes; a hole has cmd 0, which no V4L2 ioctl
 * has.  What is not in it is ENOTTY, V4L2's word for "no such ioctl".
 */
#include "common/ioctl_table.h"

#include <assert.h>

/* videodev2.h: "192-255 are private", so a driver's own never get a row. */
static_assert(IOCTL_NR_MAX <= BASE_VIDIOC_PRIVATE, "no private ioctls");

enum { QUICK = false, SLEEPS = true };

/* What is remembered, and what is spoilt. */
enum {
	NEVER = 0,
	NOTHING = 0,
	FORMATS = VMS_MEMO_FORMATS,
	INPUTS = VMS_MEMO_INPUTS,
	CONTROLS = VMS_MEMO_CONTROLS,
	STREAM = FORMATS | CONTROLS,
	ALL = VMS_MEMO_ALL,
};

#define ROW(ioctl, nested_, where_, least_, sleeps_, memo_, spoils_)           \
	[_IOC_NR(VIDIOC_##ioctl)] = {                                          \
		.cmd = VIDIOC_##ioctl,                                         \
		.name = #ioctl,                                                \
		.nested = IOCTL_NESTED_##nested_,                              \
		.where = IOCTL_##where_,                                       \
		.least = IOCTL_##least_,                                       \
		.sleeps = (sleeps_),                                           \
		.memo = (memo_),                                               \
		.spoils = (spoils_),                                           \
	}

/*
 * Whoever sleeps may take the driver's lock while that waits for a frame, or
 * talk to hardware.  PREPARE_BUF does: vb2 may pin or flush a whole buffer.
 *
 * FULL is the owner's: on what a tuner is, which standard or timings there are, what
 * the sender is told (EDID), who comes first, what is drawn where.  Which input is
 * shown, and how, is a program's choice (FFmpeg has -channel), so that is USE.
 *
 * Remembered are lists, never what is set: any other program may set it, and of most of
 * that nobody hears.  Nor is TRY_FMT: uvcvideo asks the camera each time (uvc_v4l2.c
 * uvc_v4l2_try_format()).  What sets or starts something spoils what it may change in
 * any driver: an input, a standard, timings or a control anything; formats and buffers
 * what depends on formats, and flags of controls (V4L2_CTRL_FLAG_GRABBED).  A QBUF does
 * only if it starts a stream, see hostd/session_steps.c.
 */
/* clang-format off */
static const struct ioctl_desc ioctl_table[IOCTL_NR_MAX] = {
	/*  ioctl		nested		where	least	sleeps	memo		spoils */
	ROW(QUERYCAP,		NONE,		GUEST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(ENUM_FMT,		NONE,		HOST,	VIEW,	QUICK,	FORMATS,	NOTHING),
	ROW(G_FMT,		WINDOW,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(S_FMT,		WINDOW,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(REQBUFS,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		STREAM),
	ROW(QUERYBUF,		PLANES,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(G_FBUF,		FBUF,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_FBUF,		FBUF,		HOST,	FULL,	SLEEPS,	NEVER,		STREAM),
	ROW(OVERLAY,		NONE,		HOST,	FULL,	SLEEPS,	NEVER,		STREAM),
	ROW(QBUF,		PLANES,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(EXPBUF,		NONE,		NOBODY,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(DQBUF,		PLANES,		GUEST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(STREAMON,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		STREAM),
	ROW(STREAMOFF,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		STREAM),
	ROW(G_PARM,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_PARM,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(G_STD,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_STD,		NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(ENUMSTD,		NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(ENUMINPUT,		NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(G_CTRL,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_CTRL,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(G_TUNER,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_TUNER,		NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(G_AUDIO,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_AUDIO,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(QUERYCTRL,		NONE,		HOST,	VIEW,	SLEEPS,	CONTROLS,	NOTHING),
	ROW(QUERYMENU,		NONE,		HOST,	VIEW,	SLEEPS,	CONTROLS,	NOTHING),
	ROW(G_INPUT,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_INPUT,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(G_EDID,		EDID,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_EDID,		EDID,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(G_OUTPUT,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_OUTPUT,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(ENUMOUTPUT,		NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(G_AUDOUT,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_AUDOUT,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(G_MODULATOR,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_MODULATOR,	NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(G_FREQUENCY,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_FREQUENCY,	NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(CROPCAP,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(G_CROP,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_CROP,		NONE,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(G_JPEGCOMP,		NONE,		NOBODY,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_JPEGCOMP,		NONE,		NOBODY,	USE,	SLEEPS,	NEVER,		NOTHING),
	ROW(QUERYSTD,		NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(TRY_FMT,		WINDOW,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(ENUMAUDIO,		NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(ENUMAUDOUT,		NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(G_PRIORITY,		NONE,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(S_PRIORITY,		NONE,		HOST,	FULL,	SLEEPS,	NEVER,		NOTHING),
	ROW(G_SLICED_VBI_CAP,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(LOG_STATUS,		NONE,		GUEST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(G_EXT_CTRLS,	CONTROLS,	HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_EXT_CTRLS,	CONTROLS,	HOST,	USE,	SLEEPS,	NEVER,		ALL),
	ROW(TRY_EXT_CTRLS,	CONTROLS,	HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(ENUM_FRAMESIZES,	NONE,		HOST,	VIEW,	QUICK,	FORMATS,	NOTHING),
	ROW(ENUM_FRAMEINTERVALS, NONE,		HOST,	VIEW,	QUICK,	FORMATS,	NOTHING),
	ROW(G_ENC_INDEX,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(ENCODER_CMD,	NONE,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(TRY_ENCODER_CMD,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(DBG_S_REGISTER,	NONE,		NOBODY,	FULL,	SLEEPS,	NEVER,		NOTHING),
	ROW(DBG_G_REGISTER,	NONE,		NOBODY,	FULL,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_HW_FREQ_SEEK,	NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(S_DV_TIMINGS,	NONE,		HOST,	FULL,	SLEEPS,	NEVER,		ALL),
	ROW(G_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(DQEVENT,		NONE,		GUEST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(SUBSCRIBE_EVENT,	NONE,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(UNSUBSCRIBE_EVENT,	NONE,		HOST,	VIEW,	QUICK,	NEVER,		NOTHING),
	ROW(CREATE_BUFS,	WINDOW,		HOST,	VIEW,	SLEEPS,	NEVER,		STREAM),
	ROW(PREPARE_BUF,	PLANES,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(G_SELECTION,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(S_SELECTION,	NONE,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(DECODER_CMD,	NONE,		HOST,	USE,	SLEEPS,	NEVER,		STREAM),
	ROW(TRY_DECODER_CMD,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(ENUM_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(QUERY_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		NOTHING),
	ROW(DV_TIMINGS_CAP,	NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(ENUM_FREQ_BANDS,	NONE,		HOST,	VIEW,	SLEEPS,	INPUTS,		NOTHING),
	ROW(DBG_G_CHIP_INFO,	NONE,		NOBODY,	FULL,	SLEEPS,	NEVER,		NOTHING),
	ROW(QUERY_EXT_CTRL,	NONE,		HOST,	VIEW,	SLEEPS,	CONTROLS,	NOTHING),
	ROW(REMOVE_BUFS,	NONE,		HOST,	VIEW,	SLEEPS,	NEVER,		STREAM),
};
/* clang-format on */

const struct ioctl_desc *ioctl_lookup_nr(uint32_t nr)
{
	if (nr >= IOCTL_NR_MAX || ioctl_table[nr].cmd == 0)
		return NULL;
	return &ioctl_table[nr];
}

const struct ioctl_desc *ioctl_lookup(uint32_t cmd)
{
	const struct ioctl_desc *desc = ioctl_lookup_nr(_IOC_NR(cmd));

	/* 32-bit programs have other sizes, so another number. */
	if (!desc || desc->cmd != cmd)
		return NULL;
	return desc;
}

const struct ioctl_desc *ioctl_row(size_t index)
{
	uint32_t nr;

	for (nr = 0; nr < IOCTL_NR_MAX; nr++)
		if (ioctl_table[nr].cmd != 0 && index-- == 0)
			return &ioctl_table[nr];
	return NULL;
}
