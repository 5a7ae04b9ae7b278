/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling guestd that an open file has a shim.
 */
#ifndef GUESTD_SHIM_ATTACH_H
#define GUESTD_SHIM_ATTACH_H

#include <stdbool.h>

#include "common/shim.h"

/**
 * shim_attach_file() - ATTACH, if @fd is a node of guestd's
 * @out:	What guestd has answered
 *
 * Sent anew each time: it changes nothing the second time, and nothing has to be
 * known of dup(), close() and descriptors that came from elsewhere.  errno is
 * left alone.
 *
 * Return: whether @out is filled
 */
bool shim_attach_file(int fd, struct shim_attach *out);

#endif
