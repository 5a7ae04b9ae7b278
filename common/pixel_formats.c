// SPDX-License-Identifier: BSD-3-Clause
/*
 * How many bytes a picture has: the formats of videodev2.h whose lines stand in
 * memory one after the other.
 */
#include "common/pixel_formats.h"

#include <stddef.h>

#define PACKED(name, bits_)                                                    \
	{                                                                      \
		.fourcc = V4L2_PIX_FMT_##name, .planes = 1, .bits = (bits_)    \
	}
#define CHROMA(name, planes_, bits_, width_, height_)                          \
	{                                                                      \
		.fourcc = V4L2_PIX_FMT_##name, .planes = (planes_),            \
		.bits = (bits_), .width = (width_), .height = (height_),       \
		.components = 2                                                \
	}

/* clang-format off */
static const struct pixel_format pixel_formats[] = {
	PACKED(YUYV, 16), PACKED(YVYU, 16), PACKED(UYVY, 16), PACKED(VYUY, 16),
	PACKED(YYUV, 16), PACKED(Y41P, 12),
	PACKED(YUV444, 16), PACKED(YUV555, 16), PACKED(YUV565, 16),
	PACKED(YUV24, 24), PACKED(YUV32, 32), PACKED(AYUV32, 32),
	PACKED(XYUV32, 32), PACKED(VUYA32, 32), PACKED(VUYX32, 32),
	PACKED(YUVA32, 32), PACKED(YUVX32, 32),

	PACKED(RGB332, 8),
	PACKED(RGB444, 16), PACKED(ARGB444, 16), PACKED(XRGB444, 16),
	PACKED(RGBA444, 16), PACKED(RGBX444, 16), PACKED(ABGR444, 16),
	PACKED(XBGR444, 16), PACKED(BGRA444, 16), PACKED(BGRX444, 16),
	PACKED(RGB555, 16), PACKED(ARGB555, 16), PACKED(XRGB555, 16),
	PACKED(RGBA555, 16), PACKED(RGBX555, 16), PACKED(ABGR555, 16),
	PACKED(XBGR555, 16), PACKED(BGRA555, 16), PACKED(BGRX555, 16),
	PACKED(RGB555X, 16), PACKED(ARGB555X, 16), PACKED(XRGB555X, 16),
	PACKED(RGB565, 16), PACKED(RGB565X, 16),
	PACKED(RGB24, 24), PACKED(BGR24, 24),
	PACKED(BGR666, 32), PACKED(RGB32, 32), PACKED(BGR32, 32),
	PACKED(ABGR32, 32), PACKED(XBGR32, 32), PACKED(BGRA32, 32),
	PACKED(BGRX32, 32), PACKED(RGBA32, 32), PACKED(RGBX32, 32),
	PACKED(ARGB32, 32), PACKED(XRGB32, 32),
	PACKED(HSV24, 24), PACKED(HSV32, 32),

	PACKED(GREY, 8), PACKED(PAL8, 8), PACKED(UV8, 8), PACKED(Y10, 16),
	PACKED(Y12, 16), PACKED(Y14, 16), PACKED(Y16, 16), PACKED(Y16_BE, 16),
	PACKED(Y10BPACK, 10), PACKED(Y10P, 10), PACKED(Z16, 16),

	PACKED(SBGGR8, 8), PACKED(SGBRG8, 8),
	PACKED(SGRBG8, 8), PACKED(SRGGB8, 8),
	PACKED(SBGGR10, 16), PACKED(SGBRG10, 16),
	PACKED(SGRBG10, 16), PACKED(SRGGB10, 16),
	PACKED(SBGGR10P, 10), PACKED(SGBRG10P, 10),
	PACKED(SGRBG10P, 10), PACKED(SRGGB10P, 10),
	PACKED(SBGGR12, 16), PACKED(SGBRG12, 16),
	PACKED(SGRBG12, 16), PACKED(SRGGB12, 16),
	PACKED(SBGGR12P, 12), PACKED(SGBRG12P, 12),
	PACKED(SGRBG12P, 12), PACKED(SRGGB12P, 12),
	PACKED(SBGGR14, 16), PACKED(SGBRG14, 16),
	PACKED(SGRBG14, 16), PACKED(SRGGB14, 16),
	PACKED(SBGGR14P, 14), PACKED(SGBRG14P, 14),
	PACKED(SGRBG14P, 14), PACKED(SRGGB14P, 14),
	PACKED(SBGGR16, 16), PACKED(SGBRG16, 16),
	PACKED(SGRBG16, 16), PACKED(SRGGB16, 16),

	/*	name	planes	bits	chroma for so many pixels */
	CHROMA(NV12,	1,	8,	2, 2),
	CHROMA(NV21,	1,	8,	2, 2),
	CHROMA(NV16,	1,	8,	2, 1),
	CHROMA(NV61,	1,	8,	2, 1),
	CHROMA(NV24,	1,	8,	1, 1),
	CHROMA(NV42,	1,	8,	1, 1),
	CHROMA(P010,	1,	16,	2, 2),
	CHROMA(YUV410,	1,	8,	4, 4),
	CHROMA(YVU410,	1,	8,	4, 4),
	CHROMA(YUV411P,	1,	8,	4, 1),
	CHROMA(YUV420,	1,	8,	2, 2),
	CHROMA(YVU420,	1,	8,	2, 2),
	CHROMA(YUV422P,	1,	8,	2, 1),
	CHROMA(NV12M,	2,	8,	2, 2),
	CHROMA(NV21M,	2,	8,	2, 2),
	CHROMA(NV16M,	2,	8,	2, 1),
	CHROMA(NV61M,	2,	8,	2, 1),
	CHROMA(YUV420M,	3,	8,	2, 2),
	CHROMA(YVU420M,	3,	8,	2, 2),
	CHROMA(YUV422M,	3,	8,	2, 1),
	CHROMA(YVU422M,	3,	8,	2, 1),
	CHROMA(YUV444M,	3,	8,	1, 1),
	CHROMA(YVU444M,	3,	8,	1, 1),
};
/* clang-format on */

const struct pixel_format *pixel_format_find(uint32_t fourcc)
{
	size_t i;

	for (i = 0; i < sizeof(pixel_formats) / sizeof(pixel_formats[0]); i++)
		if (pixel_formats[i].fourcc == fourcc)
			return &pixel_formats[i];
	return NULL;
}

uint64_t pixel_format_line(const struct pixel_format *format, uint32_t width)
{
	return (uint64_t)width * format->bits / 8;
}

/* Of one component that is not the first */
static uint64_t component_size(const struct pixel_format *format,
			       uint32_t width, uint32_t height)
{
	return pixel_format_line(format, width / format->width) *
	       (height / format->height);
}

uint64_t pixel_format_size(const struct pixel_format *format,
			   unsigned int plane, uint32_t width, uint32_t height)
{
	uint64_t size = pixel_format_line(format, width) * height;
	uint64_t others = 0;

	if (format->components)
		others = format->components *
			 component_size(format, width, height);
	if (format->planes == 1)
		return size + others;
	return plane ? others / (format->planes - 1u) : size;
}
