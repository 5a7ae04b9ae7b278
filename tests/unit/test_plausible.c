// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a host answers: each word of each answer is broken, one at a time.
 *
 * A word is either guarded, so that some value of it is a lie or is mended, or it is
 * free, and then no value is a lie.  Which are free is the list here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "guestd/plausible.h"
#include "tests/honest.h"

/* Not memory-to-memory. */
static const struct plausible_about about = {
	.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING,
};

/**
 * struct range - Words that are the device's to say
 * @type:	Only of formats and parameters of this type; 0: always
 */
struct range {
	uint32_t cmd;
	uint32_t type;
	size_t offset;
	size_t len;
};

#define FREE_OF(ioctl, type_, struct_, member)                                 \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = (type_),                        \
		.offset = offsetof(struct struct_, member),                    \
		.len = sizeof(((struct struct_ *)NULL)->member)                \
	}
#define FREE(ioctl, struct_, member) FREE_OF(ioctl, 0, struct_, member)
#define FREE_ALL(ioctl, struct_)                                               \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .len = sizeof(struct struct_)           \
	}
#define PIX(ioctl, type_, member)                                              \
	FREE_OF(ioctl, V4L2_BUF_TYPE_##type_, v4l2_format, fmt.member)
/* Nothing is there, for the next member is aligned, or the union is longer. */
#define HOLE(ioctl, offset_)                                                   \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .offset = (offset_),                    \
		.len = sizeof(uint32_t)                                        \
	}
/* What no format here says of itself: unknown ones have no lines. */
#define LINE(ioctl, plane)                                                     \
	PIX(ioctl, VIDEO_CAPTURE_MPLANE, pix_mp.plane_fmt[plane].bytesperline)
#define FORMAT(ioctl)                                                          \
	PIX(ioctl, VIDEO_CAPTURE, pix.pixelformat),                            \
		PIX(ioctl, VIDEO_CAPTURE_MPLANE, pix_mp.pixelformat),          \
		PIX(ioctl, VIDEO_CAPTURE, pix.bytesperline),                   \
		PIX(ioctl, VIDEO_CAPTURE, pix.priv),                           \
		PIX(ioctl, VIDEO_CAPTURE, pix.flags), LINE(ioctl, 0),          \
		LINE(ioctl, 1), LINE(ioctl, 2), LINE(ioctl, 3),                \
		LINE(ioctl, 4), LINE(ioctl, 5), LINE(ioctl, 6),                \
		LINE(ioctl, 7), PIX(ioctl, VBI_CAPTURE, vbi.sampling_rate),    \
		PIX(ioctl, VBI_CAPTURE, vbi.offset),                           \
		PIX(ioctl, VBI_CAPTURE, vbi.sample_format),                    \
		PIX(ioctl, VBI_CAPTURE, vbi.start),                            \
		PIX(ioctl, VBI_CAPTURE, vbi.flags),                            \
		PIX(ioctl, SLICED_VBI_CAPTURE, sliced.service_set),            \
		PIX(ioctl, SLICED_VBI_CAPTURE, sliced.service_lines),          \
		PIX(ioctl, SDR_CAPTURE, sdr.pixelformat),                      \
		PIX(ioctl, META_CAPTURE, meta.dataformat)
#define TIMINGS(ioctl, struct_, prefix)                                        \
	FREE(ioctl, struct_, prefix polarities),                               \
		FREE(ioctl, struct_, prefix pixelclock),                       \
		FREE(ioctl, struct_, prefix standards),                        \
		FREE(ioctl, struct_, prefix flags),                            \
		FREE(ioctl, struct_, prefix picture_aspect),                   \
		FREE(ioctl, struct_, prefix cea861_vic),                       \
		FREE(ioctl, struct_, prefix hdmi_vic),                         \
		FREE(ioctl, struct_, prefix reserved)

