// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames for software devices: the picture and its stamp.
 *
 * A picture is made of 32-bit words, each of which is two pixels (YUYV), and
 * every change to one goes through picture_put(), which keeps the checksum.  A
 * new picture over an old one thus costs what differs, not what is there: 4K at
 * 60 Hz would otherwise be a gigabyte a second for a moving line.
 */
#include "hostd/frames.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define FRAMES_WORD     sizeof(uint32_t)       /* a column pair */
#define FRAMES_HEAD_LEN (2 * sizeof(uint64_t)) /* magic, tick */
#define FRAMES_SUM_LEN  sizeof(uint64_t)

#define YUYV(y, u, v)                                                          \
	((uint32_t)(y) | (uint32_t)(u) << 8 | (uint32_t)(y) << 16 |            \
	 (uint32_t)(v) << 24)

static const uint32_t frames_white = YUYV(235, 128, 128);
static const uint32_t frames_black = YUYV(16, 128, 128);

/* 75 % bars, ITU-R BT.601, limited range. */
static const uint32_t frames_bars[] = {
	YUYV(180, 128, 128), /* white */
	YUYV(162, 44, 142),  /* yellow */
	YUYV(131, 156, 44),  /* cyan */
	YUYV(112, 72, 58),   /* green */
	YUYV(84, 184, 198),  /* magenta */
	YUYV(65, 100, 212),  /* red */
	YUYV(35, 212, 114),  /* blue */
	YUYV(16, 128, 128),  /* black */
};
#define FRAMES_BARS (sizeof(frames_bars) / sizeof(frames_bars[0]))

/* Digits of 3 by 5 dots, line by line, the highest bit first. */
#define GLYPH_WIDTH  3u
#define GLYPH_HEIGHT 5u
static const uint16_t frames_glyphs[10] = {
	0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9,
	0x79cf, 0x79ef, 0x7249, 0x7bef, 0x7bcf,
};

/* The box: a dot of margin around each digit, black. */
#define BOX_DIGITS    10u
#define BOX_WIDTH     (BOX_DIGITS * (GLYPH_WIDTH + 1) + 1)
#define BOX_HEIGHT    (GLYPH_HEIGHT + 2)
#define BOX_SCALE_MAX 4u

/**
 * struct picture - A picture that is being drawn
 * @bytes:	Its words
 * @pairs:	Column pairs, that is, words of a line that are visible
 * @pitch:	Words per line
 * @height:	Lines
 * @sum:	Checksum so far
 */
struct picture {
	uint8_t *bytes;
	size_t pairs;
	size_t pitch;
	size_t height;
	uint64_t sum;
};

/* Where the digits are, in column pairs and lines; scale 0: nowhere. */
struct picture_box {
	size_t left;
	size_t right;
	size_t top;
	size_t bottom;
	size_t scale;
};

static uint32_t frames_get_u32(const uint8_t *bytes, size_t index)
{
	uint32_t word;

	memcpy(&word, bytes + index * FRAMES_WORD, sizeof(word));
	return word;
}

static uint64_t frames_get_u64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t frames_sum(const uint8_t *bytes, size_t words)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < words; i++)
		sum += (uint64_t)frames_get_u32(bytes, i) * (2 * i + 1);
	return sum;
}

static void picture_put(struct picture *picture, size_t index, uint32_t word)
{
	uint64_t change =
		(uint64_t)word - frames_get_u32(picture->bytes, index);

	picture->sum += change * (2 * index + 1);
	memcpy(picture->bytes + index * FRAMES_WORD, &word, sizeof(word));
}

static uint32_t picture_bar(const struct picture *picture, size_t pair)
{
	assert(pair < picture->pairs);
	return frames_bars[pair * FRAMES_BARS / picture->pairs];
}

static size_t picture_words(const struct picture *picture)
{
	return picture->pitch * picture->height - FRAMES_SUM_LEN / FRAMES_WORD;
}

/*
 * The checksum of a picture whose lines are all like the first one.  Words of the next
 * line weigh @pitch * 2 more each.
 */
static uint64_t picture_sum_of_lines(const struct picture *picture)
{
	uint64_t pairs_of_lines = picture->height * (picture->height - 1) / 2;
	uint64_t sum =
		picture->height * frames_sum(picture->bytes, picture->pitch);
	uint64_t words = 0;
	size_t i;

	for (i = 0; i < picture->pitch; i++)
		words += frames_get_u32(picture->bytes, i);
	sum += 2 * picture->pitch * words * pairs_of_lines;
	/* Where the checksum itself will be */
	for (i = picture_words(picture); i < picture->pitch * picture->height;
	     i++)
		sum -= (uint64_t)frames_get_u32(picture->bytes,
						i % picture->pitch) *
		       (2 * i + 1);
	return sum;
}

/* Everything that never changes; the checksum is right afterwards. */
static void picture_background(struct picture *picture)
{
	size_t line_len = picture->pitch * FRAMES_WORD;
	size_t i;

	memset(picture->bytes, 0, line_len);
	for (i = 0; i < picture->pairs; i++)
		picture_put(picture, i, picture_bar(picture, i));
	for (i = 1; i < picture->height; i++)
		memcpy(picture->bytes + i * line_len, picture->bytes, line_len);

	picture->sum = picture_sum_of_lines(picture);
}

/*
 * In the middle, and neither in the first nor in the last line, where the stamp
 * is.
 */
