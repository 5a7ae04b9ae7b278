// SPDX-License-Identifier: BSD-3-Clause
/*
 * Host time to guest time.
 *
 * A lower bound at one time and an upper one at another bound the slope of every
 * line that passes between them, and there is a line if no two such bounds
 * contradict each other.  With the extreme slopes known, the extreme offsets are
 * those of the bounds that are narrowest when moved along them.
 */
#include "guestd/clock.h"

#include <errno.h>
#include <string.h>

/**
 * struct slopes - What lines there can be
 */
struct slopes {
	double least;
	double most;
};

void clock_init(struct clock *clock, bool same)
{
	memset(clock, 0, sizeof(*clock));
	clock->same = same;
}

static double span(uint64_t from, uint64_t to)
{
	return (double)(int64_t)(to - from);
}

/* The line is not below @low's lower bound, and not above @high's upper one. */
static void bound_slopes(struct slopes *slopes, const struct clock_bounds *low,
			 const struct clock_bounds *high)
{
	double rise = (double)(high->high - low->low);
	double run = span(low->low_at, high->high_at);

	if (run > 0 && rise < slopes->most * run)
		slopes->most = rise / run;
	else if (run < 0 && rise < slopes->least * run)
		slopes->least = rise / run;
	else if (run == 0 && rise < 0)
		slopes->most = slopes->least - 1;
}

/* Return: of how many of the newest samples there is a line; their slopes */
static unsigned int fit(const struct clock *clock, struct slopes *out)
{
	struct slopes slopes = { -CLOCK_RATE_MAX, CLOCK_RATE_MAX };
	unsigned int count;
	unsigned int i;

	*out = slopes;
	for (count = 0; count < clock->count; count++) {
		const struct clock_bounds *older = &clock->samples[count];

		bound_slopes(&slopes, older, older);
		for (i = 0; i < count; i++) {
			bound_slopes(&slopes, older, &clock->samples[i]);
			bound_slopes(&slopes, &clock->samples[i], older);
		}
		if (slopes.least > slopes.most)
			break;
		*out = slopes;
	}
	return count;
}

/* The middle of what can be, at the time of the newest answer. */
static void estimate(struct clock *clock, const struct slopes *slopes)
{
	const struct clock_bounds *newest = &clock->samples[0];
	uint64_t base = newest->high_at;
	/* Relative to this one, or nanoseconds would be lost in a double. */
	int64_t origin = newest->high;
	double high = 0;
	double low = -0x1p63;
	unsigned int i;

	for (i = 0; i < clock->count; i++) {
		const struct clock_bounds *at = &clock->samples[i];
		double above = (double)(at->high - origin) +
			       slopes->most * span(at->high_at, base);
		double below = (double)(at->low - origin) +
			       slopes->least * span(at->low_at, base);

		if (above < high)
			high = above;
		if (below > low)
			low = below;
	}
	clock->known = true;
	clock->base = base;
	clock->offset = origin + (int64_t)((high + low) / 2);
	clock->error = high > low ? (high - low) / 2 : 0;
	clock->rate = (slopes->most + slopes->least) / 2;
	clock->rate_error = (slopes->most - slopes->least) / 2;
}

static void add_sample(struct clock *clock, const struct vms_clock *answer,
		       uint64_t now)
{
	unsigned int keep = clock->count;

	if (keep == CLOCK_SAMPLES)
		keep--;
	while (keep && now - clock->samples[keep - 1].taken > CLOCK_AGE_MAX)
		keep--;
	memmove(&clock->samples[1], &clock->samples[0],
		keep * sizeof(clock->samples[0]));
	clock->count = keep + 1;
	clock->samples[0] = (struct clock_bounds){
		.low_at = answer->rx_ns,
		.high_at = answer->reply_ns,
		.low = (int64_t)(answer->tx_ns - answer->rx_ns),
		.high = (int64_t)(now - answer->reply_ns),
		.taken = now,
	};
}

int clock_sample(struct clock *clock, const struct vms_clock *answer,
		 uint64_t now)
{
	struct slopes slopes;
	unsigned int count;
	bool contradicts;

	/* Ours are below it, too: no difference of two offsets overflows. */
	if (now < answer->tx_ns || now >= CLOCK_TIME_MAX ||
	    answer->reply_ns < answer->rx_ns ||
	    answer->reply_ns >= CLOCK_TIME_MAX)
		return -EPROTO;
	add_sample(clock, answer, now);
	count = fit(clock, &slopes);
	contradicts = count < clock->count;
	clock->count = count;
	/* Not even itself: our clock stood still while it was under way. */
	if (count)
		estimate(clock, &slopes);
	return contradicts;
}

uint64_t clock_error(const struct clock *clock, uint64_t now)
{
	double age;

	if (clock->same)
		return 0;
	if (!clock->known || !clock->count)
		return UINT64_MAX;
	age = span(clock->samples[0].taken, now);
	return (uint64_t)(clock->error +
			  clock->rate_error * (age > 0 ? age : 0));
}

uint64_t clock_to_guest(const struct clock *clock, uint64_t host_ns)
{
	double drift;

	if (clock->same || !clock->known)
		return host_ns;
	drift = clock->rate * span(clock->base, host_ns);
	return host_ns + (uint64_t)clock->offset + (uint64_t)(int64_t)drift;
}

uint64_t clock_stamp(const struct clock *clock, struct clock_stream *stream,
		     uint64_t host_ns, uint64_t step, uint64_t now)
{
	uint64_t ns = clock_to_guest(clock, host_ns);
	uint64_t latest = now + CLOCK_AHEAD;

	if (clock->same || !clock->known)
		return ns;
	/* Without a sign: what an offset makes negative is no later time. */
	if ((int64_t)ns < 0)
		ns = 0;
	if (ns > latest)
		ns = latest;
	if (ns <= stream->last || ns - stream->last < step)
		ns = stream->last + step <= latest ? stream->last + step
						   : stream->last;
	stream->last = ns;
	return ns;
}
