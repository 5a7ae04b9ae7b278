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

#define ROW(ioctl, nested_, where_, sleeps_)                                   \
	[_IOC_NR(VIDIOC_##ioctl)] = {                                          \
		.cmd = VIDIOC_##ioctl,                                         \
		.name = #ioctl,                                                \
		.nested = IOCTL_NESTED_##nested_,                              \
		.where = IOCTL_##where_,                                       \
		.sleeps = (sleeps_),                                           \
	}

/*
 * Whoever sleeps may take the driver's lock while that waits for a frame, or
 * talk to hardware.  PREPARE_BUF does: vb2 may pin or flush a whole buffer.
 */
/* clang-format off */
static const struct ioctl_desc ioctl_table[IOCTL_NR_MAX] = {
	/*  ioctl		nested		where	sleeps */
	ROW(QUERYCAP,		NONE,		GUEST,	SLEEPS),
	ROW(ENUM_FMT,		NONE,		HOST,	QUICK),
	ROW(G_FMT,		WINDOW,		HOST,	QUICK),
	ROW(S_FMT,		WINDOW,		HOST,	SLEEPS),
	ROW(REQBUFS,		NONE,		HOST,	SLEEPS),
	ROW(QUERYBUF,		PLANES,		HOST,	QUICK),
	ROW(G_FBUF,		FBUF,		HOST,	SLEEPS),
	ROW(S_FBUF,		FBUF,		HOST,	SLEEPS),
	ROW(OVERLAY,		NONE,		HOST,	SLEEPS),
	ROW(QBUF,		PLANES,		HOST,	QUICK),
	ROW(EXPBUF,		NONE,		NOBODY,	SLEEPS),
	ROW(DQBUF,		PLANES,		GUEST,	QUICK),
	ROW(STREAMON,		NONE,		HOST,	SLEEPS),
	ROW(STREAMOFF,		NONE,		HOST,	SLEEPS),
	ROW(G_PARM,		NONE,		HOST,	SLEEPS),
	ROW(S_PARM,		NONE,		HOST,	SLEEPS),
	ROW(G_STD,		NONE,		HOST,	SLEEPS),
	ROW(S_STD,		NONE,		HOST,	SLEEPS),
	ROW(ENUMSTD,		NONE,		HOST,	SLEEPS),
	ROW(ENUMINPUT,		NONE,		HOST,	SLEEPS),
	ROW(G_CTRL,		NONE,		HOST,	SLEEPS),
	ROW(S_CTRL,		NONE,		HOST,	SLEEPS),
	ROW(G_TUNER,		NONE,		HOST,	SLEEPS),
	ROW(S_TUNER,		NONE,		HOST,	SLEEPS),
	ROW(G_AUDIO,		NONE,		HOST,	SLEEPS),
	ROW(S_AUDIO,		NONE,		HOST,	SLEEPS),
	ROW(QUERYCTRL,		NONE,		HOST,	SLEEPS),
	ROW(QUERYMENU,		NONE,		HOST,	SLEEPS),
	ROW(G_INPUT,		NONE,		HOST,	SLEEPS),
	ROW(S_INPUT,		NONE,		HOST,	SLEEPS),
	ROW(G_EDID,		EDID,		HOST,	SLEEPS),
	ROW(S_EDID,		EDID,		HOST,	SLEEPS),
	ROW(G_OUTPUT,		NONE,		HOST,	SLEEPS),
	ROW(S_OUTPUT,		NONE,		HOST,	SLEEPS),
	ROW(ENUMOUTPUT,		NONE,		HOST,	SLEEPS),
	ROW(G_AUDOUT,		NONE,		HOST,	SLEEPS),
	ROW(S_AUDOUT,		NONE,		HOST,	SLEEPS),
	ROW(G_MODULATOR,	NONE,		HOST,	SLEEPS),
	ROW(S_MODULATOR,	NONE,		HOST,	SLEEPS),
	ROW(G_FREQUENCY,	NONE,		HOST,	SLEEPS),
	ROW(S_FREQUENCY,	NONE,		HOST,	SLEEPS),
	ROW(CROPCAP,		NONE,		HOST,	SLEEPS),
	ROW(G_CROP,		NONE,		HOST,	SLEEPS),
	ROW(S_CROP,		NONE,		HOST,	SLEEPS),
	ROW(G_JPEGCOMP,		NONE,		NOBODY,	SLEEPS),
	ROW(S_JPEGCOMP,		NONE,		NOBODY,	SLEEPS),
	ROW(QUERYSTD,		NONE,		HOST,	SLEEPS),
	ROW(TRY_FMT,		WINDOW,		HOST,	SLEEPS),
	ROW(ENUMAUDIO,		NONE,		HOST,	SLEEPS),
	ROW(ENUMAUDOUT,		NONE,		HOST,	SLEEPS),
	ROW(G_PRIORITY,		NONE,		HOST,	QUICK),
	ROW(S_PRIORITY,		NONE,		HOST,	SLEEPS),
	ROW(G_SLICED_VBI_CAP,	NONE,		HOST,	SLEEPS),
	ROW(LOG_STATUS,		NONE,		GUEST,	SLEEPS),
	ROW(G_EXT_CTRLS,	CONTROLS,	HOST,	SLEEPS),
	ROW(S_EXT_CTRLS,	CONTROLS,	HOST,	SLEEPS),
	ROW(TRY_EXT_CTRLS,	CONTROLS,	HOST,	SLEEPS),
	ROW(ENUM_FRAMESIZES,	NONE,		HOST,	QUICK),
	ROW(ENUM_FRAMEINTERVALS, NONE,		HOST,	QUICK),
	ROW(G_ENC_INDEX,	NONE,		HOST,	SLEEPS),
	ROW(ENCODER_CMD,	NONE,		HOST,	SLEEPS),
	ROW(TRY_ENCODER_CMD,	NONE,		HOST,	SLEEPS),
	ROW(DBG_S_REGISTER,	NONE,		NOBODY,	SLEEPS),
	ROW(DBG_G_REGISTER,	NONE,		NOBODY,	SLEEPS),
	ROW(S_HW_FREQ_SEEK,	NONE,		HOST,	SLEEPS),
	ROW(S_DV_TIMINGS,	NONE,		HOST,	SLEEPS),
	ROW(G_DV_TIMINGS,	NONE,		HOST,	SLEEPS),
	ROW(DQEVENT,		NONE,		GUEST,	QUICK),
	ROW(SUBSCRIBE_EVENT,	NONE,		HOST,	QUICK),
	ROW(UNSUBSCRIBE_EVENT,	NONE,		HOST,	QUICK),
	ROW(CREATE_BUFS,	WINDOW,		HOST,	SLEEPS),
	ROW(PREPARE_BUF,	PLANES,		HOST,	SLEEPS),
	ROW(G_SELECTION,	NONE,		HOST,	SLEEPS),
	ROW(S_SELECTION,	NONE,		HOST,	SLEEPS),
	ROW(DECODER_CMD,	NONE,		HOST,	SLEEPS),
	ROW(TRY_DECODER_CMD,	NONE,		HOST,	SLEEPS),
	ROW(ENUM_DV_TIMINGS,	NONE,		HOST,	SLEEPS),
	ROW(QUERY_DV_TIMINGS,	NONE,		HOST,	SLEEPS),
	ROW(DV_TIMINGS_CAP,	NONE,		HOST,	SLEEPS),
	ROW(ENUM_FREQ_BANDS,	NONE,		HOST,	SLEEPS),
	ROW(DBG_G_CHIP_INFO,	NONE,		NOBODY,	SLEEPS),
	ROW(QUERY_EXT_CTRL,	NONE,		HOST,	SLEEPS),
	ROW(REMOVE_BUFS,	NONE,		HOST,	SLEEPS),
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
