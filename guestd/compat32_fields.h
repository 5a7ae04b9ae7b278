/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of 32-bit layouts: where the fields of a 32-bit program's structures
 * are, and how they become those of a 64-bit one.
 *
 * It is a header of lists so that two compilers read the same lines.  In guestd
 * they are the table (compat32_layout.c); a program of the lab that is built for
 * i386, tests/lab/layout32.c, compares each with its own videodev2.h.  What is
 * filled in and what comes back are those of v4l2-compat-ioctl32.c.
 *
 *	F(structure, member, at, len, kind, way, types)
 *		@at, @len: bytes in the 32-bit structure
 *	P(structure, at, len, types)
 *		bytes without a name, which the kernel sets to 0
 *	I(ioctl, list)
 *		an ioctl whose argument it is; two, if there are two kinds of time
 *
 * @kind:	BYTES	the same in both
 *		POINTER	an address, or another word that a long has room for
 *		TIME	seconds and a fraction of 32 bits each, with their sign
 *		ZERO	comes back as 0
 * @way:	IN	the kernel reads it
 *		OUT	it comes back
 *		BOTH
 * @types:	buffer types with which it is there, ANY for all
 *
 * Structures that have no list are the same in both.
 */
#ifndef GUESTD_COMPAT32_FIELDS_H
#define GUESTD_COMPAT32_FIELDS_H

#include <linux/version.h>
#include <linux/videodev2.h>

