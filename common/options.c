// SPDX-License-Identifier: BSD-3-Clause
/*
 * Command lines, by getopt_long(3).
 *
 * Two of its habits are not wanted: it takes "--prof" for "--profile", which
 * would make every new option break somebody's script, and it says less than
 * we do when something is wrong.  So each word is looked up here as well, and
 * getopt_long() says what it found with that word in mind.
 */
#include "common/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of struct option, beyond every character: row number on top of it. */
#define OPTIONS_ROW 256

static const struct option_desc options_builtin[] = {
	{ .name = "help", .help = "print this and exit" },
	{ .name = "version", .help = "print the version and exit" },
};
#define OPTIONS_BUILTIN (sizeof(options_builtin) / sizeof(options_builtin[0]))

static size_t options_count(const struct options *options)
{
	size_t count = 0;

	while (options->table[count].name)
		count++;
	return count;
}

/* The built-in rows come behind those of the table. */
static const struct option_desc *options_row(const struct options *options,
					     size_t index)
{
	size_t count = options_count(options);

	return index < count ? &options->table[index]
			     : &options_builtin[index - count];
}

static void options_help_row(const struct option_desc *row, int width)
{
	int len;

	len = printf("  --%s%s%s", row->name, row->value ? " " : "",
		     row->value ? row->value : "");
	printf("%*s  %s\n", len < width ? width - len : 0, "", row->help);
}

static void options_help(const struct options *options)
{
	size_t rows = options_count(options) + OPTIONS_BUILTIN;
	size_t width = 0;
	size_t i;

	printf("usage: %s %s\n%s\n\n", options->program, options->synopsis,
	       options->summary);

	for (i = 0; i < rows; i++) {
		const struct option_desc *row = options_row(options, i);
		size_t len = strlen("  --") + strlen(row->name);

		if (row->value)
			len += 1 + strlen(row->value);
		if (len > width)
			width = len;
	}
	for (i = 0; i < rows; i++)
		options_help_row(options_row(options, i), (int)width);
}

static struct option *options_getopt_table(const struct options *options)
{
	size_t rows = options_count(options) + OPTIONS_BUILTIN;
	struct option *table;
	size_t i;

	table = calloc(rows + 1, sizeof(*table));
	if (!table)
		return NULL;

	for (i = 0; i < rows; i++) {
		const struct option_desc *row = options_row(options, i);

		table[i].name = row->name;
		table[i].has_arg = row->value ? required_argument : no_argument;
		table[i].val = OPTIONS_ROW + (int)i;
	}
	return table;
}

/* Is @word "--NAME" or "--NAME=VALUE" with the whole name of a row? */
static bool options_known(const struct options *options, const char *word)
{
	size_t rows = options_count(options) + OPTIONS_BUILTIN;
	size_t len;
	size_t i;

	if (strncmp(word, "--", 2) != 0)
		return false;
	word += 2;
	len = strcspn(word, "=");

	for (i = 0; i < rows; i++) {
		const char *name = options_row(options, i)->name;

		if (strlen(name) == len && strncmp(name, word, len) == 0)
			return true;
	}
	return false;
}

__attribute__((format(printf, 2, 3))) static enum options_result
options_refuse(const struct options *options, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", options->program);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (%s --help)\n", options->program);
	return OPTIONS_USAGE;
}

static enum options_result options_set(const struct options *options,
				       const struct option_desc *row,
				       void *settings)
{
	char why[OPTIONS_WHY_LEN] = "";
	int ret;

	ret = row->set(settings, row->value ? optarg : NULL, why);
	if (ret >= 0)
		return OPTIONS_RUN;

	return options_refuse(options, "--%s%s%s: %s", row->name,
			      row->value ? " " : "", row->value ? optarg : "",
			      why[0] ? why : strerror(-ret));
}

/* @found is what getopt_long() says about @word. */
static enum options_result options_take(const struct options *options,
					const char *word, int found,
					void *settings)
{
	const struct option_desc *row;

	if (!options_known(options, word))
		return options_refuse(options, "%s: no such option", word);
	if (found == ':')
		return options_refuse(options, "%s: needs a value", word);
	if (found == '?')
		return options_refuse(options, "%s: takes no value", word);

	row = options_row(options, (size_t)(found - OPTIONS_ROW));
	if (row == &options_builtin[0]) {
		options_help(options);
		return OPTIONS_EXIT;
	}
	if (row == &options_builtin[1]) {
		printf("%s %s\n", options->program, USERMEDIA_VERSION);
		return OPTIONS_EXIT;
	}
	return options_set(options, row, settings);
}

static enum options_result options_word(const struct options *options,
					const char *word, void *settings)
{
	char why[OPTIONS_WHY_LEN] = "";
	int ret;

	if (!options->word)
		return options_refuse(options, "%s: not an option", word);
	ret = options->word(settings, word, why);
	if (ret >= 0)
		return OPTIONS_RUN;
	return options_refuse(options, "%s: %s", word,
			      why[0] ? why : strerror(-ret));
}

enum options_result options_parse(const struct options *options, int argc,
				  char **argv, void *settings)
{
	enum options_result result = OPTIONS_RUN;
	struct option *table;

	table = options_getopt_table(options);
	if (!table)
		return options_refuse(options, "out of memory");

	opterr = 0;
	optind = 0; /* GNU: forget what was parsed before */
	while (result == OPTIONS_RUN) {
		const char *word = argv[optind ? optind : 1];
		int found;

		/* '-': a word that is no option is 1, where it stands. */
		found = getopt_long(argc, argv, "-:", table, NULL);
		if (found < 0)
			break;
		result = found == 1
				 ? options_word(options, optarg, settings)
				 : options_take(options, word, found, settings);
	}
	free(table);

	/* Behind "--" */
	while (result == OPTIONS_RUN && optind < argc)
		result = options_word(options, argv[optind++], settings);
	return result;
}

int options_number(const char *value, unsigned int least, unsigned int most,
		   unsigned int *out, char *why)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || number < least ||
	    number > most) {
		snprintf(why, OPTIONS_WHY_LEN, "no number from %u to %u", least,
			 most);
		return -EINVAL;
	}
	*out = (unsigned int)number;
	return 0;
}
