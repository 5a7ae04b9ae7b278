/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the guestd that is lied to connects: a socket that stays, and guestd.
 */
#ifndef TESTS_LAB_HOSTILE_HOST_PARTS_LISTEN_H
#define TESTS_LAB_HOSTILE_HOST_PARTS_LISTEN_H

#include <stdbool.h>

/** listen_node() - guestd's node */
const char *listen_node(void);

/** listen_start() - Listen at scene.address, and start the guestd of scene.spare */
void listen_start(void);

/** listen_again() - Start guestd again if it has ended, as it may */
void listen_again(void);

/** listen_accept() - The next connection; without one for 10 s the attack ends */
int listen_accept(void);

/** listen_guestd_stops() - It does nothing, until it is called with false */
void listen_guestd_stops(bool stops);

/** listen_guestd_ends() - It is told to, and does; listen_again() starts it */
void listen_guestd_ends(void);

/** listen_guestd_runs() - It does, or did until a moment ago */
bool listen_guestd_runs(void);

/** listen_stop() - guestd ends, as it must when it is told to */
void listen_stop(void);

#endif
