/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the camera sees: the picture of a frame is a function of its number and its
 * size alone, so that pictures of two runs can be compared.
 *
 *	+--------------------------------+
 *	|# #  ### # ...                  |  the number's 32 bits, the highest first,
 *	|  colour    +----------+  bars  |  each a square, white is 1
 *	|            | 00000042 |        |  the number, for people
 *	|            +----------+        |
 *	|.....:::::|||||#####.....:::::::|  a ramp that moves left, 4 pixels a frame
 *	+--------------------------------+
 */
#ifndef TESTS_LAB_UVC_PARTS_PICTURE_H
#define TESTS_LAB_UVC_PARTS_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_LEN_MAX (2304 * 1536 * 2) /* bytes of the biggest YUYV */

/** picture_draw() - YUYV, @width * @height * 2 bytes; @width divides by 32 */
void picture_draw(uint8_t *yuyv, unsigned int width, unsigned int height,
		  uint32_t number);

/**
 * picture_encode() - A YUYV picture as JPEG, 4:2:2
 * @jpeg:	Room for as many bytes as @yuyv has
 *
 * Return: bytes.  There is no failure.
 */
size_t picture_encode(const uint8_t *yuyv, unsigned int width,
		      unsigned int height, uint8_t *jpeg);

/**
 * picture_mosaic() - A YUYV picture as a Bayer sensor sees it: SBGGR8
 * @bggr:	@width * @height bytes
 */
void picture_mosaic(const uint8_t *yuyv, unsigned int width,
		    unsigned int height, uint8_t *bggr);

#endif
