// SPDX-License-Identifier: BSD-3-Clause
/*
 * Can this be the answer of a V4L2 device?  What a single field says.
 *
 * The rows are about videodev2.h as it is here.  A host may have a newer one, which
 * uses a field that is reserved in ours: so what is there is nothing that a program of
 * this machine can look for, and no lie.
 */
#include "guestd/plausible.h"

#include <string.h>

#include "common/text.h"
#include "guestd/plausible_parts.h"

enum rule {
	RULE_SAME,     /* as it was sent */
	RULE_LAST,     /* 32 bits, at most @last */
	RULE_INDEX,    /* of a list: as it was sent, and not without end */
	RULE_RESERVED, /* 0 or as it was sent */
	RULE_TEXT,
};

/**
 * struct field - A field of an argument
 * @len:	0: there is none
 * @why:	What is said if it is impossible
 */
struct field {
	uint16_t offset;
	uint16_t len;
	enum rule rule;
	uint32_t last;
	const char *why;
};

#define FIELD(type, member, rule_, last_, why_)                                \
	{                                                                      \
		.offset = offsetof(struct type, member),                       \
		.len = sizeof(((struct type *)NULL)->member),                  \
		.rule = RULE_##rule_, .last = (last_), .why = (why_)           \
	}
#define SAME(type, member)                                                     \
	FIELD(type, member, SAME, 0,                                           \
	      #member " is not the one that was asked for")
#define INDEX(type)                                                            \
	FIELD(type, index, INDEX, 0,                                           \
	      "index is not the one that was asked for, or has no end")
#define LAST(type, member, last_)                                              \
	FIELD(type, member, LAST, last_, #member " is out of range")
#define RESERVED(type, member) FIELD(type, member, RESERVED, 0, NULL)
#define TEXT(type, member)     FIELD(type, member, TEXT, 0, NULL)
#define ROW(ioctl, ...)                                                        \
	[_IOC_NR(VIDIOC_##ioctl)] = (const struct field[])                     \
	{                                                                      \
		__VA_ARGS__,                                                   \
		{                                                              \
			0                                                      \
		}                                                              \
	}

/*
 * A type of 0 is what a driver leaves that does not say one; the core zeroes the
 * argument first (INFO_FL_CLEAR).
 */
/* clang-format off */
static const struct field *const fields[IOCTL_NR_MAX] = {
	ROW(ENUM_FMT,
	    SAME(v4l2_fmtdesc, type),
	    TEXT(v4l2_fmtdesc, description),
	    RESERVED(v4l2_fmtdesc, reserved)),
	ROW(ENUMSTD,
	    INDEX(v4l2_standard),
	    TEXT(v4l2_standard, name),
	    RESERVED(v4l2_standard, reserved)),
	ROW(ENUMINPUT,
	    INDEX(v4l2_input),
	    TEXT(v4l2_input, name),
	    LAST(v4l2_input, type, V4L2_INPUT_TYPE_TOUCH),
	    RESERVED(v4l2_input, reserved)),
	ROW(ENUMOUTPUT,
	    INDEX(v4l2_output),
	    TEXT(v4l2_output, name),
	    LAST(v4l2_output, type, V4L2_OUTPUT_TYPE_ANALOGVGAOVERLAY),
	    RESERVED(v4l2_output, reserved)),
	ROW(ENUMAUDIO,
	    INDEX(v4l2_audio),
	    TEXT(v4l2_audio, name),
	    RESERVED(v4l2_audio, reserved)),
	ROW(G_AUDIO,
	    TEXT(v4l2_audio, name),
	    RESERVED(v4l2_audio, reserved)),
	ROW(ENUMAUDOUT,
	    INDEX(v4l2_audioout),
	    TEXT(v4l2_audioout, name),
	    RESERVED(v4l2_audioout, reserved)),
	ROW(G_AUDOUT,
	    TEXT(v4l2_audioout, name),
	    RESERVED(v4l2_audioout, reserved)),
	ROW(G_TUNER,
	    SAME(v4l2_tuner, index),
	    TEXT(v4l2_tuner, name),
	    LAST(v4l2_tuner, type, V4L2_TUNER_RF),
	    RESERVED(v4l2_tuner, reserved)),
	ROW(G_MODULATOR,
	    SAME(v4l2_modulator, index),
	    TEXT(v4l2_modulator, name),
	    LAST(v4l2_modulator, type, V4L2_TUNER_RF),
	    RESERVED(v4l2_modulator, reserved)),
	ROW(G_FREQUENCY,
	    SAME(v4l2_frequency, tuner),
	    LAST(v4l2_frequency, type, V4L2_TUNER_RF),
	    RESERVED(v4l2_frequency, reserved)),
	/* An SDR has bands of several types: vivid tells them apart by tuner. */
	ROW(ENUM_FREQ_BANDS,
	    INDEX(v4l2_frequency_band),
	    SAME(v4l2_frequency_band, tuner),
	    LAST(v4l2_frequency_band, type, V4L2_TUNER_RF),
	    RESERVED(v4l2_frequency_band, reserved)),
	ROW(QUERYCTRL,
	    TEXT(v4l2_queryctrl, name),
	    RESERVED(v4l2_queryctrl, reserved)),
	ROW(QUERY_EXT_CTRL,
	    TEXT(v4l2_query_ext_ctrl, name),
	    RESERVED(v4l2_query_ext_ctrl, reserved)),
	ROW(QUERYMENU,
	    SAME(v4l2_querymenu, id),
	    SAME(v4l2_querymenu, index),
	    RESERVED(v4l2_querymenu, reserved)),
	ROW(G_CTRL,
	    SAME(v4l2_control, id)),
	ROW(S_CTRL,
	    SAME(v4l2_control, id)),
	ROW(G_EXT_CTRLS,
	    RESERVED(v4l2_ext_controls, reserved)),
	ROW(S_EXT_CTRLS,
	    RESERVED(v4l2_ext_controls, reserved)),
	ROW(TRY_EXT_CTRLS,
	    RESERVED(v4l2_ext_controls, reserved)),
	ROW(CROPCAP,
	    SAME(v4l2_cropcap, type)),
	ROW(G_CROP,
	    SAME(v4l2_crop, type)),
	ROW(G_SELECTION,
	    SAME(v4l2_selection, type),
	    SAME(v4l2_selection, target),
	    RESERVED(v4l2_selection, reserved)),
	ROW(S_SELECTION,
	    SAME(v4l2_selection, type),
	    SAME(v4l2_selection, target),
	    RESERVED(v4l2_selection, reserved)),
	ROW(ENUM_FRAMESIZES,
	    INDEX(v4l2_frmsizeenum),
	    SAME(v4l2_frmsizeenum, pixel_format),
	    RESERVED(v4l2_frmsizeenum, reserved)),
	ROW(ENUM_FRAMEINTERVALS,
	    INDEX(v4l2_frmivalenum),
	    SAME(v4l2_frmivalenum, pixel_format),
	    SAME(v4l2_frmivalenum, width),
	    SAME(v4l2_frmivalenum, height),
	    RESERVED(v4l2_frmivalenum, reserved)),
	ROW(G_PARM,
	    SAME(v4l2_streamparm, type)),
	ROW(S_PARM,
	    SAME(v4l2_streamparm, type)),
	ROW(ENUM_DV_TIMINGS,
	    INDEX(v4l2_enum_dv_timings),
	    SAME(v4l2_enum_dv_timings, pad),
	    RESERVED(v4l2_enum_dv_timings, reserved)),
	/* Its pad is a subdevice's matter: drivers write over all of it. */
	ROW(DV_TIMINGS_CAP,
	    RESERVED(v4l2_dv_timings_cap, reserved)),
	ROW(G_SLICED_VBI_CAP,
	    SAME(v4l2_sliced_vbi_cap, type),
	    RESERVED(v4l2_sliced_vbi_cap, reserved)),
	ROW(G_ENC_INDEX,
	    RESERVED(v4l2_enc_idx, reserved)),
	ROW(G_EDID,
	    RESERVED(v4l2_edid, reserved)),
	ROW(S_EDID,
	    RESERVED(v4l2_edid, reserved)),
	ROW(ENCODER_CMD,
	    SAME(v4l2_encoder_cmd, cmd)),
	ROW(TRY_ENCODER_CMD,
	    SAME(v4l2_encoder_cmd, cmd)),
	ROW(DECODER_CMD,
	    SAME(v4l2_decoder_cmd, cmd)),
	ROW(TRY_DECODER_CMD,
	    SAME(v4l2_decoder_cmd, cmd)),
	ROW(REQBUFS,
	    SAME(v4l2_requestbuffers, memory),
	    RESERVED(v4l2_requestbuffers, reserved)),
	ROW(CREATE_BUFS,
	    SAME(v4l2_create_buffers, memory)),
};
/* clang-format on */

static uint32_t get_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Return: whether it is possible, then mended */
static bool check_field(const struct field *field,
			const union payload_arg *asked, union payload_arg *arg)
{
	const uint8_t *was = asked->bytes + field->offset;
	uint8_t *is = arg->bytes + field->offset;

	switch (field->rule) {
	case RULE_SAME:
		return !memcmp(was, is, field->len);
	case RULE_LAST:
		return get_u32(is) <= field->last;
	case RULE_INDEX:
		return get_u32(is) == get_u32(was) &&
		       get_u32(is) < PLAUSIBLE_LIST_MAX;
	case RULE_RESERVED:
		if (memcmp(was, is, field->len) != 0)
			memset(is, 0, field->len);
		return true;
	case RULE_TEXT:
		text_clean(is, field->len);
		return true;
	}
	return false;
}

/* ---- what has no row ----------------------------------------------------------- */

/* Since 6.17 bit 31 of an index is a flag, which comes back as 0 (ENUM_FMT). */
#define ENUM_ALL 0x80000000u

/*
 * mbus_code is what asks for some formats only, where the node has IO_MC.  uvcvideo of
 * older kernels (6.1) lists what it does not know as format 0.
 */
static const char *check_fmtdesc(const struct v4l2_fmtdesc *asked,
				 const struct v4l2_fmtdesc *got)
{
	if ((got->index != asked->index &&
	     got->index != (asked->index & ~ENUM_ALL)) ||
	    (got->index & ~ENUM_ALL) >= PLAUSIBLE_LIST_MAX)
		return "index is not the one that was asked for, or has no end";
	if (got->mbus_code && got->mbus_code != asked->mbus_code)
		return "mbus_code is not the one that was asked for";
	return NULL;
}

/* v4l2_video_std_construct() */
static const char *check_standard(const struct v4l2_standard *standard)
{
	if (!standard->frameperiod.numerator ||
	    !standard->frameperiod.denominator)
		return "frameperiod is no fraction";
	return standard->framelines ? NULL : "framelines are none";
}

/* pvrusb2 knows of none; who leaves it to v4l_cropcap() has square pixels. */
static const char *check_cropcap(struct v4l2_cropcap *cap)
{
	const char *why = plausible_rect(&cap->bounds);

	if (!cap->pixelaspect.numerator || !cap->pixelaspect.denominator)
		cap->pixelaspect = (struct v4l2_fract){ 1, 1 };
	return why ? why : plausible_rect(&cap->defrect);
}

static const char *check_reqbufs(const struct v4l2_requestbuffers *asked,
				 const struct v4l2_requestbuffers *got)
{
	if (!asked->count && got->count)
		return "buffers that nobody asked for";
	/* vb2 takes away what it does not know (fill_buf_caps()). */
	if (got->flags & ~asked->flags)
		return "flags that nobody asked for";
	return NULL;
}

/* What vb2_create_bufs() makes them of */
static bool has_asked_size(const struct v4l2_format *asked,
			   const struct v4l2_format *got)
{
	const struct v4l2_pix_format_mplane *was = &asked->fmt.pix_mp;
	const struct v4l2_pix_format_mplane *is = &got->fmt.pix_mp;
	unsigned int i;

	switch (got->type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		return got->fmt.pix.sizeimage >= asked->fmt.pix.sizeimage;
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		/* v4l_sanitize_format() */
		for (i = 0; i < was->num_planes && i < VIDEO_MAX_PLANES; i++)
			if (i >= is->num_planes ||
			    is->plane_fmt[i].sizeimage <
				    was->plane_fmt[i].sizeimage)
				return false;
		return true;
	default:
		return true;
	}
}

/* A driver that needs more than were asked for makes more (vivid: 2). */
static const char *check_create(const struct v4l2_create_buffers *asked,
				struct v4l2_create_buffers *got)
{
	if (!has_asked_size(&asked->format, &got->format))
		return "sizeimage is less than was asked for";
	if (got->flags & ~asked->flags)
		return "flags that nobody asked for";
	/* The first word tells how many there may be at most, since 6.8. */
	if (memcmp(got->reserved + 1, asked->reserved + 1,
		   sizeof(got->reserved) - sizeof(got->reserved[0])) != 0)
		memset(got->reserved + 1, 0,
		       sizeof(got->reserved) - sizeof(got->reserved[0]));
	return NULL;
}

/* The core clears no rectangle: what a driver leaves as it is is the program's own. */
static const char *check_selection(const struct v4l2_selection *asked,
				   const struct v4l2_selection *got)
{
	if (memcmp(&got->r, &asked->r, sizeof(got->r)) == 0)
		return NULL;
	return plausible_rect(&got->r);
}

/* v4l2_prio_max() */
static const char *check_priority(uint32_t priority)
{
	return priority <= V4L2_PRIORITY_RECORD ? NULL
						: "priority is out of range";
}

static const char *check_rest(const struct plausible_about *about, uint32_t cmd,
			      const union payload_arg *asked,
			      union payload_arg *arg)
{
	void *got = arg->bytes;
	const void *was = asked->bytes;

	switch (cmd) {
	case VIDIOC_ENUM_FMT:
		return check_fmtdesc(&asked->fmtdesc, &arg->fmtdesc);
	case VIDIOC_G_FMT:
		return plausible_format(about, NULL, &arg->format);
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return plausible_format(about, &asked->format, &arg->format);
	case VIDIOC_REQBUFS:
		return check_reqbufs(&asked->reqbufs, &arg->reqbufs);
	case VIDIOC_CREATE_BUFS:
		return check_create(&asked->create, &arg->create);
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		return plausible_parm(&arg->parm, &asked->parm);
	case VIDIOC_ENUMSTD:
		return check_standard(got);
	case VIDIOC_G_PRIORITY:
		return check_priority(arg->u32);
	case VIDIOC_CROPCAP:
		return check_cropcap(got);
	case VIDIOC_G_CROP:
		return plausible_rect(&((struct v4l2_crop *)got)->c);
	case VIDIOC_G_SELECTION:
	case VIDIOC_S_SELECTION:
		return check_selection(was, got);
	case VIDIOC_QUERYCTRL:
		return plausible_control(was, got);
	case VIDIOC_QUERY_EXT_CTRL:
		return plausible_ext_control(&asked->query_ext_ctrl,
					     &arg->query_ext_ctrl);
	case VIDIOC_QUERYMENU:
		return plausible_menu(about->control_type, got);
	case VIDIOC_ENUM_FRAMESIZES:
		return plausible_sizes(got);
	case VIDIOC_ENUM_FRAMEINTERVALS:
		return plausible_intervals(got);
	case VIDIOC_G_DV_TIMINGS:
		return plausible_timings(got, true);
	case VIDIOC_S_DV_TIMINGS:
	case VIDIOC_QUERY_DV_TIMINGS:
		return plausible_timings(got, false);
	case VIDIOC_ENUM_DV_TIMINGS:
		return plausible_timings(
			&((struct v4l2_enum_dv_timings *)got)->timings, false);
	case VIDIOC_DV_TIMINGS_CAP:
		return plausible_timings_cap(got);
	default:
		return NULL;
	}
}

const char *plausible_answer(const struct plausible_about *about,
			     const struct ioctl_desc *desc,
			     const union payload_arg *asked,
			     union payload_arg *arg)
{
	const struct field *field = fields[_IOC_NR(desc->cmd)];

	for (; field && field->len; field++)
		if (!check_field(field, asked, arg))
			return field->why;
	return check_rest(about, desc->cmd, asked, arg);
}
