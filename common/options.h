/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Command lines: one table per program is the parser, --help, and what the
 * test compares with the manual.
 *
 * Only long options: --name VALUE, --name=VALUE, --name.  A program may take other
 * words, too, before and between them.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

/**
 * struct option_desc - One option
 * @name:	Without the dashes
 * @value:	Word for the value in --help and in the manual; NULL: a flag
 * @help:	One line for --help
 * @set:	Take the value (NULL for a flag); may be called repeatedly.
 *		Return 0, or a negative errno after writing a reason to @why
 *		(OPTIONS_WHY_LEN bytes), for example "no such profile"
 */
struct option_desc {
	const char *name;
	const char *value;
	const char *help;
	int (*set)(void *settings, const char *value, char *why);
};
#define OPTIONS_WHY_LEN 200

/**
 * struct options - The command line of a program
 * @program:	Its name
 * @synopsis:	What follows the name in the usage line
 * @summary:	One line: what the program does
 * @table:	Ended by a row whose name is NULL
 * @word:	Take a word that is no option, as struct option_desc's set() takes a
 *		value; NULL: there is none
 */
struct options {
	const char *program;
	const char *synopsis;
	const char *summary;
	const struct option_desc *table;
	int (*word)(void *settings, const char *word, char *why);
};

enum options_result {
	OPTIONS_RUN,   /* settings are complete */
	OPTIONS_EXIT,  /* --help or --version was printed: exit 0 */
	OPTIONS_USAGE, /* an error was printed: exit 2 */
};

/**
 * options_parse() - Fill @settings from @argv
 *
 * --help and --version are always there.  An unknown option, a missing or
 * unwanted value, a refused value and a word that is no option each give one
 * line on stderr: "guestd: --profile fast: no such profile (guestd --help)".
 */
enum options_result options_parse(const struct options *options, int argc,
				  char **argv, void *settings);

/**
 * options_number() - A value that is a whole number
 * @least:	The smallest one
 * @most:	The largest one
 * @out:	Set on success
 *
 * Return: 0, or -EINVAL with a reason in @why
 */
int options_number(const char *value, unsigned int least, unsigned int most,
		   unsigned int *out, char *why);

#define USERMEDIA_VERSION "0.1"

#endif
