/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An application that compares what it is told of time with what its own clock
 * said when it happened, for tests with two clocks.
 *
 * Each frame and each event must not be more than TIMED_BOUND off and never be
 * earlier than the one before.
 */
#ifndef TESTS_TIMED_APP_H
#define TESTS_TIMED_APP_H

#include "tests/streamer.h"
#include "tests/two_clocks.h"

#define MS     TWO_CLOCKS_MS
#define SECOND TWO_CLOCKS_SECOND
#define MINUTE (60 * SECOND)

#define TIMED_BUFFERS 4
#define TIMED_BOUND   MS           /* how far off a time may be */
#define TIMED_GRACE   (5 * SECOND) /* after a jump it may be further off */
#define TIMED_LATENCY (15 * MS)    /* a frame is in guestd then */
#define TIMED_RING    4096

/**
 * struct timed_road - A way to be slow
 */
struct timed_road {
	const char *name;
	uint64_t (*delay)(enum delay_direction direction);
};

#define TIMED_ROADS 5
extern const struct timed_road timed_roads[TIMED_ROADS];

/**
 * struct timed_story - Times of one kind, frames or events, by their sequence
 * @truth:	The guest's clock when it happened; 0: not to be compared
 * @made, @told:	How many
 * @last:	What the application was told last
 * @worst:	How far off it was, at most
 */
struct timed_story {
	uint64_t truth[TIMED_RING];
	unsigned int made;
	unsigned int told;
	uint64_t last;
	uint64_t worst;
};

/**
 * struct timed_app - There is one
 * @forgiven:	Until this true time nothing is compared
 */
struct timed_app {
	struct front_file file;
	struct timed_story frames;
	struct timed_story events;
	uint64_t forgiven;
};

extern struct timed_app timed_app;

/** timed_begin() - Connect, and open as timed_open(); the host's clock is @ppm fast */
void timed_begin(const struct timed_road *road, int ppm, unsigned int seed);

/** timed_open() - Open, subscribe, stream; one event and one frame, as soon as
 * there can be any
 */
void timed_open(void);

/** timed_live() - A camera of @fps that sees something once in a while */
void timed_live(uint64_t ns, unsigned int fps);

/**
 * timed_forgive() - A clock has jumped: nothing is compared for TIMED_GRACE
 *
 * Some seconds go by in which things happen so close together that they are still
 * under way when the guest finds out.
 */
void timed_forgive(void);

/** timed_report() - Print how far off it was */
void timed_report(const char *what, const struct timed_road *road, int ppm);

#endif
