// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a device can answer.
 */
#include "tests/honest.h"

#include <string.h>

#define SIDE 0xffffu /* a width or a height: of any, what is below this */

static void text(void *bytes, size_t len)
{
	uint8_t *at = bytes;

	for (; len--; at++)
		*at = (uint8_t)('!' + *at % ('~' - '!'));
}

static void rect(struct v4l2_rect *r)
{
	r->left = -(r->left & (int32_t)SIDE);
	r->top &= (int32_t)SIDE;
	r->width &= SIDE;
	r->height &= SIDE;
}

/* Compressed, or nobody knows: any bytes are no format of videodev2.h. */
static void pix(struct v4l2_pix_format *format)
{
	format->width &= SIDE;
	format->height &= SIDE;
	format->field %= V4L2_FIELD_INTERLACED_BT + 1;
	format->sizeimage &= INT32_MAX;
	format->colorspace %= V4L2_COLORSPACE_DCI_P3 + 1;
	format->ycbcr_enc %= V4L2_YCBCR_ENC_SMPTE240M + 1;
	format->quantization %= V4L2_QUANTIZATION_LIM_RANGE + 1;
	format->xfer_func %= V4L2_XFER_FUNC_SMPTE2084 + 1;
}

static void pix_mp(struct v4l2_pix_format_mplane *format)
{
	unsigned int i;

	format->width &= SIDE;
	format->height &= SIDE;
	format->field %= V4L2_FIELD_INTERLACED_BT + 1;
	format->colorspace %= V4L2_COLORSPACE_DCI_P3 + 1;
	format->ycbcr_enc %= V4L2_YCBCR_ENC_SMPTE240M + 1;
	format->quantization %= V4L2_QUANTIZATION_LIM_RANGE + 1;
	format->xfer_func %= V4L2_XFER_FUNC_SMPTE2084 + 1;
	format->num_planes = VIDEO_MAX_PLANES;
	memset(format->reserved, 0, sizeof(format->reserved));
	for (i = 0; i < VIDEO_MAX_PLANES; i++) {
		format->plane_fmt[i].sizeimage &= INT32_MAX;
		memset(format->plane_fmt[i].reserved, 0,
		       sizeof(format->plane_fmt[i].reserved));
	}
}

static void vbi(struct v4l2_vbi_format *format)
{
	format->samples_per_line &= SIDE;
	format->count[0] &= SIDE;
	format->count[1] &= SIDE;
	memset(format->reserved, 0, sizeof(format->reserved));
}

static void make_format(uint32_t type, struct v4l2_format *format)
{
	uint8_t *raw = format->fmt.raw_data;
	size_t used = sizeof(format->fmt);

	switch (type) {
	case V4L2_BUF_TYPE_VIDEO_CAPTURE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT:
		pix(&format->fmt.pix);
		used = sizeof(format->fmt.pix);
		break;
	case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE:
		pix_mp(&format->fmt.pix_mp);
		used = sizeof(format->fmt.pix_mp);
		break;
	case V4L2_BUF_TYPE_VIDEO_OVERLAY:
	case V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY:
		format->fmt.win.field %= V4L2_FIELD_INTERLACED_BT + 1;
		break;
	case V4L2_BUF_TYPE_VBI_CAPTURE:
	case V4L2_BUF_TYPE_VBI_OUTPUT:
		vbi(&format->fmt.vbi);
		used = sizeof(format->fmt.vbi);
		break;
	case V4L2_BUF_TYPE_SLICED_VBI_CAPTURE:
	case V4L2_BUF_TYPE_SLICED_VBI_OUTPUT:
		format->fmt.sliced.io_size &= INT32_MAX;
		memset(format->fmt.sliced.reserved, 0,
		       sizeof(format->fmt.sliced.reserved));
		used = sizeof(format->fmt.sliced);
		break;
	case V4L2_BUF_TYPE_SDR_CAPTURE:
	case V4L2_BUF_TYPE_SDR_OUTPUT:
		format->fmt.sdr.buffersize &= INT32_MAX;
		memset(format->fmt.sdr.reserved, 0,
		       sizeof(format->fmt.sdr.reserved));
		used = sizeof(format->fmt.sdr);
		break;
	case V4L2_BUF_TYPE_META_CAPTURE:
	case V4L2_BUF_TYPE_META_OUTPUT:
		format->fmt.meta.buffersize &= INT32_MAX;
		break;
	default:
		break;
	}
	memset(raw + used, 0, sizeof(format->fmt) - used);
}

