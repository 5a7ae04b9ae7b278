/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many bytes a picture has, by its pixel format.
 *
 * Only formats whose lines stand in memory one after the other; what is not here is
 * compressed, tiled, or unknown.
 */
#ifndef COMMON_PIXEL_FORMATS_H
#define COMMON_PIXEL_FORMATS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/videodev2_new.h"

/**
 * struct pixel_format - A row
 * @fourcc:	V4L2_PIX_FMT_*
 * @planes:	Planes of memory in a multi-planar format
 * @bits:	Of a pixel in the first component plane: all of it, if there is no other
 * @width, @height: Other component planes have one sample for so many pixels across,
 *		and down; 0: there are none
 * @components:	Of these, as many samples: 2, whether they alternate (NV12) or not
 */
struct pixel_format {
	uint32_t fourcc;
	uint8_t planes;
	uint8_t bits;
	uint8_t width;
	uint8_t height;
	uint8_t components;
};

/** pixel_format_find() - The row of a format, or NULL */
const struct pixel_format *pixel_format_find(uint32_t fourcc);

/** pixel_format_line() - Bytes of a line of the first plane, without padding */
uint64_t pixel_format_line(const struct pixel_format *format, uint32_t width);

/**
 * pixel_format_size() - Bytes that a plane of memory has at least
 * @plane:	Below @planes of the format
 * @width, @height: At most 65536
 *
 * Pixels of a group that is not whole are left out, and so is padding: drivers round
 * both up and down.
 */
uint64_t pixel_format_size(const struct pixel_format *format,
			   unsigned int plane, uint32_t width, uint32_t height);

#endif
