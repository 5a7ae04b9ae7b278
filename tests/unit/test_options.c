// SPDX-License-Identifier: BSD-3-Clause
/*
 * Command lines; what is printed is read from a file in place of the stream.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/options.h"

struct settings {
	const char *profile;
	const char *allow[4];
	unsigned int allowed;
	bool verbose;
};

static int set_profile(void *settings, const char *value, char *why)
{
	struct settings *s = settings;

	if (strcmp(value, "fast") == 0) {
		snprintf(why, OPTIONS_WHY_LEN, "no such profile");
		return -EINVAL;
	}
	s->profile = value;
	return 0;
}

static int set_allow(void *settings, const char *value, char *why)
{
	struct settings *s = settings;

	(void)why;

	if (s->allowed == 4)
		return -ENOSPC; /* without a reason */
	s->allow[s->allowed++] = value;
	return 0;
}

static int set_verbose(void *settings, const char *value, char *why)
{
	struct settings *s = settings;

	(void)why;

	assert_null(value);
	s->verbose = true;
	return 0;
}

static const struct option_desc table[] = {
	{ "profile", "NAME", "what an open file promises", set_profile },
	{ "allow", "WHO", "who may connect", set_allow },
	{ "verbose", NULL, "say more", set_verbose },
	{ 0 },
};

static const struct options options = {
	.program = "guestd",
	.synopsis = "[--profile NAME] [--verbose]",
	.summary = "Give this machine the video devices of another.",
	.table = table,
};

/* The same for a program that takes words. */
static struct options with_words;
static const struct options *parsed = &options;

static struct settings settings;
static char printed[2][4096]; /* on stdout, on stderr */

static int redirect(FILE *stream, int *saved)
{
	int fd = memfd_create("printed", MFD_CLOEXEC);

	assert_true(fd >= 0);
	fflush(stream);
	*saved = fcntl(fileno(stream), F_DUPFD_CLOEXEC, 0);
	dup2(fd, fileno(stream));
	return fd;
}

static void restore(FILE *stream, int fd, int saved, char *text)
{
	ssize_t len;

	fflush(stream);
	dup2(saved, fileno(stream));
	close(saved);
	len = pread(fd, text, sizeof(printed[0]) - 1, 0);
	text[len < 0 ? 0 : len] = '\0';
	close(fd);
}

/* Parse a NULL-terminated list of words. */
static enum options_result parse(const char *first, ...)
{
	int out, err, saved_out, saved_err, argc = 1;
	enum options_result result;
	char *argv[16] = { (char *)"guestd" };
	const char *word;
	va_list words;

	va_start(words, first);
	for (word = first; word; word = va_arg(words, const char *))
		argv[argc++] = (char *)word;
	va_end(words);

	memset(&settings, 0, sizeof(settings));
	out = redirect(stdout, &saved_out);
	err = redirect(stderr, &saved_err);
	result = options_parse(parsed, argc, argv, &settings);
	restore(stderr, err, saved_err, printed[1]);
	restore(stdout, out, saved_out, printed[0]);
	return result;
}

static void expect_usage(enum options_result result, const char *line)
{
	assert_int_equal(result, OPTIONS_USAGE);
	assert_string_equal(printed[1], line);
	assert_string_equal(printed[0], "");
}

static void expect_run(enum options_result result)
{
	assert_string_equal(printed[1], "");
	assert_string_equal(printed[0], "");
	assert_int_equal(result, OPTIONS_RUN);
}

static void no_words_are_fine(void **state)
{
	(void)state;

	expect_run(parse(NULL));
	assert_null(settings.profile);
	expect_run(parse("--", NULL));
}

static void a_value_may_stand_behind_a_space_or_an_equals_sign(void **state)
{
	(void)state;

	expect_run(parse("--profile", "read", "--verbose", NULL));
	assert_string_equal(settings.profile, "read");
	assert_true(settings.verbose);

	expect_run(parse("--profile=stream", NULL));
	assert_string_equal(settings.profile, "stream");
	assert_false(settings.verbose);
}