#define COMPAT32_TYPE(name) (1u << V4L2_BUF_TYPE_##name)
#define COMPAT32_TYPES(name)                                                   \
	(COMPAT32_TYPE(name##_CAPTURE) | COMPAT32_TYPE(name##_OUTPUT))

#define COMPAT32_ANY    0u
#define COMPAT32_PIX    COMPAT32_TYPES(VIDEO)
#define COMPAT32_VBI    COMPAT32_TYPES(VBI)
#define COMPAT32_SLICED COMPAT32_TYPES(SLICED_VBI)
#define COMPAT32_SDR    COMPAT32_TYPES(SDR)
#define COMPAT32_META   COMPAT32_TYPES(META)
#define COMPAT32_PIX_MP                                                        \
	(COMPAT32_TYPE(VIDEO_CAPTURE_MPLANE) |                                 \
	 COMPAT32_TYPE(VIDEO_OUTPUT_MPLANE))
#define COMPAT32_WINDOW                                                        \
	(COMPAT32_TYPE(VIDEO_OVERLAY) | COMPAT32_TYPE(VIDEO_OUTPUT_OVERLAY))

/*
 * Where ARM differs from i386: it aligns 64-bit words.  So two layouts have a
 * hole, and structures that are not here are as long as in 64-bit programs.
 */
#if defined(__aarch64__) || defined(__arm__)
#define COMPAT32_ARM            1
#define COMPAT32_BUFFER_TIME_AT 24 /* of 64 bits */
#define COMPAT32_EVENT_U_AT     8
#else
#define COMPAT32_ARM            0
#define COMPAT32_BUFFER_TIME_AT 20
#define COMPAT32_EVENT_U_AT     4
#endif

#define COMPAT32_META_LEN sizeof(struct v4l2_meta_format)

/* clang-format off */

/* struct v4l2_format at @at: @path is the way to it in @s */
#define COMPAT32_FORMAT_AT(F, P, s, path, at)				       \
	F(s, path type,                 (at),      4,   BYTES,   BOTH, ANY)    \
	F(s, path fmt.pix,              (at) + 4,  48,  BYTES,   BOTH, PIX)    \
	F(s, path fmt.pix_mp,           (at) + 4,  192, BYTES,   BOTH, PIX_MP) \
	F(s, path fmt.vbi,              (at) + 4,  44,  BYTES,   BOTH, VBI)    \
	F(s, path fmt.sliced,           (at) + 4,  112, BYTES,   BOTH, SLICED) \
	F(s, path fmt.sdr,              (at) + 4,  32,  BYTES,   BOTH, SDR)    \
	F(s, path fmt.meta,             (at) + 4,  COMPAT32_META_LEN,	       \
	                                                BYTES,   BOTH, META)   \
	F(s, path fmt.win.w,            (at) + 4,  16,  BYTES,   BOTH, WINDOW) \
	F(s, path fmt.win.field,        (at) + 20, 4,   BYTES,   BOTH, WINDOW) \
	F(s, path fmt.win.chromakey,    (at) + 24, 4,   BYTES,   BOTH, WINDOW) \
	F(s, path fmt.win.clips,        (at) + 28, 4,   POINTER, IN,   WINDOW) \
	F(s, path fmt.win.clipcount,    (at) + 32, 4,   BYTES,   BOTH, WINDOW) \
	F(s, path fmt.win.bitmap,       (at) + 36, 4,   POINTER, BOTH, WINDOW) \
	F(s, path fmt.win.global_alpha, (at) + 40, 1,   BYTES,   BOTH, WINDOW) \
	P(s,                            (at) + 41, 3,   WINDOW)

#define COMPAT32_FORMAT(F, P)						       \
	COMPAT32_FORMAT_AT(F, P, format, , 0)
#define COMPAT32_FORMAT_SIZE 204

#define COMPAT32_CREATE_BUFFERS(F, P)					       \
	F(create_buffers, index,        0,   4, BYTES, BOTH, ANY)	       \
	F(create_buffers, count,        4,   4, BYTES, BOTH, ANY)	       \
	F(create_buffers, memory,       8,   4, BYTES, BOTH, ANY)	       \
	COMPAT32_FORMAT_AT(F, P, create_buffers, format., 12)		       \
	F(create_buffers, capabilities, 216, 4, BYTES, OUT,  ANY)	       \
	F(create_buffers, flags,        220, 4, BYTES, BOTH, ANY)	       \
	COMPAT32_CREATE_BUFFERS_END(F)
#define COMPAT32_CREATE_BUFFERS_SIZE 248

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0) /* of the header */
#define COMPAT32_CREATE_BUFFERS_END(F)					       \
	F(create_buffers, max_num_buffers, 224, 4,  BYTES, OUT,  ANY)	       \
	F(create_buffers, reserved,        228, 20, BYTES, OUT,  ANY)
#else
#define COMPAT32_CREATE_BUFFERS_END(F)					       \
	F(create_buffers, reserved, 224, 24, BYTES, OUT,  ANY)
#endif

/* struct v4l2_buffer with @len bytes of timestamp at @at */
#define COMPAT32_BUFFER(F, P, at, len, time)				       \
	F(buffer, index,      0,                 4,     BYTES,   BOTH, ANY)    \
	F(buffer, type,       4,                 4,     BYTES,   BOTH, ANY)    \
	F(buffer, bytesused,  8,                 4,     BYTES,   BOTH, ANY)    \
	F(buffer, flags,      12,                4,     BYTES,   BOTH, ANY)    \
	F(buffer, field,      16,                4,     BYTES,   BOTH, ANY)    \
	F(buffer, timestamp,  (at),              (len), time,    BOTH, ANY)    \
	F(buffer, timecode,   (at) + (len),      16,    BYTES,   BOTH, ANY)    \
	F(buffer, sequence,   (at) + (len) + 16, 4,     BYTES,   BOTH, ANY)    \
	F(buffer, memory,     (at) + (len) + 20, 4,     BYTES,   BOTH, ANY)    \
	F(buffer, m,          (at) + (len) + 24, 4,     POINTER, BOTH, ANY)    \
	F(buffer, length,     (at) + (len) + 28, 4,     BYTES,   BOTH, ANY)    \
	F(buffer, reserved2,  (at) + (len) + 32, 4,     ZERO,    OUT,  ANY)    \
	F(buffer, request_fd, (at) + (len) + 36, 4,     BYTES,   BOTH, ANY)

#define COMPAT32_BUFFER_TIME32(F, P)					       \
	COMPAT32_BUFFER(F, P, 20, 8, TIME)
#define COMPAT32_BUFFER_TIME32_SIZE 68

#if COMPAT32_ARM
#define COMPAT32_BUFFER_TIME64(F, P)					       \
	COMPAT32_BUFFER(F, P, COMPAT32_BUFFER_TIME_AT, 16, BYTES)	       \
	P(buffer, 20, 4, ANY)
#else
#define COMPAT32_BUFFER_TIME64(F, P)					       \
	COMPAT32_BUFFER(F, P, COMPAT32_BUFFER_TIME_AT, 16, BYTES)
#endif
#define COMPAT32_BUFFER_TIME64_SIZE (COMPAT32_BUFFER_TIME_AT + 56)

#define COMPAT32_PLANE(F, P)						       \
	F(plane, bytesused,   0,  4,  BYTES,   BOTH, ANY)		       \
	F(plane, length,      4,  4,  BYTES,   BOTH, ANY)		       \
	F(plane, m,           8,  4,  POINTER, BOTH, ANY)		       \
	F(plane, data_offset, 12, 4,  BYTES,   BOTH, ANY)		       \
	F(plane, reserved,    16, 44, ZERO,    OUT,  ANY)
#define COMPAT32_PLANE_SIZE 60

#define COMPAT32_FRAMEBUFFER(F, P)					       \
	F(framebuffer, capability, 0,  4,  BYTES,   BOTH, ANY)		       \
	F(framebuffer, flags,      4,  4,  BYTES,   BOTH, ANY)		       \
	F(framebuffer, base,       8,  4,  POINTER, BOTH, ANY)		       \
	F(framebuffer, fmt,        12, 32, BYTES,   BOTH, ANY)
#define COMPAT32_FRAMEBUFFER_SIZE 44

#define COMPAT32_EXT_CONTROLS(F, P)					       \
	F(ext_controls, which,      0,  4, BYTES,   BOTH, ANY)		       \
	F(ext_controls, count,      4,  4, BYTES,   BOTH, ANY)		       \
	F(ext_controls, error_idx,  8,  4, BYTES,   BOTH, ANY)		       \
	F(ext_controls, request_fd, 12, 4, BYTES,   BOTH, ANY)		       \
	F(ext_controls, reserved,   16, 4, BYTES,   BOTH, ANY)		       \
	F(ext_controls, controls,   20, 4, POINTER, BOTH, ANY)
#define COMPAT32_EXT_CONTROLS_SIZE 24

#define COMPAT32_EDID(F, P)						       \
	F(edid, pad,         0,  4,  BYTES,   BOTH, ANY)		       \
	F(edid, start_block, 4,  4,  BYTES,   BOTH, ANY)		       \
	F(edid, blocks,      8,  4,  BYTES,   BOTH, ANY)		       \
	F(edid, reserved,    12, 20, BYTES,   BOTH, ANY)		       \
	F(edid, edid,        32, 4,  POINTER, IN,   ANY)
#define COMPAT32_EDID_SIZE 36

#define COMPAT32_STANDARD(F, P)						       \
	F(standard, index,       0,  4,  BYTES, BOTH, ANY)		       \
	F(standard, id,          4,  8,  BYTES, OUT,  ANY)		       \
	F(standard, name,        12, 24, BYTES, OUT,  ANY)		       \
	F(standard, frameperiod, 36, 8,  BYTES, OUT,  ANY)		       \
	F(standard, framelines,  44, 4,  BYTES, OUT,  ANY)		       \
	F(standard, reserved,    48, 16, BYTES, OUT,  ANY)
#define COMPAT32_STANDARD_SIZE 64

#define COMPAT32_INPUT(F, P)						       \
	F(input, index,        0,  4,  BYTES, BOTH, ANY)		       \
	F(input, name,         4,  32, BYTES, BOTH, ANY)		       \
	F(input, type,         36, 4,  BYTES, BOTH, ANY)		       \
	F(input, audioset,     40, 4,  BYTES, BOTH, ANY)		       \
	F(input, tuner,        44, 4,  BYTES, BOTH, ANY)		       \
	F(input, std,          48, 8,  BYTES, BOTH, ANY)		       \
	F(input, status,       56, 4,  BYTES, BOTH, ANY)		       \
	F(input, capabilities, 60, 4,  BYTES, BOTH, ANY)		       \
	F(input, reserved,     64, 12, BYTES, BOTH, ANY)
#define COMPAT32_INPUT_SIZE 76

/* struct v4l2_event with @len bytes of timestamp, and u at @u_at */
#define COMPAT32_EVENT(F, P, u_at, len, time)				       \
	F(event, type,      0,                   4,     BYTES, OUT,  ANY)      \
	F(event, u,         (u_at),              64,    BYTES, OUT,  ANY)      \
	F(event, pending,   (u_at) + 64,         4,     BYTES, OUT,  ANY)      \
	F(event, sequence,  (u_at) + 68,         4,     BYTES, OUT,  ANY)      \
	F(event, timestamp, (u_at) + 72,         (len), time,  OUT,  ANY)      \
	F(event, id,        (u_at) + 72 + (len), 4,     BYTES, OUT,  ANY)      \
	F(event, reserved,  (u_at) + 76 + (len), 32,    BYTES, OUT,  ANY)

#if COMPAT32_ARM
#define COMPAT32_EVENT_TIME32(F, P)					       \
	COMPAT32_EVENT(F, P, COMPAT32_EVENT_U_AT, 8, TIME)		       \
	P(event, 4,   4, ANY)						       \
	P(event, 124, 4, ANY)
#define COMPAT32_EVENT_TIME32_SIZE 128
#else
#define COMPAT32_EVENT_TIME32(F, P)					       \
	COMPAT32_EVENT(F, P, COMPAT32_EVENT_U_AT, 8, TIME)
#define COMPAT32_EVENT_TIME32_SIZE 120
#endif

#define COMPAT32_EVENT_TIME64(F, P)					       \
	COMPAT32_EVENT(F, P, COMPAT32_EVENT_U_AT, 16, BYTES)
#define COMPAT32_EVENT_TIME64_SIZE 128 /* i386; as in 64-bit programs on ARM */

#define COMPAT32_IOCTLS(I)						       \
	I(G_FMT,         FORMAT)					       \
	I(S_FMT,         FORMAT)					       \
	I(TRY_FMT,       FORMAT)					       \
	I(CREATE_BUFS,   CREATE_BUFFERS)				       \
	I(QUERYBUF,      BUFFER_TIME32)					       \
	I(QBUF,          BUFFER_TIME32)					       \
	I(DQBUF,         BUFFER_TIME32)					       \
	I(PREPARE_BUF,   BUFFER_TIME32)					       \
	I(QUERYBUF,      BUFFER_TIME64)					       \
	I(QBUF,          BUFFER_TIME64)					       \
	I(DQBUF,         BUFFER_TIME64)					       \
	I(PREPARE_BUF,   BUFFER_TIME64)					       \
	I(G_FBUF,        FRAMEBUFFER)					       \
	I(S_FBUF,        FRAMEBUFFER)					       \
	I(G_EXT_CTRLS,   EXT_CONTROLS)					       \
	I(S_EXT_CTRLS,   EXT_CONTROLS)					       \
	I(TRY_EXT_CTRLS, EXT_CONTROLS)					       \
	I(G_EDID,        EDID)						       \
	I(S_EDID,        EDID)						       \
	I(DQEVENT,       EVENT_TIME32)					       \
	COMPAT32_IOCTLS_I386(I)

#if COMPAT32_ARM
#define COMPAT32_IOCTLS_I386(I)
#else
#define COMPAT32_IOCTLS_I386(I)						       \
	I(ENUMSTD,       STANDARD)					       \
	I(ENUMINPUT,     INPUT)						       \
	I(DQEVENT,       EVENT_TIME64)
#endif

/* clang-format on */

#endif
