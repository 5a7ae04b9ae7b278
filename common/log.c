// SPDX-License-Identifier: BSD-3-Clause
/*
 * Log lines on stderr.
 *
 * A line is put together on the stack and leaves in one write(2): threads need
 * no lock, and a process that was just forked inherits no half-full buffer, as
 * it would with stdio.
 */
#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_LEN 1024 /* with prefix and newline; what is longer is cut */

/* sd-daemon(3) */
static const char log_priority[] = {
	[LOG_LEVEL_ERR] = '3',
	[LOG_LEVEL_WARN] = '4',
	[LOG_LEVEL_INFO] = '6',
	[LOG_LEVEL_DEBUG] = '7',
};
static_assert(sizeof(log_priority) == LOG_LEVEL_COUNT,
	      "a level without a priority");

static const char *log_program;
static enum log_level log_level = LOG_LEVEL_INFO;
static bool log_terminal;
static void (*log_sink)(enum log_level level, const char *line);

void log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_level = level;
	log_terminal = isatty(STDERR_FILENO);
}

bool log_debugs(void)
{
	return log_level >= LOG_LEVEL_DEBUG;
}

void log_set_sink(void (*sink)(enum log_level level, const char *line))
{
	log_sink = sink;
}

/*
 * UTF-8 passes, but not the C1 control characters, which some terminals obey:
 * U+0080 to U+009F are 0xc2 and one of these bytes; alone they are no UTF-8.
 */
static bool log_is_control(unsigned char before, unsigned char c)
{
	if (c < 0x20 || c == 0x7f)
		return true;
	return c >= 0x80 && c < 0xa0 && (before < 0x80 || before == 0xc2);
}

static void log_clean(char *text)
{
	unsigned char before = 0;
	char *at;

	for (at = text; *at; at++) {
		unsigned char c = (unsigned char)*at;

		if (log_is_control(before, c))
			*at = '?';
		before = c;
	}
}

/* Return: length of the prefix */
static size_t log_prefix(enum log_level level, char *line, size_t size)
{
	char priority[] = { '<', log_priority[level], '>', '\0' };
	int len;

	len = snprintf(line, size, "%s%s%s", log_terminal ? "" : priority,
		       log_program ? log_program : "", log_program ? ": " : "");
	return (size_t)len < size ? (size_t)len : size - 1;
}

void log_line(enum log_level level, const char *format, ...)
{
	int error = errno;
	char line[LOG_LINE_LEN];
	size_t start, len;
	va_list args;
	ssize_t ret;

	if (level > log_level)
		return;

	/* The prefix may have half of the line, the newline gets a byte. */
	start = log_prefix(level, line, sizeof(line) / 2);
	line[start] = '\0';
	errno = error; /* for %m */
	va_start(args, format);
	vsnprintf(line + start, sizeof(line) - 1 - start, format, args);
	va_end(args);
	log_clean(line + start);

	if (log_sink) {
		log_sink(level, line + start);
	} else {
		len = strlen(line);
		line[len++] = '\n';
		do
			ret = write(STDERR_FILENO, line, len);
		while (ret < 0 && errno == EINTR);
	}
	errno = error;
}