static void values_may_be_empty_or_look_like_options(void **state)
{
	(void)state;

	expect_run(parse("--profile=", NULL));
	assert_string_equal(settings.profile, "");
	expect_run(parse("--profile", "--verbose", NULL));
	assert_string_equal(settings.profile, "--verbose");
	assert_false(settings.verbose);
	expect_run(parse("--profile=a=b", NULL));
	assert_string_equal(settings.profile, "a=b");
}

static void an_option_may_come_again(void **state)
{
	(void)state;

	expect_run(parse("--allow", "cid:3", "--allow=cid:4", NULL));
	assert_int_equal(settings.allowed, 2);
	assert_string_equal(settings.allow[0], "cid:3");
	assert_string_equal(settings.allow[1], "cid:4");
}

static void a_refused_value_is_named_with_the_reason(void **state)
{
	const char *line =
		"guestd: --profile fast: no such profile (guestd --help)\n";

	(void)state;

	expect_usage(parse("--profile", "fast", NULL), line);
	expect_usage(parse("--profile=fast", NULL), line);
}

static void a_refusal_without_a_reason_gives_the_errno(void **state)
{
	(void)state;

	expect_usage(
		parse("--allow=1", "--allow=2", "--allow=3", "--allow=4",
		      "--allow=5", NULL),
		"guestd: --allow 5: No space left on device (guestd --help)\n");
}

static void an_unknown_option_is_refused(void **state)
{
	(void)state;

	expect_usage(parse("--fast", NULL),
		     "guestd: --fast: no such option (guestd --help)\n");
	expect_usage(parse("--verbose", "--fast=3", NULL),
		     "guestd: --fast=3: no such option (guestd --help)\n");
	expect_usage(parse("-v", NULL),
		     "guestd: -v: no such option (guestd --help)\n");
	expect_usage(parse("-profile", "read", NULL),
		     "guestd: -profile: no such option (guestd --help)\n");
}

static void an_abbreviation_is_an_unknown_option(void **state)
{
	(void)state;

	expect_usage(parse("--prof", "read", NULL),
		     "guestd: --prof: no such option (guestd --help)\n");
	expect_usage(parse("--prof=read", NULL),
		     "guestd: --prof=read: no such option (guestd --help)\n");
	expect_usage(parse("--ver", NULL),
		     "guestd: --ver: no such option (guestd --help)\n");
	expect_usage(parse("--verb=3", NULL),
		     "guestd: --verb=3: no such option (guestd --help)\n");
	expect_usage(parse("--allo", NULL),
		     "guestd: --allo: no such option (guestd --help)\n");
	expect_usage(parse("--hel", NULL),
		     "guestd: --hel: no such option (guestd --help)\n");
	assert_null(settings.profile);
}

static void a_missing_value_is_asked_for(void **state)
{
	(void)state;

	expect_usage(parse("--verbose", "--profile", NULL),
		     "guestd: --profile: needs a value (guestd --help)\n");
}

static void a_flag_takes_no_value(void **state)
{
	(void)state;

	expect_usage(parse("--verbose=3", NULL),
		     "guestd: --verbose=3: takes no value (guestd --help)\n");
	expect_usage(parse("--help=me", NULL),
		     "guestd: --help=me: takes no value (guestd --help)\n");
	assert_false(settings.verbose);
}

static void a_word_that_is_no_option_is_refused(void **state)
{
	(void)state;

	expect_usage(parse("read", "--verbose", NULL),
		     "guestd: read: not an option (guestd --help)\n");
	expect_usage(parse("--verbose", "read", NULL),
		     "guestd: read: not an option (guestd --help)\n");
	expect_usage(parse("--", "--verbose", NULL),
		     "guestd: --verbose: not an option (guestd --help)\n");
	expect_usage(parse("-", NULL),
		     "guestd: -: not an option (guestd --help)\n");
	expect_usage(parse("", NULL),
		     "guestd: : not an option (guestd --help)\n");
}

