/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How loudly to log what others can cause again and again: a program that opens,
 * fails and closes in a loop, or a host with its lies, must not fill the log.
 */
#ifndef COMMON_LOG_RATE_H
#define COMMON_LOG_RATE_H

#include <stdint.h>

#include "common/log.h"

#define LOG_RATE_MAX 10 /* lines in a minute */

/** struct log_rate - How often it has happened; zeroed: never */
struct log_rate {
	uint64_t since_ns;
	unsigned int count;
};

/**
 * log_rate_level() - How loudly to log this, which happens @now_ns
 *
 * After a minute it says how many lines there were not.
 *
 * Return: @level; LOG_LEVEL_DEBUG if there were LOG_RATE_MAX lines in this minute
 */
enum log_level log_rate_level(struct log_rate *rate, uint64_t now_ns,
			      enum log_level level);

#endif
