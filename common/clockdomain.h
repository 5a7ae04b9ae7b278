/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Do two processes read the same CLOCK_MONOTONIC?
 */
#ifndef COMMON_CLOCKDOMAIN_H
#define COMMON_CLOCKDOMAIN_H

#include <stdint.h>

/**
 * clockdomain() - Hash of this boot and of the process' time namespace
 *
 * Two processes with the same hash need no translation of times.  Reads /proc
 * the first time and remembers the answer, so a process that is going to lose
 * its files calls it before.
 *
 * Return: the hash, or 0 if it is unknown; 0 never counts as equal
 */
uint64_t clockdomain(void);

#endif