static void make_timings(struct v4l2_dv_timings *timings)
{
	struct v4l2_bt_timings *bt = &timings->bt;

	timings->type = V4L2_DV_BT_656_1120;
	bt->width &= SIDE;
	bt->height &= SIDE;
	bt->interlaced &= 1;
	bt->hfrontporch &= SIDE;
	bt->hsync &= SIDE;
	bt->hbackporch &= SIDE;
	bt->vfrontporch &= SIDE;
	bt->vsync &= SIDE;
	bt->vbackporch &= SIDE;
	bt->il_vfrontporch &= SIDE;
	bt->il_vsync &= SIDE;
	bt->il_vbackporch &= SIDE;
}

static void timings_cap(const struct v4l2_dv_timings_cap *asked,
			struct v4l2_dv_timings_cap *cap)
{
	cap->type = V4L2_DV_BT_656_1120;
	cap->pad = asked->pad;
	memset(cap->reserved, 0, sizeof(cap->reserved));
	cap->bt.min_width &= SIDE;
	cap->bt.min_height &= SIDE;
	cap->bt.min_pixelclock = cap->bt.max_pixelclock - 1;
}

static void make_buffer(struct v4l2_buffer *buffer)
{
	buffer->field %= V4L2_FIELD_INTERLACED_BT + 1;
	buffer->timecode.type %= V4L2_TC_TYPE_60FPS + 1;
	buffer->flags &= ~(uint32_t)(V4L2_BUF_FLAG_TIMESTAMP_MASK |
				     V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
	buffer->flags |= V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			 V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
}

/* The next one is behind the one that was asked about. */
static uint32_t control_id(uint32_t asked)
{
	if (asked & (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND))
		return (uint32_t)(asked & V4L2_CTRL_ID_MASK) + 1;
	return asked;
}

static void ext_control(const struct v4l2_query_ext_ctrl *asked,
			struct v4l2_query_ext_ctrl *got)
{
	static const uint32_t dims[V4L2_CTRL_MAX_DIMS] = { 2, 3, 5, 7 };

	got->id = control_id(asked->id);
	got->type = V4L2_CTRL_TYPE_U16;
	got->elem_size = 2;
	got->nr_of_dims = V4L2_CTRL_MAX_DIMS;
	memcpy(got->dims, dims, sizeof(dims));
	got->elems = 2 * 3 * 5 * 7;
	text(got->name, sizeof(got->name));
	memset(got->reserved, 0, sizeof(got->reserved));
}

static void control(const struct v4l2_queryctrl *asked,
		    struct v4l2_queryctrl *got)
{
	got->id = control_id(asked->id);
	got->type = V4L2_CTRL_TYPE_INTEGER;
	text(got->name, sizeof(got->name));
	memset(got->reserved, 0, sizeof(got->reserved));
}

static void intervals(const struct v4l2_frmivalenum *asked,
		      struct v4l2_frmivalenum *got)
{
	got->index = asked->index;
	got->pixel_format = asked->pixel_format;
	got->width = asked->width;
	got->height = asked->height;
	got->type = V4L2_FRMIVAL_TYPE_STEPWISE;
	got->stepwise.min.numerator &= SIDE;
	got->stepwise.max.denominator &= SIDE;
	memset(got->reserved, 0, sizeof(got->reserved));
}

static void sizes(const struct v4l2_frmsizeenum *asked,
		  struct v4l2_frmsizeenum *got)
{
	got->index = asked->index;
	got->pixel_format = asked->pixel_format;
	got->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	got->stepwise.min_width &= SIDE;
	got->stepwise.min_height &= SIDE;
	memset(got->reserved, 0, sizeof(got->reserved));
}

static void parm(const struct v4l2_streamparm *asked,
		 struct v4l2_streamparm *got)
{
	got->type = asked->type;
	if (V4L2_TYPE_IS_OUTPUT(asked->type)) {
		got->parm.output.writebuffers &= 0xff;
		memset(got->parm.output.reserved, 0,
		       sizeof(got->parm.output.reserved));
	} else {
		got->parm.capture.readbuffers &= 0xff;
		memset(got->parm.capture.reserved, 0,
		       sizeof(got->parm.capture.reserved));
	}
}

void honest_question(uint32_t cmd, union payload_arg *arg)
{
	struct v4l2_frequency_band *band = (void *)arg->bytes;
	struct v4l2_querymenu *menu = (void *)arg->bytes;

	switch (cmd) {
	case VIDIOC_ENUM_FMT:
	case VIDIOC_ENUMSTD:
	case VIDIOC_ENUMINPUT:
	case VIDIOC_ENUMOUTPUT:
	case VIDIOC_ENUMAUDIO:
	case VIDIOC_ENUMAUDOUT:
	case VIDIOC_ENUM_FRAMESIZES:
	case VIDIOC_ENUM_FRAMEINTERVALS:
	case VIDIOC_ENUM_DV_TIMINGS:
		/* The first member of all of them */
		arg->u32 &= 0xff;
		break;
	case VIDIOC_ENUM_FREQ_BANDS:
		band->index &= 0xff;
		break;
	case VIDIOC_QUERYMENU:
		menu->index &= 0xff;
		break;
	default:
		break;
	}
}

/* ---- those that have an index, or little else ----------------------------------- */

#define COPY(member)  got->member = was->member
#define CLEAR(member) memset(got->member, 0, sizeof(got->member))
#define CASE(ioctl, type, ...)                                                 \
	case VIDIOC_##ioctl: {                                                 \
		const struct type *was = (const void *)asked->bytes;           \
		struct type *got = (void *)arg->bytes;                         \
                                                                               \
		(void)was;                                                     \
		__VA_ARGS__;                                                   \
		return true;                                                   \
	}

