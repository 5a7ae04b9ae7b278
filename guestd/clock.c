// SPDX-License-Identifier: BSD-3-Clause
/*
 * Host time to guest time.
 */
#include "guestd/clock.h"

#include <errno.h>
#include <string.h>

/* A short round trip counts this long; then clocks have drifted too far. */
#define CLOCK_SAMPLE_NS 10000000000ull

void clock_init(struct clock *clock, bool same)
{
	memset(clock, 0, sizeof(*clock));
	clock->same = same;
}

int clock_sample(struct clock *clock, const struct vms_clock *answer,
		 uint64_t now)
{
	uint64_t rtt;
	uint64_t held;

	if (now < answer->tx_ns || answer->reply_ns < answer->rx_ns)
		return -EPROTO;
	rtt = now - answer->tx_ns;
	held = answer->reply_ns - answer->rx_ns;
	rtt = held < rtt ? rtt - held : 0;
	if (clock->known && rtt > clock->rtt &&
	    now - clock->taken < CLOCK_SAMPLE_NS)
		return 0;
	clock->known = true;
	clock->rtt = rtt;
	clock->taken = now;
	clock->offset = (int64_t)(now - answer->reply_ns - rtt / 2);
	return 0;
}

uint64_t clock_to_guest(const struct clock *clock, uint64_t host_ns)
{
	if (clock->same || !clock->known)
		return host_ns;
	return host_ns + (uint64_t)clock->offset;
}
