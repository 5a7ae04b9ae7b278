/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the camera offers: its formats, each with the same sizes and rates.
 */
#ifndef TESTS_LAB_UVC_PARTS_FORMATS_H
#define TESTS_LAB_UVC_PARTS_FORMATS_H

#include <stdint.h>

#define FORMATS_MAX       3
#define FORMATS_SIZES     2
#define FORMATS_INTERVALS 2

enum format_kind {
	FORMAT_YUYV,
	FORMAT_MJPEG,
	FORMAT_BAYER, /* SBGGR8 */
};

/**
 * struct formats - Those of one camera
 * @kinds:	UVC's bFormatIndex is a place here plus 1
 */
struct formats {
	enum format_kind kinds[FORMATS_MAX];
	uint8_t count;
};

struct format_size {
	uint16_t width;
	uint16_t height;
};

/* UVC's bFrameIndex is a place here plus 1. */
static const struct format_size formats_sizes[FORMATS_SIZES] = {
	{ 640, 480 },
	{ 320, 240 },
};

/* 30 and 15 frames a second, in units of 100 ns */
static const uint32_t formats_intervals[FORMATS_INTERVALS] = { 333333, 666666 };

/** format_len() - Bytes of a frame, which are the most that a JPEG may have */
static inline uint32_t format_len(enum format_kind kind,
				  const struct format_size *size)
{
	return (uint32_t)size->width * size->height *
	       (kind == FORMAT_BAYER ? 1 : 2);
}

#endif
