/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an application's shim asks of the memory helper: bytes to values.
 */
#ifndef GUESTD_HELPER_ASK_H
#define GUESTD_HELPER_ASK_H

#include <stddef.h>

#include "common/shim.h"

/**
 * helper_ask_parse() - Read one packet
 *
 * What a kind does not use must be 0.  Whether there is such a token, buffer or
 * length is not looked at here.
 *
 * Return: 0, or -EPROTO if no shim says that
 */
int helper_ask_parse(const void *bytes, size_t len, struct shim_ask *out);

#endif
