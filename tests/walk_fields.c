// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: the fields that guestd or hostd set themselves,
 * and why.  Everything else arrives as it was sent, byte for byte.
 */
#include "tests/walk.h"

#define FIELD(type_, name_, way_, rule_, bits_, tag_, why_)                    \
	{                                                                      \
		.type = #type_, .name = #name_,                                \
		.offset = offsetof(struct type_, name_),                       \
		.len = sizeof(((struct type_ *)NULL)->name_),                  \
		.way = WALK_##way_, .rule = WALK_##rule_, .bits = (bits_),     \
		.tag = (tag_), .why = (why_),                                  \
	}
#define THERE(type, name, rule, tag, why)                                      \
	FIELD(type, name, THERE, rule, 0, tag, why)
#define BACK(type, name, rule, tag, why)                                       \
	FIELD(type, name, BACK, rule, 0, tag, why)
#define BITS(type, name, bits, tag, why)                                       \
	FIELD(type, name, BACK, BITS, bits, tag, why)
#define VALUE(type, name, way, value, tag, why)                                \
	FIELD(type, name, way, VALUE, value, tag, why)
/* The last byte of a text. */
#define TEXT(type_, name_)                                                     \
	{                                                                      \
		.type = #type_, .name = #name_,                                \
		.offset = offsetof(struct type_, name_) +                      \
			  sizeof(((struct type_ *)NULL)->name_) - 1,           \
		.len = 1, .way = WALK_BACK, .rule = WALK_ZERO,                 \
		.why = "a text that ends, whatever the host says",             \
	}

#define REQUESTS                                                               \
	(V4L2_BUF_CAP_SUPPORTS_REQUESTS | V4L2_BUF_CAP_SUPPORTS_DMABUF |       \
	 V4L2_BUF_CAP_SUPPORTS_USERPTR |                                       \
	 V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF)

#define QUEUE   "the application's queue, not the host's"
#define CARRIED "the wire carries no requests, no foreign memory"
#define CLIPS   "no clips on the wire (design: overlay)"
#define OWNER   "guestd's account of the buffer"
#define WHICH   "what was asked is what is answered"
#define BEYOND  "no plane of the buffer"
#define COMPAT  "as v4l2-compat-ioctl32.c has it"
#define MADE    "the host makes MMAP buffers"

