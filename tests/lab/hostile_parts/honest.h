/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One who behaves well, and must be served whatever others do.
 */
#ifndef TESTS_LAB_HOSTILE_PARTS_HONEST_H
#define TESTS_LAB_HOSTILE_PARTS_HONEST_H

#include "tests/lab/hostile_parts/peer.h"

/** honest_hello() - A HELLO that is welcome: these features, this device */
struct vms_hello honest_hello(uint64_t features, const char *device);

/** honest_send_hello() - Send a HELLO */
bool honest_send_hello(struct peer *peer, const struct vms_hello *hello);

/**
 * honest_connect() - Connect to scene.address, and HELLO
 *
 * Return: whether it was acknowledged; the frame is what peer_next() has read
 */
bool honest_connect(struct peer *peer, uint64_t features, const char *device);

/**
 * honest_served() - How long scene.good takes to serve somebody, from connecting to
 * the answer of a device; or scene.node
 *
 * Return: ms, or -1
 */
long honest_served(void);

#endif
