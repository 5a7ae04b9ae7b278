/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What was measured, for people, programs and the eye.
 *
 * They print; whether that arrived, ferror() and fclose() say.
 */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include <stdio.h>

#include "tests/bench/results.h"

/** report_text() - A table, a line per measurement and node */
void report_text(const struct results *results, FILE *out);

/** report_json() - One object */
void report_json(const struct results *results, FILE *out);

/** report_svg() - Each ratio to the first node as a dot with its interval */
void report_svg(const struct results *results, FILE *out);

#endif
