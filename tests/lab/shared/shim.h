/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a shim does, for programs of the lab that have none.
 *
 * What a program needs for its test and does not get ends it, with one line on
 * stderr.
 */
#ifndef TESTS_LAB_SHARED_SHIM_H
#define TESTS_LAB_SHARED_SHIM_H

#include "common/shim.h"

/** shim_attach() - Tell the node at @fd that there is a shim */
struct shim_attach shim_attach(int fd);

/**
 * shim_reach() - Connect to the socket that ATTACH has named
 *
 * Return: a socket on which nothing waits for more than 10 s
 */
int shim_reach(const struct shim_attach *attach);

#endif
