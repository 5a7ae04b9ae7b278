/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the reader of hostd.conf(5): config.c has lines and sections,
 * config_keys.c what the keys mean, those of a guest in config_guest.c.
 */
#ifndef HOSTD_CONFIG_PARTS_H
#define HOSTD_CONFIG_PARTS_H

#include <stdbool.h>

#include "hostd/config.h"

#define CONFIG_KEYS_MAX 16 /* of one section */

struct config;

/**
 * struct config_key - What may stand in a section
 * @name:	Ended by a row that has none
 * @set:	Take a value; 0, or a negative errno after writing to @why
 *		(OPTIONS_WHY_LEN bytes) what would be right
 * @repeats:	It may stand there more than once
 * @empty:	Its value may be empty
 */
struct config_key {
	const char *name;
	int (*set)(struct config *config, const char *value, char *why);
	bool repeats;
	bool empty;
};

/**
 * struct config_section - A kind of section
 * @name:	First word of its line
 * @argument:	What follows, for messages; NULL: nothing does
 * @keys:	What may be in it
 * @begin:	Its first line: 0 or a negative errno, as of @set
 * @end:	After its last line, unless @begin has failed
 */
struct config_section {
	const char *name;
	const char *argument;
	const struct config_key *keys;
	int (*begin)(struct config *config, const char *argument, char *why);
	int (*end)(struct config *config, char *why);
};

/** Ended by a row without a name */
extern const struct config_section config_sections[];

/**
 * struct config_names - "devices =" of a rule, until all devices are known
 * @rule:	Its index in the policy
 * @line:	0: it was not said
 */
struct config_names {
	unsigned int rule;
	unsigned int line;
	char text[CONFIG_LINE_MAX + 1];
};

/**
 * struct config - A file that is being read
 * @at:		What is unread, up to @end
 * @line:	Number of the line that was read last
 * @asked:	inih has that line, and has made nothing of it yet
 * @section:	Which one it is in; NULL: in none, or in one to be skipped
 * @skipping:	It is one to be skipped
 * @begun:	The section's line
 * @named:	Its first line is good
 * @broken:	Something in the section was wrong
 * @seen:	Lines of its keys, 0: not yet
 * @hostd:	Line of [hostd], 0: not yet
 * @unlisted:	A section was wrong, so there may be devices that are not known
 * @device:	[device]: its name, and in @target what it is
 * @memo:	[device]: "memo =", or empty
 * @rule:	[guest]
 * @devices:	Of that rule
 * @names:	Of all rules so far, @name_count of them
 */
struct config {
	struct host_settings *settings;
	struct config_errors *errors;
	const char *name;
	const char *at;
	const char *end;
	unsigned int line;
	bool asked;
	const struct config_section *section;
	bool skipping;
	unsigned int begun;
	bool named;
	bool broken;
	unsigned int seen[CONFIG_KEYS_MAX];
	unsigned int hostd;
	bool unlisted;
	char device[CONFIG_LINE_MAX + 1];
	char target[CONFIG_LINE_MAX + 16];
	char memo[8];
	struct policy_rule rule;
	struct config_names devices;
	struct config_names names[POLICY_RULES_MAX];
	unsigned int name_count;
};

/* [guest] */
extern const struct config_key config_guest_keys[];
int config_begin_guest(struct config *config, const char *argument, char *why);
int config_end_guest(struct config *config, char *why);

/** config_yes() - yes or no; as of config_key.set */
int config_yes(const char *value, bool *out, char *why);

/** config_finish() - Look up the devices of all rules, when they are all known */
void config_finish(struct config *config);

/** config_error() - One more, in line @line */
void config_error(struct config *config, unsigned int line, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

#endif
