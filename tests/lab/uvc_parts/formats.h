/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the camera offers: its formats, each with the same sizes and rates.
 */
#ifndef TESTS_LAB_UVC_PARTS_FORMATS_H
#define TESTS_LAB_UVC_PARTS_FORMATS_H

#include <stdint.h>

#define FORMATS_MAX           3
#define FORMATS_SIZES_MAX     19
#define FORMATS_INTERVALS_MAX 7

enum format_kind {
	FORMAT_YUYV,
	FORMAT_MJPEG,
	FORMAT_BAYER, /* SBGGR8 */
};

/**
 * struct formats - Those of one camera
 * @kinds:	UVC's bFormatIndex is a place here plus 1
 * @sizes:	The first so many of formats_sizes
 * @interval:	@intervals of them
 */
struct formats {
	enum format_kind kinds[FORMATS_MAX];
	uint8_t count;
	uint8_t sizes;
	uint8_t intervals;
	const uint32_t *interval; /* in units of 100 ns, the shortest first */
};

struct format_size {
	uint16_t width;
	uint16_t height;
};

/* UVC's bFrameIndex is a place here plus 1. */
static const struct format_size formats_sizes[FORMATS_SIZES_MAX] = {
	{ 640, 480 },   { 320, 240 },   { 160, 90 },    { 160, 120 },
	{ 176, 144 },   { 320, 180 },   { 352, 288 },   { 432, 240 },
	{ 640, 360 },   { 800, 448 },   { 800, 600 },   { 864, 480 },
	{ 960, 720 },   { 1024, 576 },  { 1280, 720 },  { 1600, 896 },
	{ 1920, 1080 }, { 2304, 1296 }, { 2304, 1536 },
};

/** format_len() - Bytes of a frame, which are the most that a JPEG may have */
static inline uint32_t format_len(enum format_kind kind,
				  const struct format_size *size)
{
	return (uint32_t)size->width * size->height *
	       (kind == FORMAT_BAYER ? 1 : 2);
}

#endif