static bool small(uint32_t cmd, const union payload_arg *asked,
		  union payload_arg *arg)
{
	switch (cmd) {
		CASE(ENUM_FMT, v4l2_fmtdesc, COPY(index), COPY(type),
		     COPY(mbus_code), text(got->description, 32),
		     CLEAR(reserved))
		CASE(ENUMSTD, v4l2_standard, COPY(index), text(got->name, 24),
		     CLEAR(reserved))
		CASE(ENUMINPUT, v4l2_input, COPY(index), got->type %= 4,
		     text(got->name, 32), CLEAR(reserved))
		CASE(ENUMOUTPUT, v4l2_output, COPY(index), got->type %= 4,
		     text(got->name, 32), CLEAR(reserved))
		CASE(ENUMAUDIO, v4l2_audio, COPY(index), text(got->name, 32),
		     CLEAR(reserved))
		CASE(G_AUDIO, v4l2_audio, text(got->name, 32), CLEAR(reserved))
		CASE(ENUMAUDOUT, v4l2_audioout, COPY(index),
		     text(got->name, 32), CLEAR(reserved))
		CASE(G_AUDOUT, v4l2_audioout, text(got->name, 32),
		     CLEAR(reserved))
		CASE(G_TUNER, v4l2_tuner, COPY(index), got->type %= 6,
		     text(got->name, 32), CLEAR(reserved))
		CASE(G_MODULATOR, v4l2_modulator, COPY(index), got->type %= 6,
		     text(got->name, 32), CLEAR(reserved))
		CASE(G_FREQUENCY, v4l2_frequency, COPY(tuner), got->type %= 6,
		     CLEAR(reserved))
		CASE(ENUM_FREQ_BANDS, v4l2_frequency_band, COPY(tuner),
		     COPY(index), got->type %= 6, CLEAR(reserved))
		CASE(QUERYMENU, v4l2_querymenu, COPY(id), COPY(index),
		     text(got->name, 32), got->reserved = 0)
		CASE(G_CTRL, v4l2_control, COPY(id))
		CASE(S_CTRL, v4l2_control, COPY(id))
		CASE(CROPCAP, v4l2_cropcap, COPY(type), rect(&got->bounds),
		     rect(&got->defrect))
		CASE(G_CROP, v4l2_crop, COPY(type), rect(&got->c))
		CASE(G_SELECTION, v4l2_selection, COPY(type), COPY(target),
		     rect(&got->r), CLEAR(reserved))
		CASE(S_SELECTION, v4l2_selection, COPY(type), COPY(target),
		     rect(&got->r), CLEAR(reserved))
		CASE(ENUM_DV_TIMINGS, v4l2_enum_dv_timings, COPY(index),
		     COPY(pad), make_timings(&got->timings), CLEAR(reserved))
		CASE(G_SLICED_VBI_CAP, v4l2_sliced_vbi_cap, COPY(type),
		     CLEAR(reserved))
		CASE(G_ENC_INDEX, v4l2_enc_idx, CLEAR(reserved))
		CASE(ENCODER_CMD, v4l2_encoder_cmd, COPY(cmd))
		CASE(TRY_ENCODER_CMD, v4l2_encoder_cmd, COPY(cmd))
		CASE(DECODER_CMD, v4l2_decoder_cmd, COPY(cmd))
		CASE(TRY_DECODER_CMD, v4l2_decoder_cmd, COPY(cmd))
		CASE(REQBUFS, v4l2_requestbuffers, COPY(memory), COPY(flags),
		     CLEAR(reserved))
		CASE(CREATE_BUFS, v4l2_create_buffers, COPY(memory),
		     COPY(format), COPY(flags), CLEAR(reserved))
		CASE(G_EXT_CTRLS, v4l2_ext_controls, CLEAR(reserved))
		CASE(S_EXT_CTRLS, v4l2_ext_controls, CLEAR(reserved))
		CASE(TRY_EXT_CTRLS, v4l2_ext_controls, CLEAR(reserved))
		CASE(G_EDID, v4l2_edid, CLEAR(reserved))
		CASE(S_EDID, v4l2_edid, CLEAR(reserved))
	default:
		return false;
	}
}

