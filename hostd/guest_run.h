/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest process.
 */
#ifndef HOSTD_GUEST_RUN_H
#define HOSTD_GUEST_RUN_H

#include <signal.h>

#include "common/transport.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"
#include "hostd/notices.h"

/*
 * SIGUSR1 is hostd/worker.c's.  The second does nothing to a process that is not ready
 * for it yet.
 */
#define GUEST_RUN_REVOKE SIGUSR2 /* ends it */
#define GUEST_RUN_REPORT SIGURG  /* has it log its statistics */

/**
 * guest_run() - The whole life of a guest process
 * @opener_fd:	Its end of the pair, taken over
 * @shmem_fd:	From shmem_open(), taken over; -1: there is none
 * @notices:	As they were when it was forked
 * @grant:	For guest_set_grant()
 *
 * Frees nothing: the process is to _exit(2), and must not wait for a device call
 * that sleeps.  GUEST_RUN_REVOKE tells the guest that it may not stay.
 *
 * Return: exit status of the process, an enum notice
 */
int guest_run(int fd, const struct transport_peer *peer,
	      struct device_list *devices, int opener_fd, int shmem_fd,
	      const struct notices *notices, const struct grant *grant);

#endif
