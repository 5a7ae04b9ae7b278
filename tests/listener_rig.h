/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A listener in a process of its own, as hostd's main() would make it, on a unix
 * socket in a directory of its own; and what it looks like from outside.
 */
#ifndef TESTS_LISTENER_RIG_H
#define TESTS_LISTENER_RIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "hostd/listener.h"
#include "tests/guest_peer.h"

#define PATIENCE_MS  10000
#define CHILDREN_MAX 256
#define PEERS_MAX    (GRANT_CONNECTIONS_MAX + 1)

/**
 * struct listener_rig - All of it; there is one
 * @devices:	One pattern
 * @policy:	Of this user, until a test changes it before the start
 * @next_devices, @next_policy: What it has after SIGHUP: the same, until a test
 *		changes them before the start
 * @daemon_pid:	0: does not run
 * @log_path:	What it and its children log
 * @peers:	For a test to dial with
 */
struct listener_rig {
	struct device_list devices;
	struct policy policy;
	struct device_list next_devices;
	struct policy next_policy;
	pid_t daemon_pid;
	char socket_path[64];
	char log_path[64];
	struct guest_peer peers[PEERS_MAX];
};

extern struct listener_rig listener_rig;

/* For cmocka_run_group_tests() */
int listener_rig_make_directory(void **state);
int listener_rig_remove_directory(void **state);

/* For cmocka_unit_test_setup_teardown() */
int listener_rig_setup(void **state);
int listener_rig_teardown(void **state);

/** listener_rig_start() - Start it and wait until it listens */
void listener_rig_start(enum transport_kind kind);

/** listener_rig_stop() - Kill it; what waitpid(2) says */
int listener_rig_stop(int signo);

void listener_rig_pause_ms(long ms);

/** listener_rig_logged() - Is @what in the log?  Waits for it */
bool listener_rig_logged(const char *what);

/** listener_rig_log_count() - How often @what is in the log now */
int listener_rig_log_count(const char *what);

/**
 * listener_rig_children() - Children of the daemon whose name is @name
 * @pids:	Room for CHILDREN_MAX
 *
 * Return: their number
 */
int listener_rig_children(const char *name, pid_t *pids);

/** listener_rig_wait_for_children() - Until there are @count of them */
void listener_rig_wait_for_children(const char *name, int count, pid_t *pids);

/**
 * listener_rig_visit() - Ask for a device, have an answer and leave
 * @device:	Its name; empty: the first
 *
 * Then nothing is left of the connection, and the listener knows how it ended.
 */
void listener_rig_visit(const char *device);

/** listener_rig_connect() - Connect alone */
void listener_rig_connect(struct guest_peer *peer);

/** listener_rig_hello() - Say HELLO alone */
void listener_rig_hello(struct guest_peer *peer, const char *device);

/** listener_rig_dial() - Connect and say HELLO */
void listener_rig_dial(struct guest_peer *peer);

/** listener_rig_dial_device() - The same, for a device by name */
void listener_rig_dial_device(struct guest_peer *peer, const char *device);

/**
 * listener_rig_next() - Wait for the next frame
 *
 * Return: false if the connection ends instead
 */
bool listener_rig_next(struct guest_peer *peer, struct vms_header *header,
		       const uint8_t **section);

/** listener_rig_expect_served() - HELLO_ACK comes next */
void listener_rig_expect_served(struct guest_peer *peer);

/**
 * listener_rig_serve() - Start it on a unix socket; the first @count peers dial and
 * are served
 * @guests:	Gets the @count guest processes, in no order; or NULL
 * @openers:	Gets the @count opener processes, in no order; or NULL
 *
 * Both have room for CHILDREN_MAX.
 */
void listener_rig_serve(int count, pid_t *guests, pid_t *openers);

/** listener_rig_open() - Open a session, of which the next frame says that it is */
void listener_rig_open(struct guest_peer *peer, uint32_t tag);

/** listener_rig_expect_end() - Nothing comes but the end */
void listener_rig_expect_end(struct guest_peer *peer);

/** listener_rig_expect_refused() - GOAWAY, and nothing after it but the end */
void listener_rig_expect_refused(struct guest_peer *peer, uint32_t error,
				 enum vms_goaway_reason reason);

#endif
