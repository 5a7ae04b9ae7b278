/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of radio.c: each prints facts of a receiver that it opens itself.
 */
#ifndef TESTS_LAB_RADIO_PARTS_TESTS_H
#define TESTS_LAB_RADIO_PARTS_TESTS_H

#define LATE_MS    5000 /* by then it does not come any more */
#define NOTHING_MS 300  /* so long nothing happens */

/* waits.c: a read() that waits */
void test_wait(const char *path);
void test_seek(const char *path);
void test_close(const char *path);
void test_signal(const char *path);
void test_kill(const char *path);

#endif
