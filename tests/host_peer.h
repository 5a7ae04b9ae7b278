/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a scripted host says first, over the same connection as a scripted guest's.
 */
#ifndef TESTS_HOST_PEER_H
#define TESTS_HOST_PEER_H

#include "tests/guest_peer.h"

/**
 * host_peer_ack() - A HELLO_ACK that guestd likes: all features
 * @caps:	Of the device
 */
struct vms_hello_ack host_peer_ack(uint32_t caps);

/** host_peer_send_ack() - Send a HELLO_ACK, whatever it says */
void host_peer_send_ack(struct guest_peer *peer,
			const struct vms_hello_ack *ack);

/**
 * host_peer_send_ack_with() - The same with @fd; still the caller's, -1: it is lost
 * on the way
 */
void host_peer_send_ack_with(struct guest_peer *peer,
			     const struct vms_hello_ack *ack, int fd);

/**
 * host_peer_send_obj() - OBJ, with @fd; still the caller's, -1: without one
 */
void host_peer_send_obj(struct guest_peer *peer, const struct vms_obj *obj,
			int fd);

/** host_peer_send_obj_without() - OBJ whose descriptor could not be passed */
void host_peer_send_obj_without(struct guest_peer *peer,
				const struct vms_obj *obj);

#endif