const struct walk_field walk_fields[] = {
	TEXT(v4l2_capability, driver),
	TEXT(v4l2_capability, card),
	TEXT(v4l2_capability, bus_info),
	BACK(v4l2_capability, reserved, ZERO, NULL, "as v4l2-ioctl.c has it"),
	TEXT(v4l2_fmtdesc, description),
	TEXT(v4l2_standard, name),
	TEXT(v4l2_input, name),
	TEXT(v4l2_output, name),
	TEXT(v4l2_tuner, name),
	TEXT(v4l2_modulator, name),
	TEXT(v4l2_audio, name),
	TEXT(v4l2_audioout, name),
	TEXT(v4l2_queryctrl, name),
	TEXT(v4l2_querymenu, name),
	TEXT(v4l2_query_ext_ctrl, name),

	/* Formats. */
	BACK(v4l2_format, type, ASKED, NULL, QUEUE),
	THERE(v4l2_format, fmt.win.clips, ZERO, "overlay", CLIPS),
	THERE(v4l2_format, fmt.win.clipcount, ZERO, "overlay", CLIPS),
	THERE(v4l2_format, fmt.win.bitmap, ZERO, "overlay", CLIPS),
	BACK(v4l2_format, fmt.win.clips, ZERO, "overlay+native", CLIPS),
	BACK(v4l2_format, fmt.win.clips, ASKED, "overlay+compat", COMPAT),
	BACK(v4l2_format, fmt.win.clipcount, ZERO, "overlay", CLIPS),
	BACK(v4l2_format, fmt.win.bitmap, ZERO, "overlay", CLIPS),
	BACK(v4l2_framebuffer, base, ZERO, NULL, "an address of the host"),
	BITS(v4l2_framebuffer, capability,
	     V4L2_FBUF_CAP_LIST_CLIPPING | V4L2_FBUF_CAP_BITMAP_CLIPPING, NULL,
	     CLIPS),

	/* Making buffers. */
	BACK(v4l2_requestbuffers, memory, ASKED, NULL, QUEUE),
	THERE(v4l2_requestbuffers, flags, ZERO, "userptr", MADE),
	VALUE(v4l2_requestbuffers, memory, THERE, V4L2_MEMORY_MMAP, "userptr",
	      MADE),
	BITS(v4l2_requestbuffers, capabilities, REQUESTS, NULL, CARRIED),
	BACK(v4l2_create_buffers, memory, ASKED, NULL, QUEUE),
	THERE(v4l2_create_buffers, flags, ZERO, "userptr", MADE),
	VALUE(v4l2_create_buffers, memory, THERE, V4L2_MEMORY_MMAP, "userptr",
	      MADE),
	BITS(v4l2_create_buffers, capabilities, REQUESTS, NULL, CARRIED),
	BACK(v4l2_remove_buffers, index, ASKED, NULL,
	     "what was asked is what guestd forgets"),
	BACK(v4l2_remove_buffers, count, ASKED, NULL,
	     "what was asked is what guestd forgets"),
	BACK(v4l2_remove_buffers, type, ASKED, NULL, QUEUE),

	/* Buffers. */
	THERE(v4l2_buffer, request_fd, ZERO, NULL, CARRIED),
	THERE(v4l2_buffer, m, ZERO, "single", "hostd's own memory"),
	THERE(v4l2_buffer, m, ADDRESS, "mplane", "hostd's own array"),
	VALUE(v4l2_buffer, memory, THERE, V4L2_MEMORY_MMAP, "userptr", MADE),
	VALUE(v4l2_buffer, length, THERE, WALK_LENGTH, "known-single", OWNER),
	VALUE(v4l2_plane, length, THERE, WALK_LENGTH, "known", OWNER),
	THERE(v4l2_plane, m, ZERO, NULL, "hostd's own memory"),

	BACK(v4l2_buffer, index, ASKED, NULL, OWNER),
	BACK(v4l2_buffer, type, ASKED, NULL, OWNER),
	BACK(v4l2_buffer, request_fd, ZERO, NULL, CARRIED),
	BACK(v4l2_buffer, m, ASKED, "mplane", "the application's array"),
	BACK(v4l2_buffer, m, ZERO, "foreign-single", "an address of the host"),
	BACK(v4l2_plane, m, ZERO, "foreign", "an address of the host"),
	BITS(v4l2_buffer, flags,
	     V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |
		     V4L2_BUF_FLAG_PREPARED | V4L2_BUF_FLAG_REQUEST_FD |
		     V4L2_BUF_FLAG_IN_REQUEST,
	     "known", OWNER),
	BACK(v4l2_buffer, bytesused, ZERO, "known-mplane",
	     "the planes have it (vb2 __fill_v4l2_buffer)"),
	BACK(v4l2_buffer, memory, ASKED, "known", OWNER),
	BACK(v4l2_buffer, reserved2, ZERO, NULL, "as vb2 has it"),
	BACK(v4l2_buffer, m, OWN, "known-single", OWNER),
	BACK(v4l2_buffer, length, OWN, "known-single", OWNER),
	BACK(v4l2_plane, m, OWN, "known", OWNER),
	BACK(v4l2_plane, length, OWN, "known", OWNER),
	BACK(v4l2_plane, reserved, ZERO, "mplane", "as vb2 has it"),
	BACK(v4l2_plane, bytesused, ASKED, "beyond", BEYOND),
	BACK(v4l2_plane, length, ASKED, "beyond", BEYOND),
	BACK(v4l2_plane, m, ASKED, "beyond", BEYOND),
	BACK(v4l2_plane, data_offset, ASKED, "beyond", BEYOND),
	BACK(v4l2_plane, reserved, ASKED, "beyond", BEYOND),

	BACK(v4l2_event, pending, OWN, NULL, "guestd's own list of events"),
	BACK(v4l2_event, reserved, ZERO, NULL, "as v4l2-event.c has it"),

	/* Controls and EDID. */
	THERE(v4l2_ext_controls, request_fd, ZERO, NULL, CARRIED),
	THERE(v4l2_ext_controls, controls, ZERO, "none", "hostd's own array"),
	THERE(v4l2_ext_controls, controls, ADDRESS, "some",
	      "hostd's own array"),
	THERE(v4l2_ext_control, size, ZERO, "number",
	      "only payload has a size"),
	THERE(v4l2_ext_control, value64, ADDRESS, "payload",
	      "hostd's own memory"),
	BACK(v4l2_ext_controls, which, ASKED, NULL, WHICH),
	BACK(v4l2_ext_controls, count, ASKED, NULL, WHICH),
	BACK(v4l2_ext_controls, request_fd, ASKED, NULL, CARRIED),
	BACK(v4l2_ext_controls, controls, ASKED, NULL,
	     "the application's array"),
	BACK(v4l2_ext_control, id, ASKED, NULL, WHICH),
	BACK(v4l2_ext_control, size, ASKED, "number",
	     "only payload has a size"),
	BACK(v4l2_ext_control, value64, ASKED, "payload",
	     "the application's memory"),
	THERE(v4l2_edid, edid, ZERO, "none", "hostd's own blocks"),
	THERE(v4l2_edid, edid, ADDRESS, "some", "hostd's own blocks"),
	BACK(v4l2_edid, pad, ASKED, NULL, WHICH),
	BACK(v4l2_edid, start_block, ASKED, NULL, WHICH),
	BACK(v4l2_edid, edid, ASKED, NULL, "the application's blocks"),

	/* 32-bit programs. */
	THERE(v4l2_create_buffers, capabilities, ZERO, "compat", COMPAT),
	THERE(v4l2_create_buffers, reserved, ZERO, "compat", COMPAT),
	THERE(v4l2_buffer, reserved2, ZERO, "compat", COMPAT),
	BACK(v4l2_buffer, reserved2, ZERO, "compat", COMPAT),
	THERE(v4l2_plane, reserved, ZERO, "compat", COMPAT),
	BACK(v4l2_plane, reserved, ZERO, "mplane+compat", COMPAT),
	THERE(v4l2_standard, id, ZERO, "compat", COMPAT),
	THERE(v4l2_standard, name, ZERO, "compat", COMPAT),
	THERE(v4l2_standard, frameperiod, ZERO, "compat", COMPAT),
	THERE(v4l2_standard, framelines, ZERO, "compat", COMPAT),
	THERE(v4l2_standard, reserved, ZERO, "compat", COMPAT),
};
const size_t walk_field_count = sizeof(walk_fields) / sizeof(walk_fields[0]);
