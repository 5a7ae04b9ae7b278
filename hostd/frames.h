/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for software devices: memory, the clock that says when the next one is
 * due, the picture, and the stamp by which a test knows what it got.
 */
#ifndef HOSTD_FRAMES_H
#define HOSTD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * frames_memfd() - Sealed shared memory for one plane
 * @len:	Bytes; the file has whole pages
 * @fd:		Set to the memfd: sealed against shrinking, growing and
 *		further seals; owned by the caller
 * @bytes:	Set to its mapping, to be munmap()ed
 *
 * Return: 0 or a negative errno
 */
int frames_memfd(size_t len, int *fd, void **bytes);

/**
 * struct frames_clock - Ticks at a steady rate since it was started
 * @fd:		timerfd, the same from init to finish: readable when the tick
 *		behind @tick is over, never while stopped
 * @start_ns:	CLOCK_MONOTONIC of tick 0
 * @numerator, @denominator: Seconds per tick, as in v4l2_fract; 0: stopped
 * @tick:	Last tick that frames_clock_take() returned
 * @wake_ns:	What @fd is set to; 0: to nothing
 */
struct frames_clock {
	int fd;
	uint64_t start_ns;
	uint32_t numerator;
	uint32_t denominator;
	uint64_t tick;
	uint64_t wake_ns;
};

/**
 * frames_clock_init() - Make a clock that is stopped
 *
 * Return: 0 or a negative errno of timerfd_create(2)
 */
int frames_clock_init(struct frames_clock *clock);

/**
 * frames_clock_finish() - Close the descriptor
 * @clock:	May be NULL or zeroed
 */
void frames_clock_finish(struct frames_clock *clock);

/**
 * frames_clock_start() - Tick 0 is now; the first is due one period later
 *
 * Return: 0, or -EINVAL if one of the numbers is 0
 */
int frames_clock_start(struct frames_clock *clock, uint32_t numerator,
		       uint32_t denominator);

/** frames_clock_stop() - Nothing is due any more */
void frames_clock_stop(struct frames_clock *clock);

/**
 * frames_clock_take() - The newest tick that is over
 * @time_ns:	Set to when it was due, CLOCK_MONOTONIC
 *
 * Ticks do not drift: tick n is due at start + n periods.
 *
 * Return: its number, or 0 if none is over since the last call
 */
uint64_t frames_clock_take(struct frames_clock *clock, uint64_t *time_ns);

/**
 * frames_clock_due() - When a tick is due
 *
 * Return: CLOCK_MONOTONIC, rounded up to a nanosecond; 0 if it is stopped
 */
uint64_t frames_clock_due(const struct frames_clock *clock, uint64_t tick);

enum frames_wake {
	FRAMES_WAKE_NEVER, /* @fd stays unreadable */
	FRAMES_WAKE_TICK, /* when the next tick is over; as start and take do */
	FRAMES_WAKE_NOW,  /* @fd is readable */
};

/**
 * frames_clock_wake() - Say when @fd becomes readable
 *
 * For who waits for more than ticks by the one descriptor, or for none at all
 * at the moment.  Holds until the next call that changes the clock.
 */
void frames_clock_wake(struct frames_clock *clock, enum frames_wake wake);

/*
 * The stamp: the first 16 bytes of a frame are the magic and the tick, the last
 * 8 a checksum of everything before them, all little-endian.
 *
 * The checksum is the sum, modulo 2^64, of all 32-bit words of the frame before
 * it, each times (2 * its index + 1).  It weighs words by their place, so lines
 * of another frame show; and it is linear, so whoever changes some words of a
 * frame need not read the others.
 */
#define FRAMES_MAGIC 0x544d5246504d5355ull /* "USMPFRMT" */

/**
 * frames_draw() - Draw a YUYV colour bar picture for one tick
 * @bytes:	@stride * @height bytes
 * @width:	Pixels, even, at least 8
 * @height:	Lines, at least 2
 * @stride:	Bytes per line, at least 2 * @width, multiple of 4
 * @static_picture: Draw neither line nor digits, so that only the stamp differs
 *
 * Bars, a white line that moves one column pair a tick, and the tick as
 * decimal digits where there is room for them; then the stamp.  Draws only what
 * changed if the bytes hold an older picture of this size: @fresh says that they
 * do not.
 */
void frames_draw(void *bytes, uint32_t width, uint32_t height, uint32_t stride,
		 uint64_t tick, bool fresh, bool static_picture);

/**
 * frames_check() - Read the stamp of a frame, for tests
 * @tick:	Set to its tick
 *
 * Return: 0, -EBADMSG if magic or checksum are wrong, -EINVAL if @len is too
 * short or no multiple of 4
 */
int frames_check(const void *bytes, size_t len, uint64_t *tick);

#endif