/* clang-format off */
static const struct range ranges[] = {
	/* QUERYCAP comes in HELLO; buffers are guestd's own account. */
	FREE(ENUM_FMT, v4l2_fmtdesc, flags),
	FREE(ENUM_FMT, v4l2_fmtdesc, pixelformat),
	FORMAT(G_FMT), FORMAT(S_FMT), FORMAT(TRY_FMT),
	FREE(REQBUFS, v4l2_requestbuffers, type), /* payload_get_response() */
	FREE(REQBUFS, v4l2_requestbuffers, count),
	FREE(REQBUFS, v4l2_requestbuffers, capabilities),
	/* setup: what is there already is not made again */
	FREE(CREATE_BUFS, v4l2_create_buffers, index),
	FREE(CREATE_BUFS, v4l2_create_buffers, count),
	FREE(CREATE_BUFS, v4l2_create_buffers, format),
	FREE(CREATE_BUFS, v4l2_create_buffers, capabilities),
	FREE(CREATE_BUFS, v4l2_create_buffers, reserved[0]),
	/* payload_get_response() */
	FREE_ALL(REMOVE_BUFS, v4l2_remove_buffers),
	FREE_ALL(G_FBUF, v4l2_framebuffer),
	FREE(G_EXT_CTRLS, v4l2_ext_controls, which),
	FREE(G_EXT_CTRLS, v4l2_ext_controls, count),
	FREE(G_EXT_CTRLS, v4l2_ext_controls, error_idx),
	FREE(G_EXT_CTRLS, v4l2_ext_controls, request_fd),
	FREE(G_EXT_CTRLS, v4l2_ext_controls, controls),
	FREE(S_EXT_CTRLS, v4l2_ext_controls, which),
	FREE(S_EXT_CTRLS, v4l2_ext_controls, count),
	FREE(S_EXT_CTRLS, v4l2_ext_controls, error_idx),
	FREE(S_EXT_CTRLS, v4l2_ext_controls, request_fd),
	FREE(S_EXT_CTRLS, v4l2_ext_controls, controls),
	FREE(TRY_EXT_CTRLS, v4l2_ext_controls, which),
	FREE(TRY_EXT_CTRLS, v4l2_ext_controls, count),
	FREE(TRY_EXT_CTRLS, v4l2_ext_controls, error_idx),
	FREE(TRY_EXT_CTRLS, v4l2_ext_controls, request_fd),
	FREE(TRY_EXT_CTRLS, v4l2_ext_controls, controls),
	FREE(G_EDID, v4l2_edid, pad), FREE(S_EDID, v4l2_edid, pad),
	FREE(G_EDID, v4l2_edid, start_block),
	FREE(S_EDID, v4l2_edid, start_block),
	FREE(G_EDID, v4l2_edid, blocks), FREE(S_EDID, v4l2_edid, blocks),
	FREE(G_EDID, v4l2_edid, edid), FREE(S_EDID, v4l2_edid, edid),

	FREE_OF(G_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.capability),
	FREE_OF(G_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.capturemode),
	FREE_OF(G_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.extendedmode),
	FREE_OF(S_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.capability),
	FREE_OF(S_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.capturemode),
	FREE_OF(S_PARM, V4L2_BUF_TYPE_VIDEO_CAPTURE, v4l2_streamparm,
		parm.capture.extendedmode),
	HOLE(ENUMSTD, 4), HOLE(ENUMSTD, 68), HOLE(ENUMINPUT, 76),
	HOLE(G_EXT_CTRLS, 20), HOLE(S_EXT_CTRLS, 20), HOLE(TRY_EXT_CTRLS, 20),
	HOLE(G_DV_TIMINGS, 128), HOLE(S_DV_TIMINGS, 128),
	HOLE(QUERY_DV_TIMINGS, 128), HOLE(ENUM_DV_TIMINGS, 144),
	HOLE(CREATE_BUFS, 12),
	FREE(ENUMSTD, v4l2_standard, id),
	FREE(ENUMINPUT, v4l2_input, audioset),
	FREE(ENUMINPUT, v4l2_input, tuner),
	FREE(ENUMINPUT, v4l2_input, std),
	FREE(ENUMINPUT, v4l2_input, status),
	FREE(ENUMINPUT, v4l2_input, capabilities),
	FREE(ENUMOUTPUT, v4l2_output, audioset),
	FREE(ENUMOUTPUT, v4l2_output, modulator),
	FREE(ENUMOUTPUT, v4l2_output, std),
	FREE(ENUMOUTPUT, v4l2_output, capabilities),
	FREE(ENUMAUDIO, v4l2_audio, capability),
	FREE(ENUMAUDIO, v4l2_audio, mode),
	FREE(G_AUDIO, v4l2_audio, index),
	FREE(G_AUDIO, v4l2_audio, capability),
	FREE(G_AUDIO, v4l2_audio, mode),
	FREE(ENUMAUDOUT, v4l2_audioout, capability),
	FREE(ENUMAUDOUT, v4l2_audioout, mode),
	FREE(G_AUDOUT, v4l2_audioout, index),
	FREE(G_AUDOUT, v4l2_audioout, capability),
	FREE(G_AUDOUT, v4l2_audioout, mode),
	FREE(G_TUNER, v4l2_tuner, capability),
	FREE(G_TUNER, v4l2_tuner, rangelow),
	FREE(G_TUNER, v4l2_tuner, rangehigh),
	FREE(G_TUNER, v4l2_tuner, rxsubchans),
	FREE(G_TUNER, v4l2_tuner, audmode),
	FREE(G_TUNER, v4l2_tuner, signal),
	FREE(G_TUNER, v4l2_tuner, afc),
	FREE(G_MODULATOR, v4l2_modulator, capability),
	FREE(G_MODULATOR, v4l2_modulator, rangelow),
	FREE(G_MODULATOR, v4l2_modulator, rangehigh),
	FREE(G_MODULATOR, v4l2_modulator, txsubchans),
	FREE(G_FREQUENCY, v4l2_frequency, frequency),
	FREE(ENUM_FREQ_BANDS, v4l2_frequency_band, capability),
	FREE(ENUM_FREQ_BANDS, v4l2_frequency_band, rangelow),
	FREE(ENUM_FREQ_BANDS, v4l2_frequency_band, rangehigh),
	FREE(ENUM_FREQ_BANDS, v4l2_frequency_band, modulation),
	/* uvcvideo passes on what the camera says of numbers. */
	FREE(QUERYCTRL, v4l2_queryctrl, minimum),
	FREE(QUERYCTRL, v4l2_queryctrl, maximum),
	FREE(QUERYCTRL, v4l2_queryctrl, step),
	FREE(QUERYCTRL, v4l2_queryctrl, default_value),
	FREE(QUERYCTRL, v4l2_queryctrl, flags),
	FREE(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, minimum),
	FREE(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, maximum),
	FREE(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, step),
	FREE(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, default_value),
	FREE(QUERY_EXT_CTRL, v4l2_query_ext_ctrl, flags),
	FREE(G_CTRL, v4l2_control, value),
	FREE(S_CTRL, v4l2_control, value),
	FREE(G_SELECTION, v4l2_selection, flags),
	FREE(S_SELECTION, v4l2_selection, flags),
	TIMINGS(G_DV_TIMINGS, v4l2_dv_timings, bt.),
	TIMINGS(S_DV_TIMINGS, v4l2_dv_timings, bt.),
	TIMINGS(QUERY_DV_TIMINGS, v4l2_dv_timings, bt.),
	TIMINGS(ENUM_DV_TIMINGS, v4l2_enum_dv_timings, timings.bt.),
	FREE(ENUM_FRAMEINTERVALS, v4l2_frmivalenum, stepwise.step.numerator),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, pad),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, bt.standards),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, bt.capabilities),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, bt.reserved),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[26]),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[27]),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[28]),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[29]),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[30]),
	FREE(DV_TIMINGS_CAP, v4l2_dv_timings_cap, raw_data[31]),
	FREE(G_SLICED_VBI_CAP, v4l2_sliced_vbi_cap, service_set),
	FREE(G_SLICED_VBI_CAP, v4l2_sliced_vbi_cap, service_lines),
	FREE(G_ENC_INDEX, v4l2_enc_idx, entries),
	FREE(G_ENC_INDEX, v4l2_enc_idx, entries_cap),
	FREE(G_ENC_INDEX, v4l2_enc_idx, entry),
	FREE(ENCODER_CMD, v4l2_encoder_cmd, flags),
	FREE(ENCODER_CMD, v4l2_encoder_cmd, raw),
	FREE(TRY_ENCODER_CMD, v4l2_encoder_cmd, flags),
	FREE(TRY_ENCODER_CMD, v4l2_encoder_cmd, raw),
	FREE(DECODER_CMD, v4l2_decoder_cmd, flags),
	FREE(DECODER_CMD, v4l2_decoder_cmd, raw),
	FREE(TRY_DECODER_CMD, v4l2_decoder_cmd, flags),
	FREE(TRY_DECODER_CMD, v4l2_decoder_cmd, raw),
};
/* clang-format on */

