/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scripted guest: frames by hand over a connected socket.
 *
 * What it sends need not make sense.
 */
#ifndef TESTS_GUEST_PEER_H
#define TESTS_GUEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

/**
 * struct guest_peer - One connection
 * @fd:		Non-blocking, owned
 * @bytes:	What came and was not taken, @len bytes
 * @taken:	Length of the frame that guest_peer_next() returned
 * @ended:	hostd closed the connection
 */
struct guest_peer {
	int fd;
	uint8_t bytes[1 << 17];
	size_t len;
	size_t taken;
	bool ended;
};

void guest_peer_init(struct guest_peer *peer, int fd);

/** guest_peer_init_pair() - On one end of a new connection; the other is returned */
int guest_peer_init_pair(struct guest_peer *peer);

void guest_peer_finish(struct guest_peer *peer);

/** guest_peer_hello() - A HELLO that is welcome: all features, the first device */
struct vms_hello guest_peer_hello(void);

/** guest_peer_send_hello() - Send a HELLO */
void guest_peer_send_hello(struct guest_peer *peer,
			   const struct vms_hello *hello);

/**
 * guest_peer_send() - Send a frame
 * @header:	magic and, if it is 0, len are filled in
 * @len:	Bytes of @body, padded here
 *
 * Return: did the socket take it?  Fails the test if it took a part
 */
bool guest_peer_send(struct guest_peer *peer, const struct vms_header *header,
		     const void *body, size_t len);

/** guest_peer_send_clock() - Send a CLOCK, a question or, from a host, an answer */
bool guest_peer_send_clock(struct guest_peer *peer,
			   const struct vms_clock *clock);

/** guest_peer_open() - Send a REQ to open a session */
bool guest_peer_open(struct guest_peer *peer, uint32_t tag);

/** guest_peer_receive() - Take what the socket has, without waiting */
void guest_peer_receive(struct guest_peer *peer);

/**
 * guest_peer_next() - Take the next frame of what was received
 * @section:	Valid until the next call
 *
 * Return: false if none is complete
 */
bool guest_peer_next(struct guest_peer *peer, struct vms_header *header,
		     const uint8_t **section);

#endif
