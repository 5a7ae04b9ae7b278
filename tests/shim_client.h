/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program with the shim, for tests: what it says to the memory helper's socket.
 */
#ifndef TESTS_SHIM_CLIENT_H
#define TESTS_SHIM_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/shim.h"

/** shim_client_connect() - Return: descriptor, or a negative errno */
int shim_client_connect(const char *path);

/** shim_client_map() - What asks for a whole shared mapping, to read and write */
struct shim_ask shim_client_map(const uint8_t *token, uint64_t offset,
				uint64_t len);

/** shim_client_send() - With @passed, if that is no negative number */
void shim_client_send(int sock, const void *bytes, size_t len, int passed);

/**
 * shim_client_hear() - Wait for the answer
 * @fd:		Set to the descriptor that came with it, or -1
 *
 * Return: 0 with @answer set, or -EPIPE if there is none: it hung up
 */
int shim_client_hear(int sock, struct shim_answer *answer, int *fd);

/**
 * shim_client_ask() - All of it
 *
 * Return: 0 with @fd and @len set, or the negative errno that was answered, or
 * that of connect(2), or -EPIPE
 */
int shim_client_ask(const char *path, const struct shim_ask *ask, int *fd,
		    uint64_t *len);

#endif
