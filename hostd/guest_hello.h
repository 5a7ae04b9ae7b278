/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HELLO: who is let in to which device.
 */
#ifndef HOSTD_GUEST_HELLO_H
#define HOSTD_GUEST_HELLO_H

#include "hostd/guest_state.h"

/**
 * guest_hello() - Take HELLO and answer it
 *
 * Afterwards the connection serves or is ending.  Opens the device once, so it
 * may sleep.
 *
 * Return: as channel_ops.frame
 */
int guest_hello(struct guest *guest, const struct channel_frame *frame);

#endif
