/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls on a node, and the clock: the seam at which tests put a node of theirs.
 *
 * Those that return int return a negative errno.
 */
#ifndef TESTS_BENCH_KERNEL_H
#define TESTS_BENCH_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** kernel_open() - For reading and writing, blocking */
int kernel_open(const char *path);

/** kernel_close() - Of kernel_open() */
void kernel_close(int fd);

/** kernel_ioctl() - Once: a signal ends it with -EINTR */
int kernel_ioctl(int fd, unsigned long cmd, void *arg);

/** kernel_poll() - Return: the events, 0 after @ms */
int kernel_poll(int fd, int events, int ms);

/** kernel_read() - Return: bytes, 0 at the end */
ssize_t kernel_read(int fd, void *bytes, size_t len);

/** kernel_mmap() - Shared, for reading and writing */
int kernel_mmap(int fd, size_t len, int64_t offset, void **out);

/** kernel_munmap() - Undo kernel_mmap(), of the same @len */
void kernel_munmap(void *memory, size_t len);

/** kernel_now_ns() - CLOCK_MONOTONIC */
uint64_t kernel_now_ns(void);

#endif
