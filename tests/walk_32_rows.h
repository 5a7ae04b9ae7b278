/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walking the table of ioctls: which field of a 64-bit program's structure is
 * which of a 32-bit one's.  Told by tests/structs32.h and videodev2.h, and not by
 * guestd's own table.
 */
#ifndef TESTS_WALK_32_ROWS_H
#define TESTS_WALK_32_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/structs32.h"

/** struct row - A field; lengths tell how it is widened */
struct row {
	uint16_t at64;
	uint16_t len64;
	uint16_t at32;
	uint16_t len32;
	uint32_t types;
};

/** struct map - A structure; @type64 is where a type of buffer is, if it has one */
struct map {
	const struct row *rows;
	unsigned int count;
	size_t size32;
	size_t size64;
	size_t type64;
};

#define ANY         0u
#define TYPE(name)  (1u << V4L2_BUF_TYPE_##name)
#define TYPES(name) (TYPE(name##_CAPTURE) | TYPE(name##_OUTPUT))
#define MPLANE      (TYPE(VIDEO_CAPTURE_MPLANE) | TYPE(VIDEO_OUTPUT_MPLANE))
#define OVERLAY     (TYPE(VIDEO_OVERLAY) | TYPE(VIDEO_OUTPUT_OVERLAY))

#define ROW(s64, m64, s32, m32, types_)                                        \
	{                                                                      \
		offsetof(struct s64, m64), sizeof(((struct s64 *)NULL)->m64),  \
			offsetof(struct s32, m32),                             \
			sizeof(((struct s32 *)NULL)->m32), (types_),           \
	}
/* The name is the same in both. */
#define SAME(s64, s32, member, types) ROW(s64, member, s32, member, types)

#define FORMAT_ROWS(s64, s32, path)                                            \
	SAME(s64, s32, path type, ANY),                                        \
		SAME(s64, s32, path fmt.pix, TYPES(VIDEO)),                    \
		SAME(s64, s32, path fmt.pix_mp, MPLANE),                       \
		SAME(s64, s32, path fmt.vbi, TYPES(VBI)),                      \
		SAME(s64, s32, path fmt.sliced, TYPES(SLICED_VBI)),            \
		SAME(s64, s32, path fmt.sdr, TYPES(SDR)),                      \
		SAME(s64, s32, path fmt.meta, TYPES(META)),                    \
		SAME(s64, s32, path fmt.win.w, OVERLAY),                       \
		SAME(s64, s32, path fmt.win.field, OVERLAY),                   \
		SAME(s64, s32, path fmt.win.chromakey, OVERLAY),               \
		SAME(s64, s32, path fmt.win.clips, OVERLAY),                   \
		SAME(s64, s32, path fmt.win.clipcount, OVERLAY),               \
		SAME(s64, s32, path fmt.win.bitmap, OVERLAY),                  \
		SAME(s64, s32, path fmt.win.global_alpha, OVERLAY)

static const struct row format_rows[] = {
	FORMAT_ROWS(v4l2_format, format32, ),
};

static const struct row create_rows[] = {
	SAME(v4l2_create_buffers, create32, index, ANY),
	SAME(v4l2_create_buffers, create32, count, ANY),
	SAME(v4l2_create_buffers, create32, memory, ANY),
	FORMAT_ROWS(v4l2_create_buffers, create32, format.),
	SAME(v4l2_create_buffers, create32, capabilities, ANY),
	SAME(v4l2_create_buffers, create32, flags, ANY),
	SAME(v4l2_create_buffers, create32, reserved, ANY),
};

#define BUFFER_ROWS(s32)                                                       \
	SAME(v4l2_buffer, s32, index, ANY), SAME(v4l2_buffer, s32, type, ANY), \
		SAME(v4l2_buffer, s32, bytesused, ANY),                        \
		SAME(v4l2_buffer, s32, flags, ANY),                            \
		SAME(v4l2_buffer, s32, field, ANY),                            \
		SAME(v4l2_buffer, s32, timestamp, ANY),                        \
		SAME(v4l2_buffer, s32, timecode, ANY),                         \
		SAME(v4l2_buffer, s32, sequence, ANY),                         \
		SAME(v4l2_buffer, s32, memory, ANY),                           \
		SAME(v4l2_buffer, s32, m, ANY),                                \
		SAME(v4l2_buffer, s32, length, ANY),                           \
		SAME(v4l2_buffer, s32, reserved2, ANY),                        \
		SAME(v4l2_buffer, s32, request_fd, ANY)

