/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REQBUFS, CREATE_BUFS and REMOVE_BUFS of applications; each answers its
 * request.
 */
#ifndef GUESTD_REQBUFS_H
#define GUESTD_REQBUFS_H

#include "guestd/session_state.h"

void reqbufs_run(struct request *request);
void reqbufs_create(struct request *request);
void reqbufs_remove(struct request *request);

#endif
