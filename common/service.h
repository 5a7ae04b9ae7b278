/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a daemon and the manager that has started it say to each other: sd_notify(3),
 * sd_watchdog_enabled(3), sd_listen_fds(3).
 *
 * Without a manager that has said so in the environment nothing is sent.
 */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

#include <stddef.h>

#include "common/loop.h"

#define SERVICE_TEXT_LEN 512 /* of what is sent at once, with its NUL */

struct service;

/**
 * service_create() - Connect to the manager's socket, and ping its watchdog
 *
 * A ping goes out twice in the watchdog's time, by a timer of @loop: what it shows
 * is that the loop runs.  Takes out of the environment what it has read there, which
 * is not for programs that are started.
 *
 * Return: 0, also if there is no manager, or it cannot be reached, which is logged; or
 * -ENOMEM
 */
int service_create(struct loop *loop, struct service **out);

/** service_destroy() - Disconnect; @service may be NULL, as in all that follow */
void service_destroy(struct service *service);

/**
 * service_ready() - All is done that others wait for
 *
 * Also what ends service_reloading().
 */
void service_ready(struct service *service);

/** service_reloading() - The configuration is being read again */
void service_reloading(struct service *service);

/** service_stopping() - The end has begun */
void service_stopping(struct service *service);

/**
 * service_status() - One line for `systemctl status'
 *
 * What is longer than SERVICE_TEXT_LEN is cut, and control characters become '?'.
 */
void service_status(struct service *service, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * service_sockets() - Listening sockets that this process was started with
 *
 * The first is descriptor SERVICE_SOCKET_FIRST, others follow.  They are close on
 * exec from then on.  Takes LISTEN_* out of the environment, and remembers.
 *
 * Return: their number; 0 if there are none, or they are meant for another process
 */
unsigned int service_sockets(void);
#define SERVICE_SOCKET_FIRST 3 /* SD_LISTEN_FDS_START */

#endif