/* Numbers, which any device may have any of; and what does not travel. */
static bool passes(const struct ioctl_desc *desc)
{
	switch (desc->cmd) {
	case VIDIOC_G_STD:
	case VIDIOC_QUERYSTD:
	case VIDIOC_G_INPUT:
	case VIDIOC_S_INPUT:
	case VIDIOC_G_OUTPUT:
	case VIDIOC_S_OUTPUT:
		return true;
	default:
		return desc->where != IOCTL_HOST || !ioctl_writes(desc) ||
		       desc->nested == IOCTL_NESTED_PLANES;
	}
}

static bool is_free(const struct ioctl_desc *desc, uint32_t type, size_t at)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].cmd == desc->cmd &&
		    (!ranges[i].type || ranges[i].type == type) &&
		    at >= ranges[i].offset &&
		    at < ranges[i].offset + ranges[i].len)
			return true;
	return false;
}

static void fill(union payload_arg *arg, unsigned int seed)
{
	size_t i;

	for (i = 0; i < sizeof(arg->bytes); i++)
		arg->bytes[i] = (uint8_t)(1 + (seed + i * 7) % 251);
}

static void question(const struct ioctl_desc *desc, uint32_t type,
		     union payload_arg *asked)
{
	memset(asked, 0, sizeof(*asked));
	if (ioctl_reads(desc))
		fill(asked, 3);
	honest_question(desc->cmd, asked);
	if (type)
		asked->u32 = type;
	/* CREATE_BUFS has room above, for more than was asked for. */
	if (desc->cmd == VIDIOC_CREATE_BUFS)
		asked->create.count = 7;
}

