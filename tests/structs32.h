/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Structures as programs for i386 have them, for tests.
 *
 * They are written down once more, apart from guestd/compat32_fields.h: what two
 * have got wrong in the same way is found by a compiler for i386, which reads
 * those (tests/lab/layout32.c).
 */
#ifndef TESTS_STRUCTS32_H
#define TESTS_STRUCTS32_H

#include <assert.h>
#include <stdint.h>

#include "common/videodev2_new.h"

#pragma pack(push, 4)

struct window32 {
	struct v4l2_rect w;
	uint32_t field;
	uint32_t chromakey;
	uint32_t clips;
	uint32_t clipcount;
	uint32_t bitmap;
	uint8_t global_alpha;
	uint8_t pad[3];
};
static_assert(sizeof(struct window32) == 40, "i386");

struct format32 {
	uint32_t type;
	union {
		struct v4l2_pix_format pix;
		struct v4l2_pix_format_mplane pix_mp;
		struct window32 win;
		struct v4l2_vbi_format vbi;
		struct v4l2_sliced_vbi_format sliced;
		struct v4l2_sdr_format sdr;
		struct v4l2_meta_format meta;
		uint8_t raw_data[200];
	} fmt;
};
static_assert(sizeof(struct format32) == 204, "i386");

struct create32 {
	uint32_t index;
	uint32_t count;
	uint32_t memory;
	struct format32 format;
	uint32_t capabilities;
	uint32_t flags;
	uint32_t reserved[6];
};
static_assert(sizeof(struct create32) == 248, "i386");

struct plane32 {
	uint32_t bytesused;
	uint32_t length;
	uint32_t m;
	uint32_t data_offset;
	uint32_t reserved[11];
};
static_assert(sizeof(struct plane32) == 60, "i386");

#define STRUCT_BUFFER32(name, word)                                            \
	struct name {                                                          \
		uint32_t index;                                                \
		uint32_t type;                                                 \
		uint32_t bytesused;                                            \
		uint32_t flags;                                                \
		uint32_t field;                                                \
		struct {                                                       \
			word tv_sec;                                           \
			word tv_usec;                                          \
		} timestamp;                                                   \
		struct v4l2_timecode timecode;                                 \
		uint32_t sequence;                                             \
		uint32_t memory;                                               \
		uint32_t m;                                                    \
		uint32_t length;                                               \
		uint32_t reserved2;                                            \
		int32_t request_fd;                                            \
	}
STRUCT_BUFFER32(buffer32, int32_t);
STRUCT_BUFFER32(buffer32_time64, int64_t);
static_assert(sizeof(struct buffer32) == 68, "i386");
static_assert(sizeof(struct buffer32_time64) == 76, "i386");

struct framebuffer32 {
	uint32_t capability;
	uint32_t flags;
	uint32_t base;
	uint32_t fmt[8];
};
static_assert(sizeof(struct framebuffer32) == 44, "i386");

struct controls32 {
	uint32_t which;
	uint32_t count;
	uint32_t error_idx;
	int32_t request_fd;
	uint32_t reserved;
	uint32_t controls;
};
static_assert(sizeof(struct controls32) == 24, "i386");

struct edid32 {
	uint32_t pad;
	uint32_t start_block;
	uint32_t blocks;
	uint32_t reserved[5];
	uint32_t edid;
};
static_assert(sizeof(struct edid32) == 36, "i386");

struct standard32 {
	uint32_t index;
	uint64_t id;
	uint8_t name[24];
	struct v4l2_fract frameperiod;
	uint32_t framelines;
	uint32_t reserved[4];
};
static_assert(sizeof(struct standard32) == 64, "i386");

struct input32 {
	uint32_t index;
	uint8_t name[32];
	uint32_t type;
	uint32_t audioset;
	uint32_t tuner;
	uint64_t std;
	uint32_t status;
	uint32_t capabilities;
	uint32_t reserved[3];
};
static_assert(sizeof(struct input32) == 76, "i386");

#define STRUCT_EVENT32(name, word)                                             \
	struct name {                                                          \
		uint32_t type;                                                 \
		uint8_t u[64];                                                 \
		uint32_t pending;                                              \
		uint32_t sequence;                                             \
		struct {                                                       \
			word tv_sec;                                           \
			word tv_nsec;                                          \
		} timestamp;                                                   \
		uint32_t id;                                                   \
		uint32_t reserved[8];                                          \
	}
STRUCT_EVENT32(event32, int32_t);
STRUCT_EVENT32(event32_time64, int64_t);
static_assert(sizeof(struct event32) == 120, "i386");
static_assert(sizeof(struct event32_time64) == 128, "i386");

#pragma pack(pop)

/** CMD32() - VIDIOC_ @ioctl with such an argument */
#define CMD32(ioctl, type)                                                     \
	_IOC(_IOC_DIR(VIDIOC_##ioctl), 'V', _IOC_NR(VIDIOC_##ioctl),           \
	     sizeof(struct type))

#endif
