/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of a stream socket, of the kinds that both daemons talk over, and whole
 * messages by it.
 */
#ifndef TESTS_BENCH_PAIR_H
#define TESTS_BENCH_PAIR_H

#include <stdbool.h>
#include <stddef.h>

/* An ioctl with the largest of V4L2's plain structures, as it is on the wire */
#define PAIR_PING_LEN 256

/** pair_unix() - Return: 0 or a negative errno */
int pair_unix(int ends[2]);

/** pair_vsock() - The same, by the loopback of vsock */
int pair_vsock(int ends[2]);

/** pair_take() - Return: false if the stream ends before @len bytes have come */
bool pair_take(int fd, void *bytes, size_t len);

/** pair_give() - Return: false if the other end is gone */
bool pair_give(int fd, const void *bytes, size_t len);

/**
 * pair_take_stream() - pair_take() of so many bytes, 64 KiB at a time, to nowhere
 * @len:	A multiple of 64 KiB
 */
bool pair_take_stream(int fd, size_t len);

/** pair_give_stream() - pair_give() of zeroes; else the same */
bool pair_give_stream(int fd, size_t len);

#endif