static const struct row buffer_rows[] = { BUFFER_ROWS(buffer32) };
static const struct row buffer64_rows[] = { BUFFER_ROWS(buffer32_time64) };

static const struct row plane_rows[] = {
	SAME(v4l2_plane, plane32, bytesused, ANY),
	SAME(v4l2_plane, plane32, length, ANY),
	SAME(v4l2_plane, plane32, m, ANY),
	SAME(v4l2_plane, plane32, data_offset, ANY),
	SAME(v4l2_plane, plane32, reserved, ANY),
};

static const struct row framebuffer_rows[] = {
	SAME(v4l2_framebuffer, framebuffer32, capability, ANY),
	SAME(v4l2_framebuffer, framebuffer32, flags, ANY),
	SAME(v4l2_framebuffer, framebuffer32, base, ANY),
	SAME(v4l2_framebuffer, framebuffer32, fmt, ANY),
};

static const struct row controls_rows[] = {
	SAME(v4l2_ext_controls, controls32, which, ANY),
	SAME(v4l2_ext_controls, controls32, count, ANY),
	SAME(v4l2_ext_controls, controls32, error_idx, ANY),
	SAME(v4l2_ext_controls, controls32, request_fd, ANY),
	SAME(v4l2_ext_controls, controls32, reserved, ANY),
	SAME(v4l2_ext_controls, controls32, controls, ANY),
};

static const struct row edid_rows[] = {
	SAME(v4l2_edid, edid32, pad, ANY),
	SAME(v4l2_edid, edid32, start_block, ANY),
	SAME(v4l2_edid, edid32, blocks, ANY),
	SAME(v4l2_edid, edid32, reserved, ANY),
	SAME(v4l2_edid, edid32, edid, ANY),
};

static const struct row standard_rows[] = {
	SAME(v4l2_standard, standard32, index, ANY),
	SAME(v4l2_standard, standard32, id, ANY),
	SAME(v4l2_standard, standard32, name, ANY),
	SAME(v4l2_standard, standard32, frameperiod, ANY),
	SAME(v4l2_standard, standard32, framelines, ANY),
	SAME(v4l2_standard, standard32, reserved, ANY),
};

static const struct row input_rows[] = {
	SAME(v4l2_input, input32, index, ANY),
	SAME(v4l2_input, input32, name, ANY),
	SAME(v4l2_input, input32, type, ANY),
	SAME(v4l2_input, input32, audioset, ANY),
	SAME(v4l2_input, input32, tuner, ANY),
	SAME(v4l2_input, input32, std, ANY),
	SAME(v4l2_input, input32, status, ANY),
	SAME(v4l2_input, input32, capabilities, ANY),
	SAME(v4l2_input, input32, reserved, ANY),
};

#define EVENT_ROWS(s32)                                                        \
	SAME(v4l2_event, s32, type, ANY), SAME(v4l2_event, s32, u, ANY),       \
		SAME(v4l2_event, s32, pending, ANY),                           \
		SAME(v4l2_event, s32, sequence, ANY),                          \
		SAME(v4l2_event, s32, timestamp, ANY),                         \
		SAME(v4l2_event, s32, id, ANY),                                \
		SAME(v4l2_event, s32, reserved, ANY)

static const struct row event_rows[] = { EVENT_ROWS(event32) };
static const struct row event64_rows[] = { EVENT_ROWS(event32_time64) };

#define MAP(rows_, s64, s32)                                                   \
	{                                                                      \
		.rows = (rows_), .count = sizeof(rows_) / sizeof((rows_)[0]),  \
		.size32 = sizeof(struct s32), .size64 = sizeof(struct s64),    \
		.type64 = SIZE_MAX,                                            \
	}

#endif
