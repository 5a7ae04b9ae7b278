/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * QUERYBUF: what guestd knows of its own buffers, or the host's word.
 */
#ifndef GUESTD_QUERYBUF_H
#define GUESTD_QUERYBUF_H

#include "guestd/session_state.h"

/** querybuf_run() - An application's QUERYBUF; answers the request */
void querybuf_run(struct request *request);

#endif