static void answer(const struct ioctl_desc *desc,
		   const union payload_arg *asked, union payload_arg *arg)
{
	fill(arg, 140);
	honest_answer(desc->cmd, asked, arg);
	if (desc->nested == IOCTL_NESTED_WINDOW &&
	    desc->cmd != VIDIOC_CREATE_BUFS)
		arg->format.type = asked->format.type;
	if (desc->cmd == VIDIOC_CREATE_BUFS)
		arg->create.count = 5;
	if (desc->cmd == VIDIOC_G_PARM || desc->cmd == VIDIOC_S_PARM)
		arg->parm.parm.capture.capability |= V4L2_CAP_TIMEPERFRAME;
	/* So texts have an end. */
	assert_null(plausible_answer(&about, desc, asked, arg));
}

/* Return: whether it was a lie, or was mended */
static bool is_found(const struct ioctl_desc *desc,
		     const union payload_arg *asked, size_t at, uint32_t value,
		     bool *lie)
{
	union payload_arg arg;
	union payload_arg broken;
	const char *why;

	answer(desc, asked, &arg);
	memcpy(arg.bytes + at, &value, sizeof(value));
	broken = arg;
	why = plausible_answer(&about, desc, asked, &arg);
	*lie |= why != NULL;
	return why || memcmp(arg.bytes, broken.bytes, ioctl_size(desc)) != 0;
}

