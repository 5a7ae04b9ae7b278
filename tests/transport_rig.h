/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sockets for the tests of transport, in a directory of their own.
 */
#ifndef TESTS_TRANSPORT_RIG_H
#define TESTS_TRANSPORT_RIG_H

#include "common/transport.h"

/** Where socket files may be; each test has another, which it leaves empty */
extern char transport_rig_dir[];

/* For cmocka_unit_test_setup_teardown(); complains about leaked descriptors */
int transport_rig_setup(void **state);
int transport_rig_teardown(void **state);

/** transport_rig_address() - Parse what is printed */
__attribute__((format(printf, 1, 2))) struct transport_address
transport_rig_address(const char *format, ...);

/** transport_rig_listen() - Listen, which succeeds */
int transport_rig_listen(const struct transport_address *address);

/** transport_rig_connect() - Connect and wait until that has succeeded */
int transport_rig_connect(const struct transport_address *address);

/** transport_rig_accept() - Wait for a connection; @address is the listener's */
int transport_rig_accept(int listener, const struct transport_address *address,
			 struct transport_peer *peer);

/** transport_rig_assert_flags() - Non-blocking and close-on-exec */
void transport_rig_assert_flags(int fd);

/** transport_rig_assert_talks() - What is sent to @a arrives at @b */
void transport_rig_assert_talks(int a, int b);

#endif
