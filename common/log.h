/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines on stderr: who: what: why.
 *
 * err: our failure.  warn: the peer's.  info: life cycle.  debug: the rest.
 * On a terminal a line starts with the program's name; otherwise with the
 * sd-daemon(3) priority, which the journal understands.  Each call is one
 * write(2), so lines of several processes do not mix.  Control characters in
 * a line become '?', because a peer may have chosen part of it.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT,
};

/**
 * log_open() - Set who speaks and what is worth saying
 * @program:	Name in front of each line; kept, not copied
 * @level:	Most talkative level that is printed
 */
void log_open(const char *program, enum log_level level);

/**
 * log_set_sink() - Send lines elsewhere, for tests
 * @sink:	Gets each line without its newline; NULL: stderr again
 */
void log_set_sink(void (*sink)(enum log_level level, const char *line));

/** log_debugs() - Are lines of LOG_LEVEL_DEBUG printed?  Mostly not */
bool log_debugs(void);

/**
 * log_line() - Print one line; use the macros below
 */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_err(...)  log_line(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                         \
	do {                                                                   \
		if (log_debugs())                                              \
			log_line(LOG_LEVEL_DEBUG, __VA_ARGS__);                \
	} while (0)

#endif