static struct picture_box picture_place_box(const struct picture *picture)
{
	struct picture_box box = { 0 };
	size_t scale = picture->pairs / 2 / BOX_WIDTH;
	size_t lines;

	if (scale == 0)
		scale = 1;
	if (scale > BOX_SCALE_MAX)
		scale = BOX_SCALE_MAX;

	/* A pair is two pixels wide, so a square dot is twice as many lines. */
	lines = BOX_HEIGHT * scale * 2;
	if (scale * BOX_WIDTH > picture->pairs || lines + 2 > picture->height)
		return box;

	box.left = (picture->pairs - scale * BOX_WIDTH) / 2;
	box.right = box.left + scale * BOX_WIDTH;
	box.top = (picture->height - lines) / 2;
	box.bottom = box.top + lines;
	box.scale = scale;
	return box;
}

/* The line passes behind the box. */
static void picture_column(struct picture *picture,
			   const struct picture_box *box, size_t pair,
			   uint32_t word)
{
	bool behind = pair >= box->left && pair < box->right;
	size_t y;

	for (y = 1; y + 1 < picture->height; y++)
		if (!behind || y < box->top || y >= box->bottom)
			picture_put(picture, y * picture->pitch + pair, word);
}

/* @x, @y: in dots, from the corner of the box. */
static void picture_dot(struct picture *picture, const struct picture_box *box,
			size_t x, size_t y, uint32_t word)
{
	size_t left = box->left + x * box->scale;
	size_t top = box->top + y * box->scale * 2;
	size_t i, j;

	for (i = 0; i < box->scale * 2; i++)
		for (j = 0; j < box->scale; j++)
			picture_put(picture,
				    (top + i) * picture->pitch + left + j,
				    word);
}

static void picture_digit(struct picture *picture,
			  const struct picture_box *box, size_t place,
			  unsigned int digit)
{
	size_t left = place * (GLYPH_WIDTH + 1) + 1;
	unsigned int i;

	for (i = 0; i < GLYPH_WIDTH * GLYPH_HEIGHT; i++) {
		bool lit = frames_glyphs[digit] >>
				   (GLYPH_WIDTH * GLYPH_HEIGHT - 1 - i) &
			   1;

		picture_dot(picture, box, left + i % GLYPH_WIDTH,
			    1 + i / GLYPH_WIDTH,
			    lit ? frames_white : frames_black);
	}
}

static void picture_digits(struct picture *picture,
			   const struct picture_box *box, bool fresh,
			   uint64_t old_tick, uint64_t tick)
{
	size_t place = BOX_DIGITS;

	if (box->scale == 0)
		return;

	if (fresh) {
		size_t i;

		for (i = 0; i < (size_t)BOX_WIDTH * BOX_HEIGHT; i++)
			picture_dot(picture, box, i % BOX_WIDTH, i / BOX_WIDTH,
				    frames_black);
	}

	while (place-- > 0) {
		if (fresh || tick % 10 != old_tick % 10)
			picture_digit(picture, box, place,
				      (unsigned int)(tick % 10));
		tick /= 10;
		old_tick /= 10;
	}
}

static void picture_stamp(struct picture *picture, uint64_t tick)
{
	size_t end = picture_words(picture) * FRAMES_WORD;

	picture_put(picture, 0, (uint32_t)FRAMES_MAGIC);
	picture_put(picture, 1, (uint32_t)(FRAMES_MAGIC >> 32));
	picture_put(picture, 2, (uint32_t)tick);
	picture_put(picture, 3, (uint32_t)(tick >> 32));
	memcpy(picture->bytes + end, &picture->sum, sizeof(picture->sum));
}

void frames_draw(void *bytes, uint32_t width, uint32_t height, uint32_t stride,
		 uint64_t tick, bool fresh, bool static_picture)
{
	struct picture picture = {
		.bytes = bytes,
		.pairs = width / 2,
		.pitch = stride / FRAMES_WORD,
		.height = height,
	};
	struct picture_box box = picture_place_box(&picture);
	size_t pair = tick % picture.pairs;
	size_t old_pair = 0;
	uint64_t old_tick = 0;

	/* Who maps the buffer may have written to it. */
	if (frames_get_u64(picture.bytes) != FRAMES_MAGIC)
		fresh = true;

	if (fresh) {
		picture_background(&picture);
	} else {
		old_tick = frames_get_u64(picture.bytes + sizeof(uint64_t));
		old_pair = old_tick % picture.pairs;
		picture.sum = frames_get_u64(
			picture.bytes + picture_words(&picture) * FRAMES_WORD);
	}

	if (!static_picture) {
		picture_column(&picture, &box, old_pair,
			       picture_bar(&picture, old_pair));
		picture_column(&picture, &box, pair, frames_white);
		picture_digits(&picture, &box, fresh, old_tick, tick);
	}
	picture_stamp(&picture, tick);
}

int frames_check(const void *bytes, size_t len, uint64_t *tick)
{
	const uint8_t *at = bytes;
	size_t words;

	if (len < FRAMES_HEAD_LEN + FRAMES_SUM_LEN || len % FRAMES_WORD != 0)
		return -EINVAL;

	words = (len - FRAMES_SUM_LEN) / FRAMES_WORD;
	if (frames_get_u64(at) != FRAMES_MAGIC ||
	    frames_get_u64(at + words * FRAMES_WORD) != frames_sum(at, words))
		return -EBADMSG;

	*tick = frames_get_u64(at + sizeof(uint64_t));
	return 0;
}
