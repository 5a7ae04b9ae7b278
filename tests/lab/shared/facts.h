/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Facts that programs of the lab print, one per line, for a script to compare:
 *
 *	TEST, WHAT: RESULT
 */
#ifndef TESTS_LAB_SHARED_FACTS_H
#define TESTS_LAB_SHARED_FACTS_H

#include <stddef.h>
#include <stdint.h>

/** error_name() - "0", or errno's name */
const char *error_name(int error);

/** result_name() - What a call has returned: "0", or errno's name if negative */
const char *result_name(long result);

/** events_name() - What poll() has returned: "IN|PRI", "0" */
const char *events_name(int revents);

/** struct facts_test - A function that prints facts of a node */
struct facts_test {
	const char *name;
	void (*run)(const char *path);
};

#define FACTS_TEST_SECONDS 90

/** fact() - Print one of the test that runs */
void fact(const char *what, const char *result);

/** fact_select() - Print which of its three sets select(2) leaves a file in */
void fact_select(const char *what, int fd, long ms);

/**
 * fact_bytes() - The same, with what came back: in hexadecimal, a byte that
 * comes @len times as BYTE*LEN
 */
void fact_bytes(const char *what, const char *result, const void *bytes,
		size_t len);

/**
 * fact_time() - The same of a time of CLOCK_MONOTONIC: "none", "just now" if that
 * is not 10 s from now either way (a driver may be ahead of time), or "another"
 */
void fact_time(int64_t seconds, int64_t ms);

/**
 * facts_run() - Run each test in a process of its own
 *
 * How it ends, if not by itself, or after FACTS_TEST_SECONDS, is a fact, too.
 *
 * Return: exit status
 */
int facts_run(const struct facts_test *tests, size_t count, const char *path);

#endif
