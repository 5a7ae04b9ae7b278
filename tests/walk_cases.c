// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: at least one case for each.
 */
#include "tests/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

/* ---- what some need ---------------------------------------------------------- */

static void ask_format(union payload_arg *arg)
{
	arg->format.type = walk.now->number;
	if (!strcmp(walk.now->tag, "overlay"))
		arg->format.fmt.win.clipcount = IOCTL_CLIPS_MAX;
}

static void ask_parm(union payload_arg *arg)
{
	arg->parm.type = walk.now->number;
}

static void answer_clipping(union payload_arg *arg)
{
	arg->framebuffer.capability |=
		V4L2_FBUF_CAP_LIST_CLIPPING | V4L2_FBUF_CAP_BITMAP_CLIPPING;
}

static void ask_number(union payload_arg *arg)
{
	arg->u32 = walk.now->number;
}

static void answer_entries(union payload_arg *arg)
{
	arg->enc_idx.entries = V4L2_ENC_IDX_ENTRIES;
}

static void seek_may_wait(void)
{
	harness.helper.nonblock = 0;
}

static int overlay(void *arg)
{
	(void)arg;
	return 0;
}

static void has_overlay(void)
{
	fake_on(VIDIOC_G_FBUF, overlay);
}

static void has_no_overlay(void)
{
	fake_on(VIDIOC_G_FBUF, NULL);
}

/* ---- what the host has told before ------------------------------------------- */

static void before_querycap(void)
{
	walk.answer.arg.capability = walk.capability;
}

static void before_dqevent(void)
{
	struct v4l2_event_subscription subscription = { .type = 4711, .id = 3 };

	assert_int_equal(
		front_ioctl(&walk.file, VIDIOC_SUBSCRIBE_EVENT, &subscription),
		0);
	fake_on(VIDIOC_DQEVENT, walk_answer);
	fake_event(4711, 3, 0);
	harness_settle();
}

static void answer_event(union payload_arg *arg)
{
	arg->event.type = 4711;
	arg->event.id = 3;
	/* A time that there is, or it would not come through arithmetics. */
	arg->event.timestamp.tv_sec = 0x01020304;
	arg->event.timestamp.tv_nsec = 0x05060708;
}

/* ---- the cases ---------------------------------------------------------------- */

#define PLAIN(ioctl, type_)                                                    \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = (type_),                        \
		.outcome = WALK_DEVICE,                                        \
	}
#define NOBODY(ioctl)                                                          \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .outcome = WALK_REFUSED,                \
		.error = -ENOTTY,                                              \
	}
#define FORMAT(ioctl, tag_, number_)                                           \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_format", .tag = (tag_),   \
		.number = V4L2_BUF_TYPE_##number_, .ask = ask_format,          \
	}
#define FORMATS(ioctl)                                                         \
	FORMAT(ioctl, "capture", VIDEO_CAPTURE),                               \
		FORMAT(ioctl, "mplane", VIDEO_CAPTURE_MPLANE),                 \
		FORMAT(ioctl, "output", VIDEO_OUTPUT),                         \
		FORMAT(ioctl, "mplane", VIDEO_OUTPUT_MPLANE),                  \
		FORMAT(ioctl, "overlay", VIDEO_OVERLAY),                       \
		FORMAT(ioctl, "overlay", VIDEO_OUTPUT_OVERLAY),                \
		FORMAT(ioctl, "vbi", VBI_CAPTURE),                             \
		FORMAT(ioctl, "vbi", VBI_OUTPUT),                              \
		FORMAT(ioctl, "sliced", SLICED_VBI_CAPTURE),                   \
		FORMAT(ioctl, "sliced", SLICED_VBI_OUTPUT),                    \
		FORMAT(ioctl, "sdr", SDR_CAPTURE),                             \
		FORMAT(ioctl, "sdr", SDR_OUTPUT),                              \
		FORMAT(ioctl, "meta", META_CAPTURE),                           \
		FORMAT(ioctl, "meta", META_OUTPUT)
#define PARM(ioctl, tag_, number_)                                             \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_streamparm",              \
		.tag = (tag_), .number = V4L2_BUF_TYPE_##number_,              \
		.ask = ask_parm, .answer = ask_parm,                           \
	}
#define REQBUFS_OF(tag_, ask_, number_)                                        \
	{                                                                      \
		.cmd = VIDIOC_REQBUFS, .type = "v4l2_requestbuffers",          \
		.tag = (tag_), .number = (number_), .ask = (ask_),             \
		.device = walk_device_reqbufs, .answer = walk_answer_reqbufs,  \
	}
