// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the camera sees, as YUYV, as JPEG and as a Bayer mosaic.
 */
#include "tests/lab/uvc_parts/picture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "tests/lab/shared/process.h"

#define BARS    8
#define BITS    32
#define DIGITS  8
#define QUALITY 90

struct colour {
	uint8_t y;
	uint8_t u;
	uint8_t v;
};

/* BT.601, limited range, 75 % */
static const struct colour bars[BARS] = {
	{ 180, 128, 128 }, { 162, 44, 142 }, { 131, 156, 44 }, { 112, 72, 58 },
	{ 84, 184, 198 },  { 65, 100, 212 }, { 35, 212, 114 }, { 16, 128, 128 },
};

static const struct colour white = { 235, 128, 128 };
static const struct colour black = { 16, 128, 128 };

struct canvas {
	uint8_t *yuyv;
	unsigned int width;
	unsigned int height;
};

/* Rows that are all alike are made once. */
static void repeat_row(const struct canvas *canvas, unsigned int y,
		       unsigned int count)
{
	size_t len = (size_t)canvas->width * 2;
	unsigned int i;

	for (i = 1; i < count; i++)
		memcpy(canvas->yuyv + (y + i) * len, canvas->yuyv + y * len,
		       len);
}

/* @x and @width are even. */
static void fill(const struct canvas *canvas, unsigned int x, unsigned int y,
		 unsigned int width, unsigned int height, struct colour colour)
{
	uint8_t pair[4] = { colour.y, colour.u, colour.y, colour.v };
	uint8_t *row;
	unsigned int i;

	for (; height; height--, y++) {
		row = canvas->yuyv + ((size_t)y * canvas->width + x) * 2;
		for (i = 0; i < width / 2; i++)
			memcpy(row + i * sizeof(pair), pair, sizeof(pair));
	}
}

static void draw_bits(const struct canvas *canvas, uint32_t number)
{
	unsigned int side = canvas->width / BITS;
	unsigned int i;

	for (i = 0; i < BITS; i++)
		fill(canvas, i * side, 0, side, 1,
		     number >> (BITS - 1 - i) & 1 ? white : black);
	repeat_row(canvas, 0, side);
}

static void draw_bars(const struct canvas *canvas, unsigned int y,
		      unsigned int height)
{
	unsigned int width = canvas->width / BARS;
	unsigned int i;

	for (i = 0; i < BARS; i++)
		fill(canvas, i * width, y, width, 1, bars[i]);
	repeat_row(canvas, y, height);
}

static void draw_ramp(const struct canvas *canvas, unsigned int y,
		      unsigned int height, uint32_t number)
{
	unsigned int x;
	struct colour grey = white;

	for (x = 0; x < canvas->width; x += 2) {
		grey.y = (uint8_t)(16 + ((x + number * 4) & 0x7f));
		fill(canvas, x, y, 2, 1, grey);
	}
	repeat_row(canvas, y, height);
}

/* Seven segments, each @unit thick, in a box of 4 by 7 units. */
static void draw_digit(const struct canvas *canvas, unsigned int x,
		       unsigned int y, unsigned int unit, unsigned int digit)
{
	static const uint8_t segments[10] = { 0x77, 0x12, 0x5d, 0x5b, 0x3a,
					      0x6b, 0x6f, 0x52, 0x7f, 0x7b };
	/* From bit 6: top, left, right, middle, left, right, bottom */
	static const struct {
		uint8_t x, y, width, height;
	} boxes[7] = {
		{ 0, 0, 4, 1 }, { 0, 0, 1, 4 }, { 3, 0, 1, 4 }, { 0, 3, 4, 1 },
		{ 0, 3, 1, 4 }, { 3, 3, 1, 4 }, { 0, 6, 4, 1 },
	};
	unsigned int i;

	for (i = 0; i < 7; i++)
		if (segments[digit] >> (6 - i) & 1)
			fill(canvas, x + boxes[i].x * unit,
			     y + boxes[i].y * unit, boxes[i].width * unit,
			     boxes[i].height * unit, white);
}

static void draw_number(const struct canvas *canvas, uint32_t number)
{
	unsigned int unit = canvas->width / 160 * 2;
	unsigned int width = (DIGITS * 5 + 1) * unit;
	unsigned int x = (canvas->width - width) / 4 * 2;
	unsigned int y = canvas->height / 3;
	unsigned int i;

	fill(canvas, x, y, width, 9 * unit, black);
	for (i = DIGITS; i; i--, number /= 10)
		draw_digit(canvas, x + ((i - 1) * 5 + 1) * unit, y + unit, unit,
			   number % 10);
}

void picture_draw(uint8_t *yuyv, unsigned int width, unsigned int height,
		  uint32_t number)
{
	struct canvas canvas = { yuyv, width, height };
	unsigned int top = width / BITS;
	unsigned int ramp = height / 8;

	draw_bits(&canvas, number);
	draw_bars(&canvas, top, height - top - ramp);
	draw_ramp(&canvas, height - ramp, ramp, number);
	draw_number(&canvas, number);
}

/* tjCompressFromYUVPlanes() wants Y, U and V apart.  Return: where each begins */
static const unsigned char **separate(const uint8_t *yuyv, size_t pixels)
{
	static const unsigned char *parts[3];
	static unsigned char planes[PICTURE_LEN_MAX];
	unsigned char *y = planes;
	unsigned char *u = y + pixels;
	unsigned char *v = u + pixels / 2;
	size_t i;

	for (i = 0; i < pixels / 2; i++) {
		y[i * 2] = yuyv[i * 4];
		u[i] = yuyv[i * 4 + 1];
		y[i * 2 + 1] = yuyv[i * 4 + 2];
		v[i] = yuyv[i * 4 + 3];
	}
	parts[0] = y;
	parts[1] = u;
	parts[2] = v;
	return parts;
}

size_t picture_encode(const uint8_t *yuyv, unsigned int width,
		      unsigned int height, uint8_t *jpeg)
{
	size_t pixels = (size_t)width * height;
	unsigned long len = pixels * 2;
	tjhandle encoder;

	/* Emulated, vectors are slower than none. */
	setenv("JSIMD_FORCENONE", "1", true);
	encoder = tjInitCompress();
	if (!encoder ||
	    tjCompressFromYUVPlanes(encoder, separate(yuyv, pixels), (int)width,
				    NULL, (int)height, TJSAMP_422, &jpeg, &len,
				    QUALITY, TJFLAG_NOREALLOC | TJFLAG_FASTDCT))
		fatal(tjGetErrorStr2(encoder));
	tjDestroy(encoder);
	return len;
}

static uint8_t clamp(int value)
{
	return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void picture_mosaic(const uint8_t *yuyv, unsigned int width,
		    unsigned int height, uint8_t *bggr)
{
	unsigned int x;
	unsigned int y;

	for (y = 0; y < height; y++) {
		for (x = 0; x < width; x++, bggr++) {
			const uint8_t *pair = yuyv + (x & ~1u) * 2;
			/* BT.601, limited range, in 256ths */
			int luma = 298 * (pair[(x & 1) * 2] - 16) + 128;
			int u = pair[1] - 128;
			int v = pair[3] - 128;

			if (!(x & 1) && !(y & 1))
				*bggr = clamp((luma + 516 * u) / 256);
			else if ((x & 1) && (y & 1))
				*bggr = clamp((luma + 409 * v) / 256);
			else
				*bggr = clamp((luma - 100 * u - 208 * v) / 256);
		}
		yuyv += (size_t)width * 2;
	}
}
