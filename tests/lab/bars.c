// SPDX-License-Identifier: BSD-3-Clause
/*
 * bars FORMAT WIDTHxHEIGHT FRAMES FILE: look at frames of moving colour bars, which an
 * application has stored one behind the other.
 *
 * They are vivid's first test pattern (white, yellow, cyan, green, magenta, red, blue,
 * black) or a drawing of tests/lab/matrix of the same, in any FORMAT that a program
 * may have made of it: yuyv, gray, i420, rgb, bgr.  Only brightness is looked at, which
 * they all have.  The bars move sideways from frame to frame, so where white begins
 * says which frame it is.
 *
 * A frame is whole if all of its lines are its first, and has the picture if from
 * where white begins each of eight bars is darker than the one before.  There must be
 * FRAMES of them at least, all whole, and more than half of them new, that is
 * unlike the one before: programs may repeat frames, and a file that has one picture
 * only is not a stream.
 *
 * It prints one line: frames=30 wrong=0 new=30.  What is wrong with a frame is said on
 * stderr.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BARS       8
#define NUMBER_MAX 8192
/* Converters round, and blur edges; brightness is 0 to 255. */
#define ALIKE           12
#define DARKER          6
#define BLUR            6
#define WRONG_SHOWN_MAX 20

struct format {
	const char *name;
	unsigned int step;  /* bytes from pixel to pixel */
	unsigned int twice; /* bytes of a frame, times its pixels / 2 */
	/* Weights of the bytes of a pixel, in eighths */
	unsigned int weights[3];
};

static const struct format formats[] = {
	{ "yuyv", 2, 4, { 8, 0, 0 } }, { "gray", 1, 2, { 8, 0, 0 } },
	{ "i420", 1, 3, { 8, 0, 0 } }, { "rgb", 3, 6, { 2, 5, 1 } },
	{ "bgr", 3, 6, { 1, 5, 2 } },
};

struct bars {
	const struct format *format;
	unsigned int width;
	unsigned int height;
	unsigned int seen;
	unsigned int wrong;
	unsigned int fresh;
	unsigned int edge; /* where white began in the last frame */
};

static void wrong(struct bars *bars, const char *what, unsigned int value)
{
	if (bars->wrong++ < WRONG_SHOWN_MAX)
		fprintf(stderr, "bars: frame %u: %s %u\n", bars->seen, what,
			value);
}

static int brightness(const struct bars *bars, const uint8_t *bytes,
		      unsigned int x, unsigned int y)
{
	const struct format *format = bars->format;
	const uint8_t *pixel =
		bytes + ((size_t)y * bars->width + x) * format->step;
	unsigned int sum = 0;
	unsigned int i;

	for (i = 0; i < 3 && format->weights[i]; i++)
		sum += pixel[i] * format->weights[i];
	return (int)(sum / 8);
}

/* The first line that is not like line 0, or 0 */
static unsigned int odd_line(const struct bars *bars, const uint8_t *bytes)
{
	unsigned int x, y;

	for (y = 1; y < bars->height; y++)
		for (x = 0; x < bars->width; x++)
			if (abs(brightness(bars, bytes, x, y) -
				brightness(bars, bytes, x, 0)) > ALIKE)
				return y;
	return 0;
}

/* The pixel at which it becomes brighter most, at the ends of the line, too */
static unsigned int find_edge(const struct bars *bars, const uint8_t *bytes)
{
	unsigned int edge = 0;
	unsigned int x;
	int most = 0;

	for (x = 0; x < bars->width; x++) {
		unsigned int before = (x + bars->width - 2) % bars->width;
		int rise = brightness(bars, bytes, x, 0) -
			   brightness(bars, bytes, before, 0);

		if (rise > most) {
			most = rise;
			edge = x;
		}
	}
	return edge;
}

/* The mean of a bar, without what is blurred at its ends */
static int bar_brightness(const struct bars *bars, const uint8_t *bytes,
			  unsigned int edge, unsigned int index)
{
	unsigned int from = bars->width * index / BARS + BLUR;
	unsigned int to = bars->width * (index + 1) / BARS - BLUR;
	unsigned int x;
	int sum = 0;

	for (x = edge + from; x < edge + to; x++)
		sum += brightness(bars, bytes,
				  x < bars->width ? x : x - bars->width, 0);
	return sum / (int)(to - from);
}

static void look(struct bars *bars, const uint8_t *bytes)
{
	unsigned int edge = find_edge(bars, bytes);
	unsigned int line = odd_line(bars, bytes);
	unsigned int i;
	int last = 0;

	bars->seen++;
	if (bars->seen == 1 || edge != bars->edge)
		bars->fresh++;
	bars->edge = edge;
	if (line) {
		wrong(bars, "another picture from line", line);
		return;
	}
	for (i = 0; i < BARS; i++) {
		int mean = bar_brightness(bars, bytes, edge, i);

		if (i && mean > last - DARKER) {
			wrong(bars, "not darker than the one before: bar", i);
			return;
		}
		last = mean;
	}
}

static _Noreturn void usage(void)
{
	fputs("usage: bars yuyv|gray|i420|rgb|bgr WIDTHxHEIGHT FRAMES FILE\n",
	      stderr);
	exit(2);
}

static unsigned int number(const char *text, char **end)
{
	unsigned long value = strtoul(text, end, 10);

	if (*end == text || !value || value > NUMBER_MAX)
		usage();
	return (unsigned int)value;
}

static void parse(struct bars *bars, char **argv)
{
	size_t i;
	char *end;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, argv[1]))
			bars->format = &formats[i];
	bars->width = number(argv[2], &end);
	if (!bars->format || *end != 'x' || bars->width < BARS * 4 * BLUR)
		usage();
	bars->height = number(end + 1, &end);
	if (*end)
		usage();
}

int main(int argc, char **argv)
{
	struct bars bars = { 0 };
	unsigned int frames;
	uint8_t *bytes;
	size_t len;
	FILE *file;
	char *end;

	if (argc != 5)
		usage();
	parse(&bars, argv);
	frames = number(argv[3], &end);
	if (*end)
		usage();
	len = (size_t)bars.width * bars.height / 2 * bars.format->twice;
	bytes = malloc(len);
	file = fopen(argv[4], "rb");
	if (!bytes || !file) {
		perror(argv[4]);
		exit(1);
	}
	while (fread(bytes, len, 1, file) == 1)
		look(&bars, bytes);
	fclose(file);
	free(bytes);

	printf("frames=%u wrong=%u new=%u\n", bars.seen, bars.wrong,
	       bars.fresh);
	return bars.seen < frames || bars.wrong ||
	       (bars.seen > 1 && bars.fresh * 2 <= bars.seen);
}
