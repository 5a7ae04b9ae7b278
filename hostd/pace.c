// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which ioctls the device answers at once, as far as it has been seen.
 */
#include "hostd/pace.h"

#include <stddef.h>

/* What sets nothing, and for which no driver waits by design, as for QUERYSTD. */
static const uint32_t asks[] = {
	VIDIOC_G_PARM,           VIDIOC_G_STD,           VIDIOC_ENUMSTD,
	VIDIOC_ENUMINPUT,        VIDIOC_G_CTRL,          VIDIOC_G_AUDIO,
	VIDIOC_QUERYCTRL,        VIDIOC_QUERYMENU,       VIDIOC_G_INPUT,
	VIDIOC_G_EDID,           VIDIOC_G_OUTPUT,        VIDIOC_ENUMOUTPUT,
	VIDIOC_G_AUDOUT,         VIDIOC_G_MODULATOR,     VIDIOC_G_FREQUENCY,
	VIDIOC_CROPCAP,          VIDIOC_G_CROP,          VIDIOC_TRY_FMT,
	VIDIOC_ENUMAUDIO,        VIDIOC_ENUMAUDOUT,      VIDIOC_G_EXT_CTRLS,
	VIDIOC_TRY_EXT_CTRLS,    VIDIOC_G_DV_TIMINGS,    VIDIOC_G_SELECTION,
	VIDIOC_DV_TIMINGS_CAP,   VIDIOC_ENUM_DV_TIMINGS, VIDIOC_ENUM_FREQ_BANDS,
	VIDIOC_QUERY_EXT_CTRL,   VIDIOC_TRY_ENCODER_CMD, VIDIOC_TRY_DECODER_CMD,
	VIDIOC_G_SLICED_VBI_CAP, VIDIOC_G_TUNER,
};

static bool only_asks(const struct ioctl_desc *desc)
{
	size_t i;

	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (asks[i] == desc->cmd)
			return true;
	return false;
}

bool pace_is_quick(const struct pace *pace, const struct ioctl_desc *desc)
{
	return pace->quick[_IOC_NR(desc->cmd)] == PACE_PROVEN;
}

void pace_saw(struct pace *pace, const struct ioctl_desc *desc, uint64_t ns)
{
	uint8_t *quick = &pace->quick[_IOC_NR(desc->cmd)];

	/* What sets something never gets there. */
	if (*quick == PACE_PROVEN && ns <= PACE_QUICK_NS)
		return;
	if (ns > PACE_QUICK_NS || !only_asks(desc))
		*quick = 0;
	else if (*quick < PACE_PROVEN)
		++*quick;
}
