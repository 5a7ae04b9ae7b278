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

#define ROW(ioctl, nested_, where_, least_, sleeps_)                           \
	[_IOC_NR(VIDIOC_##ioctl)] = {                                          \
		.cmd = VIDIOC_##ioctl,                                         \
		.name = #ioctl,                                                \
		.nested = IOCTL_NESTED_##nested_,                              \
		.where = IOCTL_##where_,                                       \
		.least = IOCTL_##least_,                                       \
		.sleeps = (sleeps_),                                           \
	}

/*
 * Whoever sleeps may take the driver's lock while that waits for a frame, or
 * talk to hardware.  PREPARE_BUF does: vb2 may pin or flush a whole buffer.
 *
 * FULL is the owner's: on what a tuner is, which standard or timings there are, what
 * the sender is told (EDID), who comes first, what is drawn where.  Which input is
 * shown, and how, is a program's choice (FFmpeg has -channel), so that is USE.
 */
/* clang-format off */
static const struct ioctl_desc ioctl_table[IOCTL_NR_MAX] = {
	/*  ioctl		nested		where	least	sleeps */
	ROW(QUERYCAP,		NONE,		GUEST,	VIEW,	SLEEPS),
	ROW(ENUM_FMT,		NONE,		HOST,	VIEW,	QUICK),
	ROW(G_FMT,		WINDOW,		HOST,	VIEW,	QUICK),
	ROW(S_FMT,		WINDOW,		HOST,	USE,	SLEEPS),
	ROW(REQBUFS,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(QUERYBUF,		PLANES,		HOST,	VIEW,	QUICK),
	ROW(G_FBUF,		FBUF,		HOST,	VIEW,	SLEEPS),
	ROW(S_FBUF,		FBUF,		HOST,	FULL,	SLEEPS),
	ROW(OVERLAY,		NONE,		HOST,	FULL,	SLEEPS),
	ROW(QBUF,		PLANES,		HOST,	VIEW,	QUICK),
	ROW(EXPBUF,		NONE,		NOBODY,	VIEW,	SLEEPS),
	ROW(DQBUF,		PLANES,		GUEST,	VIEW,	QUICK),
	ROW(STREAMON,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(STREAMOFF,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_PARM,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_PARM,		NONE,		HOST,	USE,	SLEEPS),
	ROW(G_STD,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_STD,		NONE,		HOST,	FULL,	SLEEPS),
	ROW(ENUMSTD,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(ENUMINPUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_CTRL,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_CTRL,		NONE,		HOST,	USE,	SLEEPS),
	ROW(G_TUNER,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_TUNER,		NONE,		HOST,	FULL,	SLEEPS),
	ROW(G_AUDIO,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_AUDIO,		NONE,		HOST,	USE,	SLEEPS),
	ROW(QUERYCTRL,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(QUERYMENU,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_INPUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_INPUT,		NONE,		HOST,	USE,	SLEEPS),
	ROW(G_EDID,		EDID,		HOST,	VIEW,	SLEEPS),
	ROW(S_EDID,		EDID,		HOST,	FULL,	SLEEPS),
	ROW(G_OUTPUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_OUTPUT,		NONE,		HOST,	USE,	SLEEPS),
	ROW(ENUMOUTPUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_AUDOUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_AUDOUT,		NONE,		HOST,	USE,	SLEEPS),
	ROW(G_MODULATOR,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_MODULATOR,	NONE,		HOST,	FULL,	SLEEPS),
	ROW(G_FREQUENCY,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_FREQUENCY,	NONE,		HOST,	FULL,	SLEEPS),
	ROW(CROPCAP,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_CROP,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_CROP,		NONE,		HOST,	USE,	SLEEPS),
	ROW(G_JPEGCOMP,		NONE,		NOBODY,	VIEW,	SLEEPS),
	ROW(S_JPEGCOMP,		NONE,		NOBODY,	USE,	SLEEPS),
	ROW(QUERYSTD,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(TRY_FMT,		WINDOW,		HOST,	VIEW,	SLEEPS),
	ROW(ENUMAUDIO,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(ENUMAUDOUT,		NONE,		HOST,	VIEW,	SLEEPS),
	ROW(G_PRIORITY,		NONE,		HOST,	VIEW,	QUICK),
	ROW(S_PRIORITY,		NONE,		HOST,	FULL,	SLEEPS),
	ROW(G_SLICED_VBI_CAP,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(LOG_STATUS,		NONE,		GUEST,	VIEW,	SLEEPS),
	ROW(G_EXT_CTRLS,	CONTROLS,	HOST,	VIEW,	SLEEPS),
	ROW(S_EXT_CTRLS,	CONTROLS,	HOST,	USE,	SLEEPS),
	ROW(TRY_EXT_CTRLS,	CONTROLS,	HOST,	VIEW,	SLEEPS),
	ROW(ENUM_FRAMESIZES,	NONE,		HOST,	VIEW,	QUICK),
	ROW(ENUM_FRAMEINTERVALS, NONE,		HOST,	VIEW,	QUICK),
	ROW(G_ENC_INDEX,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(ENCODER_CMD,	NONE,		HOST,	USE,	SLEEPS),
	ROW(TRY_ENCODER_CMD,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(DBG_S_REGISTER,	NONE,		NOBODY,	FULL,	SLEEPS),
	ROW(DBG_G_REGISTER,	NONE,		NOBODY,	FULL,	SLEEPS),
	ROW(S_HW_FREQ_SEEK,	NONE,		HOST,	FULL,	SLEEPS),
	ROW(S_DV_TIMINGS,	NONE,		HOST,	FULL,	SLEEPS),
	ROW(G_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(DQEVENT,		NONE,		GUEST,	VIEW,	QUICK),
	ROW(SUBSCRIBE_EVENT,	NONE,		HOST,	VIEW,	QUICK),
	ROW(UNSUBSCRIBE_EVENT,	NONE,		HOST,	VIEW,	QUICK),
	ROW(CREATE_BUFS,	WINDOW,		HOST,	VIEW,	SLEEPS),
	ROW(PREPARE_BUF,	PLANES,		HOST,	VIEW,	SLEEPS),
	ROW(G_SELECTION,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(S_SELECTION,	NONE,		HOST,	USE,	SLEEPS),
	ROW(DECODER_CMD,	NONE,		HOST,	USE,	SLEEPS),
	ROW(TRY_DECODER_CMD,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(ENUM_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(QUERY_DV_TIMINGS,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(DV_TIMINGS_CAP,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(ENUM_FREQ_BANDS,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(DBG_G_CHIP_INFO,	NONE,		NOBODY,	FULL,	SLEEPS),
	ROW(QUERY_EXT_CTRL,	NONE,		HOST,	VIEW,	SLEEPS),
	ROW(REMOVE_BUFS,	NONE,		HOST,	VIEW,	SLEEPS),
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