static void a_program_may_take_words_wherever_they_stand(void **state)
{
	(void)state;

	with_words = options;
	with_words.word = set_allow;
	parsed = &with_words;
	expect_run(parse("a", "--profile", "read", "b", "--verbose", "--",
			 "--c", NULL));
	assert_string_equal(settings.profile, "read");
	assert_true(settings.verbose);
	assert_int_equal(settings.allowed, 3);
	assert_string_equal(settings.allow[0], "a");
	assert_string_equal(settings.allow[1], "b");
	assert_string_equal(settings.allow[2], "--c");

	expect_usage(parse("1", "2", "3", "4", "5", NULL),
		     "guestd: 5: No space left on device (guestd --help)\n");
	with_words.word = set_profile;
	expect_usage(parse("fast", NULL),
		     "guestd: fast: no such profile (guestd --help)\n");
	parsed = &options;
}

static void help_prints_the_table_on_stdout(void **state)
{
	(void)state;

	assert_int_equal(parse("--verbose", "--help", NULL), OPTIONS_EXIT);
	assert_string_equal(printed[1], "");
	assert_string_equal(printed[0],
			    "usage: guestd [--profile NAME] [--verbose]\n"
			    "Give this machine the video devices of another.\n"
			    "\n"
			    "  --profile NAME  what an open file promises\n"
			    "  --allow WHO     who may connect\n"
			    "  --verbose       say more\n"
			    "  --help          print this and exit\n"
			    "  --version       print the version and exit\n");
}

static void version_prints_program_and_number(void **state)
{
	(void)state;

	assert_int_equal(parse("--version", NULL), OPTIONS_EXIT);
	assert_string_equal(printed[0], "guestd " USERMEDIA_VERSION "\n");
	assert_string_equal(printed[1], "");
}

static void a_number_is_a_whole_one_from_the_least_to_the_most(void **state)
{
	static const char *const none[] = {
		"", "-1", "11", "1.5", "x", "3x", "+-1", "99999999999999999999"
	};
	char why[OPTIONS_WHY_LEN];
	unsigned int number = 7;
	size_t i;

	(void)state;

	assert_int_equal(options_number("0", 0, 10, &number, why), 0);
	assert_int_equal(number, 0);
	assert_int_equal(options_number("10", 0, 10, &number, why), 0);
	assert_int_equal(number, 10);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(options_number(none[i], 0, 10, &number, why),
				 -EINVAL);
		assert_string_equal(why, "no number from 0 to 10");
	}
	assert_int_equal(options_number("4", 5, 10, &number, why), -EINVAL);
	assert_string_equal(why, "no number from 5 to 10");
	assert_int_equal(number, 10);
	assert_int_equal(options_number("5", 5, 10, &number, why), 0);
	assert_int_equal(number, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_words_are_fine),
		cmocka_unit_test(
			a_value_may_stand_behind_a_space_or_an_equals_sign),
		cmocka_unit_test(values_may_be_empty_or_look_like_options),
		cmocka_unit_test(an_option_may_come_again),
		cmocka_unit_test(a_refused_value_is_named_with_the_reason),
		cmocka_unit_test(a_refusal_without_a_reason_gives_the_errno),
		cmocka_unit_test(an_unknown_option_is_refused),
		cmocka_unit_test(an_abbreviation_is_an_unknown_option),
		cmocka_unit_test(a_missing_value_is_asked_for),
		cmocka_unit_test(a_flag_takes_no_value),
		cmocka_unit_test(a_word_that_is_no_option_is_refused),
		cmocka_unit_test(a_program_may_take_words_wherever_they_stand),
		cmocka_unit_test(help_prints_the_table_on_stdout),
		cmocka_unit_test(version_prints_program_and_number),
		cmocka_unit_test(
			a_number_is_a_whole_one_from_the_least_to_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