static unsigned int wrong;

static void say(const struct ioctl_desc *desc, uint32_t type, size_t at,
		const char *what)
{
	print_error("%s, type %u: byte %zu %s\n", desc->name, type, at, what);
	wrong++;
}

static void break_word(const struct ioctl_desc *desc, uint32_t type,
		       const union payload_arg *asked, size_t at)
{
	union payload_arg arg;
	bool found = false;
	bool lie = false;
	uint32_t true_value;
	unsigned int bit;

	answer(desc, asked, &arg);
	memcpy(&true_value, arg.bytes + at, sizeof(true_value));
	for (bit = 0; bit < 32; bit++)
		found |=
			is_found(desc, asked, at, true_value ^ 1u << bit, &lie);
	found |= is_found(desc, asked, at, 0, &lie);
	found |= is_found(desc, asked, at, UINT32_MAX, &lie);
	found |= is_found(desc, asked, at, INT32_MAX, &lie);
	found |= is_found(desc, asked, at, 0x1b1b1b1b, &lie);
	if (is_free(desc, type, at) && lie)
		say(desc, type, at, "is free");
	if (!is_free(desc, type, at) && !found)
		say(desc, type, at, "is not looked at");
}

static void break_answer(const struct ioctl_desc *desc, uint32_t type,
			 size_t end)
{
	union payload_arg asked;
	union payload_arg arg;
	union payload_arg before;
	size_t at = 0;

	question(desc, type, &asked);
	answer(desc, &asked, &arg);
	before = arg;
	assert_null(plausible_answer(&about, desc, &asked, &arg));
	if (memcmp(before.bytes, arg.bytes, sizeof(arg.bytes)) != 0)
		fail_msg("%s, type %u: mended", desc->name, type);
	/* payload_get_response() puts the type back. */
	if (desc->nested == IOCTL_NESTED_WINDOW &&
	    desc->cmd != VIDIOC_CREATE_BUFS)
		at = offsetof(struct v4l2_format, fmt);
	for (; at + sizeof(uint32_t) <= end; at += sizeof(uint32_t))
		break_word(desc, type, &asked, at);
}

static void each_word_of_each_answer_is_looked_at(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (passes(desc) || desc->cmd == VIDIOC_G_FMT ||
		    desc->cmd == VIDIOC_S_FMT || desc->cmd == VIDIOC_TRY_FMT)
			continue;
		if (desc->cmd == VIDIOC_G_PARM || desc->cmd == VIDIOC_S_PARM) {
			/* Type, capture, and its reserved[] */
			break_answer(desc, V4L2_BUF_TYPE_VIDEO_CAPTURE, 44);
			continue;
		}
		break_answer(desc, 0,
			     desc->cmd == VIDIOC_ENUM_FRAMESIZES ||
					     desc->cmd == VIDIOC_CROPCAP
				     ? 36
				     : ioctl_size(desc));
	}
	assert_int_equal(wrong, 0);
}

static void each_word_of_each_format_is_looked_at(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_G_FMT, VIDIOC_S_FMT,
					 VIDIOC_TRY_FMT };
	static const uint32_t types[] = {
		V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		V4L2_BUF_TYPE_VBI_CAPTURE,   V4L2_BUF_TYPE_SLICED_VBI_CAPTURE,
		V4L2_BUF_TYPE_SDR_CAPTURE,
	};
	size_t i;
	size_t t;

	(void)state;
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
		for (t = 0; t < sizeof(types) / sizeof(types[0]); t++)
			break_answer(ioctl_lookup(cmds[i]), types[t],
				     sizeof(struct v4l2_format));
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_of_each_answer_is_looked_at),
		cmocka_unit_test(each_word_of_each_format_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