void honest_answer(uint32_t cmd, const union payload_arg *asked,
		   union payload_arg *arg)
{
	const void *was = asked->bytes;
	void *got = arg->bytes;

	if (small(cmd, asked, arg))
		return;
	switch (cmd) {
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		make_format(asked->format.type, &arg->format);
		break;
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_DQBUF:
		make_buffer(&arg->buffer);
		break;
	case VIDIOC_G_PARM:
	case VIDIOC_S_PARM:
		parm(&asked->parm, &arg->parm);
		break;
	case VIDIOC_G_PRIORITY:
		arg->u32 = V4L2_PRIORITY_RECORD;
		break;
	case VIDIOC_QUERYCTRL:
		control(was, got);
		break;
	case VIDIOC_QUERY_EXT_CTRL:
		ext_control(was, got);
		break;
	case VIDIOC_ENUM_FRAMESIZES:
		sizes(was, got);
		break;
	case VIDIOC_ENUM_FRAMEINTERVALS:
		intervals(was, got);
		break;
	case VIDIOC_G_DV_TIMINGS:
	case VIDIOC_S_DV_TIMINGS:
	case VIDIOC_QUERY_DV_TIMINGS:
		make_timings(got);
		break;
	case VIDIOC_DV_TIMINGS_CAP:
		timings_cap(was, got);
		break;
	default:
		break;
	}
}