#define CREATE_OF(tag_, ask_, number_)                                         \
	{                                                                      \
		.cmd = VIDIOC_CREATE_BUFS, .type = "v4l2_create_buffers",      \
		.tag = (tag_), .number = (number_), .ask = (ask_),             \
		.device = walk_device_create, .answer = walk_answer_create,    \
	}
#define KNOWN_SINGLE "single known known-single"
#define KNOWN_MPLANE "mplane known known-mplane"
#define BUFFER(ioctl, tag_, ask_, number_)                                     \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_buffer", .tag = (tag_),   \
		.number = (number_), .before = walk_before_buffers,            \
		.ask = (ask_), .device = walk_device_qbuf,                     \
		.answer = walk_answer_buffer,                                  \
	}
#define FOREIGN(tag_, answer_, number_)                                        \
	{                                                                      \
		.cmd = VIDIOC_QUERYBUF, .type = "v4l2_buffer", .tag = (tag_),  \
		.number = (number_), .ask = walk_ask_foreign,                  \
		.answer = (answer_),                                           \
	}
/* As many planes as that. */
#define PLANES(ioctl, tag_, before_, ask_, device_, answer_, planes_)          \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_buffer", .tag = (tag_),   \
		.number = CAPTURE_MPLANE, .planes = (planes_),                 \
		.before = (before_), .ask = (ask_), .device = (device_),       \
		.answer = (answer_),                                           \
	}
/* Of a buffer that it has been asked about. */
#define QUERY(tag_, number_)                                                   \
	{                                                                      \
		.cmd = VIDIOC_QUERYBUF, .type = "v4l2_buffer", .tag = (tag_),  \
		.number = (number_), .outcome = WALK_TOLD,                     \
		.before = walk_before_query, .ask = walk_ask_buffer,           \
		.answer = walk_answer_query,                                   \
	}
#define DQBUF(tag_, ask_, number_)                                             \
	{                                                                      \
		.cmd = VIDIOC_DQBUF, .type = "v4l2_buffer", .tag = (tag_),     \
		.number = (number_), .outcome = WALK_TOLD,                     \
		.before = walk_before_dqbuf, .ask = (ask_),                    \
		.answer = walk_answer_buffer,                                  \
	}
#define CONTROLS(ioctl, number_)                                               \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_ext_controls",            \
		.tag = (number_) ? "some" : "none", .number = (number_),       \
		.before = walk_before_controls, .ask = walk_ask_controls,      \
		.answer = walk_answer_controls,                                \
	}
#define EDID(ioctl, number_)                                                   \
	{                                                                      \
		.cmd = VIDIOC_##ioctl, .type = "v4l2_edid",                    \
		.tag = (number_) ? "some" : "none", .number = (number_),       \
		.ask = walk_ask_edid, .answer = walk_answer_edid,              \
	}

