// SPDX-License-Identifier: BSD-3-Clause
/*
 * How loudly to log what others can cause again and again.
 */
#include "common/log_rate.h"

#define PERIOD_NS 60000000000ull

enum log_level log_rate_level(struct log_rate *rate, uint64_t now_ns,
			      enum log_level level)
{
	if (rate->count && now_ns - rate->since_ns >= PERIOD_NS) {
		if (rate->count > LOG_RATE_MAX)
			log_line(level, "%u more lines like the next",
				 rate->count - LOG_RATE_MAX);
		rate->count = 0;
	}
	if (!rate->count)
		rate->since_ns = now_ns;
	return rate->count++ < LOG_RATE_MAX ? level : LOG_LEVEL_DEBUG;
}
