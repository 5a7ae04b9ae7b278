/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Host time to guest time: what the answers to CLOCK questions prove.
 *
 * An answer cannot come before it was asked for.  So each one proves two things
 * of the offset, guest's clock minus host's: when the host received the question
 * it was no less than tx - rx, and when the answer left no more than now - reply.
 * However long either direction took, these hold.
 *
 *	offset	|	 v     v	v  now - reply: not above
 *		|   _____--------------~~~~~~
 *		|  ^       ^        ^      tx - rx: not below
 *		+-------------------------------> host's time
 *
 * Both clocks tick evenly, if not equally, so the offset is a straight line that
 * runs between the two sets of points.  The lines that do give the highest and
 * the lowest offset there can be: in the middle is the estimate, half of the
 * distance its error, and the same of the slopes.  Short round trips narrow it,
 * in each direction by itself; long ones prove little and do no harm.
 *
 * If no line passes, one of the clocks has been set, or has stood still while
 * its machine was suspended, or was slewed: the oldest answers are dropped until
 * one does.  That is as many as were given before it happened.
 */
#ifndef GUESTD_CLOCK_H
#define GUESTD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

#define CLOCK_SAMPLES  64
#define CLOCK_RATE_MAX 500e-6 /* as NTP; more is no drift, but a jump */
#define CLOCK_AGE_MAX  300000000000ull /* what an answer proves wears off, ns */
#define CLOCK_TIME_MAX (1ull << 62)    /* a later host time is a lie, ns */
#define CLOCK_AHEAD    1000000000ull   /* times for applications may be, ns */

/**
 * struct clock_bounds - What one answer proves
 * @low:	Offset at host time @low_at is no less
 * @high:	Offset at host time @high_at is no more
 * @taken:	When it came, guest time
 */
struct clock_bounds {
	uint64_t low_at;
	uint64_t high_at;
	int64_t low;
	int64_t high;
	uint64_t taken;
};

/**
 * struct clock - What is known of the host's clock
 * @same:	It is our own
 * @known:	There is an estimate
 * @count:	Of @samples, newest first
 * @base:	Host time of the estimate
 * @offset:	Guest minus host then, nanoseconds
 * @rate:	By how much the offset grows in a nanosecond of the host
 * @error:	The offset is not further off, nanoseconds
 * @rate_error:	Nor is the rate
 */
struct clock {
	bool same;
	bool known;
	unsigned int count;
	struct clock_bounds samples[CLOCK_SAMPLES];
	uint64_t base;
	int64_t offset;
	double rate;
	double error;
	double rate_error;
};

/**
 * struct clock_stream - Times that must not go backwards: of a queue, of events
 * @last:	The last one, guest time in nanoseconds; 0: none
 */
struct clock_stream {
	uint64_t last;
};

/**
 * clock_init() - At the start of a connection
 * @same:	The clock domains are equal and known
 */
void clock_init(struct clock *clock, bool same);

/**
 * clock_sample() - One question has been answered
 * @now:	Guest CLOCK_MONOTONIC when the answer came
 *
 * Return: 0; 1 if it contradicts what was known, which is forgotten; -EPROTO if
 * the host's times are impossible
 */
int clock_sample(struct clock *clock, const struct vms_clock *answer,
		 uint64_t now);

/**
 * clock_error() - How wrong the estimate can be now
 * @now:	Guest CLOCK_MONOTONIC
 *
 * Return: nanoseconds; 0 with our own clock, UINT64_MAX if nothing is known
 */
uint64_t clock_error(const struct clock *clock, uint64_t now);

/** clock_to_guest() - Host CLOCK_MONOTONIC to guest CLOCK_MONOTONIC */
uint64_t clock_to_guest(const struct clock *clock, uint64_t host_ns);

/**
 * clock_stamp() - The same, for what an application sees
 * @step:	What two times differ by at least, nanoseconds
 * @now:	Guest CLOCK_MONOTONIC
 *
 * Nothing is earlier than what came before in this stream, nor later than now by
 * more than CLOCK_AHEAD: drivers may say when a frame will end (vivid), but what
 * was said while a clock was wrong must not hold up the time for longer.  Our own
 * clock's times are not touched.
 */
uint64_t clock_stamp(const struct clock *clock, struct clock_stream *stream,
		     uint64_t host_ns, uint64_t step, uint64_t now);

#endif
