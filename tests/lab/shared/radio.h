/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One of vivid's radio nodes, whose RDS comes and goes in blocks of 3 bytes.
 *
 * What a program needs for its test and does not get ends it, with one line on
 * stderr.
 */
#ifndef TESTS_LAB_SHARED_RADIO_H
#define TESTS_LAB_SHARED_RADIO_H

#include <stdint.h>
#include <sys/types.h>

#define RADIO_BLOCK      3u
#define RADIO_MHZ        16000u
#define RADIO_STATION    (95 * RADIO_MHZ)
#define RADIO_NO_STATION (95 * RADIO_MHZ + 8 * 1000)

void radio_tune(int fd, uint32_t frequency);

/** radio_open() - With O_RDWR and these flags, and tuned */
int radio_open(const char *path, int flags, uint32_t frequency);

/** radio_set() - A control, by its name and through a file of its own */
void radio_set(const char *path, const char *control, int value);

/**
 * radio_blocks() - What read() or write() has returned, in words
 *
 * How many blocks it was is an affair of the time.
 */
const char *radio_blocks(ssize_t ret);

/** radio_read(), radio_write() - One block.  Return: in words */
const char *radio_read(int fd);
const char *radio_write(int fd);

#endif
