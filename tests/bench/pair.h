/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of a stream socket, of the kinds that both daemons talk over, and whole
 * messages by it.
 */
#ifndef TESTS_BENCH_PAIR_H
#define TESTS_BENCH_PAIR_H

#include <stdbool.h>
#include <stddef.h>

/** pair_unix() - Return: 0 or a negative errno */
int pair_unix(int ends[2]);

/** pair_vsock() - The same, by the loopback of vsock */
int pair_vsock(int ends[2]);

/** pair_take() - Return: false if the stream ends before @len bytes have come */
bool pair_take(int fd, void *bytes, size_t len);

/** pair_give() - Return: false if the other end is gone */
bool pair_give(int fd, const void *bytes, size_t len);

#endif
