/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that a program could bring for its buffers.
 */
#ifndef TESTS_SEALED_H
#define TESTS_SEALED_H

#include <stddef.h>
#include <stdint.h>

/**
 * sealed_memfd() - A memfd of @len bytes
 * @seals:	F_SEAL_*; 0: none
 */
int sealed_memfd(size_t len, int seals);

/** sealed_map() - Map @len bytes of it */
uint8_t *sealed_map(int fd, size_t len);

/** sealed_unmap() - Undo it, and close @fd */
void sealed_unmap(uint8_t *bytes, size_t len, int fd);

#endif
