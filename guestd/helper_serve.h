/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What guestd tells the memory helper, message by message.
 */
#ifndef GUESTD_HELPER_SERVE_H
#define GUESTD_HELPER_SERVE_H

#include <stdbool.h>

/**
 * helper_serve() - Do what guestd says until it is gone
 * @fd:		Blocking socket to guestd
 * @ptrace:	Copying is possible
 * @listener:	Where applications' shims ask, non-blocking; -1: nowhere
 * @udmabuf:	From helper_export_open()
 *
 * Threads may be left that never end: only _exit(2) may follow.
 *
 * Return: exit status of the process
 */
int helper_serve(int fd, bool ptrace, int listener, int udmabuf);

#endif
