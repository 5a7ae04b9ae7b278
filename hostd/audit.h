/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line in the log for each grant, open and refusal, for programs to read:
 *
 *	audit: event=open guest=cid:3 port=1022 device=cam number=2
 *
 * KEY=VALUE with one blank between them.  A value with other characters than
 * letters, digits and those of names and paths is in double quotes; there, what is
 * neither printable nor ASCII, quotes and backslashes are \xNN.
 */
#ifndef HOSTD_AUDIT_H
#define HOSTD_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"

#define AUDIT_LEN                                                              \
	900 /* of a line, with its NUL; pairs that do not fit are left out */
#define AUDIT_RATE_MAX  20 /* lines in a period */
#define AUDIT_PERIOD_NS 60000000000ull

/**
 * struct audit - A line that is being put together
 */
struct audit {
	char text[AUDIT_LEN];
	size_t len;
};

/**
 * audit_begin() - event=, guest=, and what else the kernel says of it
 * @event:	grant, open, refuse, revoke or left-out
 */
void audit_begin(struct audit *audit, const char *event,
		 const struct transport_peer *peer);

/** audit_add() - One more pair; any text will do as @value */
void audit_add(struct audit *audit, const char *key, const char *value);

/** audit_add_number() - As audit_add() */
void audit_add_number(struct audit *audit, const char *key, uint64_t number);

/**
 * audit_add_devices() - devices=, of a grant
 *
 * Whole names, and "+N" for those without room; no name has a plus.
 */
void audit_add_devices(struct audit *audit, const struct device_list *devices,
		       const struct grant *grant);

/** audit_log() - At LOG_LEVEL_INFO */
void audit_log(const struct audit *audit);

/**
 * struct audit_rate - How many lines there were; zeroed: none
 * @since_ns:	When the period began, if @count
 */
struct audit_rate {
	uint64_t since_ns;
	unsigned int count;
};

/** audit_rate_take() - Is there room for one more line at @now_ns? */
bool audit_rate_take(struct audit_rate *rate, uint64_t now_ns);

/** audit_rate_left_out() - How many there was no room for, in this period */
unsigned int audit_rate_left_out(const struct audit_rate *rate);

/**
 * audit_rate_wait() - When to say how many
 *
 * Return: ns from @now_ns to the end of the period; 0 if it is over
 */
uint64_t audit_rate_wait(const struct audit_rate *rate, uint64_t now_ns);

/** audit_rate_reset() - They were said: a new period */
void audit_rate_reset(struct audit_rate *rate);

#endif
