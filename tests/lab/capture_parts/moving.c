// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture: vivid's picture that moves.
 *
 * With "Horizontal Movement", without text, and of bars, all lines of a frame are the
 * same one, turned by some pixels, and from each frame that vivid draws to its next
 * one by a step that does not change.  A frame that comes again has not moved, one
 * that is left out makes a step of two, and in one that is made of two there is a line
 * that does not agree with the first.
 *
 * Some lines are enough, and who read all of them could not keep up.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/capture_parts/capture.h"
#include "tests/lab/shared/process.h"

#define PIXEL      2u          /* bytes, of YUYV */
#define PAIR       (2 * PIXEL) /* less cannot be turned by */
#define LINES_LOOK 16u         /* of a frame, and its last one */

/*
 * @line:	The first one that came, twice, so that it can be turned by reading from
 *		elsewhere; @len bytes once
 * @at, @step:	How far the last frame was turned, and between two; bytes, @step is 0
 *		until the second has come
 */
struct moving {
	size_t len;
	size_t at;
	size_t step;
	uint8_t line[];
};

static struct moving *create(const uint8_t *bytes, size_t len)
{
	struct moving *moving = malloc(sizeof(*moving) + 2 * len);

	if (moving) {
		*moving = (struct moving){ .len = len };
		memcpy(moving->line, bytes, len);
		memcpy(moving->line + len, bytes, len);
		return moving;
	}
	fatal("malloc");
}

static bool is_at(const struct moving *moving, const uint8_t *line, size_t at)
{
	return memcmp(moving->line + at, line, moving->len) == 0;
}

/* Return: how far @line is turned, @len if it is another one */
static size_t find(const struct moving *moving, const uint8_t *line)
{
	size_t at;

	for (at = 0; at < moving->len; at += PAIR)
		if (is_at(moving, line, at))
			break;
	return at;
}

/* The frame is where its first line is. */
static void look_step(struct capture *capture, const uint8_t *line)
{
	struct moving *moving = capture->picture;
	size_t next = (moving->at + moving->step) % moving->len;
	size_t at = moving->step && is_at(moving, line, next)
			    ? next
			    : find(moving, line);

	if (at == moving->len) {
		capture_wrong(capture, "its first line is none of vivid's", 0);
		return;
	}
	if (at == moving->at)
		capture_wrong(capture, "has not moved, pixels", at / PIXEL);
	else if (moving->step && at != next)
		capture_wrong(capture, "moved elsewhere, pixels", at / PIXEL);
	if (!moving->step)
		moving->step = (at + moving->len - moving->at) % moving->len;
	moving->at = at;
}

void moving_look(struct capture *capture, const uint8_t *bytes)
{
	size_t height = capture->height;
	size_t len = capture->len / height;
	size_t row;
	size_t i;

	if (!capture->picture)
		capture->picture = create(bytes, len);
	else
		look_step(capture, bytes);

	for (i = 1; i <= LINES_LOOK; i++) {
		row = (height - 1) * i / LINES_LOOK;
		if (!is_at(capture->picture, bytes + row * len,
			   capture->picture->at)) {
			capture_wrong(capture, "torn, before line", row);
			return;
		}
	}
}
