/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ioctl(2), and all that came back of it as a fact: errno and every word of the
 * argument, in hexadecimal.
 */
#ifndef TESTS_LAB_SHARED_SHOW_H
#define TESTS_LAB_SHARED_SHOW_H

#include <stddef.h>
#include <stdint.h>

/** show_memory() - @len bytes that have the same address in every process */
void *show_memory(size_t len);

/**
 * show_call() - Make a call and print it
 * @what:	What to call it
 * @arg:	Its argument, which is what it was if nothing came back
 *
 * Return: as ioctl(2)
 */
int show_call(const char *what, int fd, unsigned long cmd, void *arg);

/** show_call_of() - The same; what to call it has a number, too */
int show_call_of(const char *what, unsigned int number, int fd,
		 unsigned long cmd, void *arg);

/** show_bytes() - Print bytes; runs of one word are shortened */
void show_bytes(const char *what, const void *bytes, size_t len);

/** show_fill() - Bytes of no meaning, for what is no part of a question */
void show_fill(void *bytes, size_t len);

#endif
