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

#define ROW(ioctl, nested_, where_, memo_, sleeps_)                            \
	[_IOC_NR(VIDIOC_##ioctl)] = {                                          \
		.cmd = VIDIOC_##ioctl,                                         \
		.name = #ioctl,                                                \
		.nested = IOCTL_NESTED_##nested_,                              \
		.where = IOCTL_##where_,                                       \
		.memo = IOCTL_MEMO_##memo_,                                    \
		.sleeps = (sleeps_),                                           \
	}

/*
 * Whoever sleeps may take the driver's lock while that waits for a frame, or
 * talk to hardware.  PREPARE_BUF does: vb2 may pin or flush a whole buffer.
 *
 * ENUMINPUT would be DEVICE but for `status`, which is live; values, signal
 * strength and whatever a buffer is doing are never remembered.
 */
/* clang-format off */
static const struct ioctl_desc ioctl_table[IOCTL_NR_MAX] = {
	/*  ioctl		nested		where	memo		sleeps */
	ROW(QUERYCAP,		NONE,		GUEST,	DEVICE,		SLEEPS),
	ROW(ENUM_FMT,		NONE,		HOST,	FORMAT,		QUICK),
	ROW(G_FMT,		WINDOW,		HOST,	STATE,		QUICK),
	ROW(S_FMT,		WINDOW,		BOTH,	NONE,		SLEEPS),
	ROW(REQBUFS,		NONE,		BOTH,	NONE,		SLEEPS),
	ROW(QUERYBUF,		PLANES,		BOTH,	NONE,		QUICK),
	ROW(G_FBUF,		FBUF,		BOTH,	NONE,		SLEEPS),
	ROW(S_FBUF,		FBUF,		BOTH,	NONE,		SLEEPS),
	ROW(OVERLAY,		NONE,		BOTH,	NONE,		SLEEPS),
	ROW(QBUF,		PLANES,		BOTH,	NONE,		QUICK),
	ROW(EXPBUF,		NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(DQBUF,		PLANES,		GUEST,	NONE,		QUICK),
	ROW(STREAMON,		NONE,		BOTH,	NONE,		SLEEPS),
	ROW(STREAMOFF,		NONE,		BOTH,	NONE,		SLEEPS),
	ROW(G_PARM,		NONE,		BOTH,	STATE,		SLEEPS),
	ROW(S_PARM,		NONE,		BOTH,	NONE,		SLEEPS),
	ROW(G_STD,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_STD,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(ENUMSTD,		NONE,		HOST,	SOURCE,		SLEEPS),
	ROW(ENUMINPUT,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_CTRL,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(S_CTRL,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_TUNER,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(S_TUNER,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_AUDIO,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_AUDIO,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(QUERYCTRL,		NONE,		HOST,	CONTROL,	SLEEPS),
	ROW(QUERYMENU,		NONE,		HOST,	SOURCE,		SLEEPS),
	ROW(G_INPUT,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_INPUT,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_EDID,		EDID,		HOST,	STATE,		SLEEPS),
	ROW(S_EDID,		EDID,		HOST,	NONE,		SLEEPS),
	ROW(G_OUTPUT,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_OUTPUT,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(ENUMOUTPUT,		NONE,		HOST,	DEVICE,		SLEEPS),
	ROW(G_AUDOUT,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_AUDOUT,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_MODULATOR,	NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_MODULATOR,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_FREQUENCY,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(S_FREQUENCY,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(CROPCAP,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(G_CROP,		NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_CROP,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_JPEGCOMP,		NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(S_JPEGCOMP,		NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(QUERYSTD,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(TRY_FMT,		WINDOW,		HOST,	FORMAT,		SLEEPS),
	ROW(ENUMAUDIO,		NONE,		HOST,	DEVICE,		SLEEPS),
	ROW(ENUMAUDOUT,		NONE,		HOST,	DEVICE,		SLEEPS),
	ROW(G_PRIORITY,		NONE,		HOST,	NONE,		QUICK),
	ROW(S_PRIORITY,		NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_SLICED_VBI_CAP,	NONE,		HOST,	SOURCE,		SLEEPS),
	ROW(LOG_STATUS,		NONE,		GUEST,	NONE,		SLEEPS),
	ROW(G_EXT_CTRLS,	CONTROLS,	HOST,	NONE,		SLEEPS),
	ROW(S_EXT_CTRLS,	CONTROLS,	HOST,	NONE,		SLEEPS),
	ROW(TRY_EXT_CTRLS,	CONTROLS,	HOST,	NONE,		SLEEPS),
	ROW(ENUM_FRAMESIZES,	NONE,		HOST,	SOURCE,		QUICK),
	ROW(ENUM_FRAMEINTERVALS, NONE,		HOST,	SOURCE,		QUICK),
	ROW(G_ENC_INDEX,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(ENCODER_CMD,	NONE,		BOTH,	NONE,		SLEEPS),
	ROW(TRY_ENCODER_CMD,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(DBG_S_REGISTER,	NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(DBG_G_REGISTER,	NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(S_HW_FREQ_SEEK,	NONE,		BOTH,	NONE,		SLEEPS),
	ROW(S_DV_TIMINGS,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(G_DV_TIMINGS,	NONE,		HOST,	STATE,		SLEEPS),
	ROW(DQEVENT,		NONE,		GUEST,	NONE,		QUICK),
	ROW(SUBSCRIBE_EVENT,	NONE,		BOTH,	NONE,		QUICK),
	ROW(UNSUBSCRIBE_EVENT,	NONE,		BOTH,	NONE,		QUICK),
	ROW(CREATE_BUFS,	WINDOW,		BOTH,	NONE,		SLEEPS),
	ROW(PREPARE_BUF,	PLANES,		BOTH,	NONE,		SLEEPS),
	ROW(G_SELECTION,	NONE,		HOST,	STATE,		SLEEPS),
	ROW(S_SELECTION,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(DECODER_CMD,	NONE,		BOTH,	NONE,		SLEEPS),
	ROW(TRY_DECODER_CMD,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(ENUM_DV_TIMINGS,	NONE,		HOST,	SOURCE,		SLEEPS),
	ROW(QUERY_DV_TIMINGS,	NONE,		HOST,	NONE,		SLEEPS),
	ROW(DV_TIMINGS_CAP,	NONE,		HOST,	SOURCE,		SLEEPS),
	ROW(ENUM_FREQ_BANDS,	NONE,		HOST,	DEVICE,		SLEEPS),
	ROW(DBG_G_CHIP_INFO,	NONE,		NOBODY,	NONE,		SLEEPS),
	ROW(QUERY_EXT_CTRL,	NONE,		HOST,	CONTROL,	SLEEPS),
	ROW(REMOVE_BUFS,	NONE,		BOTH,	NONE,		SLEEPS),
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
