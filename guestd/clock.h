/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Host time to guest time.
 *
 * The offset comes from the question with the shortest round trip so far of
 * those that are not too old.  Both ends in one kernel and time namespace:
 * there is nothing to translate.
 */
#ifndef GUESTD_CLOCK_H
#define GUESTD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/protocol.h"

/**
 * struct clock - What is known of the host's clock
 * @same:	It is our own
 * @known:	@offset is something
 * @offset:	Guest minus host, nanoseconds
 * @rtt:	Of the sample it is from
 * @taken:	When that was, guest time
 */
struct clock {
	bool same;
	bool known;
	int64_t offset;
	uint64_t rtt;
	uint64_t taken;
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
 * Return: 0, -EPROTO if the host's times are impossible
 */
int clock_sample(struct clock *clock, const struct vms_clock *answer,
		 uint64_t now);

/** clock_to_guest() - Host CLOCK_MONOTONIC to guest CLOCK_MONOTONIC */
uint64_t clock_to_guest(const struct clock *clock, uint64_t host_ns);

#endif