const struct walk_case walk_cases[] = {
	{
		.cmd = VIDIOC_QUERYCAP,
		.type = "v4l2_capability",
		.outcome = WALK_TOLD,
		.before = before_querycap,
	},
	PLAIN(ENUM_FMT, "v4l2_fmtdesc"),
	FORMATS(G_FMT),
	FORMATS(S_FMT),
	FORMATS(TRY_FMT),
	REQBUFS_OF(NULL, walk_ask_reqbufs, CAPTURE),
	REQBUFS_OF(NULL, walk_ask_reqbufs, OUTPUT_MPLANE),
	REQBUFS_OF("userptr", walk_ask_userptr, CAPTURE),
	CREATE_OF(NULL, walk_ask_create, CAPTURE),
	CREATE_OF(NULL, walk_ask_create, OUTPUT_MPLANE),
	CREATE_OF("userptr", walk_ask_userptr, CAPTURE),
	FOREIGN("single foreign foreign-single", walk_answer_buffer, CAPTURE),
	FOREIGN("single", walk_answer_mmap, CAPTURE),
	FOREIGN("mplane foreign", walk_answer_buffer, CAPTURE_MPLANE),
	FOREIGN("mplane", walk_answer_mmap, CAPTURE_MPLANE),
	QUERY(KNOWN_SINGLE, CAPTURE),
	QUERY(KNOWN_MPLANE, OUTPUT_MPLANE),
	BUFFER(QBUF, KNOWN_SINGLE, walk_ask_buffer, CAPTURE),
	BUFFER(QBUF, KNOWN_SINGLE, walk_ask_buffer, OUTPUT),
	BUFFER(QBUF, KNOWN_MPLANE, walk_ask_buffer, CAPTURE_MPLANE),
	BUFFER(QBUF, KNOWN_MPLANE, walk_ask_buffer, OUTPUT_MPLANE),
	BUFFER(QBUF, KNOWN_SINGLE " userptr", walk_ask_userptr, CAPTURE),
	BUFFER(QBUF, KNOWN_MPLANE " userptr", walk_ask_userptr, OUTPUT_MPLANE),
	PLANES(QUERYBUF, "mplane", NULL, walk_ask_foreign, NULL,
	       walk_answer_mmap, 1),
	PLANES(QUERYBUF, "mplane", NULL, walk_ask_foreign, NULL,
	       walk_answer_mmap, VIDEO_MAX_PLANES),
	PLANES(QBUF, KNOWN_MPLANE, walk_before_buffers, walk_ask_buffer,
	       walk_device_qbuf, walk_answer_buffer, 1),
	PLANES(QBUF, KNOWN_MPLANE, walk_before_buffers, walk_ask_buffer,
	       walk_device_qbuf, walk_answer_buffer, VIDEO_MAX_PLANES),
	BUFFER(PREPARE_BUF, KNOWN_SINGLE, walk_ask_buffer, CAPTURE),
	BUFFER(PREPARE_BUF, KNOWN_MPLANE, walk_ask_buffer, CAPTURE_MPLANE),
	BUFFER(PREPARE_BUF, KNOWN_SINGLE " userptr", walk_ask_userptr, OUTPUT),
	DQBUF(KNOWN_SINGLE, walk_ask_buffer, CAPTURE),
	DQBUF(KNOWN_MPLANE, walk_ask_buffer, CAPTURE_MPLANE),
	{
		.cmd = VIDIOC_G_FBUF,
		.type = "v4l2_framebuffer",
		.answer = answer_clipping,
	},
	{
		.cmd = VIDIOC_S_FBUF,
		.outcome = WALK_REFUSED,
		.error = -EPERM,
		.before = has_overlay,
	},
	{
		.cmd = VIDIOC_S_FBUF,
		.outcome = WALK_REFUSED,
		.error = -ENOTTY,
		.before = has_no_overlay,
	},
	{
		.cmd = VIDIOC_OVERLAY,
		.outcome = WALK_REFUSED,
		.error = -EINVAL,
		.before = has_overlay,
	},
	{
		.cmd = VIDIOC_OVERLAY,
		.outcome = WALK_REFUSED,
		.error = -ENOTTY,
		.before = has_no_overlay,
	},
	{ .cmd = VIDIOC_OVERLAY, .ask = ask_number },
	NOBODY(EXPBUF),
	PLAIN(STREAMON, NULL),
	PLAIN(STREAMOFF, NULL),
	PARM(G_PARM, "capture", VIDEO_CAPTURE),
	PARM(G_PARM, "output", VIDEO_OUTPUT),
	PARM(S_PARM, "capture", VIDEO_CAPTURE),
	PARM(S_PARM, "output", VIDEO_OUTPUT),
	PLAIN(G_STD, NULL),
	PLAIN(S_STD, NULL),
	PLAIN(ENUMSTD, "v4l2_standard"),
	PLAIN(ENUMINPUT, "v4l2_input"),
	PLAIN(G_CTRL, "v4l2_control"),
	PLAIN(S_CTRL, "v4l2_control"),
	PLAIN(G_TUNER, "v4l2_tuner"),
	PLAIN(S_TUNER, "v4l2_tuner"),
	PLAIN(G_AUDIO, "v4l2_audio"),
	PLAIN(S_AUDIO, "v4l2_audio"),
	PLAIN(QUERYCTRL, "v4l2_queryctrl"),
	PLAIN(QUERYMENU, "v4l2_querymenu"),
	PLAIN(G_INPUT, NULL),
	PLAIN(S_INPUT, NULL),
	EDID(G_EDID, 0),
	EDID(G_EDID, 1),
	EDID(G_EDID, 256),
	EDID(S_EDID, 0),
	EDID(S_EDID, 1),
	EDID(S_EDID, 2),
	EDID(S_EDID, 256),
	PLAIN(G_OUTPUT, NULL),
	PLAIN(S_OUTPUT, NULL),
	PLAIN(ENUMOUTPUT, "v4l2_output"),
	PLAIN(G_AUDOUT, "v4l2_audioout"),
	PLAIN(S_AUDOUT, "v4l2_audioout"),
	PLAIN(G_MODULATOR, "v4l2_modulator"),
	PLAIN(S_MODULATOR, "v4l2_modulator"),
	PLAIN(G_FREQUENCY, "v4l2_frequency"),
	PLAIN(S_FREQUENCY, "v4l2_frequency"),
	PLAIN(CROPCAP, "v4l2_cropcap"),
	PLAIN(G_CROP, "v4l2_crop"),
	PLAIN(S_CROP, "v4l2_crop"),
	NOBODY(G_JPEGCOMP),
	NOBODY(S_JPEGCOMP),
	PLAIN(QUERYSTD, NULL),
	PLAIN(ENUMAUDIO, "v4l2_audio"),
	PLAIN(ENUMAUDOUT, "v4l2_audioout"),
	PLAIN(G_PRIORITY, NULL),
	PLAIN(S_PRIORITY, NULL),
	PLAIN(G_SLICED_VBI_CAP, "v4l2_sliced_vbi_cap"),
	{ .cmd = VIDIOC_LOG_STATUS, .outcome = WALK_TOLD },
	CONTROLS(G_EXT_CTRLS, 0),
	CONTROLS(G_EXT_CTRLS, 1),
	CONTROLS(G_EXT_CTRLS, 9),
	CONTROLS(G_EXT_CTRLS, V4L2_CID_MAX_CTRLS),
	CONTROLS(S_EXT_CTRLS, 0),
	CONTROLS(S_EXT_CTRLS, 9),
	CONTROLS(S_EXT_CTRLS, V4L2_CID_MAX_CTRLS),
	CONTROLS(TRY_EXT_CTRLS, 0),
	CONTROLS(TRY_EXT_CTRLS, 9),
	CONTROLS(TRY_EXT_CTRLS, V4L2_CID_MAX_CTRLS),
	PLAIN(ENUM_FRAMESIZES, "v4l2_frmsizeenum"),
	PLAIN(ENUM_FRAMEINTERVALS, "v4l2_frmivalenum"),
	{
		.cmd = VIDIOC_G_ENC_INDEX,
		.type = "v4l2_enc_idx",
		.answer = answer_entries,
	},
	PLAIN(ENCODER_CMD, "v4l2_encoder_cmd"),
	PLAIN(TRY_ENCODER_CMD, "v4l2_encoder_cmd"),
	PLAIN(DECODER_CMD, "v4l2_decoder_cmd"),
	PLAIN(TRY_DECODER_CMD, "v4l2_decoder_cmd"),
	NOBODY(DBG_S_REGISTER),
	NOBODY(DBG_G_REGISTER),
	NOBODY(DBG_G_CHIP_INFO),
	{
		.cmd = VIDIOC_S_HW_FREQ_SEEK,
		.type = "v4l2_hw_freq_seek",
		.before = seek_may_wait,
	},
	PLAIN(S_DV_TIMINGS, "v4l2_dv_timings"),
	PLAIN(G_DV_TIMINGS, "v4l2_dv_timings"),
	{
		.cmd = VIDIOC_DQEVENT,
		.type = "v4l2_event",
		.outcome = WALK_TOLD,
		.before = before_dqevent,
		.answer = answer_event,
	},
	PLAIN(SUBSCRIBE_EVENT, "v4l2_event_subscription"),
	PLAIN(UNSUBSCRIBE_EVENT, "v4l2_event_subscription"),
	PLAIN(G_SELECTION, "v4l2_selection"),
	PLAIN(S_SELECTION, "v4l2_selection"),
	PLAIN(ENUM_DV_TIMINGS, "v4l2_enum_dv_timings"),
	PLAIN(QUERY_DV_TIMINGS, "v4l2_dv_timings"),
	PLAIN(DV_TIMINGS_CAP, "v4l2_dv_timings_cap"),
	PLAIN(ENUM_FREQ_BANDS, "v4l2_frequency_band"),
	PLAIN(QUERY_EXT_CTRL, "v4l2_query_ext_ctrl"),
	PLAIN(REMOVE_BUFS, "v4l2_remove_buffers"),
};
const size_t walk_case_count = sizeof(walk_cases) / sizeof(walk_cases[0]);
