/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REQBUFS, CREATE_BUFS and REMOVE_BUFS of applications; each answers its
 * request.
 */
#ifndef GUESTD_REQBUFS_H
#define GUESTD_REQBUFS_H

#include "guestd/session_state.h"

/** reqbufs_run() - An application's REQBUFS */
void reqbufs_run(struct request *request);

/** reqbufs_create() - An application's CREATE_BUFS */
void reqbufs_create(struct request *request);

/** reqbufs_remove() - An application's REMOVE_BUFS */
void reqbufs_remove(struct request *request);

#endif
